"""yt-dlp itself, kept warm, against a site on loopback: every way that a download can go."""

import json
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from aiohttp import web
from tests.media.adapters.described import built_in
from tests.media.loopback import served
from tests.site import COOKIE, HOSTILE, RETRY_AFTER_S, Site, site
from tests.sounds import SECONDS, sounds

from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media import egress, warm
from mediamill.media.adapters.fetched import Fetched
from mediamill.media.adapters.ffmpeg import ffmpeg
from mediamill.media.adapters.parts import File
from mediamill.media.adapters.running import fetch
from mediamill.media.adapters.wanted import Wanted
from mediamill.settings import EgressSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations

ADAPTER = built_in("yt-dlp")


@pytest.fixture(scope="module")
def there() -> Iterator[Site]:
    with site() as here:
        egress.use(EgressSettings(destinations(here.address)))
        yield here
        egress.use(None)
        warm.close()


class Bench:
    def __init__(self, tmp_path: Path, there: Site) -> None:
        self.there = there
        self.ctx = FakeContext(tmp_path / "ctx")
        self.into = tmp_path / "into"
        self.into.mkdir()
        self.told: list[tuple[float, str]] = []
        self.adapter = ADAPTER

    def fetch(self, path: str, **wanted: str) -> Fetched:
        return fetch(
            self.adapter, Wanted(self.there(path), **wanted), self.ctx, self.into, lambda *told: self.told.append(told)
        )

    def fails(self, path: str, **wanted: str) -> PermanentError | RetryableError:
        try:
            self.fetch(path, **wanted)
        except (PermanentError, RetryableError) as failed:
            assert list(self.into.iterdir()) == []
            assert list(self.ctx.scratch.iterdir()) == []
            return failed
        raise AssertionError("it did not fail")

    @property
    def seen(self) -> str:
        """All that anybody could read of the run."""
        return json.dumps([self.ctx.ran, self.ctx.logged, self.ctx.progressed, self.told], default=str)


@pytest.fixture
def bench(tmp_path: Path, there: Site) -> Bench:
    return Bench(tmp_path, there)


def sound_of(path: Path) -> tuple[str, float]:
    """Return a file's codec and length, seconds."""
    with av.open(path) as file:
        assert file.duration is not None
        return file.streams.audio[0].codec_context.name, file.duration / av.time_base


# ---- what is fetched


@pytest.mark.parametrize(
    ("path", "wanted", "codec"),
    [
        ("/audio/tone.mp3", {}, "mp3"),
        ("/audio/tone.m4a", {"format": "m4a"}, "aac"),
        ("/audio/tone.wav", {"format": "flac"}, "flac"),
        ("/audio/tone.mp3", {"format": "opus", "quality": "low"}, "opus"),
        ("/audio/tone.webm", {"format": "original"}, "opus"),
        ("/hls/ts/index.m3u8", {}, "mp3"),
        ("/hls/fmp4/index.m3u8", {"format": "m4a"}, "aac"),
    ],
)
def test_a_file_is_fetched_in_the_wanted_format(bench: Bench, path: str, wanted: dict[str, str], codec: str) -> None:
    (item,) = bench.fetch(path, **wanted).items
    found, seconds = sound_of(item.path)
    assert found.startswith(codec)
    assert seconds == pytest.approx(SECONDS, abs=0.3)
    assert item.path.stem == "0001"
    assert item.url == bench.there(path)


def test_a_page_has_its_title_and_its_picture(bench: Bench) -> None:
    (item,) = bench.fetch("/page").items
    assert item.title.startswith("Tiếng gió")
    assert item.thumbnail is not None
    assert item.thumbnail.read_bytes().startswith(b"\xff\xd8")


@pytest.fixture(scope="module")
def pages(there: Site) -> Iterator[str]:
    """A site whose pages have a picture of every kind, and one with a title that is too long."""

    async def page(request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        title = "ấ\u202e" * 30_000 if kind == "long" else "a title"
        poster = {"inside": "http://10.0.0.1/a.jpg"}.get(kind, f"/picture/{kind}")
        body = f'<meta property="og:title" content="{title}"><video src="{there("/audio/tone.mp3")}" poster="{poster}">'
        return web.Response(text=f"<html>{body}</video></html>", content_type="text/html")

    async def picture(request: web.Request) -> web.StreamResponse:
        bodies = {
            "text": b"<html>no picture",
            "long": sounds()["cover.png"],
            "large": b"\xff\xd8\xff" + bytes(30_000_000),
        }
        body = bodies.get(request.match_info["kind"])
        return web.Response(body=body, content_type="image/png") if body else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/page/{kind}", page)
    app.router.add_get("/picture/{kind}", picture)
    with served(app) as host:
        egress.use(EgressSettings(destinations(f"{there.address},{host}")))
        yield f"http://{host}"


@pytest.mark.parametrize("kind", ["gone", "text", "large", "inside"])
def test_a_piece_whose_picture_cannot_be_had_comes_without_it(bench: Bench, pages: str, kind: str) -> None:
    fetched = fetch(bench.adapter, Wanted(f"{pages}/page/{kind}"), bench.ctx, bench.into, lambda *_: None)
    assert not fetched.missing
    assert [path.name for path in bench.into.iterdir()] == ["0001.mp3"]


def test_a_title_of_any_length_is_cut(bench: Bench, pages: str) -> None:
    (item,) = fetch(bench.adapter, Wanted(f"{pages}/page/long"), bench.ctx, bench.into, lambda *_: None).items
    assert item.title.startswith("ấ ấ")
    assert len(item.title) <= 500


def test_a_feed_is_fetched_whole_or_in_part(bench: Bench) -> None:
    assert [item.title[:6] for item in bench.fetch("/feed.rss").items] == ["Part 1", "Part 2", "Part 3"]
    assert bench.told[-1][1].endswith("track 3 of 3")
    assert [item.title[:6] for item in bench.fetch("/feed.rss", playlist="2:3").items] == ["Part 2", "Part 3"]


def test_a_feed_with_a_part_that_is_gone_comes_without_it(bench: Bench) -> None:
    fetched = bench.fetch("/feed/broken.rss")
    assert [item.title[:6] for item in fetched.items] == ["Part 1"]
    assert fetched.missing == "NOT_FOUND"


def test_progress_tells_of_bytes(bench: Bench) -> None:
    bench.fetch("/audio/tone.wav")
    fractions = [fraction for fraction, _ in bench.told]
    assert fractions == sorted(fractions)
    assert any("kB of 384" in note for _, note in bench.told)


@pytest.mark.parametrize("cookies", ["{0}={1}", None], ids=["header", "file"])
def test_cookies_open_a_door_and_are_shown_to_nobody(bench: Bench, cookies: str | None) -> None:
    assert bench.fails("/members/tone.mp3").code == "AUTH_REQUIRED"
    text = cookies.format(*COOKIE) if cookies else bench.there.cookie_file()
    assert len(bench.fetch("/members/tone.mp3", cookies=text).items) == 1
    assert COOKIE[1] not in bench.seen


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_sites_becomes_a_files(bench: Bench, name: str) -> None:
    bench.fetch(f"/hostile/{name}")
    assert [path.name for path in bench.into.iterdir()] == ["0001.mp3"]
    assert "parts/00001.mp3" in bench.seen
    assert not list(bench.ctx.tmp_path.rglob("*escaped*"))


def test_an_address_that_looks_like_an_option_is_an_address(bench: Bench) -> None:
    (item,) = bench.fetch("/evil/--exec=touch%20escaped").items
    assert item.title
    assert not list(bench.ctx.tmp_path.rglob("*escaped*"))


@pytest.mark.parametrize("module", [ADAPTER.warm, ""], ids=["warm", "cold"])
def test_a_configuration_in_the_folder_is_not_read(bench: Bench, module: str) -> None:
    file = {"name": ".config/yt-dlp/config", "text": "--exec 'touch escaped'"}
    bench.adapter = ADAPTER.model_copy(update={"files": (File.model_validate(file),), "warm": module})
    bench.fetch("/audio/tone.mp3", format="original")
    assert "escaped" not in bench.seen


# ---- what is not


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status/404/a.mp3", "NOT_FOUND"),
        ("/status/410/a.mp3", "NOT_FOUND"),
        ("/status/401/a.mp3", "AUTH_REQUIRED"),
        ("/page/no-media", "UNSUPPORTED_URL"),
        ("/hls/live/index.m3u8", "LIVE"),
        ("/redirect/file", "UNSUPPORTED_URL"),
        ("/huge.mp3", "TOO_LARGE"),
    ],
)
def test_failures_that_stay(bench: Bench, path: str, code: str) -> None:
    failed = bench.fails(path)
    assert isinstance(failed, PermanentError)
    assert failed.code == code


@pytest.mark.parametrize(
    ("path", "code", "after_s"),
    [
        ("/status/403/a.mp3", "BLOCKED", 900.0),
        ("/status/429/a.mp3", "RATE_LIMITED", float(RETRY_AFTER_S)),
        ("/status/503/a.mp3", "RATE_LIMITED", float(RETRY_AFTER_S)),
        ("/status/500/a.mp3", "UPSTREAM", None),
        ("/redirect/loop", "UPSTREAM", None),
        ("/empty.mp3", "UPSTREAM", None),
    ],
)
def test_failures_that_pass(bench: Bench, path: str, code: str, after_s: float | None) -> None:
    failed = bench.fails(path)
    assert isinstance(failed, RetryableError)
    assert (failed.code, failed.after_s) == (code, after_s)


def test_a_picture_has_no_sound(bench: Bench) -> None:
    failed = bench.fails("/cover.png", format="mp3")
    assert isinstance(failed, PermanentError)
    assert failed.code == "UNSUPPORTED_URL"
    assert failed.message.endswith("there is no sound in it")


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: [DRM] The requested site is known to use DRM protection. It will NOT be supported.",
        "ERROR: [site] 1: This video is DRM protected",
    ],
)
def test_what_has_a_copy_protection_is_not_fetched(line: str) -> None:
    found = next(rule for rule in ADAPTER.errors if rule.match is not None and rule.match.search(line))
    assert (found.code, found.say) == ("UNSUPPORTED_URL", "it has a copy protection")


@pytest.mark.parametrize("where", ["private", "metadata", "mapped"])
def test_a_redirect_inside_is_refused_for_good(bench: Bench, where: str) -> None:
    failed = bench.fails(f"/redirect/{where}")
    assert isinstance(failed, PermanentError)
    assert failed.code == "BLOCKED"
    assert "address that may not be asked" in failed.message


def test_a_stall_ends_the_program(bench: Bench) -> None:
    bench.adapter = ADAPTER.model_copy(update={"idle_s": 1.0, "grace_s": 0.5})
    failed = bench.fails("/stalls/tone.mp3")
    assert isinstance(failed, RetryableError)
    assert failed.code == "STALLED"


def test_a_conversion_that_takes_long_is_no_stall(bench: Bench, tmp_path: Path) -> None:
    slow = tmp_path / "ffmpeg"
    slow.write_text(f'#!/bin/sh\ncase "$*" in *libopus*) sleep 2;; esac\nexec {ffmpeg()} "$@"\n')
    slow.chmod(0o755)
    argv = tuple(word.replace("{ffmpeg}", str(slow)) for word in ADAPTER.argv)
    bench.adapter = ADAPTER.model_copy(update={"argv": argv, "readable": (slow, ffmpeg()), "idle_s": 1.0})
    (item,) = bench.fetch("/audio/tone.mp3", format="opus").items
    assert sound_of(item.path)[0] == "opus"


def test_a_file_without_an_end_ends_at_the_limit(bench: Bench) -> None:
    bench.adapter = ADAPTER.model_copy(update={"most_bytes": 300_000})
    assert bench.fails("/endless.mp3").code in {"TOO_LARGE", "QUOTA"}


def test_a_job_that_is_asked_to_finish_leaves_nothing_half_done(bench: Bench) -> None:
    def tell(fraction: float, _note: str) -> None:
        if fraction > 0:
            bench.ctx.stopping = True

    with pytest.raises(PermanentError) as raised:
        fetch(bench.adapter, Wanted(bench.there("/slow/tone.wav")), bench.ctx, bench.into, tell)
    assert raised.value.code == "CANCELLED"
    assert list(bench.ctx.scratch.iterdir()) == []
