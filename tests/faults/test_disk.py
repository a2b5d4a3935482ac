"""The small disk is small, and seen by those who shall see it."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.disk import NoSmallDisk, SmallDisk, lacking

SIZE = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        small = SmallDisk(tmp_path / "disk", SIZE)
    except NoSmallDisk as not_here:
        pytest.skip(f"mounting is not allowed here: {not_here}")
    with small:
        yield small


def output(argv: list[str]) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=10).stdout


def test_only_programs_within_find_it_at_its_folder(disk: SmallDisk) -> None:
    output(disk.within(["sh", "-c", f"echo hello > {disk.folder}/word"]))
    assert output(disk.within(["cat", f"{disk.folder}/word"])) == "hello\n"
    assert disk.seen(disk.folder / "word").read_text() == "hello\n"
    assert list(disk.folder.iterdir()) == []


def test_it_fills_up_and_has_room_again(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises(OSError, match="No space left"):
        (disk.seen() / "more").write_bytes(bytes(4096))
    disk.clear()
    (disk.seen() / "more").write_bytes(bytes(SIZE // 2))
    disk.fill(leave_bytes=64 * 1024)
    (disk.seen() / "last").write_bytes(bytes(32 * 1024))


def test_a_program_within_keeps_its_process_id(disk: SmallDisk) -> None:
    program = subprocess.Popen(disk.within(["sh", "-c", "echo $$"]), stdout=subprocess.PIPE, text=True)
    assert int(program.communicate()[0]) == program.pid


def test_a_thread_enters_and_comes_back(disk: SmallDisk) -> None:
    (disk.seen() / "word").write_text("hello")
    where = Path.cwd()
    with enter(disk):
        assert (disk.folder / "word").read_text() == "hello"
        assert output(["cat", f"{disk.folder}/word"]) == "hello"
        assert Path.cwd() == where
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(list, disk.folder.iterdir()).result() == [disk.folder / "word"]
    assert list(disk.folder.iterdir()) == []
    assert Path.cwd() == where


@contextmanager
def enter(disk: SmallDisk) -> Iterator[None]:
    if why := lacking():
        pytest.skip(why)
    with disk.entered():
        yield
