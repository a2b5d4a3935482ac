"""The contract of a file store, kept by the disk and by the bucket."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from mediamill.core.errors import NotFound, Unavailable
from mediamill.files import FileStore, S3Options
from mediamill.files.store import CHUNK_BYTES

MIB = 1024 * 1024


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of three and a half pieces."""
    path = tmp_path / "source"
    path.write_bytes(os.urandom(3 * CHUNK_BYTES + CHUNK_BYTES // 2))
    return path


def body(store: FileStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(store.read(key, start, end))


async def abody(store: FileStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.aread(key, start, end)])


def test_a_file_comes_back_as_it_went_in(store: FileStore, source: Path) -> None:
    store.put("jobs/a/b", source)
    assert body(store, "jobs/a/b") == source.read_bytes()
    assert asyncio.run(abody(store, "jobs/a/b")) == source.read_bytes()
    assert store.size("jobs/a/b") == source.stat().st_size


def test_pieces_are_bounded(store: FileStore, source: Path) -> None:
    store.put("jobs/a/b", source)
    assert max(len(piece) for piece in store.read("jobs/a/b")) <= CHUNK_BYTES


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (10, 10), (7, 3), (5, 300_000), (900_000, None), (10, 1 << 40), (1 << 40, None)]
)
def test_a_range_is_cut_to_the_file(store: FileStore, source: Path, start: int, end: int | None) -> None:
    store.put("jobs/a/b", source)
    assert body(store, "jobs/a/b", start, end) == source.read_bytes()[start:end]
    assert asyncio.run(abody(store, "jobs/a/b", start, end)) == source.read_bytes()[start:end]


def test_an_empty_file_is_a_file(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    store.put("jobs/a/put", tmp_path / "empty")
    assert store.create("jobs/a/created", tmp_path / "empty")
    assert not store.create("jobs/a/created", tmp_path / "empty")
    assert store.size("jobs/a/put") == store.size("jobs/a/created") == 0
    assert body(store, "jobs/a/put") == b""
    assert asyncio.run(abody(store, "jobs/a/put")) == b""


@pytest.mark.parametrize("key", ["jobs/a/b", "jobs/a", "jobs/a/b/c/d"])
def test_what_is_missing_is_not_found(store: FileStore, tmp_path: Path, key: str) -> None:
    store.put_bytes("jobs/a/b/c", b"neighbour")
    assert store.size(key) is None
    assert store.local(key) is None
    with pytest.raises(NotFound):
        store.read(key)
    with pytest.raises(NotFound):
        store.read(key, 3, 5)
    with pytest.raises(NotFound):
        asyncio.run(abody(store, key))
    with pytest.raises(NotFound):
        asyncio.run(abody(store, key, 3))
    with pytest.raises(NotFound):
        store.fetch(key, tmp_path / "got")
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize("key", ["", "/etc/passwd", "jobs/../x", "jobs//x", ".tmp/x", "jobs/a b", "jobs/é", "jobs/x\n"])
def test_a_key_cannot_leave_its_folder(store: FileStore, source: Path, key: str) -> None:
    for call in (store.size, store.delete, store.read, store.delete_prefix):
        with pytest.raises(NotFound):
            call(key)
    with pytest.raises(NotFound):
        store.put(key, source)


def test_a_put_replaces(store: FileStore, tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / text).write_text(text)
        store.put("jobs/a/b", tmp_path / text)
    assert body(store, "jobs/a/b") == b"second"
    assert (tmp_path / "first").read_text() == "first"
    store.put("jobs/a/b", tmp_path / "second")  # the very file that is there
    store.put_bytes("jobs/a/b", b"third")
    assert body(store, "jobs/a/b") == b"third"
    assert (tmp_path / "second").read_text() == "second"


def test_only_the_first_creates(store: FileStore, tmp_path: Path) -> None:
    for text in ("first", "second"):
        (tmp_path / text).write_text(text)
    assert store.create("cache/a", tmp_path / "first")
    assert not store.create("cache/a", tmp_path / "second")
    assert body(store, "cache/a") == b"first"


def test_one_of_many_racing_creators_wins(store: FileStore, tmp_path: Path) -> None:
    winners: list[int] = []
    barrier = threading.Barrier(8)

    def race(number: int) -> None:
        path = tmp_path / str(number)
        path.write_text(str(number))
        barrier.wait()
        if store.create("cache/a/b/c", path):
            winners.append(number)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1
    assert body(store, "cache/a/b/c") == str(winners[0]).encode()


def test_a_large_file_goes_in_parts(store: FileStore, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(os.urandom(17 * MIB + 1))
    store.put("jobs/a/put", big)
    assert store.create("cache/a", big)
    assert not store.create("cache/a", big)
    assert body(store, "jobs/a/put") == body(store, "cache/a") == big.read_bytes()


def test_what_is_no_regular_file_is_refused(store: FileStore, tmp_path: Path, source: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "link", tmp_path / "folder", tmp_path / "missing"):
        with pytest.raises(FileNotFoundError):
            store.put("jobs/a/b", path)
        with pytest.raises(FileNotFoundError):
            store.create("jobs/a/b", path)
    assert store.size("jobs/a/b") is None
    assert list(store.list()) == []


def test_a_fetched_file_outlives_its_deletion(store: FileStore, source: Path, tmp_path: Path) -> None:
    store.put("cache/a", source)
    (tmp_path / "got").write_text("older")
    got = store.fetch("cache/a", tmp_path / "got")
    store.delete("cache/a")
    assert got.read_bytes() == source.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "files") == ["got", "source"]


def test_a_listing_knows_sizes_times_and_names(store: FileStore) -> None:
    for key in ("jobs/a/x", "jobs/a/y/z", "jobs/ab/x", "uploads/a/x"):
        store.put_bytes(key, key.encode())
    found = {entry.key: entry for entry in store.list("jobs/a")}
    assert set(found) == {"jobs/a/x", "jobs/a/y/z"}
    assert found["jobs/a/x"].size_bytes == len("jobs/a/x")
    assert found["jobs/a/x"].modified_s > 1_700_000_000
    assert {entry.key for entry in store.list()} >= {"jobs/ab/x", "uploads/a/x"}
    assert sorted(store.names("jobs")) == ["a", "ab"]
    assert sorted(store.names("jobs/a")) == ["x", "y"]
    assert list(store.names("nothing")) == []
    assert list(store.list("nothing")) == []


def test_a_listing_tells_since_when_a_file_is_here_not_when_it_was_written(store: FileStore, source: Path) -> None:
    """What is not named yet is spared while it is young: the work of a job of hours, a step from the cache."""
    os.utime(source, (1, 1))
    store.put("jobs/a/put", source)
    os.utime(source, (1, 1))
    assert store.create("cache/aa/created", source)
    newest = time.time() - 60
    assert all(entry.modified_s > newest for area in ("jobs", "cache") for entry in store.list(area))


def test_deleting_is_repeatable_and_leaves_neighbours(store: FileStore) -> None:
    for key in ("jobs/a/x", "jobs/a/y/z", "jobs/ab/x"):
        store.put_bytes(key, b"1")
    store.delete("jobs/a/x", "jobs/a/x", "jobs/never")
    store.delete()
    assert store.delete_prefix("jobs/a") == 1
    assert store.delete_prefix("jobs/a") == 0
    assert [entry.key for entry in store.list("jobs")] == ["jobs/ab/x"]


def test_a_disk_keeps_no_empty_folder(disk: FileStore) -> None:
    for key in ("jobs/a/x", "jobs/b/y/z", "jobs/ab/x"):
        disk.put_bytes(key, b"1")
    disk.delete("jobs/b/y/z")
    disk.delete_prefix("jobs/a")
    assert list(disk.names("jobs")) == ["ab"]


def test_the_check_leaves_nothing_behind(store: FileStore) -> None:
    store.check_writable()
    assert list(store.list()) == []
    assert store.sweep(older_than_s=0) == 0


def test_unfinished_reads_leave_no_file_open(store: FileStore, source: Path) -> None:
    store.put("jobs/a/b", source)
    before = len(list(Path("/proc/self/fd").iterdir()))

    async def half() -> None:
        stream = store.aread("jobs/a/b")
        async for _ in stream:
            break
        await stream.aclose()

    for _ in range(20):
        next(store.read("jobs/a/b"))
        store.read("jobs/a/b")
        asyncio.run(half())
    # A connection or two of the bucket's pool may have come.
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 8


# ---- the bucket alone


def test_a_server_that_is_gone_makes_the_store_unavailable(source: Path, tmp_path: Path) -> None:
    store = FileStore.open("s3://none", s3=S3Options("http://127.0.0.1:1", None, "key", "secret"))
    for call in (
        lambda: store.put("jobs/a", source),
        lambda: store.size("jobs/a"),
        lambda: store.fetch("jobs/a", tmp_path / "got"),
    ):
        with pytest.raises(Unavailable, match="does not answer") as caught:
            call()
        assert caught.value.code == "FILES_UNAVAILABLE"
        assert "127.0.0.1" not in str(caught.value)


@pytest.mark.xdist_group("s3")
def test_a_wrong_key_is_told_as_such(s3_options: S3Options) -> None:
    store = FileStore.open("s3://mediamill", s3=S3Options(s3_options.endpoint_url, None, "test-key", "not-the-secret"))
    with pytest.raises(Unavailable, match="refused our key"):
        store.check_writable()


@pytest.mark.parametrize("location", ["s3://", "gs://bucket/prefix", "https://bucket"])
def test_a_location_that_is_no_bucket_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        FileStore.open(location)


@pytest.mark.xdist_group("s3")
def test_a_bucket_used_before_a_fork_refuses_instead_of_hanging(s3_options: S3Options) -> None:
    store = FileStore.open("s3://mediamill", s3=s3_options)
    store.check_writable()
    child = os.fork()
    if child == 0:
        try:
            store.check_writable()
        except RuntimeError as error:
            os._exit(7 if "before a fork" in str(error) else 8)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_options_keep_their_secret() -> None:
    assert "secret-value" not in repr(S3Options(None, None, "key", "secret-value"))
