"""A plugin of streamlink's is somebody else's program: what it may not do it cannot do, whatever it returns."""

import atexit
import shutil
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from aiohttp import web
from tests.live import afterwards
from tests.live.channel import Channel
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind
from tests.media.loopback import served

from mediamill import MediamillError, PermanentError
from mediamill.core.context import Network
from mediamill.media import egress, live
from mediamill.media.live import sites
from mediamill.media.live.feed import AuthRequired, Feed, Offline, Shape, Source, TimedOut, Unsuited, Upstream
from mediamill.media.live.lead import Lead, connections
from mediamill.settings import EgressSettings, LiveSettings
from mediamill.variables import destinations

_PLUGIN = """
import re
from streamlink.exceptions import FatalPluginError, NoStreamsError
from streamlink.plugin import Plugin, pluginmatcher
from streamlink.stream.hls import HLSStream
from streamlink.stream.http import HTTPStream
from streamlink.stream.stream import Stream


@pluginmatcher(re.compile(r"(?P<origin>http://127\\.0\\.0\\.1:\\d+)/{name}$"))
class Odd(Plugin):
    def _get_streams(self):
        origin, http = self.match["origin"], self.session.http
        {body}


__plugin__ = Odd
"""
_APART = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="vi",URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,AUDIO="a"
v.m3u8
"""


as_it_was = afterwards.as_it_was


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def fair(site: LiveSite) -> Channel:
    channel = site.channel("fair")
    channel.on()
    return channel


@pytest.fixture
def origin(site: LiveSite) -> Iterator[str]:
    """A site with answers of all kinds."""
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        bodies = {"large": bytes(9 * 2**20), "apart": _APART.encode(), "raw": b"FLV\x01\x05" + bytes(2_000)}
        return web.Response(body=bodies[request.match_info["name"]])

    app.router.add_get("/{name:large|apart|raw}", answer)
    with served(app) as address:
        egress.use(EgressSettings(destinations(f"{site.address},{address}")))
        yield f"http://{address}"


def found(folder: Path, url: str, within_s: float = 5.0) -> Feed:
    with egress.guard().open(Network()) as gate:
        return sites.find(Source(url), folder, gate.url, within_s)


def found_by(folder: Path, body: str, origin: str) -> Feed:
    """Return what a plugin of these lines finds."""
    folder.mkdir(exist_ok=True)
    name = f"odd{sum(1 for _ in folder.iterdir())}{abs(hash(body))}"
    (folder / f"{name}.py").write_text(
        _PLUGIN.format(name=name, body=textwrap.indent(body, " " * 8).strip()), encoding="utf-8"
    )
    return found(folder, f"{origin}/{name}")


@pytest.mark.parametrize(
    "body",
    [
        'yield "live", HTTPStream(self.session, "rtmp://example.org/live")',
        'yield "live", HTTPStream(self.session, "file:///etc/hostname")',
        'yield "live", HLSStream(self.session, "file:///etc/hostname")',
        'yield "live", HTTPStream(self.session, "http://me:tiger@example.org/")',
        'yield "live", HTTPStream(self.session, origin, method="POST", data={"a": 1})',
        'yield "live", Stream(self.session)',
        'return self.session.streams("httpstream://file:///etc/hostname")',
        'return self.session.streams("hls://file:///etc/hostname")',
        "return self.session.streams(origin)",
    ],
)
def test_what_does_not_come_from_the_web_by_a_get_is_not_recorded(tmp_path: Path, origin: str, body: str) -> None:
    with pytest.raises(Unsuited) as refused:
        found_by(tmp_path / "plugins", body, origin)
    assert refused.value.code == "UNSUPPORTED_URL"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ('http.get("file:///etc/hostname")', PermanentError, "BLOCKED"),
        ('http.get("http://169.254.169.254/latest")', PermanentError, "BLOCKED"),
        ('http.get("https://169.254.169.254/latest")', PermanentError, "BLOCKED"),
        ('http.get(origin + "/large")', Upstream, "UPSTREAM"),
        ('raw = http.get(origin + "/large", stream=True).raw\nwhile raw.read(65_536): pass', Upstream, "UPSTREAM"),
        ('raise KeyError("tiger")', Upstream, "UPSTREAM"),
        ('raise FatalPluginError("Login of tiger required")', AuthRequired, "AUTH_REQUIRED"),
        ("raise NoStreamsError", Offline, "LIVE_OFFLINE"),
        ("return {}", Offline, "LIVE_OFFLINE"),
        ('self.input_ask("a riddle")', Upstream, "UPSTREAM"),
    ],
)
def test_what_a_plugin_may_not_do_it_cannot_do(
    tmp_path: Path, origin: str, body: str, kind: type[MediamillError], code: str
) -> None:
    with pytest.raises(MediamillError) as failed:
        found_by(tmp_path / "plugins", body, origin)
    assert (type(failed.value), failed.value.code) == (kind, code)
    assert "tiger" not in str(failed.value)
    assert failed.value.__suppress_context__ or failed.value.__context__ is None


def test_an_answer_that_nobody_read_to_its_end_is_let_go_of_with_the_look(origin: str) -> None:
    with egress.guard().open(Network()) as gate, requests.Session() as session:
        session.mount("http://", Lead(connections(gate.url), gate.url, time.monotonic() + 5))
        answer = session.get(f"{origin}/large", stream=True)
        assert len(answer.raw.read(1_000)) == 1_000
        assert not answer.raw.closed
        session.close()
        assert answer.raw.closed


def test_no_browser_is_started(tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n", encoding="utf-8")
    browser.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    body = "from streamlink.webbrowser.cdp import CDPClient\nCDPClient.launch(self.session, lambda client: None)"
    with pytest.raises(Upstream):
        found_by(tmp_path / "plugins", body, origin)
    assert not (tmp_path / "started").exists()


def test_a_plugin_does_not_choose_its_way_out(tmp_path: Path, origin: str) -> None:
    body = """
        http.proxies = {"http": "http://127.0.0.1:9"}
        http.trust_env = True
        assert http.get(origin + "/raw", proxies={"http": "http://127.0.0.1:9"}, verify=False).content
        yield "live", HTTPStream(self.session, origin + "/raw")
    """
    assert found_by(tmp_path / "plugins", textwrap.dedent(body).strip(), origin).shape is Shape.FLV


def test_a_stream_without_a_suffix_is_told_by_its_first_bytes(tmp_path: Path, origin: str) -> None:
    feed = found_by(tmp_path / "plugins", 'yield "live", HTTPStream(self.session, origin + "/raw")', origin)
    assert (feed.shape, feed.quality) == (Shape.FLV, "live")


def test_a_stream_whose_sound_is_apart_is_for_ffmpeg(tmp_path: Path, origin: str) -> None:
    body = 'return HLSStream.parse_variant_playlist(self.session, origin + "/apart")'
    feed = found_by(tmp_path / "plugins", body, origin)
    assert (feed.shape, feed.url, feed.quality) == (Shape.OTHER, f"{origin}/apart", "720p")


def test_what_one_look_learns_another_does_not_know(tmp_path: Path, fair: Channel, site: LiveSite, origin: str) -> None:
    folder = tmp_path / "plugins"
    shutil.copytree(Path(__file__).parent / "plugins", folder, ignore=shutil.ignore_patterns("__pycache__"))
    body = f"""
        http.headers["X-Of"] = "tiger"
        http.cookies.set("of", "tiger", domain="127.0.0.1")
        return self.session.streams("{site.page("fair")}")
    """
    assert found_by(folder, textwrap.dedent(body).strip(), origin).headers["X-Of"] == "tiger"
    assert fair.headers[Kind.ROOM]["X-Of"] == "tiger"
    feed = found(folder, site.page("fair"))
    assert "tiger" not in str({**fair.headers[Kind.ROOM], **feed.headers})


def test_looks_leave_nothing_behind_in_the_process_nor_on_disk(
    tmp_path: Path, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlink.cache.CACHE_DIR", tmp_path / "cache")
    body = """
        assert self.cache.get("a") is None
        http.cookies.set("of", "tiger", domain="127.0.0.1")
        self.save_cookies()
        self.cache.set("a", 1)
        self.cache._save()
        return {}
    """
    body = textwrap.dedent(body).strip()
    with pytest.raises(Offline):
        found_by(tmp_path / "plugins", body, origin)
    name = next(path.stem for path in (tmp_path / "plugins").glob("*.py"))
    before = atexit._ncallbacks()
    for _ in range(5):
        with pytest.raises(Offline):
            found(tmp_path / "plugins", f"{origin}/{name}")
    assert atexit._ncallbacks() == before
    assert not (tmp_path / "cache").exists()


def test_a_look_at_a_page_that_hangs_ends_in_time(site: LiveSite, fair: Channel, origin: str) -> None:
    assert origin
    with fair.stalled(Kind.ROOM), pytest.raises(TimedOut):
        found(Path(__file__).parent / "plugins", site.page("fair"), within_s=0.2)


@pytest.mark.parametrize(
    ("url", "plugin"),
    [
        ("https://www.twitch.tv/somebody", "twitch"),
        ("https://example.org/a.m3u8", None),
        ("https://example.org/a.mpd", None),
        ("httpstream://https://example.org/a", None),
        ("hls://https://example.org/a", None),
        ("file:///etc/hostname", None),
        ("https://twitcasting.tv/somebody", None),
        ("https://live.nicovideo.jp/watch/lv1", None),
    ],
)
def test_plugins_know_their_sites_and_nothing_else(url: str, plugin: str | None) -> None:
    assert sites.plugin_of(url, None) == plugin


def test_a_folder_of_plugins_that_is_not_there_is_none(tmp_path: Path) -> None:
    live.use(LiveSettings(tmp_path / "gone"))
    assert sites.plugin_of("https://www.twitch.tv/somebody", tmp_path / "gone") == "twitch"
