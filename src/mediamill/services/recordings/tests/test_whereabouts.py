"""Where a stream was is known to the next attempt, and to nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mediamill.media import egress
from mediamill.media.live.feed import Feed, Shape, Source
from mediamill.services.recordings.seeking import named
from mediamill.services.recordings.tape import Tape
from mediamill.services.recordings.whereabouts import Whereabouts
from mediamill.settings import EgressSettings
from mediamill.testing import FakeContext

FEED = Feed(
    "https://edge.example/live.m3u8?sign=tiger",
    Shape.HLS,
    {"Cookie": "session=lion", "Referer": "https://example.com/"},
    title="Trực tiếp",
    room="fair",
    quality="720p",
    live="7",
)
SOURCE = Source("https://example.com/fair")
OURS, THEIRS = "http://proxy.example:3128", "http://user:pass@other.example:3128"


@pytest.fixture(autouse=True)
def _as_set_up() -> Iterator[None]:
    yield
    egress.use(None)


def test_the_next_attempt_knows_it_whole_and_the_disk_shows_nothing(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    Whereabouts(ctx).note(FEED)
    [note] = ctx.lasting.iterdir()
    assert (note.name[0], note.stat().st_mode & 0o777) == (".", 0o600)
    assert not any(secret in note.read_bytes() for secret in (b"tiger", b"lion", b"edge"))
    assert Whereabouts(FakeContext(tmp_path, attempt=2)).known(SOURCE) == FEED


def test_of_what_has_no_segments_there_is_nothing_to_know(tmp_path: Path) -> None:
    whereabouts = Whereabouts(FakeContext(tmp_path))
    whereabouts.note(FEED)
    whereabouts.note(replace(FEED, shape=Shape.FLV))
    assert whereabouts.known(SOURCE) is None


def test_a_disk_that_takes_no_note_ends_no_recording_and_leaves_none_of_what_was_before(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    Whereabouts(ctx).note(FEED)
    (ctx.lasting / ".feed.new").mkdir()
    elsewhere = replace(FEED, url="https://other.example/live.m3u8")
    assert Whereabouts(ctx).note(elsewhere) is elsewhere
    assert Whereabouts(ctx).known(SOURCE) is None


@pytest.mark.parametrize("note", [b"", b"half", b"12345678:half", b"{}", b"[]"])
def test_a_note_that_nobody_can_read_is_none(tmp_path: Path, note: bytes) -> None:
    ctx = FakeContext(tmp_path)
    (ctx.lasting / ".feed").write_bytes(note)
    assert Whereabouts(ctx).known(SOURCE) is None
    (ctx.lasting / ".feed").write_bytes(ctx.seal(note))
    assert Whereabouts(ctx).known(SOURCE) is None


@pytest.mark.parametrize(
    ("came", "asked", "pool", "known"),
    [
        (THEIRS, THEIRS, (OURS,), 1),
        (OURS, THEIRS, (OURS,), 0),
        (OURS, "", (OURS,), 1),
        (OURS, "", (), 0),
        ("", "", (OURS,), 0),
        ("", "", (), 1),
    ],
)
def test_it_is_gone_to_only_in_the_way_in_which_it_was_come_by(
    tmp_path: Path, came: str, asked: str, pool: tuple[str, ...], known: int
) -> None:
    egress.use(EgressSettings((), pool))
    whereabouts = Whereabouts(FakeContext(tmp_path))
    whereabouts.note(replace(FEED, proxy=came))
    assert (whereabouts.known(replace(SOURCE, proxy=asked)) is not None) == known


@pytest.mark.parametrize(
    ("asked", "pool", "gone"), [(THEIRS, (OURS,), THEIRS), ("", (OURS,), OURS), ("", (), "")], ids=str
)
def test_to_a_playlist_that_the_request_names_it_goes_as_the_request_says(
    tmp_path: Path, asked: str, pool: tuple[str, ...], gone: str
) -> None:
    egress.use(EgressSettings((), pool))
    tape = Tape(FakeContext(tmp_path))
    source = Source("https://example.com/live.m3u8", proxy=asked, cookies="session=lion")
    assert named(source, tape) is None, "nothing of it is there yet"
    tape.after = "7:0123456789ab"
    feed = named(source, tape)
    assert feed is not None
    assert (feed.url, feed.proxy, feed.headers["Cookie"]) == (source.url, gone, "session=lion")
