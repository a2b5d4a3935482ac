"""CRC-32: counted with the SHA-256 in one read, and of older files once, when somebody asks."""

import hashlib
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact
from mediamill.files.artifacts import Artifacts
from mediamill.files.checksums import Checksums, sums
from mediamill.files.disk import Disk

CONTENT = bytes(range(256)) * 4_000


class Watched(Disk):
    """A folder that says what was read, and lets nobody go on before `open_gate`."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, durable=False)
        self.reads: list[str] = []
        self.open_gate = threading.Event()
        self.open_gate.set()

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        self.reads.append(key)
        self.open_gate.wait(10)
        return super().read(key, start, end)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    disk = Watched(tmp_path / "files")
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    disk.put("jobs/a/b", path)
    return disk


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, CONTENT * 3 + b"!"])
def test_both_sums_of_one_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert sums(path) == (hashlib.sha256(content).hexdigest(), zlib.crc32(content))


def test_what_is_stored_knows_its_sum(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(CONTENT)
    artifacts = Artifacts(watched)
    stored = artifacts.commit("job", "token", "a.bin", path)
    assert stored.crc32 == artifacts.crc32(stored) == zlib.crc32(CONTENT)
    assert watched.reads == []


def test_an_older_file_is_read_once(watched: Watched) -> None:
    artifacts = Artifacts(watched)
    old = Artifact(name="a.bin", key="jobs/a/b", sha256="s", size_bytes=len(CONTENT))
    assert [artifacts.crc32(old) for _ in range(3)] == [zlib.crc32(CONTENT)] * 3
    assert watched.reads == ["jobs/a/b"]


def test_many_who_ask_at_once_wait_for_one_read(watched: Watched) -> None:
    checksums = Checksums(watched)
    watched.open_gate.clear()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(checksums.crc32, "jobs/a/b") for _ in range(8)]
        watched.open_gate.set()
        assert {each.result() for each in asked} == {zlib.crc32(CONTENT)}
    assert watched.reads == ["jobs/a/b"]


def test_one_that_is_gone_is_asked_for_again(watched: Watched, tmp_path: Path) -> None:
    checksums = Checksums(watched)
    with pytest.raises(NotFound):
        checksums.crc32("jobs/a/c")
    path = tmp_path / "late"
    path.write_bytes(b"late")
    watched.put("jobs/a/c", path)
    assert checksums.crc32("jobs/a/c") == zlib.crc32(b"late")
