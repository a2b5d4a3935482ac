"""What a recording that was killed left is whole, and its successor goes on behind it: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.film import frames
from tests.live.recording import Recordings, recordings
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill.media.live.copier import Why, Wishes
from mediamill.media.live.feed import Feed, Shape
from mediamill.media.live.follower import Follower, Mark
from mediamill.media.live.loop import loop
from mediamill.media.live.parts import Parts
from mediamill.media.live.playlist import Segment
from mediamill.media.live.remains import remains
from mediamill.testing import eventually


@pytest.fixture(scope="module", autouse=True)
def _one_loop() -> Iterator[None]:
    yield
    loop().close()


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def here(site: LiveSite, tmp_path: Path) -> Iterator[Recordings]:
    with recordings(site, tmp_path) as made:
        yield made


@pytest.mark.parametrize("track", ["ts", "fmp4"])
def test_a_successor_goes_on_behind_the_last_whole_segment(site: LiveSite, here: Recordings, track: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.2)
    feed = Feed(site.hls("fair", track), Shape.HLS)
    folder = here.folder()
    victim = subprocess.Popen([sys.executable, "-m", "tests.live.recorder", feed.url, str(folder)])
    try:
        eventually(lambda: fair.asked[Kind.SEGMENT] == 3, within_s=15)
        eventually(lambda: fair.asked[Kind.PLAYLIST] >= 3)  # so the three are written
        whole = sum(path.stat().st_size for path in folder.glob("part-*"))
        with fair.stalled(Kind.SEGMENT):
            fair.play(0.4)
            eventually(lambda: fair.asked[Kind.SEGMENT] == 4)
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait(10)
    finally:
        victim.kill()
    fair.play(2.0)
    left = remains(folder)
    assert sum(part.size_bytes for part in left.parts) == whole
    made = here.start(feed, Wishes(back_s=60, after=left.after), folder=folder, first=left.first)
    eventually(lambda: made.written > whole)
    fair.off()
    ended = made.ended()
    assert ended.why is Why.ENDED
    assert ended.lost == 0
    assert [frames(part.path) for part in (*left.parts, *made.parts)] == [
        list(range(12)),
        list(range(12, fair.frames.stop)),
    ]
    assert [part.name for part in made.parts] == [f"part-00002{left.parts[0].path.suffix}"]


def test_half_a_piece_goes_and_the_part_is_known(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None, first=4)
    parts.begin(".ts", "")
    parts.write(b"whole")
    parts.settle("7:0123456789ab")
    parts.write(b"ha")
    left = remains(tmp_path, published=["part-00003.ts"])
    assert [(part.name, part.path.read_bytes(), part.last) for part in left.parts] == [
        ("part-00004.ts", b"whole", "7:0123456789ab")
    ]
    assert abs(left.parts[0].began_at - left.parts[0].path.stat().st_mtime) < 5
    assert (left.first, left.after) == (5, "7:0123456789ab")


def test_a_part_without_a_whole_piece_is_none(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None)
    parts.begin(".ts", "6:0123456789ab")
    parts.write(b"half")
    left = remains(tmp_path)
    assert left.parts == ()
    assert not list(tmp_path.glob("part-*"))
    assert left.after == "6:0123456789ab", "of the part before"


def test_what_has_no_numbers_is_left_as_it_is(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None)
    parts.begin(".flv")
    parts.write(b"tag and half a")
    left = remains(tmp_path)
    assert [part.path.read_bytes() for part in left.parts] == [b"tag and half a"]
    assert left.after == ""


def test_parts_that_are_published_still_count(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda part: part.path.unlink())
    parts.begin(".ts", "")
    parts.write(b"whole")
    parts.settle("7:0123456789ab")
    parts.close()
    parts.hand_over()
    left = remains(tmp_path)
    assert (left.parts, left.first, left.after) == ((), 2, "7:0123456789ab")


def test_where_another_machine_went_on_since_the_ledger_is_not_believed(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None, first=2)
    parts.begin(".ts", "")
    parts.write(b"whole")
    parts.settle("7:0123456789ab")
    assert remains(tmp_path, ["part-00001.ts", "part-00002.ts"]).after == "7:0123456789ab"
    left = remains(tmp_path, ["part-00001.ts", "part-00002.ts", "part-00003.ts"])
    assert [part.name for part in left.parts] == ["part-00002.ts"]
    assert (left.first, left.after) == (4, "")


def test_a_part_with_less_than_was_whole_is_kept_and_nothing_is_skipped(tmp_path: Path) -> None:
    parts = Parts(tmp_path, lambda _: None)
    parts.begin(".ts", "")
    parts.write(b"whole")
    parts.settle("7:0123456789ab")
    os.truncate(tmp_path / "part-00001.ts", 3)
    left = remains(tmp_path)
    assert [part.path.read_bytes() for part in left.parts] == [b"who"]
    assert left.after == ""


@pytest.mark.parametrize("said", ["", "nonsense", '00000000 {"part": "part-00001.ts"}', "00000000 []"])
def test_a_ledger_that_cannot_be_read_says_nothing(tmp_path: Path, said: str) -> None:
    (tmp_path / ".ledger").write_text(said)
    (tmp_path / "part-00003.ts").write_bytes(b"whole")
    left = remains(tmp_path)
    assert [part.name for part in left.parts] == ["part-00003.ts"]
    assert (left.first, left.after) == (4, "")


def test_an_empty_folder_has_no_remains(tmp_path: Path) -> None:
    left = remains(tmp_path)
    assert (left.parts, left.first, left.after) == ((), 1, "")


def segment(number: int, path: str, at_s: float | None = None) -> Segment:
    return Segment(number, f"http://127.0.0.1/{path}?signed", 2.0, at_s=at_s)


def test_segments_are_known_by_their_time_where_it_is_told_else_by_their_path() -> None:
    mark = Mark.of(segment(7, "a", 1_000.0))
    assert mark.same(Mark.of(segment(7, "b", 1_001.0)))
    assert not mark.same(Mark.of(segment(7, "a", 1_010.0)))
    assert mark.same(Mark.of(segment(7, "a")))
    assert not mark.same(Mark.of(segment(7, "b")))


def test_what_was_taken_is_told_in_few_words_and_without_addresses() -> None:
    follower = Follower(back_s=60)
    for number in range(20):
        follower.took(segment(number, f"secret-{number}", 1_700_000_000.5 + number))
    assert len(follower.last.split()) == 6
    assert "secret" not in follower.last
    assert Follower(60, follower.last).last == follower.last


@pytest.mark.parametrize("after", ["7", "x:y", "7:0123456789abcdef", "7:0123456789ab@never"])
def test_a_place_that_no_recording_wrote_is_refused(after: str) -> None:
    with pytest.raises(ValueError, match="a mark is"):
        Follower(60, after)
