"""Eight processes and a cache that holds a fifth of what they ask for: the bench itself, at a small scale."""

from pathlib import Path

from bench.downloads.cache import crowd
from bench.downloads.scale import TINY
from tests.server import Server


def test_processes_that_share_a_cache_keep_its_quota_and_miss_no_file(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        seen = crowd(server.url, tmp_path, TINY.users, TINY.operations, TINY.keys)
    finally:
        server.stop()
    assert seen.missing == 0
    assert seen.hits + seen.made == TINY.operations
    assert seen.evicted > 100
    assert seen.looks > 3
    assert seen.most <= seen.quota + seen.largest
    assert seen.same
