"""What is on air is found behind whatever names it; what is not is told as what it is, and shows nobody's secrets."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

import pytest
from aiohttp import web
from tests.live import afterwards
from tests.live.channel import Channel
from tests.live.film import frames
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind
from tests.media.egress.kit import listening
from tests.media.egress.socks import socks
from tests.media.loopback import served

from mediamill import Cancelled, InvalidInput, MediamillError, PermanentError
from mediamill.core.context import Network
from mediamill.media import egress, live
from mediamill.media.live.copier import Why, Wishes, record
from mediamill.media.live.feed import (
    AuthRequired,
    Blocked,
    Feed,
    Missing,
    NotYet,
    Offline,
    RateLimited,
    Shape,
    Source,
    Unsuited,
    Upstream,
)
from mediamill.media.live.jar import Jar
from mediamill.media.live.looking import Answer, looker
from mediamill.media.live.looking import Kind as At
from mediamill.media.live.loop import loop
from mediamill.media.live.parts import Part, Parts
from mediamill.media.live.resolve import Looks, probe, resolve, source_of
from mediamill.settings import EgressSettings, LiveSettings
from mediamill.testing import eventually
from mediamill.variables import destinations

PLUGINS = Path(__file__).parent / "plugins"


as_it_was = afterwards.as_it_was


def set_up(site: LiveSite, also: str = "", proxies: tuple[str, ...] = (), plugins: Path = PLUGINS) -> None:
    egress.use(EgressSettings(destinations(f"{site.address},{also}"), proxies))
    live.use(LiveSettings(plugins, site.url))


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        set_up(here)
        yield here


@pytest.fixture
def fair(site: LiveSite) -> Channel:
    channel = site.channel("fair")
    channel.on()
    return channel


def source(url: str, **more: str) -> Source:
    return source_of(url=url, **more)


def room(room_id: str) -> Source:
    return source_of(room_id=room_id)


def error_of(wanted: Source) -> MediamillError:
    with pytest.raises(MediamillError) as raised:
        resolve(wanted)
    return raised.value


# ---- plain addresses


@pytest.mark.parametrize("track", ["ts", "fmp4", "aes", "master"])
def test_a_playlist_is_told_by_what_it_says(site: LiveSite, fair: Channel, track: str) -> None:
    found = resolve(source(site.hls("fair", track)))
    assert (found.url, found.shape, found.live) == (site.hls("fair", track), Shape.HLS, "")
    assert found.quality == ("90p" if track == "master" else "best")
    fair.off()
    assert isinstance(error_of(source(site.hls("fair", track))), Offline)


def test_an_endless_stream_is_told_by_its_first_bytes_and_left(site: LiveSite, fair: Channel) -> None:
    assert resolve(source(site.flv("fair"))).shape is Shape.FLV
    assert resolve(source(site.ts("fair"))).shape is Shape.TS
    fair.off()
    assert isinstance(error_of(source(site.flv("fair"))), Missing)


@pytest.mark.usefixtures("fair")
def test_the_worst_of_a_master_is_taken_where_it_is_wished(site: LiveSite) -> None:
    assert resolve(source(site.hls("fair", "master"), quality="worst")).quality == "72p"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthRequired), (403, Blocked), (404, Missing), (410, Missing), (503, Upstream)]
)
def test_a_status_means_what_it_means_everywhere(
    site: LiveSite, fair: Channel, status: int, kind: type[MediamillError]
) -> None:
    fair.refuse(status, Kind.PLAYLIST)
    assert type(error_of(source(site.hls("fair")))) is kind


def test_who_asks_us_to_slow_down_says_for_how_long_and_is_left_alone(site: LiveSite, fair: Channel) -> None:
    fair.refuse(429, Kind.PLAYLIST, retry_after_s=90)
    first, second = (error_of(source(site.hls("fair"))) for _ in range(2))
    assert isinstance(first, RateLimited)
    assert first.after_s == 90
    assert isinstance(second, RateLimited)
    assert second.after_s is not None
    assert 80 < second.after_s < 120
    assert fair.asked[Kind.PLAYLIST] == 1


def test_one_address_that_is_refused_does_not_keep_others_from_being_asked(site: LiveSite, fair: Channel) -> None:
    other = site.channel("other")
    other.on()
    for status, kind in ((403, Blocked), (500, Upstream)):
        fair.refuse(status, Kind.PLAYLIST)
        for _ in range(8):
            assert isinstance(error_of(source(site.hls("fair"))), kind)
        assert resolve(source(site.hls("other"))).shape is Shape.HLS
    assert fair.asked[Kind.PLAYLIST] == 16


def an_app(*routes: tuple[str, str, bytes], **redirects: str) -> web.Application:
    """A site that answers with bytes of a type: (path, media type, body); and leads elsewhere."""
    app = web.Application()

    def answer(media_type: str, body: bytes) -> Callable[[web.Request], object]:
        async def said(_request: web.Request) -> web.Response:
            return web.Response(body=body, content_type=media_type)

        return said

    async def leads(request: web.Request) -> web.Response:
        raise web.HTTPFound(redirects[request.path.strip("/")])

    for path, media_type, body in routes:
        app.router.add_get(path, answer(media_type, body))  # type: ignore[arg-type]
    for path in redirects:
        app.router.add_get(f"/{path}", leads)
    return app


APART = b"""#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="vi",URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,AUDIO="a"
v.m3u8
"""


def test_what_ffmpeg_records_is_other_and_a_page_is_nothing(site: LiveSite) -> None:
    app = an_app(
        ("/apart", "application/vnd.apple.mpegurl", APART),
        ("/radio", "audio/mpeg", b"ID3" + bytes(2_000)),
        ("/dash.mpd", "application/dash+xml", b"<MPD/>" + bytes(100)),
        ("/page", "text/html", b"<html>" + bytes(100)),
        ("/odd.m3u8", "application/vnd.apple.mpegurl", b"#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n"),
    )
    with served(app) as address:
        set_up(site, address)
        for path in ("apart", "radio", "dash.mpd"):
            assert resolve(source(f"http://{address}/{path}")).shape is Shape.OTHER
        assert isinstance(error_of(source(f"http://{address}/page")), Unsuited)
        assert isinstance(error_of(source(f"http://{address}/odd.m3u8")), Upstream)


@pytest.mark.usefixtures("fair")
def test_a_short_link_leads_to_a_page_that_is_known(site: LiveSite) -> None:
    with served(an_app(short=site.page("fair"))) as address:
        set_up(site, address)
        assert resolve(source(f"http://{address}/short")).room == "fair"


# ---- pages of sites that streamlink knows


def test_a_page_is_resolved_by_a_plugin(site: LiveSite, fair: Channel) -> None:
    found = resolve(source(site.page("fair"), quality="72p"))
    assert (found.url, found.shape, found.quality) == (site.hls("fair", "small"), Shape.HLS, "72p")
    assert (found.title, found.room, found.live) == (fair.title, "fair", fair.room_id)
    assert found.headers["Referer"] == site.page("fair")
    assert resolve(source(site.page("fair"), quality="flv")).shape is Shape.FLV
    assert resolve(source(site.page("fair"), quality="raw")).shape is Shape.TS
    assert resolve(source(site.page("fair"), quality="source")).quality == "90p", "the best, and it is told"
    fair.off()
    assert isinstance(error_of(source(site.page("fair"))), Offline)
    assert isinstance(error_of(source(site.page("nobody"))), Missing)


def test_a_page_that_refuses_us_is_told_as_that(site: LiveSite, fair: Channel) -> None:
    fair.refuse(403, Kind.ROOM)
    assert isinstance(error_of(source(site.page("fair"))), Blocked)
    assert fair.asked[Kind.ROOM] == 1


def test_a_page_behind_a_wall_has_no_answer_that_the_plugin_knows(site: LiveSite, fair: Channel) -> None:
    fair.is_walled = True
    assert isinstance(error_of(source(site.page("fair"))), Upstream)


# ---- TikTok


def test_a_room_of_tiktok_is_found_by_its_account_and_by_its_number(site: LiveSite, fair: Channel) -> None:
    for named in ("@fair", "@FAIR", "fair", fair.room_id):
        found = resolve(room(named))
        assert (found.url, found.shape) == (site.flv("fair"), Shape.FLV)
        assert (found.title, found.room, found.live) == (fair.title, "fair", fair.room_id)
        assert found.quality == "origin"
    first = fair.room_id
    fair.off()
    assert isinstance(error_of(room("@fair")), Offline)
    assert isinstance(error_of(room(first)), Offline)
    fair.on()
    assert resolve(room("@fair")).live == fair.room_id != first


def test_tiktok_says_what_keeps_us_out(fair: Channel) -> None:
    assert isinstance(error_of(room("@nobody")), Missing)
    fair.is_private = True
    assert isinstance(error_of(room("@fair")), AuthRequired)
    assert isinstance(error_of(room(fair.room_id)), AuthRequired)
    fair.is_private = False
    fair.is_walled = True
    assert isinstance(error_of(room("@fair")), Blocked)
    fair.is_walled = False
    left_alone = error_of(room("@fair"))
    assert isinstance(left_alone, Blocked)
    assert left_alone.after_s is not None
    assert left_alone.after_s > 50


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.tiktok.com/@fair/live", "@fair"),
        ("https://tiktok.com/@Fair", "@fair"),
        ("https://www.tiktok.com/@fair/live?lang=vi", "@fair"),
    ],
)
@pytest.mark.usefixtures("fair")
def test_addresses_of_an_account_are_that_account(url: str, canonical: str) -> None:
    assert resolve(source(url)).url == resolve(room(canonical)).url


# ---- cookies, headers, proxies


def test_cookies_open_a_site_and_go_to_the_stream(site: LiveSite, fair: Channel) -> None:
    fair.cookie = ("sid", "tiger-1")
    shown = "127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\ttiger-1"
    for url in (site.hls("fair"), site.page("fair")):
        assert isinstance(error_of(source(url)), AuthRequired)
        for cookies in (shown, "sid=tiger-1"):
            found = resolve(source(url, cookies=cookies))
            assert found.headers["Cookie"] == "sid=tiger-1"
        assert isinstance(error_of(source(url, cookies=shown.replace("tiger-1", "tiger-2"))), AuthRequired)
    assert isinstance(error_of(source(site.page("fair"))), AuthRequired), "one user's cookies are not another's"


def test_cookies_are_shown_to_whom_they_belong() -> None:
    past = int(time.time()) - 10
    lines = [
        ".example.org\tTRUE\t/\tFALSE\t0\tall\t1",
        "#HttpOnly_www.example.org\tFALSE\t/live\tTRUE\t0\tsecret\t2",
        f"example.org\tTRUE\t/\tFALSE\t{past}\tgone\t3",
        "# a comment\twith\ttabs",
    ]
    jar = Jar.of("\n".join(lines), "https://www.example.org/")
    assert jar.header("https://www.example.org/live/1") == "all=1; secret=2"
    assert jar.header("http://www.example.org/live/1") == "all=1"
    assert jar.header("https://www.example.org/lives") == "all=1"
    assert jar.header("https://a.www.example.org/live") == "all=1"
    assert jar.header("https://notexample.org/") == jar.header("https://example.com/") == ""
    assert Jar.of("a=1; b=2", "https://x.example/").header("https://x.example/y") == "a=1; b=2"
    assert Jar.of("a=1; b=2", "https://x.example/").header("https://y.x.example/") == ""
    assert "tiger" not in repr(Jar.of("a=tiger", "https://x.example/"))


@pytest.mark.parametrize("kind", ["hls", "page", "room"])
@pytest.mark.usefixtures("fair")
def test_a_users_proxy_is_gone_through_and_the_stream_comes_that_way(site: LiveSite, kind: str) -> None:
    wanted = {"hls": source(site.hls("fair")), "page": source(site.page("fair")), "room": room("@fair")}[kind]
    with socks((b"me", b"tiger")) as outer:
        set_up(site, outer.place)
        proxy = f"socks5://me:tiger@{outer.place}"
        found = resolve(Source(wanted.url, proxy=egress.check_proxy(proxy)))
        assert outer.asked
        assert found.proxy == proxy
        assert "tiger" not in repr(found)


@pytest.mark.usefixtures("fair")
def test_the_operators_proxies_take_turns_and_one_that_is_dead_is_passed_over(site: LiveSite) -> None:
    with listening(lambda connection: connection.close()) as dead, socks() as well:
        dead_url, well_url = f"http://u:tiger@{dead.place}", f"socks5://{well.place}"
        set_up(site, proxies=(dead_url, well_url))  # where nobody else may go: they are the operator's
        for _ in range(4):
            assert resolve(source(site.hls("fair"))).proxy == well_url
        assert len(well.asked) >= 1
        found = resolve(room("@fair"))
        assert probe(room("@fair"), found).proxy == found.proxy == well_url
        users = Source(site.hls("fair"), proxy=f"socks5://u@{well.place}")
        assert error_of(users).code == "BLOCKED", "a user's own may not lead there"


# ---- the guard


@pytest.mark.usefixtures("fair")
def test_what_may_not_be_asked_is_refused_at_the_door_and_behind_redirects(site: LiveSite) -> None:
    secret = an_app(("/latest.m3u8", "text/plain", b"#EXTM3U\n"))
    with served(secret) as inside:
        app = an_app(
            ("/m.m3u8", "text/plain", f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://{inside}/x.m3u8\n".encode()),
            **{"r.m3u8": f"http://{inside}/latest.m3u8", "f.m3u8": "file:///etc/hostname", "p": f"http://{inside}/"},
        )
        with served(app) as address:
            set_up(site, address)
            for path in ("r.m3u8", "m.m3u8", "p"):
                found = error_of(source(f"http://{address}/{path}"))
                assert (type(found), found.code) == (PermanentError, "BLOCKED")
            assert isinstance(error_of(source(f"http://{address}/f.m3u8")), Upstream)
        egress.use(None)
        for wanted in (Source(site.hls("fair")), Source(site.page("fair")), Source(f"http://{inside}/latest.m3u8")):
            assert error_of(wanted).code == "BLOCKED"


@pytest.mark.parametrize(
    "url",
    [
        "httpstream://file:///etc/hostname",
        "hls://https://example.org/a.m3u8",
        "file:///etc/hostname",
        "rtmp://example.org/live",
        "example.org/a.m3u8",
        "https://user:password@example.org/a.m3u8",
        "http://169.254.169.254/latest",
        "https://example.org/a.m3u8 name=x",
        "--exec=id",
    ],
)
def test_only_addresses_of_the_web_are_taken(url: str) -> None:
    egress.use(None)
    with pytest.raises(InvalidInput) as refused:
        source_of(url=url)
    assert refused.value.field == "url"


@pytest.mark.parametrize("room_id", ["", "@", "../x", "@a b", "1" * 21 + "@", "@x/y?z", "é"])
def test_what_is_no_room_is_refused(room_id: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        source_of(room_id=room_id)
    assert refused.value.field == "room_id"
    with pytest.raises(InvalidInput):
        source_of()


# ---- many at once


def test_many_are_looked_at_and_a_host_that_hangs_holds_up_nobody(site: LiveSite) -> None:
    for number in range(20):
        channel = site.channel(f"c{number}")
        if number % 2:
            channel.on()
    with live_site() as other:
        stuck = other.channel("stuck")
        stuck.on()
        set_up(site, other.address)
        with stuck.stalled(Kind.PLAYLIST):
            hangs = [source(f"{other.hls('stuck')}?{number}") for number in range(40)]
            wanted = [source(site.hls(f"c{number}")) for number in range(20)]
            wanted += [room(f"@c{number}") for number in range(10)]
            with closing(Looks()) as looks:
                looks.begin(hangs)
                looks.begin(wanted)
                found = {each.url: answer for each, answer in islice(looks.found(5), len(wanted))}
                assert looks.open == len(hangs)
    assert set(found) == {each.url for each in wanted}
    assert isinstance(found[site.hls("c1")], Feed)
    assert isinstance(found[site.hls("c2")], Missing)
    assert isinstance(found[room("@c3").url], Feed)
    assert isinstance(found[room("@c4").url], Offline)


def test_who_finds_no_place_at_a_slow_host_waits_no_longer_than_for_a_turn(site: LiveSite, fair: Channel) -> None:
    sources = [source(f"{site.hls('fair')}?{number}") for number in range(40)]
    answers: SimpleQueue[Answer] = SimpleQueue()
    with fair.stalled(Kind.PLAYLIST):
        looks = loop().start(looker().all(sources, 0.2, answers.put))
        turned_away = [answers.get(timeout=5)[1] for _ in range(40 - At.PLAIN.value.at_once)]
        assert not looks.done()
        looks.cancel()
    assert all(isinstance(answer, NotYet) for answer in turned_away)
    assert len(fair.asked_at[Kind.PLAYLIST]) == At.PLAIN.value.at_once


def test_rooms_by_number_are_asked_for_together(site: LiveSite) -> None:
    rooms = []
    for number in range(60):
        channel = site.channel(f"c{number}")
        if number in {7, 55}:
            channel.on()
        rooms.append(channel.room_id)
    with closing(Looks()) as looks:
        looks.begin(room(each) for each in [*rooms, rooms[7]])
        found = [(each.url, answer) for each, answer in looks.found(5)]
    on_air = [url for url, answer in found if isinstance(answer, Feed)]
    assert sorted(on_air) == sorted(room(rooms[at]).url for at in (7, 7, 55)), "two may watch one room"
    assert sum(isinstance(answer, Offline) for _, answer in found) == 58
    # One question for all, and one more for each that is on air.
    assert site.channel("c7").asked[Kind.ROOM] == 4
    assert site.channel("c1").asked[Kind.ROOM] == 1


def test_a_look_ends_when_nobody_wants_it_any_more(site: LiveSite, fair: Channel) -> None:
    def check() -> None:
        raise Cancelled

    with fair.stalled(Kind.PLAYLIST):
        began = time.monotonic()
        with pytest.raises(Cancelled):
            resolve(source(site.hls("fair")), check)
        assert time.monotonic() - began < 3


def test_looks_end_when_nobody_wants_them_any_more_and_others_have_their_places(site: LiveSite, fair: Channel) -> None:
    site.channel("other").on()
    places = At.PLAIN.value.at_once
    with fair.stalled(Kind.PLAYLIST):
        with closing(Looks()) as looks:
            looks.begin(source(f"{site.hls('fair')}?{number}") for number in range(places))
            eventually(lambda: len(fair.asked_at[Kind.PLAYLIST]) == places)
            assert list(looks.found(0)) == []
        began = time.monotonic()
        assert resolve(source(site.hls("other"))).shape is Shape.HLS
        assert time.monotonic() - began < 3


# ---- nobody's secrets


def test_no_error_and_no_log_shows_an_address_a_cookie_or_a_proxy(
    site: LiveSite, fair: Channel, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    shown: list[object] = []
    with listening(lambda connection: connection.close()) as dead:
        set_up(site, dead.place)
        for kind in (Kind.PLAYLIST, Kind.ROOM):
            fair.refuse(500, kind)
        for url in (
            site.hls("fair") + "?sign=tiger-1",
            site.page("fair"),
            f"http://{dead.place}/a.m3u8?sign=tiger-1",
            f"http://{dead.place}/live/x?sign=tiger-1",
        ):
            for proxy in ("", f"http://u:tiger-1@{dead.place}"):
                found = error_of(Source(url, cookies="sid=tiger-1", proxy=proxy))
                shown += [str(found), repr(found), found.__cause__, found.__suppress_context__]
    ours = [each for each in caplog.records if each.name != "aiohttp.access"]  # which is the site's own
    told = " ".join(map(str, (*shown, *(each.getMessage() for each in ours), *capfd.readouterr())))
    assert "tiger-1" not in told
    assert "127.0.0.1" not in told


# ---- the whole way


def test_a_room_is_found_recorded_and_probed_until_it_is_over(fair: Channel, tmp_path: Path) -> None:
    wanted = room("@fair")
    feed = resolve(wanted)
    parts: list[Part] = []

    def check() -> bool:
        if fair.live is not None and any(path.stat().st_size for path in tmp_path.iterdir()):
            fair.off()
        return False

    with egress.guard().open(Network(proxy=feed.proxy)) as gate:
        ended = record(feed, Parts(tmp_path, parts.append), Wishes(), gate, check, partial(probe, wanted, feed))
    assert ended.why is Why.ENDED
    assert frames(parts[0].path)
