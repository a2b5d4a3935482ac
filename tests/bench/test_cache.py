"""Eight processes and a cache that holds a fifth of what they ask for: the bench itself, at a small scale."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.downloads.cache import crowd, on_disk, same, users_of
from bench.downloads.cache_user import shelf
from bench.downloads.scale import TINY
from tests.server import Server

from mediamill.engine.cleaner import Cleaner
from mediamill.engine.shelf import Shelf
from mediamill.settings import RedisSettings
from mediamill.store.cache import CacheIndex
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def test_processes_that_share_a_cache_keep_its_quota_and_miss_no_file(server: Server, tmp_path: Path) -> None:
    seen = crowd(server.url, tmp_path, TINY.users, TINY.operations, TINY.keys)
    assert seen.missing == 0
    assert seen.hits + seen.made == TINY.operations
    assert seen.evicted > 100
    assert seen.looks > 3
    assert seen.most <= seen.quota + seen.largest
    assert seen.same


def test_processes_that_are_killed_leave_no_byte_that_is_not_counted(server: Server, tmp_path: Path) -> None:
    quota = 2_000_000
    opened = shelf(server.url, tmp_path, quota)
    cleaner = Cleaner(opened, 0)
    while not opened.index.overview().looked:
        cleaner.round()
    with users_of([server.url, str(tmp_path), str(quota), "300", "100000"], 4):
        eventually(lambda: opened.index.overview().counts["evicted"] > 100, within_s=30)
    scripts = Scripts(connect(RedisSettings(url=server.url)), Keys(), "")
    scripts.offset_ms = 3_600_000  # their leases are over
    later = Shelf(CacheIndex(scripts), opened.store, quota)
    Cleaner(later, 0).round()
    assert same(later)
    assert 0 < on_disk(later) <= quota
