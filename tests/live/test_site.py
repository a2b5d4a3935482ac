"""The live site is what tests of the recorder stand on: it says what it sent, and it goes wrong as told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import urljoin

import av
import httpx2
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]
from streamlink.exceptions import PluginError
from streamlink.session.session import Streamlink
from streamlink.stream.hls.hls import HLSStream
from tests.live.channel import Channel
from tests.live.film import DAMAGED, SMALL, frames, lost, repeated
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill.testing import eventually

PLUGINS = Path(__file__).with_name("plugins")


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def fair(site: LiveSite) -> Channel:
    """A channel that has been on the air for 2 s of stream, and moves by command alone."""
    channel = site.channel("fair")
    channel.on(halted=True)
    channel.play(2.0)
    return channel


@pytest.fixture
def urls(site: LiveSite, fair: Channel, http: httpx2.Client) -> list[str]:
    """The addresses of the channel's segments."""
    assert fair.live
    return segments(http, site.hls("fair"))


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=5, trust_env=False) as client:
        yield client


@pytest.fixture
def streamlink() -> Streamlink:
    session = Streamlink()
    session.http.trust_env = False
    assert session.plugins.load_path(PLUGINS)
    return session


@dataclass
class Viewer:
    """Somebody who takes a stream without an end. error: how it broke off."""

    content: bytearray = field(default_factory=bytearray)
    error: Exception | None = None
    thread: Thread | None = None

    def take(self, url: str) -> None:
        try:
            with httpx2.stream("GET", url, timeout=5, trust_env=False) as response:
                for content in response.iter_raw():
                    self.content += content
        except httpx2.HTTPError as error:
            self.error = error

    def seen(self, to: Path) -> list[int]:
        """Wait for the end of the stream; return the numbers of its pictures."""
        assert self.thread is not None
        self.thread.join(5)
        assert not self.thread.is_alive()
        to.write_bytes(self.content)
        return frames(to)


@contextmanager
def viewer(channel: Channel, url: str) -> Iterator[Viewer]:
    one = Viewer()
    one.thread = Thread(target=one.take, args=(url,), daemon=True)
    one.thread.start()
    eventually(lambda: channel.viewers == 1)
    yield one


def playlist(http: httpx2.Client, url: str) -> list[str]:
    return http.get(url).raise_for_status().text.splitlines()


def segments(http: httpx2.Client, url: str) -> list[str]:
    """Return the addresses of the segments that a playlist shows."""
    return [urljoin(url, line) for line in playlist(http, url) if not line.startswith("#")]


def quoted(lines: list[str], tag: str) -> list[str]:
    """Return the addresses that tags of a playlist give."""
    return [line.split('URI="')[1].rstrip('"') for line in lines if line.startswith(tag)]


def copied(http: httpx2.Client, urls: list[str], to: Path) -> Path:
    to.write_bytes(b"".join(http.get(url).raise_for_status().content for url in urls))
    return to


# ---- what is sent


def test_a_playlist_of_ts_has_what_was_sent(site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path) -> None:
    file = copied(http, segments(http, site.hls("fair")), tmp_path / "all.ts")
    assert frames(file) == list(fair.frames) == list(range(20))
    with av.open(str(file)) as opened:
        assert opened.streams.audio[0].codec_context.name == "aac"
        samples = sum(frame.samples for frame in opened.decode(audio=0))
    assert samples / 24_000 == pytest.approx(2.0, abs=0.1)


def test_fragments_of_mp4_follow_what_their_playlist_says_goes_before_them(
    site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path
) -> None:
    url = site.hls("fair", "fmp4")
    before = quoted(playlist(http, url), "#EXT-X-MAP")
    assert len(before) == 1
    file = copied(http, [urljoin(url, before[0]), *segments(http, url)], tmp_path / "all.mp4")
    assert frames(file) == list(fair.frames)


def test_encrypted_segments_open_with_the_key_and_their_number(
    site: LiveSite, urls: list[str], http: httpx2.Client, tmp_path: Path
) -> None:
    url = site.hls("fair", "aes")
    key = http.get(urljoin(url, quoted(playlist(http, url), "#EXT-X-KEY")[0])).content
    whole = b""
    plain = copied(http, urls, tmp_path / "plain.ts").read_bytes()
    for number, segment in enumerate(segments(http, url)):
        opener = Cipher(algorithms.AES128(key), modes.CBC(number.to_bytes(16))).decryptor()
        padded = opener.update(http.get(segment).content) + opener.finalize()
        whole += padded[: -padded[-1]]
    assert whole == plain


def test_each_segment_plays_by_itself(urls: list[str], http: httpx2.Client, tmp_path: Path) -> None:
    for number, url in enumerate(urls):
        file = copied(http, [url], tmp_path / f"{number}.ts")
        assert frames(file) == list(range(number * 4, number * 4 + 4))
        assert int.from_bytes(file.read_bytes()[1:3]) & 0x1FFF == 0, "it begins with the table of what is in it"


@pytest.mark.parametrize("name", ["stream.flv", "stream.ts"])
def test_a_stream_has_what_is_sent_until_the_channel_goes_off(
    site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path, name: str
) -> None:
    with viewer(fair, site(f"/live/fair/{name}")) as one:
        fair.play(2.0)
        fair.off()
    seen = one.seen(tmp_path / name)
    assert one.error is None
    assert (seen[-1], lost(seen), repeated(seen)) == (fair.frames[-1], 0, 0)
    assert http.get(site(f"/live/fair/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["master.m3u8", "fmp4.m3u8", "aes.m3u8"])
def test_ffmpeg_takes_a_live_whole(site: LiveSite, fair: Channel, tmp_path: Path, name: str) -> None:
    """Its reader of playlists is not ours, so it says whether these are what the format wants."""
    fair.off()
    out = tmp_path / "out.mp4"
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-live_start_index", "0"]
    command += ["-i", site(f"/live/fair/{name}"), "-c", "copy", str(out)]
    subprocess.run(command, check=True, timeout=20)
    assert frames(out) == list(fair.frames)


# ---- as time goes


def test_a_live_goes_on_by_itself_as_fast_as_told(http: httpx2.Client) -> None:
    with live_site(speed=20) as site:
        fair = site.channel("fair")
        fair.on()
        eventually(lambda: len(fair.frames) > 20)
        assert len(segments(http, site.hls("fair"))) > 2


def test_the_window_slides_and_what_left_it_is_gone(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    first = segments(http, site.hls("fair"))[0]
    fair.window = 3
    fair.play(4.0)
    lines = playlist(http, site.hls("fair"))
    assert "#EXT-X-MEDIA-SEQUENCE:12" in lines
    assert [line for line in lines if line.endswith(".ts")] == ["ts/1/12.ts", "ts/1/13.ts", "ts/1/14.ts"]
    assert http.get(first).status_code == 404


def test_an_end_is_told_or_not(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    assert "#EXT-X-ENDLIST" not in playlist(http, site.hls("fair"))
    fair.play(0.2)  # half a segment
    fair.off()
    lines = playlist(http, site.hls("fair"))
    assert lines[-3:] == ["#EXTINF:0.200,", "ts/1/5.ts", "#EXT-X-ENDLIST"]
    fair.on(halted=True)
    fair.off(told=False)
    assert http.get(site.hls("fair")).status_code == 404


def test_a_new_live_has_a_room_and_addresses_of_its_own(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    before = (fair.room_id, segments(http, site.hls("fair"))[0])
    fair.off()
    fair.on(at_s=60, halted=True)
    fair.play(0.4)
    after = (fair.room_id, segments(http, site.hls("fair"))[0])
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert http.get(before[1]).status_code == 404
    assert list(fair.frames) == [600, 601, 602, 603]


def test_going_on_the_air_again_ends_the_live_that_ran(site: LiveSite, fair: Channel, tmp_path: Path) -> None:
    sent = fair.frames
    with viewer(fair, site.flv("fair")) as one:
        fair.on(halted=True)
    assert one.seen(tmp_path / "first.flv")[-1] == sent[-1]
    assert fair.lives == 2


def test_a_frozen_live_has_nothing_new(http: httpx2.Client) -> None:
    with live_site(speed=20) as site:
        fair = site.channel("fair")
        fair.on()
        with fair.frozen():
            assert fair.live
            still = fair.live.clock.position_s
            before = playlist(http, site.hls("fair"))
            assert (playlist(http, site.hls("fair")), fair.live.clock.position_s) == (before, still)
            sent = len(fair.frames)
        eventually(lambda: len(fair.frames) > sent)


# ---- another picture


def test_another_picture_comes_after_a_discontinuity(
    site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path
) -> None:
    first = fair.change(SMALL)
    fair.play(2.0)
    url = site.hls("fair", "fmp4")
    lines = playlist(http, url)
    change = lines.index("#EXT-X-DISCONTINUITY")
    assert quoted(lines, "#EXT-X-MAP") == ["fmp4/1/160x90.mp4", "fmp4/1/128x72.mp4"]
    after = [urljoin(url, line) for line in lines[change:] if line.endswith("m4s")]
    file = copied(http, [urljoin(url, "fmp4/1/128x72.mp4"), *after], tmp_path / "after.mp4")
    assert frames(file) == list(range(first, len(fair.frames)))
    assert "#EXT-X-DISCONTINUITY" not in playlist(http, site.hls("fair", "small"))


@pytest.mark.parametrize("name", ["stream.flv", "stream.ts"])
def test_a_stream_goes_on_with_another_picture(site: LiveSite, fair: Channel, tmp_path: Path, name: str) -> None:
    with viewer(fair, site(f"/live/fair/{name}")) as one:
        fair.change(SMALL)
        fair.play(2.0)
        fair.off()
    seen = one.seen(tmp_path / name)
    assert (seen[-1], lost(seen), repeated(seen)) == (fair.frames[-1], 0, 0)
    with av.open(str(tmp_path / name)) as file:
        assert {(frame.width, frame.height) for frame in file.decode(video=0)} == {(160, 90), (128, 72)}


# ---- troubles


def test_an_outage_cuts_who_watches_and_refuses_who_comes(
    site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path
) -> None:
    before = segments(http, site.hls("fair"))
    with viewer(fair, site.flv("fair")) as one, fair.outage():
        assert one.seen(tmp_path / "cut.flv")
        assert isinstance(one.error, httpx2.RemoteProtocolError | httpx2.ReadError)
        with pytest.raises(httpx2.TransportError):  # before a head of an answer
            http.send(http.build_request("GET", site.hls("fair")), stream=True)
        fair.play(1.2)
    after = segments(http, site.hls("fair"))
    assert frames(copied(http, sorted({*before, *after}), tmp_path / "all.ts")) == list(fair.frames)


def test_a_stalled_stream_says_nothing_and_goes_on_afterwards(
    site: LiveSite, fair: Channel, http: httpx2.Client, tmp_path: Path
) -> None:
    with viewer(fair, site.flv("fair")) as one:
        eventually(lambda: len(one.content) > 0)
        with fair.stalled():
            http.get(site.page("fair"))  # by then the site has done what it had to do before
            had = fair.sent_bytes[Kind.STREAM]
            fair.play(2.0)
            http.get(site.page("fair"))
            assert fair.sent_bytes[Kind.STREAM] == had
        fair.off()
    seen = one.seen(tmp_path / "all.flv")
    assert (seen[-1], lost(seen)) == (fair.frames[-1], 0)


def test_a_stalled_segment_stops_in_the_middle(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    url = segments(http, site.hls("fair"))[0]
    whole = http.get(url).content
    with fair.stalled(Kind.SEGMENT), http.stream("GET", url) as response:
        pieces = response.iter_raw()
        assert next(pieces) == whole[: len(whole) // 2]
        fair.well()
        assert b"".join(pieces) == whole[len(whole) // 2 :]


def test_a_slow_answer_takes_its_time(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    url = segments(http, site.hls("fair"))[0]
    whole = http.get(url).content
    with fair.slow(len(whole) * 4, Kind.SEGMENT):
        answer = http.get(url)
    assert answer.content == whole
    assert answer.elapsed.total_seconds() > 0.2


def test_statuses_come_as_often_as_told(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    fair.refuse(429, Kind.PLAYLIST, times=2, retry_after_s=7)
    answers = [http.get(site.hls("fair")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert fair.asked == {Kind.PLAYLIST: 3}
    fair.refuse(403)
    assert {http.get(site.flv("fair")).status_code for _ in range(3)} == {403}
    fair.well()
    assert http.get(site.hls("fair")).is_success


def test_a_guarded_channel_wants_its_cookie_and_its_referer(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    fair.cookie, fair.referer = ("session", "open"), site.page("fair")
    assert http.get(site.hls("fair")).status_code == 403
    by_page = {"Referer": site.page("fair")}
    assert http.get(site.hls("fair"), headers=by_page).status_code == 401
    assert http.get(site.hls("fair"), headers={**by_page, "Cookie": "session=open"}).is_success
    assert fair.headers[Kind.PLAYLIST]["Referer"] == site.page("fair")


def test_a_channel_may_lead_elsewhere(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    fair.leads_to = dict.fromkeys((Kind.SEGMENT, Kind.KEY, Kind.INIT, Kind.STREAM), "http://10.0.0.1/secret")
    assert set(segments(http, site.hls("fair"))) == {"http://10.0.0.1/secret"}
    assert quoted(playlist(http, site.hls("fair", "aes")), "#EXT-X-KEY") == ["http://10.0.0.1/secret"]
    assert quoted(playlist(http, site.hls("fair", "fmp4")), "#EXT-X-MAP") == ["http://10.0.0.1/secret"]
    assert http.get(site.flv("fair")).headers["Location"] == "http://10.0.0.1/secret"


# ---- by itself


def test_the_site_runs_as_a_program_that_obeys_lines() -> None:
    command = [sys.executable, "-m", "tests.live", "--channels", "2", "--speed", "20"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        assert httpx2.get(f"{url}/live/c1/ts.m3u8", trust_env=False).is_success
        program.stdin.write("off c1\nreport\nnonsense\n")
        program.stdin.close()
        off, report, nonsense = map(json.loads, program.stdout)
    assert off["on_air"] == report["on_air"] == 1
    assert report["sent_bytes"] > 0
    assert "error" in nonsense
    assert program.returncode == 0


# ---- counting


def test_what_is_missing_broken_or_there_twice_is_counted(urls: list[str], http: httpx2.Client, tmp_path: Path) -> None:
    assert lost(frames(copied(http, [*urls[:2], *urls[3:]], tmp_path / "gap.ts"))) == 4
    assert repeated(frames(copied(http, [*urls[:2], *urls[1:]], tmp_path / "twice.ts"))) == 1
    content = bytearray(copied(http, urls, tmp_path / "whole.ts").read_bytes())
    for at in range(len(content) // 3, len(content) * 2 // 3, 500):
        content[at] ^= 0xFF
    (tmp_path / "broken.ts").write_bytes(content)
    assert DAMAGED in frames(tmp_path / "broken.ts")
    assert lost([65_534, 65_535, 1]) == 1


# ---- rooms


def test_rooms_are_told_of_in_tiktok_s_words(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    user = {"uniqueId": "fair"}
    room = http.get(site("/api-live/user/room"), params=user).json()["data"]["liveRoom"]
    assert (room["status"], room["title"]) == (2, fair.title)
    told = http.get(site("/webcast/room/info/"), params={"room_id": fair.room_id}).json()["data"]
    assert told["owner"]["display_id"] == "fair"
    streams = json.loads(told["stream_url"]["live_core_sdk_data"]["pull_data"]["stream_data"])
    assert streams["data"]["origin"]["main"]["flv"] == site.flv("fair")

    rooms = {"room_ids": f"{fair.room_id},1"}
    states = http.get(site("/webcast/room/check_alive/"), params=rooms).json()["data"]
    assert [state["alive"] for state in states] == [True, False]
    fair.off()
    states = http.get(site("/webcast/room/check_alive/"), params=rooms).json()["data"]
    assert [state["alive"] for state in states] == [False, False]
    room = http.get(site("/api-live/user/room"), params=user).json()["data"]["liveRoom"]
    assert (room["status"], "streamData" in room) == (4, False)
    assert len(fair.asked_at[Kind.ROOM]) == 5


def test_a_room_may_be_walled_private_or_unknown(site: LiveSite, fair: Channel, http: httpx2.Client) -> None:
    info = {"room_id": fair.room_id}
    fair.is_private = True
    assert http.get(site("/webcast/room/info/"), params=info).json()["status_code"] == 4003110
    fair.is_walled = True
    answer = http.get(site("/webcast/room/info/"), params=info)
    assert answer.is_success
    assert "Please wait..." in answer.text
    assert http.get(site.page("nobody")).status_code == 404


def test_streamlink_finds_the_streams_of_a_page_by_the_plugin(
    site: LiveSite, fair: Channel, streamlink: Streamlink, tmp_path: Path
) -> None:
    name, plugin, url = streamlink.resolve_url(site.page("fair"))
    one = plugin(streamlink, url)
    streams = one.streams()
    assert name == "loopback"
    assert {"90p", "72p", "flv", "raw", "best"} <= set(streams)
    assert isinstance(streams["best"], HLSStream)
    assert streams["best"].url == site.hls("fair")
    assert (one.id, one.title) == (fair.room_id, fair.title)
    fair.off()
    with streams["90p"].open() as opened:
        (tmp_path / "all.ts").write_bytes(opened.read(10**7))
    assert lost(frames(tmp_path / "all.ts")) == 0
    assert plugin(streamlink, url).streams() == {}


def test_streamlink_fails_where_the_room_does_not_answer(site: LiveSite, fair: Channel, streamlink: Streamlink) -> None:
    fair.refuse(403, Kind.ROOM, times=1)
    with pytest.raises(PluginError, match="403"):
        streamlink.streams(site.page("fair"))
    fair.is_walled = True
    with pytest.raises(PluginError):
        streamlink.streams(site.page("fair"))
