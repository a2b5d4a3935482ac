"""ffmpeg records into the same parts: whole, across an outage, to the last picture when it is stopped or killed."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.live.film import frames, lost
from tests.live.programs import Programs, programs
from tests.live.recording import Recording
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill import Cancelled, MediamillError
from mediamill.media.live import ffmpeg
from mediamill.media.live.copier import Why, Wishes
from mediamill.media.live.feed import Feed, Offline, Shape
from mediamill.testing import eventually


@pytest.fixture(scope="module")
def site() -> Iterator[LiveSite]:
    with live_site(speed=8) as here:  # ffmpeg reads some seconds of a stream before it writes
        yield here


@pytest.fixture
def begun(site: LiveSite, tmp_path: Path) -> Iterator[Programs]:
    with programs(site, tmp_path) as here:
        yield here


def start(begun: Programs, feed: Feed, wishes: Wishes, site: LiveSite | None = None, name: str = "") -> Recording:
    def probe() -> Feed:
        assert site is not None
        if site.channel(name).live is None:
            raise Offline
        return feed

    record = partial(ffmpeg.record, feed)
    return begun.start(lambda to, ctx, check: record(to, wishes, ctx, check, probe if site else None))


def test_a_stream_is_recorded_in_parts_until_the_source_says_that_it_is_over(site: LiveSite, begun: Programs) -> None:
    site.channel("market").on()
    made = start(begun, Feed(site.hls("market"), Shape.OTHER), Wishes(part_s=1), site, "market")
    eventually(lambda: len(made.parts) >= 2, 10)
    site.channel("market").off()
    ended = made.ended()
    assert (ended.why, ended.error) == (Why.ENDED, None)
    assert ended.size_bytes == sum(part.size_bytes for part in made.parts) == made.written
    numbers = made.numbers()
    assert len(numbers) > 10
    assert lost(numbers) == 0


def test_what_is_recorded_lies_with_the_parts_at_once_and_stopping_keeps_it(site: LiveSite, begun: Programs) -> None:
    """A worker that is killed leaves it there."""
    site.channel("stopped").on()
    made = start(begun, Feed(site.ts("stopped"), Shape.OTHER), Wishes())
    eventually(lambda: made.written > 10_000, 10)
    assert not made.parts
    made.stop.set()
    ended = made.ended()
    assert ended.why is Why.STOPPED
    assert [part.name for part in made.parts] == ["part-00001.ts"]
    numbers = made.numbers()
    assert numbers
    assert lost(numbers) == 0


def test_cookies_are_for_the_streams_own_host_and_no_argument_shows_what_opens_it(
    site: LiveSite, begun: Programs
) -> None:
    private = site.channel("private")
    private.leads_to[Kind.SEGMENT] = f"http://localhost:{urlsplit(site.url).port}/live/private/ts/1/0.ts"
    private.on()
    feed = Feed(
        site.hls("private") + "?token=very-secret",
        Shape.OTHER,
        {"Cookie": "session=open-sesame; b=c", "Referer": "https://example.org/", "Authorization": "Bearer hush"},
    )
    made = start(begun, feed, Wishes())
    eventually(lambda: private.asked[Kind.SEGMENT] >= 1, 10)
    (seen,) = {place: place.read_text() for pid in pids(begun) if (place := Path(f"/proc/{pid}/cmdline"))}.values()
    made.cancel.set()
    assert "example.org" in seen
    assert not [each for each in ("private", "very-secret", "sesame", "hush") if each in seen], seen
    assert "Authorization" not in private.headers[Kind.SEGMENT]
    assert private.headers[Kind.PLAYLIST]["Cookie"] == "session=open-sesame; b=c"
    assert private.headers[Kind.SEGMENT]["Referer"] == "https://example.org/"
    assert "Cookie" not in private.headers[Kind.SEGMENT]


def test_an_outage_begins_a_part_and_is_counted(site: LiveSite, begun: Programs) -> None:
    fair = site.channel("fair")
    fair.on()
    made = start(begun, Feed(site.flv("fair"), Shape.OTHER), Wishes(stall_s=2), site, "fair")
    eventually(lambda: made.written > 5_000, 10)
    with fair.outage():
        eventually(lambda: made.parts, 10)
    eventually(lambda: made.written > made.parts[0].size_bytes + 5_000, 10)
    made.stop.set()
    ended = made.ended()
    assert ended.reconnects >= 1
    assert len(made.parts) == 2
    assert all(frames(part.path) for part in made.parts)


def test_where_ffmpeg_is_killed_what_it_wrote_stays_and_another_goes_on(site: LiveSite, begun: Programs) -> None:
    site.channel("killed").on()
    made = start(begun, Feed(site.ts("killed"), Shape.OTHER), Wishes(), site, "killed")
    eventually(lambda: made.written > 5_000, 10)
    for pid in pids(begun):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: made.parts, 10)
    eventually(lambda: made.written > made.parts[0].size_bytes + 1_000, 10)
    made.stop.set()
    assert made.ended().reconnects == 1
    assert all(frames(part.path) for part in made.parts)


def test_cancelled_nothing_is_handed_over_and_nothing_runs(site: LiveSite, begun: Programs) -> None:
    site.channel("unwanted").on()
    made = start(begun, Feed(site.ts("unwanted"), Shape.OTHER), Wishes())
    eventually(lambda: pids(begun), 10)
    made.cancel.set()
    with pytest.raises(Cancelled):
        made.ended()
    assert (made.parts, pids(begun)) == ([], [])


def pids(begun: Programs) -> list[int]:
    """Return the processes of ffmpeg that record for a test."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            program = (place / "cmdline").read_bytes().split(b"\0")[0]
            if b"ffmpeg" in program and (place / "cwd").readlink().is_relative_to(begun.path):
                found.append(int(place.name))
    return found


def test_a_stream_that_stands_still_is_given_up(site: LiveSite, begun: Programs) -> None:
    still = site.channel("still")
    still.on()
    made = start(begun, Feed(site.ts("still"), Shape.OTHER), Wishes(stall_s=1, outage_s=0.1), site, "still")
    eventually(lambda: made.written > 5_000, 10)
    with still.frozen():
        ended = made.ended()
    assert ended.why is Why.LOST
    assert ended.error is not None
    assert ended.error.code in {"STALLED", "NETWORK_TIMEOUT", "NETWORK"}
    assert made.parts


def test_a_wished_duration_ends_it(site: LiveSite, begun: Programs) -> None:
    site.channel("short").on()
    ended = start(begun, Feed(site.ts("short"), Shape.OTHER), Wishes(duration_s=0.6)).ended()
    assert ended.why is Why.DURATION


def test_the_disks_floor_ends_it_and_keeps_what_there_is(site: LiveSite, begun: Programs) -> None:
    site.channel("floor").on()
    feed = Feed(site.ts("floor"), Shape.OTHER)
    made = begun.start(
        lambda to, ctx, check: ffmpeg.record(feed, to, Wishes(), ctx, check), floor_bytes=1_000_000 * 2**30
    )
    ended = made.ended()
    assert ended.why is Why.DISK_FULL
    assert made.parts


@pytest.mark.parametrize(
    ("path", "code"), [("http://10.0.0.1/live.m3u8", "BLOCKED"), ("/live/nobody/ts.m3u8", "NOT_FOUND")]
)
def test_what_cannot_be_had_is_told_by_its_code(site: LiveSite, begun: Programs, path: str, code: str) -> None:
    feed = Feed(path if path.startswith("http") else site(path), Shape.OTHER)
    with pytest.raises(MediamillError) as seen:
        start(begun, feed, Wishes(stall_s=2)).ended()
    assert seen.value.code == code


def test_headers_are_sent_and_none_is_added_by_another(site: LiveSite, begun: Programs) -> None:
    cookie = site.channel("cookie")
    cookie.cookie = ("sid", "let-me-in-please")
    cookie.on()
    headers = {"Cookie": "sid=let-me-in-please", "X-Bad": "a\r\nX-Other: b", "Host": "elsewhere"}
    made = start(begun, Feed(site.ts("cookie"), Shape.OTHER, headers), Wishes())
    eventually(lambda: made.written > 1_000, 10)
    made.stop.set()
    made.ended()
    seen = cookie.headers[Kind.STREAM]
    assert seen["Cookie"] == "sid=let-me-in-please"
    assert not {"X-Bad", "X-Other"} & set(seen)
