import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mediamill import PermanentError
from mediamill.media.live.feed import DiskFull
from mediamill.media.live.parts import Part, Parts
from mediamill.media.live.remains import name_of
from mediamill.services.recordings.tape import Memo, Tape
from mediamill.testing import FakeContext

#: Packets of plain TS.
PACKETS = (b"\x47" + bytes(187)) * 3


def written(ctx: FakeContext, number: int, content: bytes = PACKETS) -> Path:
    path = ctx.lasting / name_of(number, ".ts")
    path.write_bytes(content)
    return path


def part(path: Path) -> Part:
    return Part(path, path.stat().st_size, 1_000.0)


def test_what_was_taken_is_published_and_lies_nowhere_else(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    assert (tape.names, tape.first, tape.after, tape.memo) == ([], 1, "", Memo())
    path = written(ctx, 1)
    tape.take(part(path))
    assert ctx.published["part-00001.ts"].read_bytes() == PACKETS
    assert not path.exists()
    assert (tape.memo.began_at, tape.memo.size_bytes) == (1_000.0, len(PACKETS))


def test_the_next_attempt_knows_what_the_last_one_knew(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    tape.note(title="chợ nổi", reconnects=2)
    tape.take(part(written(ctx, 1)))
    tape.end("lost", DiskFull("the disk is full"))
    again = Tape(FakeContext(tmp_path, attempt=2))
    assert again.memo == tape.memo
    assert (again.memo.why, again.memo.missing, again.memo.fault) == ("lost", "DISK_FULL", "the disk is full")
    assert (again.names, again.first) == (["part-00001.ts"], 2)


def test_an_attempt_on_another_machine_goes_on_behind_what_is_published(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    tape.note(title="chợ nổi")
    tape.take(part(written(ctx, 1)))
    tape.note(reconnects=2)
    tape.take(replace(part(written(ctx, 2)), last="7:0123456789ab"))
    with elsewhere(ctx) as there:
        again = Tape(there)
        assert (again.memo.title, again.memo.began_at, again.memo.reconnects) == ("chợ nổi", 1_000.0, 2)
        assert (again.first, again.after) == (3, "7:0123456789ab")
        again.take(replace(part(written(there, 3)), last="9:0123456789ab"))
    assert Tape(FakeContext(tmp_path, attempt=3)).after == "9:0123456789ab", "what came back is behind that"


def test_a_part_counts_when_it_is_taken_and_not_for_each_try(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    tape.take(part(written(ctx, 1)))
    for _ in range(2):
        refused(tape, ctx, 2)
    assert tape.memo.size_bytes == len(PACKETS)
    written(ctx, 2)
    with elsewhere(ctx) as there:
        again = Tape(there)
        again.take(replace(part(written(there, 3)), last="9:0123456789ab"))
    back = Tape(FakeContext(tmp_path, attempt=3))
    assert back.after == "9:0123456789ab", "what came from there is newer than what was tried here"
    assert back.memo.size_bytes == 3 * len(PACKETS)


def test_what_is_told_before_the_first_part_is_safe_is_known_elsewhere(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    tape = Tape(ctx)
    tape.note(title="chợ nổi")
    refused(tape, ctx, 1)
    with elsewhere(ctx) as there:
        assert Tape(there).memo.title == "chợ nổi"


def refused(tape: Tape, ctx: FakeContext, number: int) -> None:
    """Have a tape try to take a part that nobody publishes: a link."""
    link = ctx.lasting / name_of(number, ".ts")
    (ctx.tmp_path / "film.ts").write_bytes(PACKETS)
    link.symlink_to(ctx.tmp_path / "film.ts")
    with pytest.raises(PermanentError):
        tape.take(part(link))
    link.unlink()


@contextmanager
def elsewhere(ctx: FakeContext) -> Iterator[FakeContext]:
    """Yield the next attempt's context, on another machine; what it leaves there is gone then."""
    ours = ctx.lasting.rename(ctx.tmp_path / "ours")
    there = FakeContext(ctx.tmp_path, attempt=2)
    yield there
    shutil.rmtree(there.lasting)
    ours.rename(there.lasting)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"no_such": 1}', b"\xff"])
def test_a_memo_that_is_spoilt_loses_no_part(tmp_path: Path, content: bytes) -> None:
    ctx = FakeContext(tmp_path)
    Tape(ctx).take(part(written(ctx, 1)))
    (ctx.lasting / ".recording.json").write_bytes(content)
    assert Tape(FakeContext(tmp_path, attempt=2)).names == ["part-00001.ts"]


def test_what_a_killed_attempt_left_is_healed_and_published(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    parts = Parts(ctx.lasting, lambda _: None)
    parts.begin(".ts")
    parts.write(PACKETS + b"\x47 half a packet")
    tape = Tape(FakeContext(tmp_path, attempt=2))
    assert (tape.names, tape.first) == (["part-00001.ts"], 2)
    assert tape.paths()[0].read_bytes() == PACKETS
    assert tape.memo.size_bytes == len(PACKETS)


def test_what_is_broken_altogether_ends_nothing(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    left = written(ctx, 1, PACKETS[:100])
    tape = Tape(ctx)
    assert tape.names == []
    assert not left.exists()
    assert [line.event for line in ctx.logged] == ["recording.part_broken"]


def test_a_part_that_was_published_just_before_the_kill_is_there_once(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    ctx.publish("part-00001.ts", written(ctx, 1))
    tape = Tape(FakeContext(tmp_path, attempt=2))
    assert tape.names == ["part-00001.ts"]
    assert tape.memo.size_bytes == 0
    assert list(ctx.lasting.glob("part-*")) == []


def test_a_part_of_the_same_number_from_another_machine_takes_nothings_place(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    ctx.publish("part-00001.ts", written(ctx, 1))
    written(ctx, 1, PACKETS * 2)
    tape = Tape(FakeContext(tmp_path, attempt=2))
    assert tape.names == ["part-00001.ts", "part-00002.ts"]
    assert tape.first == 3
    assert [path.read_bytes() for path in tape.paths()] == [PACKETS, PACKETS * 2]
