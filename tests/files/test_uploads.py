import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mediamill.core.errors import TooLarge, Unavailable
from mediamill.files import FileStore, ReceivedUpload, Uploads

MIB = 1024 * 1024


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def receive(uploads: Uploads, *chunks: bytes, name: str | None = "a.txt", limit: int = 10 * MIB) -> ReceivedUpload:
    return asyncio.run(uploads.receive(stream(*chunks), name, limit))


@pytest.fixture
def uploads(store: FileStore, tmp_path: Path) -> Uploads:
    return Uploads(store, tmp_path)


@pytest.fixture
def local_uploads(disk: FileStore, tmp_path: Path) -> Uploads:
    return Uploads(disk, tmp_path)


def test_an_upload_is_received_kept_fetched_and_forgotten(uploads: Uploads, tmp_path: Path) -> None:
    chunks = [os.urandom(300_000) for _ in range(9)]
    received = receive(uploads, *chunks, name="C:\\me\\Bài học.txt")
    content = b"".join(chunks)
    assert received.path.read_bytes() == content
    assert (received.filename, received.size_bytes) == ("Bài học.txt", len(content))
    assert received.sha256 == hashlib.sha256(content).hexdigest()

    kept = uploads.keep(received, "job", "file")
    assert kept.key == f"uploads/job/file-{received.sha256}"
    assert list(uploads.staging.iterdir()) == []
    assert uploads.fetch(kept, tmp_path / "input").read_bytes() == content
    assert uploads.forget("job") == 1
    assert uploads.forget("job") == 0


@pytest.mark.parametrize("name", [None, "", "..", "\x00"])
def test_an_upload_without_a_usable_name_has_one(local_uploads: Uploads, name: str | None) -> None:
    assert receive(local_uploads, b"1", name=name).filename == "upload"


def test_an_empty_upload_is_a_file(uploads: Uploads) -> None:
    assert uploads.keep(receive(uploads), "job", "file").size_bytes == 0


def test_the_limit_itself_is_allowed_and_one_byte_more_leaves_nothing(local_uploads: Uploads) -> None:
    local_uploads.discard(receive(local_uploads, bytes(5), bytes(5), limit=10))
    with pytest.raises(TooLarge, match="larger than 10 bytes"):
        receive(local_uploads, bytes(5), bytes(6), limit=10)
    assert list(local_uploads.staging.iterdir()) == []


def test_a_stream_over_the_limit_is_not_read_to_its_end(local_uploads: Uploads) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 64 * 1024
            yield bytes(64 * 1024)

    with pytest.raises(TooLarge):
        asyncio.run(local_uploads.receive(endless(), "a", 3 * MIB))
    assert read <= 3 * MIB + 64 * 1024


def test_a_client_that_goes_away_leaves_nothing(local_uploads: Uploads) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(local_uploads.receive(broken(), "a", 9 * MIB))

    async def cancelled() -> None:
        async def waiting() -> AsyncIterator[bytes]:
            yield bytes(2 * MIB)
            await asyncio.Event().wait()

        async with asyncio.timeout(0.05):
            await local_uploads.receive(waiting(), "a", 9 * MIB)

    with pytest.raises(TimeoutError):
        asyncio.run(cancelled())
    assert list(local_uploads.staging.iterdir()) == []


def test_a_received_file_that_vanished_cannot_be_kept(local_uploads: Uploads) -> None:
    received = receive(local_uploads, b"1")
    local_uploads.discard(received)
    local_uploads.discard(received)
    with pytest.raises(Unavailable, match="gone"):
        local_uploads.keep(received, "job", "file")


def test_a_staging_folder_that_cannot_be_made_is_unavailable(disk: FileStore, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        receive(Uploads(disk, tmp_path / "file"), b"1")


def test_only_abandoned_uploads_are_swept(local_uploads: Uploads) -> None:
    assert local_uploads.sweep() == 0
    old, new = receive(local_uploads, b"1"), receive(local_uploads, b"2")
    long_ago = time.time() - 7200
    os.utime(old.path, (long_ago, long_ago))
    assert local_uploads.sweep() == 1
    assert not old.path.exists()
    assert new.path.exists()


@pytest.mark.parametrize("fixed", [True, False])
def test_a_file_of_this_machine_is_taken_as_if_it_had_been_received(
    uploads: Uploads, tmp_path: Path, *, fixed: bool
) -> None:
    path = tmp_path / "Bài 1.txt"
    path.write_bytes(b"content")
    taken = uploads.take(path, fixed=fixed)
    assert (taken.filename, taken.path.suffix, taken.size_bytes) == ("Bài 1.txt", ".txt", 7)
    kept = uploads.keep(taken, "job", "file")
    assert kept.key == f"uploads/job/file-{hashlib.sha256(b'content').hexdigest()}"
    assert list(uploads.staging.iterdir()) == []
    assert path.read_bytes() == b"content"


def test_what_was_taken_does_not_follow_its_file(local_uploads: Uploads, tmp_path: Path) -> None:
    path = tmp_path / "part.txt"
    path.write_text("first")
    kept = local_uploads.keep(local_uploads.take(path, fixed=False), "job", "file")
    path.write_text("second")
    assert local_uploads.fetch(kept, tmp_path / "input").read_text() == "first"


def test_a_fixed_file_of_another_file_system_is_copied(local_uploads: Uploads, elsewhere: Path) -> None:
    path = elsewhere / "a.txt"
    path.write_text("far")
    assert local_uploads.take(path, fixed=True).path.read_text() == "far"


def test_a_file_that_cannot_be_taken_leaves_nothing(local_uploads: Uploads, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        local_uploads.take(tmp_path / "gone.txt", fixed=False)
    assert list(local_uploads.staging.iterdir()) == []


def test_bytes_are_taken_as_if_they_had_been_received(uploads: Uploads, tmp_path: Path) -> None:
    kept = uploads.keep(uploads.write("dài".encode(), "file.txt"), "job", "file")
    assert (kept.filename, kept.size_bytes) == ("file.txt", 4)
    assert uploads.fetch(kept, tmp_path / "input").read_text() == "dài"
    assert list(uploads.staging.iterdir()) == []
