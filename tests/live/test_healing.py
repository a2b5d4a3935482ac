"""A part that a killed recorder left ends with its last whole packet, tag or fragment; nothing before it is lost."""

from pathlib import Path

import pytest
from tests.live.film import DAMAGED, frames
from tests.live.muxed import SUFFIXES, copied
from tests.live.reel import Container

from mediamill.media.live.healing import Broken, heal, split


@pytest.mark.parametrize("container", SUFFIXES)
def test_a_whole_part_stays_as_it_is(tmp_path: Path, container: Container) -> None:
    part = copied(tmp_path, container, range(3))
    before = part.read_bytes()
    assert heal(part) == 0
    assert part.read_bytes() == before


@pytest.mark.parametrize("container", SUFFIXES)
@pytest.mark.parametrize("cut", [1, 50, 400])
def test_a_cut_part_ends_with_what_is_whole(tmp_path: Path, container: Container, cut: int) -> None:
    part = copied(tmp_path, container, range(3))
    whole = part.read_bytes()
    part.write_bytes(whole[:-cut])
    taken = heal(part)
    left = part.read_bytes()
    assert whole.startswith(left)
    assert taken == len(whole) - cut - len(left)
    assert heal(part) == 0
    numbers = frames(part)
    assert numbers[:4] == list(range(4))
    assert container is Container.TS or DAMAGED not in numbers


@pytest.mark.parametrize("container", SUFFIXES)
def test_what_was_never_written_because_the_machine_went_down_is_cut(tmp_path: Path, container: Container) -> None:
    part = copied(tmp_path, container, range(3))
    whole = part.read_bytes()
    part.write_bytes(whole + bytes(300_000))
    assert heal(part) == 300_000
    assert part.read_bytes() == whole


@pytest.mark.parametrize(
    "content", [b"", b"G" + bytes(100), b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x09\0\0", bytes(4) + b"moof"]
)
def test_what_has_nothing_whole_is_said_to_be_broken_and_stays(tmp_path: Path, content: bytes) -> None:
    part = tmp_path / "part-00001.bin"
    part.write_bytes(content)
    with pytest.raises(Broken):
        heal(part)
    assert part.read_bytes() == content


def test_of_what_nobody_knows_nothing_is_cut(tmp_path: Path) -> None:
    part = tmp_path / "part-00001.aac"
    part.write_bytes(b"\xff\xf1 sound")
    assert heal(part) == 0


def test_streams_that_a_recorder_wrote_into_one_file_are_told_apart(tmp_path: Path) -> None:
    """The first ends in the middle of a tag: what its head says leads into the second."""
    first, second = (copied(tmp_path, Container.FLV, each, name=f"{each}") for each in (range(3), range(10, 13)))
    whole = tmp_path / "part-00001.flv"
    whole.write_bytes(first.read_bytes()[:-100] + second.read_bytes()[:-100])
    assert heal(whole) < 1_000
    found = split(whole, tmp_path)
    assert len(found) == 2
    assert [heal(each) for each in found] != [0, 0]
    assert frames(found[0])[:4] == [0, 1, 2, 3]
    assert frames(found[1])[:2] == [20, 21]


def test_a_file_of_one_stream_is_not_split(tmp_path: Path) -> None:
    for container in SUFFIXES:
        part = copied(tmp_path, container, range(2))
        assert split(part, tmp_path) == (part,)
