"""What only a disk does: links, rights, full disks, races of folders."""

import asyncio
import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

import pytest

from mediamill.core.errors import NotFound, Unavailable
from mediamill.files import FileStore
from mediamill.files.disk import Disk
from mediamill.files.faults import unavailable


def test_a_file_near_the_store_is_linked_and_made_read_only(disk: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "made"
    path.write_text("made")
    disk.put("jobs/a/b", path)
    stored = disk.local("jobs/a/b")
    assert stored is not None
    assert stored.samefile(path)
    assert stored.stat().st_mode & 0o777 == 0o444


def test_a_file_from_elsewhere_is_copied_and_left_alone(disk: FileStore, elsewhere: Path) -> None:
    path = elsewhere / "made"
    path.write_text("made")
    before = path.stat()
    disk.put("jobs/a/b", path)
    assert b"".join(disk.read("jobs/a/b")) == b"made"
    assert path.stat().st_nlink == 1
    assert path.stat().st_mode == before.st_mode


def test_a_file_outside_our_folders_is_not_linked_even_on_the_same_disk(tmp_path: Path) -> None:
    store = FileStore.open(tmp_path / "files")
    path = tmp_path / "of-the-system"
    path.write_text("1")
    store.put("jobs/a/b", path)
    assert path.stat().st_nlink == 1
    assert path.stat().st_mode & 0o200


def test_a_fetch_to_another_disk_reads_in_place(disk: FileStore, elsewhere: Path) -> None:
    disk.put_bytes("cache/a", b"kept")
    assert disk.fetch("cache/a", elsewhere / "got") == disk.local("cache/a")


def test_a_fetch_into_no_folder_is_the_callers_fault(disk: FileStore, tmp_path: Path) -> None:
    disk.put_bytes("cache/a", b"kept")
    with pytest.raises(FileNotFoundError):
        disk.fetch("cache/a", tmp_path / "nowhere" / "got")


def test_a_copy_is_made_where_no_link_can_be(disk: FileStore, tmp_path: Path) -> None:
    """A file has at most 65,000 links on ext4: then, as on disks without links, it is copied."""
    path = tmp_path / "made"
    path.write_text("made")
    links = tmp_path / "links"
    links.mkdir()
    try:
        for number in range(66_000):
            os.link(path, links / str(number))
    except OSError:
        pass
    else:
        pytest.skip("this file system has no such limit")
    disk.put("jobs/a/b", path)
    assert b"".join(disk.read("jobs/a/b")) == b"made"
    disk.put("jobs/a/c", path)
    assert disk.local("jobs/a/c") is not None


def test_broken_off_writes_are_swept_when_old(disk: FileStore, tmp_path: Path) -> None:
    left = tmp_path / "files" / ".tmp" / "left"
    left.write_text("half")
    assert list(disk.list()) == []
    assert disk.sweep(older_than_s=60) == 0
    assert disk.sweep(older_than_s=0) == 1
    assert not left.exists()


def test_writers_and_deleters_of_one_folder_do_not_disturb_each_other(disk: FileStore) -> None:
    """Deleting the last file of a folder removes it while another thread wants to write there."""
    errors: list[BaseException] = []

    def churn(name: str) -> None:
        try:
            for _ in range(150):
                disk.put_bytes(f"jobs/a/b/{name}", b"1")
                disk.delete(f"jobs/a/b/{name}")
        except BaseException as error:  # noqa: BLE001 - reported below
            errors.append(error)

    threads = [threading.Thread(target=churn, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(disk.names("jobs")) == []


def test_a_link_inside_the_folder_is_no_file(disk: FileStore, tmp_path: Path) -> None:
    disk.put_bytes("jobs/a/b", b"1")
    (tmp_path / "files/jobs/a/link").symlink_to("/etc/passwd")
    assert disk.size("jobs/a/link") is None
    with pytest.raises(NotFound):
        disk.read("jobs/a/link")


def test_a_file_deleted_before_its_first_piece_is_not_found(disk: FileStore) -> None:
    disk.put_bytes("jobs/a/b", b"1")
    pieces = disk.read("jobs/a/b")
    disk.delete("jobs/a/b")
    with pytest.raises(NotFound):
        next(pieces)


def test_a_store_that_is_not_durable_works_alike(tmp_path: Path) -> None:
    store = FileStore.open(str(tmp_path / "files"), durable=False)
    store.put_bytes("jobs/a/b", b"1")
    assert b"".join(store.read("jobs/a/b")) == b"1"


def test_a_folder_without_rights_is_unavailable(nobodys: Path) -> None:
    nobodys.chmod(0o500)
    with pytest.raises(Unavailable, match="cannot be written"):
        FileStore.open(nobodys / "files")


def test_a_file_in_the_way_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as caught:
        FileStore.open(tmp_path / "file" / "files")
    assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "FILES_FULL"),
        (errno.EDQUOT, "FILES_FULL"),
        (errno.EROFS, "FILES_DENIED"),
        (errno.EIO, "FILES_UNAVAILABLE"),
        (None, "FILES_UNAVAILABLE"),
    ],
)
def test_errors_of_the_disk_have_words_and_no_path(number: int | None, code: str) -> None:
    error = OSError(number, "text", "/secret/path") if number else OSError("/secret/path")
    assert unavailable(error).code == code
    assert "secret" not in unavailable(error).message


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)  # noqa: S607


def test_a_full_disk_is_told_leaves_nothing_and_heals(small_disk: Path, tmp_path: Path) -> None:
    store = FileStore.open(small_disk / "files")
    big = tmp_path / "big"
    big.write_bytes(bytes(2 * 1024 * 1024))
    for call in (
        lambda: store.put("jobs/a/b", big),
        lambda: store.create("jobs/a/b", big),
        lambda: store.put_bytes("jobs/a/b", big.read_bytes()),
    ):
        with pytest.raises(Unavailable) as caught:
            call()
        assert caught.value.code == "FILES_FULL"
    assert list(small_disk.rglob("*")) == [small_disk / "files", small_disk / "files/.tmp"]
    (small_disk / "filler").write_bytes(bytes(1024 * 1024 - 4096 * 4))
    with (small_disk / "rest").open("wb", buffering=0) as rest, suppress(OSError):
        while True:
            rest.write(bytes(4096))
    with pytest.raises(Unavailable):
        store.check_writable()
    (small_disk / "filler").unlink()
    store.check_writable()


class Slow(Disk):
    """A folder in which nothing opens before `gate` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, durable=False)
        self.opening, self.gate = threading.Event(), threading.Event()
        self.opened: list[FileIO] = []

    def _open(self, key: str) -> FileIO:
        self.opening.set()
        assert self.gate.wait(10)
        self.opened.append(super()._open(key))
        return self.opened[-1]


def test_one_who_leaves_while_a_file_is_opened_leaves_none_open(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 1_000_000)
    disk = Slow(tmp_path / "files")
    disk.put("jobs/a/b", source)

    async def leave() -> None:
        async def read() -> None:
            async for _ in disk.aread("jobs/a/b"):
                pass

        reading = asyncio.create_task(read())
        await asyncio.to_thread(disk.opening.wait)
        reading.cancel()
        await asyncio.sleep(0)
        disk.gate.set()
        with suppress(asyncio.CancelledError):
            await reading

    asyncio.run(leave())
    assert [file.closed for file in disk.opened] == [True]
