from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.disk import NoSmallDisk, SmallDisk

from mediamill.files.ballast import Ballast
from mediamill.files.room import Room, free_bytes

MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 16 MiB."""
    try:
        small = SmallDisk(tmp_path / "disk", 16 * MIB)
    except NoSmallDisk as not_here:
        pytest.skip(f"mounting is not allowed here: {not_here}")
    with small:
        yield small


def log_of(folder: Path, size_bytes: int) -> Path:
    """Make an append-only file as Valkey does, in two parts, and return Valkey's folder."""
    (folder / "appendonlydir").mkdir(parents=True)
    for part in ("base", "incr"):
        (folder / "appendonlydir" / part).write_bytes(bytes(size_bytes // 2))
    return folder


def test_there_is_room_down_to_the_floor(disk: SmallDisk) -> None:
    room = Room(disk.seen(), 4 * MIB)
    disk.fill(leave_bytes=5 * MIB)
    assert room.shortage(kept_s=0) is None
    disk.fill(leave_bytes=3 * MIB)
    assert "and should have 4" in (room.shortage(kept_s=0) or "")
    assert room.lacking() == 4 * MIB - free_bytes(disk.seen()) > 0
    disk.clear()
    assert room.shortage(kept_s=0) is None
    assert room.lacking() == 0


def test_twice_the_log_stays_free_where_it_lies_on_the_same_disk(disk: SmallDisk, tmp_path: Path) -> None:
    inside, outside = log_of(disk.seen() / "valkey", 6 * MIB), log_of(tmp_path / "valkey", 6 * MIB)
    assert Room(disk.seen(), MIB, inside).shortage() is not None  # 10 of 16 are free, 12 are wanted
    assert Room(disk.seen(), MIB, outside).shortage() is None
    assert Room(disk.seen(), MIB, disk.seen() / "not-yet").shortage() is None


def test_a_disk_that_does_not_answer_has_no_room(tmp_path: Path) -> None:
    gone = Room(tmp_path / "gone", MIB)
    assert "does not say" in (gone.shortage() or "")
    assert gone.lacking() == 0


def test_an_answer_is_kept_for_a_moment(disk: SmallDisk) -> None:
    room = Room(disk.seen(), MIB)
    assert room.shortage(kept_s=60) is None
    disk.fill()
    assert room.shortage(kept_s=60) is None
    assert room.shortage(kept_s=0) is not None


def test_the_ballast_is_given_up_for_room_and_made_again(disk: SmallDisk) -> None:
    ballast = Ballast(disk.seen(), 2 * MIB)
    ballast.look()
    assert free_bytes(disk.seen()) <= 14 * MIB
    disk.fill(leave_bytes=3 * MIB)
    ballast.look()
    assert ballast.path.stat().st_size == 2 * MIB
    disk.fill(leave_bytes=MIB)
    ballast.look()
    assert not ballast.path.exists()
    assert free_bytes(disk.seen()) >= 3 * MIB
    ballast.look()  # there is room for it, but then the disk would be nearly full again
    assert not ballast.path.exists()
    disk.clear()
    ballast.look()
    assert ballast.path.stat().st_size == 2 * MIB


def test_another_size_of_the_ballast_takes_effect_and_zero_is_none(disk: SmallDisk) -> None:
    Ballast(disk.seen(), 2 * MIB).look()
    for size in (3 * MIB, 0):
        ballast = Ballast(disk.seen(), size)
        ballast.look()
        ballast.look()
        assert (ballast.path.exists(), size) in {(True, 3 * MIB), (False, 0)}
    assert list(disk.seen().iterdir()) == []


def test_without_valkeys_folder_there_is_no_ballast(tmp_path: Path) -> None:
    Ballast(tmp_path / "valkey", MIB).look()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_keeper_left_of_a_ballast_is_removed(disk: SmallDisk) -> None:
    ballast = Ballast(disk.seen(), MIB)
    ballast._draft.write_bytes(bytes(MIB))
    ballast.look()
    assert [path.name for path in disk.seen().iterdir()] == ["ballast"]


def test_a_ballast_that_finds_no_room_after_all_leaves_no_draft(disk: SmallDisk) -> None:
    ballast = Ballast(disk.seen(), 2 * MIB)
    disk.fill()
    with pytest.raises(OSError, match="No space left"):
        ballast._make()
    assert [path.name for path in disk.seen().iterdir()] == ["filler"]
