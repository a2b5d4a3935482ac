"""What is on air is on disk whole: of every shape, across outages, and to the last whole piece when it stops."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
from tests.live.channel import Channel
from tests.live.film import SMALL, frames, lost, repeated
from tests.live.recording import Recording, recordings
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill import Cancelled, MediamillError
from mediamill.media import live
from mediamill.media.live.copier import Why, Wishes
from mediamill.media.live.feed import Feed, Offline, Shape
from mediamill.media.live.loop import loop
from mediamill.settings import LiveSettings
from mediamill.testing import eventually

SHAPES = {"ts": Shape.HLS, "fmp4": Shape.HLS, "aes": Shape.HLS, "flv": Shape.FLV, "plain": Shape.TS}
Start = Callable[..., Recording]


@pytest.fixture(scope="module", autouse=True)
def _one_loop() -> Iterator[None]:
    yield
    loop().cap(None)
    loop().close()


@pytest.fixture(autouse=True)
def _as_set_up() -> Iterator[None]:
    yield
    live.use(None)


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def start(site: LiveSite, tmp_path: Path) -> Iterator[Start]:
    with recordings(site, tmp_path) as made:
        yield made.start


def feed_of(site: LiveSite, form: str, **headers: str) -> Feed:
    url = {"flv": site.flv("fair"), "plain": site.ts("fair")}.get(form) or site.hls("fair", form)
    return Feed(url, SHAPES.get(form, Shape.HLS), headers)


def probe_of(channel: Channel, feed: Feed) -> Callable[[], Feed]:
    def probe() -> Feed:
        if channel.live is None:
            raise Offline
        return feed

    return probe


@pytest.mark.parametrize("form", SHAPES)
def test_what_is_on_air_is_recorded_whole(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.4)
    made = start(feed_of(site, form))
    eventually(lambda: made.written > 0)
    fair.play(1.0)
    fair.off()
    ended = made.ended()
    assert ended.why is Why.ENDED
    assert made.numbers() == list(fair.frames)
    assert len(made.parts) == 1
    assert (ended.lost, ended.reconnects) == (0, 0)
    assert ended.size_bytes == sum(part.size_bytes for part in made.parts) == made.written


@pytest.mark.parametrize("form", ["ts", "fmp4", "flv", "plain"])
def test_a_change_of_resolution_begins_a_part(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.4)
    made = start(feed_of(site, form))
    eventually(lambda: made.written > 0)
    first = fair.change(SMALL)
    fair.play(1.2)
    fair.off()
    made.ended()
    assert [frames(part.path) for part in made.parts] == [
        list(range(first)),
        list(range(first, fair.frames.stop)),
    ]


@pytest.mark.parametrize("form", ["ts", "fmp4"])
def test_an_outage_that_the_window_outlasts_loses_nothing(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    made = start(feed_of(site, form))
    eventually(lambda: made.written > 0)
    with fair.outage():
        before = fair.asked[Kind.PLAYLIST]
        fair.play(2.0)
        eventually(lambda: fair.asked[Kind.PLAYLIST] > before + 1)
    fair.off()
    ended = made.ended()
    assert made.numbers() == list(fair.frames)
    assert len(made.parts) == 1, "nothing is missing between"
    assert ended.reconnects >= 1
    assert ended.lost == 0


def test_of_a_live_that_ends_in_an_outage_the_rest_is_read_afterwards(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    feed, asked = feed_of(site, "ts"), Event()

    def probe() -> Feed:
        asked.set()
        raise Offline

    made = start(feed, probe=probe)
    eventually(lambda: made.written > 0)
    with fair.outage():
        fair.play(1.2)
        fair.off()
        assert asked.wait(10)
    ended = made.ended()
    assert made.numbers() == list(fair.frames), "the source has forgotten it, and its playlist has not"
    assert (ended.why, ended.lost, ended.error) == (Why.ENDED, 0, None)


def test_of_a_live_that_is_over_no_playlist_is_waited_for_long(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    made = start(feed_of(site, "ts"), Wishes(stall_s=0.2, back_s=60), _offline)
    eventually(lambda: fair.asked[Kind.PLAYLIST] > 1)
    with fair.stalled(Kind.PLAYLIST):
        assert made.ended().why is Why.ENDED
    assert made.numbers() == list(fair.frames)


def _offline() -> Feed:
    raise Offline


def test_what_a_window_lost_is_counted_and_begins_a_part(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    made = start(feed_of(site, "ts"))
    eventually(lambda: fair.asked[Kind.PLAYLIST] > 1)
    with fair.outage():
        fair.play(4.0 + 2 * fair.segment_s)
    fair.off()
    ended = made.ended()
    assert ended.lost == 2
    assert lost(made.numbers()) == 8, "two segments of 0.4 s at ten pictures a second"
    assert len(made.parts) == 2


def test_a_segment_that_is_cut_short_is_taken_again_whole(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    with fair.stalled(Kind.SEGMENT):
        made = start(feed_of(site, "ts"))
        eventually(lambda: made.written > 0)
        with fair.outage():
            eventually(lambda: made.written == 0)
    fair.off()
    made.ended()
    assert made.numbers() == list(fair.frames)
    assert repeated(made.numbers()) == 0


def test_a_segment_that_nobody_gets_does_not_end_the_recording(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.2)
    fair.refuse(404, Kind.SEGMENT, times=1)
    made = start(feed_of(site, "ts"))
    eventually(lambda: made.written > 0)
    fair.off()
    assert made.ended().lost == 1
    assert made.numbers() == list(fair.frames)[4:]


def test_of_a_segment_that_never_comes_whole_nothing_is_kept(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.2)
    with fair.stalled(Kind.SEGMENT):
        made = start(feed_of(site, "ts"), Wishes(stall_s=0.2))
        eventually(lambda: fair.asked[Kind.SEGMENT] == 4)
    fair.off()
    assert made.ended().lost == 1
    assert made.numbers() == list(fair.frames)[4:]


@pytest.mark.parametrize("form", ["ts", "flv", "plain"])
def test_stop_ends_soon_and_keeps_what_there_is(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on()
    made = start(feed_of(site, form))
    eventually(lambda: made.written > 0)
    made.stop.set()
    ended = made.ended()
    assert ended.why is Why.STOPPED
    assert len(made.parts) == 1
    assert lost(made.numbers()) == repeated(made.numbers()) == 0


def test_a_cancelled_recording_raises_and_hands_nothing_over(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on()
    made = start(feed_of(site, "flv"))
    eventually(lambda: made.written > 0)
    made.cancel.set()
    with pytest.raises(Cancelled):
        made.ended()
    assert made.parts == []
    eventually(lambda: fair.viewers == 0)


def broken(site: LiveSite, start: Start, form: str, away_s: float) -> tuple[Channel, Recording]:
    """Record what breaks off after a second and comes back when so much more of it has passed."""
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.0)
    feed = feed_of(site, form)
    made = start(feed, probe=probe_of(fair, feed))
    eventually(lambda: made.written > 0)
    with fair.outage():
        eventually(lambda: fair.viewers == 0)
        fair.play(away_s)
    eventually(lambda: fair.viewers == 1)
    fair.play(0.6)
    fair.off()
    ended = made.ended()
    assert ended.why is Why.ENDED
    assert ended.reconnects >= 1
    return fair, made


@pytest.mark.parametrize("form", ["flv", "plain"])
def test_a_stream_that_breaks_goes_on_just_where_it_broke_off(site: LiveSite, start: Start, form: str) -> None:
    fair, made = broken(site, start, form, away_s=0.2)
    assert made.numbers() == list(fair.frames)[6:], "the server gave pictures again that were there"
    assert len(made.parts) == 1


@pytest.mark.parametrize("form", ["flv", "plain"])
def test_a_stream_that_lost_something_goes_on_in_another_part(site: LiveSite, start: Start, form: str) -> None:
    _, made = broken(site, start, form, away_s=2.0)
    assert len(made.parts) == 2
    assert lost(made.numbers()) == 16, "two seconds, less what a new viewer has of the time before"
    assert repeated(made.numbers()) == 0


def test_a_source_that_is_still_on_air_is_recorded_on_after_an_end(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    feed = feed_of(site, "ts")
    asked = []

    def probe() -> Feed:
        asked.append(fair.live)
        if len(asked) == 1:
            fair.on(halted=True)
            fair.play(0.4)
            fair.off()
            return feed
        raise Offline

    made = start(feed, probe=probe)
    eventually(lambda: made.written > 0)
    fair.off()
    assert made.ended().why is Why.ENDED
    assert [frames(part.path) for part in made.parts] == [list(range(8)), list(range(4))]
    assert len(asked) == 2


def test_a_stall_is_given_up(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.0)
    made = start(feed_of(site, "flv"), Wishes(stall_s=0.3, outage_s=0.1))
    ended = made.ended()
    assert ended.why is Why.LOST
    assert ended.error is not None
    assert ended.error.code == "STALLED"
    assert made.numbers(), "what came is kept"


@pytest.mark.parametrize("form", ["flv", "plain"])
def test_bytes_of_which_nothing_comes_are_a_stall(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(1.0)
    with fair.slow(40, Kind.STREAM):
        made = start(feed_of(site, form), Wishes(stall_s=0.4, outage_s=0.1))
        with pytest.raises(MediamillError) as raised:
            made.ended()
    assert raised.value.code == "STALLED"


def test_an_outage_longer_than_wished_keeps_what_there_is(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    made = start(feed_of(site, "ts"), Wishes(outage_s=0.5))
    eventually(lambda: fair.asked[Kind.PLAYLIST] > 1)
    with fair.outage():
        ended = made.ended()
    assert ended.why is Why.LOST
    assert ended.error is not None
    assert made.numbers() == list(fair.frames)


@pytest.mark.parametrize(
    ("status", "code"), [(404, "NOT_FOUND"), (403, "BLOCKED"), (429, "RATE_LIMITED"), (500, "UPSTREAM")]
)
def test_a_stream_that_cannot_be_had_says_why(site: LiveSite, start: Start, status: int, code: str) -> None:
    fair = site.channel("fair")
    fair.on()
    fair.refuse(status)
    made = start(feed_of(site, "ts"), Wishes(outage_s=0))
    with pytest.raises(MediamillError) as caught:
        made.ended()
    assert caught.value.code == code
    assert site.url not in str(caught.value)


@pytest.mark.parametrize("kind", [Kind.SEGMENT, Kind.KEY])
def test_no_playlist_leads_to_internal_addresses(site: LiveSite, start: Start, kind: Kind) -> None:
    fair = site.channel("fair")
    fair.leads_to[kind] = "http://169.254.169.254/latest/"
    fair.on()
    made = start(feed_of(site, "aes"))
    with pytest.raises(MediamillError, match=r"169\.254\.169\.254") as caught:
        made.ended()
    assert caught.value.code == "BLOCKED"


def test_no_playlist_leads_to_files(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.leads_to[Kind.SEGMENT] = "file:///etc/"
    fair.on()
    made = start(feed_of(site, "ts"), Wishes(outage_s=0))
    with pytest.raises(MediamillError, match="not http"):
        made.ended()
    assert made.written == 0


def test_a_full_disk_stops_and_keeps(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on()
    made = start(feed_of(site, "ts"), floor_bytes=2**62)
    with pytest.raises(MediamillError) as caught:
        made.ended()
    assert caught.value.code == "DISK_FULL"


def test_a_recording_is_as_long_as_wished(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.on()
    ended = start(feed_of(site, "flv"), Wishes(duration_s=0.4)).ended()
    assert ended.why is Why.DURATION
    assert 0.3 < ended.ended_at - ended.began_at < 3


@pytest.mark.parametrize("form", ["fmp4", "flv", "plain"])
def test_parts_are_handed_over_while_it_records(site: LiveSite, start: Start, form: str) -> None:
    fair = site.channel("fair")
    fair.on()
    made = start(feed_of(site, form), Wishes(part_s=0.1, back_s=60))
    eventually(lambda: len(made.parts) >= 2)
    fair.off()
    made.ended()
    assert lost(made.numbers()) == repeated(made.numbers()) == 0
    assert [part.name for part in made.parts] == [
        f"part-{number:05d}{part.path.suffix}" for number, part in enumerate(made.parts, 1)
    ]
    if form == "plain":
        assert all(part.path.read_bytes()[:3] == b"G\x40\x00" for part in made.parts), "each begins with its tables"


def test_cookies_are_for_the_streams_own_host(site: LiveSite, start: Start) -> None:
    fair = site.channel("fair")
    fair.leads_to[Kind.SEGMENT] = f"http://cdn.example.org:{urlsplit(site.url).port}/live/fair/ts/1/0.ts"
    fair.on(halted=True)
    fair.play(0.8)
    made = start(feed_of(site, "ts", Cookie="session=open-sesame", Referer="https://example.org/"))
    eventually(lambda: fair.asked[Kind.SEGMENT] >= 1)
    fair.off()
    made.ended()
    assert fair.headers[Kind.PLAYLIST]["Cookie"] == "session=open-sesame"
    assert fair.headers[Kind.SEGMENT]["Referer"] == "https://example.org/"
    assert "Cookie" not in fair.headers[Kind.SEGMENT]


def test_a_redirect_is_followed_and_not_for_ever(site: LiveSite, start: Start) -> None:
    fair, other = site.channel("fair"), site.channel("other")
    fair.on(halted=True)
    other.on(halted=True)
    other.play(0.4)
    fair.leads_to[Kind.STREAM] = site.flv("other")
    made = start(feed_of(site, "flv"))
    eventually(lambda: made.written > 0)
    other.off()
    made.ended()
    assert made.numbers() == list(other.frames)
    fair.leads_to[Kind.STREAM] = site.flv("fair")
    with pytest.raises(MediamillError, match="redirected"):
        start(feed_of(site, "flv"), Wishes(outage_s=0)).ended()


@pytest.mark.parametrize(
    ("wishes", "settings"),
    [
        (Wishes(bytes_s=16_000), LiveSettings()),
        (Wishes(bytes_s=10**9), LiveSettings(rate=16_000)),
        (Wishes(), LiveSettings(rate=10**9, rate_all=16_000)),
    ],
    ids=["wished", "of each", "of all"],
)
def test_bytes_come_no_faster_than_they_may(
    site: LiveSite, start: Start, wishes: Wishes, settings: LiveSettings
) -> None:
    live.use(settings)
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(2.0)
    made = start(feed_of(site, "ts"), wishes)
    eventually(lambda: made.written > 0)
    fair.off()
    ended = made.ended()
    assert ended.size_bytes / (ended.ended_at - ended.began_at + 1.5) <= 16_000, "a second of it may come at once"
    assert lost(made.numbers()) == 0
