"""Parts hold whole pieces, one file after the other, and FLV and TS are read from bytes cut anywhere."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.live.film import SMALL, WIDE, film
from tests.live.reel import Container, Reel

from mediamill import MediamillError, PermanentError
from mediamill.media.live.flv import Cutter, Joint, Seam, Tag, Tags
from mediamill.media.live.parts import MOST_PARTS, Part, Parts, Untaken
from mediamill.media.live.ts import PACKET, Packets, Tables
from mediamill.media.live.ts import Joint as Splice
from mediamill.media.live.ts import Seam as Edge


@pytest.fixture
def done() -> list[Part]:
    return []


@pytest.fixture
def parts(tmp_path: Path, done: list[Part]) -> Parts:
    return Parts(tmp_path, done.append)


def test_what_was_written_is_there_at_once(parts: Parts, tmp_path: Path) -> None:
    parts.begin(".ts")
    parts.write(b"abc")
    assert (tmp_path / "part-00001.ts").read_bytes() == b"abc"


def test_what_is_not_settled_goes(parts: Parts, done: list[Part]) -> None:
    parts.begin(".ts")
    parts.write(b"whole")
    parts.settle()
    parts.write(b"half")
    parts.rewind()
    parts.write(b"!")
    parts.settle()
    parts.close()
    parts.hand_over()
    assert [part.path.read_bytes() for part in done] == [b"whole!"]
    assert parts.bytes == 6


def test_a_part_of_which_nothing_is_settled_is_none(parts: Parts, done: list[Part], tmp_path: Path) -> None:
    parts.begin(".ts")
    parts.write(b"half")
    parts.rewind()
    assert not parts.open
    parts.begin(".flv")
    parts.write(b"x")
    parts.close()
    parts.hand_over()
    assert [part.name for part in done] == ["part-00001.flv"]
    assert len(list(tmp_path.glob("part-*"))) == 1


def test_a_part_that_is_not_taken_stays_and_is_the_next(tmp_path: Path) -> None:
    done, refusals = list[Part](), [MediamillError("no")]

    def taken(part: Part) -> None:
        if refusals:
            raise refusals.pop()
        done.append(part)

    parts = Parts(tmp_path, taken)
    for content in (b"one", b"two"):
        parts.begin(".ts")
        parts.write(content)
        parts.settle()
        parts.close()
    with pytest.raises(Untaken) as caught:
        parts.hand_over()
    assert (str(caught.value.why), done) == ("no", [])
    parts.hand_over()
    assert [part.path.read_bytes() for part in done] == [b"one", b"two"]


def test_nobody_overwrites_a_part_that_is_there(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "part-00001.ts").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        parts.begin(".ts")
    parts = Parts(tmp_path, lambda _: None, first=2)
    parts.begin(".ts")
    assert (tmp_path / "part-00001.ts").read_bytes() == b"theirs"


def test_a_stream_is_no_heap_of_parts(tmp_path: Path, done: list[Part]) -> None:
    parts = Parts(tmp_path, done.append, first=MOST_PARTS)
    parts.begin(".ts")
    parts.write(b"the last")
    parts.settle()
    with pytest.raises(PermanentError, match="10,000 times") as raised:
        parts.begin(".ts")
    assert raised.value.code == "UPSTREAM"
    parts.close()
    parts.hand_over()
    assert [part.path.read_bytes() for part in done] == [b"the last"], "what there is is kept"
    with pytest.raises(PermanentError):
        parts.adopt(done[0].path, ".ts")


def test_so_many_parts_are_handed_over_as_are_wanted(parts: Parts, done: list[Part]) -> None:
    for _ in range(5):
        parts.begin(".ts")
        parts.write(b"some")
        parts.settle()
    parts.close()
    parts.hand_over(3)
    assert len(done) == 3
    parts.hand_over()
    assert [part.name for part in done] == [f"part-{number:05d}.ts" for number in range(1, 6)]


def test_a_floor_stays_free(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None, floor_bytes=2**62)
    parts.begin(".ts")
    with pytest.raises(MediamillError) as caught:
        parts.write(b"x")
    assert caught.value.code == "DISK_FULL"


def test_a_disk_that_is_full_says_so(parts: Parts) -> None:
    parts.begin(".ts")
    assert parts._file is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, parts._file)
    os.close(full)
    with pytest.raises(MediamillError) as caught:
        parts.write(b"x")
    assert caught.value.code == "DISK_FULL"


# ---- FLV


def stream(container: Container) -> tuple[bytes, list[bytes]]:
    """Return what a stream begins with, and ten groups of two pictures and their sound."""
    reel = Reel(film(WIDE), container)
    return reel.header, [reel.group(number) for number in range(10)]


def in_pieces(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@pytest.mark.parametrize("size", [1, 7, 1_000, 10**6])
def test_tags_are_read_from_bytes_cut_anywhere(size: int) -> None:
    header, groups = stream(Container.FLV)
    content = header + b"".join(groups)
    reading = Tags()
    tags = [tag for piece in in_pieces(content, size) for tag in reading.read(piece)]
    assert b"".join(tag.raw for tag in tags) == content[13:]
    assert sum(tag.key for tag in tags) == 10
    assert sum(tag.describes for tag in tags) == 2
    assert max(tag.time_ms for tag in tags) >= 1_800


@pytest.mark.parametrize(
    "content", [b"<html>", b"FLV\x01\x05\xff\xff\xff\xff", b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + b"\xff" * 11]
)
def test_what_is_no_flv_is_refused(content: bytes) -> None:
    with pytest.raises(MediamillError) as caught:
        list(Tags().read(content))
    assert caught.value.code == "UPSTREAM"


def tag(kind: int, body: bytes, time_ms: int = 0) -> Tag:
    head = bytes([kind]) + len(body).to_bytes(3, "big") + bytes(7)
    return Tag.of(head + body + (11 + len(body)).to_bytes(4, "big")).at(time_ms)


def test_a_large_tag_that_drips_costs_no_more_than_its_bytes() -> None:
    reading = Tags()
    head = b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + b"\x09" + (8 * 2**20).to_bytes(3, "big") + bytes(7)
    assert not list(reading.read(head + bytes(8 * 2**20 - 10_000)))
    began = time.thread_time()
    found = [tag for _ in range(10_004) for tag in reading.read(b"\0")]
    assert time.thread_time() - began < 1.0
    assert [len(tag.body) for tag in found] == [8 * 2**20]


AVC = tag(9, b"\x17\x00\x00\x00\x00one")
HEVC = tag(9, b"\x90hvc1one")
AAC = tag(8, b"\xaf\x00one")


def written(cutter: Cutter, *tags: Tag) -> list[bool]:
    """Return for each tag that is written whether a part begins with it."""
    found = []
    for each in tags:
        if not cutter.noted(each):
            found.append(cutter.cut(each, old=False))
            cutter.wrote(each)
    return found


def picture(time_ms: int) -> Tag:
    return tag(9, b"\x27\x01\x00\x00\x00p", time_ms)


@pytest.mark.parametrize("setup", [AVC, HEVC, AAC], ids=["avc", "hevc", "aac"])
def test_another_setup_begins_a_part_and_the_same_again_does_not(setup: Tag) -> None:
    cutter = Cutter()
    assert written(cutter, setup, picture(0), setup, picture(40)) == [True, False]
    other = tag(setup.kind, setup.body[:-3] + b"two")
    assert written(cutter, other, picture(80), picture(120)) == [True, False]
    assert other.body in cutter.opening(80)
    assert setup.body not in cutter.opening(80)


@pytest.mark.parametrize(("time_ms", "cut"), [(900, False), (1_500, False), (12_000, True), (-100, True)])
def test_a_jump_of_the_clock_begins_a_part(time_ms: int, cut: bool) -> None:  # noqa: FBT001 - what is expected
    cutter = Cutter()
    written(cutter, AVC, picture(2_000))
    assert written(cutter, picture(2_000 + time_ms if time_ms > 0 else 500)) == [cut]


def test_a_part_begins_at_the_time_of_its_first_picture() -> None:
    cutter = Cutter()
    written(cutter, AVC, AAC, picture(0x01020304))
    tags = list(Tags().read(cutter.opening(0x01020304)))
    assert [each.time_ms for each in tags] == [0x01020304] * 2


# ---- TS


@pytest.mark.parametrize("size", [1, 187, 1_000, 10**6])
def test_packets_are_read_from_bytes_cut_anywhere(size: int) -> None:
    _, groups = stream(Container.TS)
    content = b"".join(groups)
    packets = Packets()
    assert b"".join(packets.read(piece) for piece in in_pieces(content, size)) == content


def test_what_stands_between_packets_is_dropped() -> None:
    _, groups = stream(Container.TS)
    content = b"".join(groups)
    half = len(content) // PACKET // 2 * PACKET
    packets = Packets()
    read = packets.read(b"noise" + content[:half])
    read += packets.read(b"\x47lost bytes" + content[half:])
    read += packets.read(b"")
    assert read[: half - PACKET] == content[: half - PACKET]
    assert read.endswith(content[half + PACKET :])
    assert len(read) % PACKET == 0


def test_who_sends_what_looks_like_packets_costs_no_more_than_others() -> None:
    misleading = (b"\x47" * (4 * PACKET) + bytes(PACKET)) * 280  # four packets seem to begin at each byte, and no fifth
    began = time.process_time()
    for _ in range(10):
        with suppress(MediamillError):
            assert Packets().read(b"x" + misleading) == b""
    assert time.process_time() - began < 0.4  # byte by byte it is twice that


def test_packets_that_come_behind_noise_are_none_of_them_lost() -> None:
    _, groups = stream(Container.TS)
    content = b"".join(groups)
    for cut in (1, PACKET, 4 * PACKET, 4 * PACKET + 100):  # the first of them come with the noise
        packets = Packets()
        read = packets.read(b"noise" * 300 + content[:cut]) + packets.read(content[cut:])
        assert read == content


def test_what_is_no_transport_stream_is_refused() -> None:
    packets = Packets()
    for _ in range(50):
        assert packets.read(b"<html>" * 200) == b""
    with pytest.raises(MediamillError) as caught:
        packets.read(b"<html>" * 2_000)
    assert caught.value.code == "UPSTREAM"


def test_a_part_of_ts_begins_behind_its_tables_at_a_whole_picture() -> None:
    _, groups = stream(Container.TS)
    tables = Tables()
    places = list(tables.places(b"".join(groups)))
    assert len(places) == len({place.print for place in places}) == 10
    assert len(tables.opening) == 2 * PACKET
    assert all(place.at % PACKET == 0 for place in places)
    (setup,) = {place.setup for place in places}
    assert setup[0] & 0x1F == 7
    others = [place.setup for place in Tables().places(Reel(film(SMALL), Container.TS).group(0))]
    assert others != [setup]
    assert others[0][0] & 0x1F == 7


@pytest.mark.parametrize("filler", [tag(18, bytes(2**20)), tag(9, b"\x17\x00" + bytes(2**20)), tag(8, bytes(2**20))])
def test_who_never_shows_a_picture_again_does_not_fill_our_memory(filler: Tag) -> None:
    cutter = Cutter()
    assert written(cutter, AVC, tag(9, b"\x17\x01a picture")) == [True]
    joint = Joint(cutter, Seam())
    found = [len(joint.read(filler)) for _ in range(8)]
    assert joint.over
    assert sum(found) == 8, "nothing of it is lost"


def test_of_sound_alone_nothing_is_held_back_after_it_broke_off() -> None:
    pat = b"\x47\x40\0\x10" + b"\0" + bytes.fromhex("00b00d0001c100000001e100") + bytes(4)
    pmt = b"\x47\x41\0\x10" + b"\0" + bytes.fromhex("02b0120001c10000e101f0000fe101f000") + bytes(4)
    sound = b"\x47\x41\1\x10"
    packets = b"".join(each.ljust(PACKET, b"\xff") for each in (pat, pmt, sound))
    splice = Splice(Edge())
    assert splice.read(packets) == packets
    assert (splice.over, splice.fits) == (True, False)
