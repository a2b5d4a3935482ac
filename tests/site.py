"""A web site on loopback with all that a download may meet: real sounds, pages and feeds, and servers that are slow,
refuse, lie about their length, stall, send their visitors to internal addresses, and give hostile names."""  # noqa: A005 - found as tests.site only

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web
from aiohttp.typedefs import Middleware
from tests.media.loopback import served
from tests.sounds import media_type, sounds

#: What opens `/members/…`; yt-dlp sends a cookie of loopback to its own port only by name, so a header does, too.
COOKIE: Final = ("session", "open-sesame-4711")
RETRY_AFTER_S: Final = 7
HUGE_BYTES: Final = 3 * 2**30
#: Where the redirects lead that nobody may follow.
INTERNAL: Final = {
    "private": "http://10.0.0.1/secret.mp3",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "mapped": "http://[::ffff:10.0.0.1]/secret.mp3",
    "file": "file:///etc/hostname",
}
#: By the last part of `/hostile/…`: the name that the server gives the sound.
HOSTILE: Final = {
    "up.mp3": "../../escaped.mp3",
    "absolute.mp3": "/tmp/escaped.mp3",  # noqa: S108 - what a hostile server says
    "backslash.mp3": "..\\..\\escaped.mp3",
    "option.mp3": "--exec=touch escaped.mp3",
    "shell.mp3": "$(touch escaped);`touch escaped`.mp3",
    "long.mp3": "ấ" * 300 + ".mp3",
    "reserved.mp3": "NUL.mp3",
    "hidden.mp3": ".htaccess",
}
_PIECE: Final = 4_096
#: What goes wrong once goes wrong for so many requests: yt-dlp looks at the first bytes of a file before it takes it.
_LOOK_AND_TAKE: Final = 2
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """What is told of the site, and what it was asked.

    url: `http://127.0.0.1:PORT`. asked: requests by path, GETs alone. sent: whole bodies by path, in however many
    ranges. stalled: is set when an answer hangs; let_go: what hangs goes on. slow_bytes_s: of `/slow/…`.
    """

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    stalled: Event = field(default_factory=Event)
    let_go: Event = field(default_factory=Event)
    slow_bytes_s: int = 8_000

    @property
    def address(self) -> str:
        """What MEDIAMILL_EGRESS_ALLOW must have: `127.0.0.1:PORT`."""
        return urlsplit(self.url).netloc

    def __call__(self, path: str) -> str:
        """Return the URL of a path."""
        return f"{self.url}{path}"

    def cookie_file(self) -> str:
        """Return what opens `/members/…` as Netscape's cookie file."""
        name, value = COOKIE
        return f"# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{value}\n"


@contextmanager
def site() -> Iterator[Site]:
    """Serve the site on a free port until the `with` is left."""
    here = Site()
    app = web.Application(middlewares=[_counted(here)])
    add = app.router.add_get
    add("/audio/{name}", _sound)
    add("/many/{number}/{name}", _sound)  # the same sound under as many addresses as wanted
    add("/cover.png", _sound)
    add(r"/hls/{name:(ts|fmp4)/.+}", _sound)
    add("/hls/live/index.m3u8", _live)
    add(r"/hls/live/{name:ts/.+}", _sound)
    add("/page", _page(here, '<audio controls src="/audio/tone.mp3"></audio>'))
    add("/page/og", _page(here, "", og=True))
    add("/page/video", _page(here, '<video src="/audio/tone.m4a" poster="/cover.png"></video>'))
    add("/page/hostile", _page(here, '<audio src="/audio/tone.mp3"></audio>', title="../../escaped --exec $(id)"))
    add("/page/no-media", _page(here, "<p>There is nothing to hear.</p>"))
    add("/feed.rss", _feed(here, ("/audio/tone.mp3", "/audio/tone.m4a", "/audio/tone.opus")))
    add("/feed/broken.rss", _feed(here, ("/audio/tone.mp3", "/audio/gone.mp3")))
    add("/feed/stalls.rss", _feed(here, ("/audio/tone.mp3", "/stalls/tone.mp3")))
    add("/status/{code}", _status)
    add("/status/{code}/{name}", _status)
    add("/unwell/{name}", _unwell(here))
    add("/slow/{name}", _slow(here))
    add("/stalls/{name}", _stalls(here, always=True))
    add("/stalls-once/{name}", _stalls(here, always=False))
    add("/cut/{name}", _cut(here))
    add("/huge.mp3", _huge)
    add("/endless.mp3", _endless)
    add("/empty.mp3", _empty)
    add("/silent", _silent(here))
    add("/redirect", _redirect)
    add("/redirect/loop", _loop)
    add("/redirect/{where}", _inside)
    add("/hostile/{name}", _hostile)
    add(r"/evil/{name:.+}", _tone)
    add("/members/{name}", _members)
    with served(app) as address:
        here.url = f"http://{address}"
        try:
            yield here
        finally:
            here.let_go.set()


def _counted(here: Site) -> Middleware:
    @web.middleware
    async def count(request: web.Request, handler: Answer) -> web.StreamResponse:
        if request.method == "GET":
            here.asked[request.path] += 1
            here.headers[request.path] = dict(request.headers)
        response = await handler(request)
        if request.method == "GET" and response.headers.get("X-Last") == "yes":
            here.sent[request.path] += 1
        return response

    return count


# ---- sounds


async def _sound(request: web.Request) -> web.StreamResponse:
    return await _body(request, request.match_info.get("name", "cover.png"))


async def _tone(request: web.Request) -> web.StreamResponse:
    return await _body(request, "tone.mp3")


async def _body(request: web.Request, name: str, **headers: str) -> web.StreamResponse:
    """Send a sound, or the range that is wanted of it."""
    if name not in sounds():
        raise web.HTTPNotFound
    whole = sounds()[name]
    begin, end = _range(request, len(whole))
    ranged = {"Content-Range": f"bytes {begin}-{end - 1}/{len(whole)}"} if "Range" in request.headers else {}
    return web.Response(
        status=206 if ranged else 200,
        body=whole[begin:end],
        headers={
            "Content-Type": media_type(name),
            "Accept-Ranges": "bytes",
            "ETag": f'"{len(whole)}"',
            "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
            "X-Last": "yes" if end == len(whole) else "no",
            **ranged,
            **headers,
        },
    )


def _range(request: web.Request, size: int) -> tuple[int, int]:
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None:
        return 0, size
    begin, end = int(wanted[1]), min(int(wanted[2] or size - 1) + 1, size)
    if begin >= size:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return begin, end


async def _hostile(request: web.Request) -> web.StreamResponse:
    name = HOSTILE[request.match_info["name"]].replace("\\", "\\\\").replace('"', '\\"')
    return await _body(request, "tone.mp3", **{"Content-Disposition": f'attachment; filename="{name}"'})


async def _members(request: web.Request) -> web.StreamResponse:
    """Ask for a login unless the cookie is there."""
    name, value = COOKIE
    if request.cookies.get(name) != value:
        raise web.HTTPUnauthorized(text="login required", headers={"WWW-Authenticate": "Cookie"})
    return await _body(request, request.match_info["name"])


# ---- pages, feeds, streams


def _page(here: Site, content: str, *, title: str = "Tiếng gió", og: bool = False) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        tags = {
            "og:title": title,
            "og:type": "video.other" if og else "website",
            "og:image": here("/cover.png"),
            **({"og:video": here("/audio/tone.m4a"), "og:video:type": "video/mp4"} if og else {}),
        }
        meta = "".join(f"<meta property={quoteattr(name)} content={quoteattr(text)}>" for name, text in tags.items())
        head = f"<title>{escape(title)}</title>{meta}"
        return web.Response(
            text=f"<!doctype html><html><head>{head}</head><body>{content}</body></html>", content_type="text/html"
        )

    return answer


def _feed(here: Site, paths: tuple[str, ...]) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        entries = "".join(
            f"<item><title>Part {number}: {escape(path)}</title><guid>{number}</guid>"
            f'<enclosure url="{here(path)}" type="{media_type(Path(path).name)}" length="1"/></item>'
            for number, path in enumerate(paths, 1)
        )
        channel = f"<channel><title>A podcast</title><link>{here('/page')}</link>{entries}</channel>"
        return web.Response(
            text=f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0">{channel}</rss>',
            content_type="application/rss+xml",
        )

    return answer


async def _live(_request: web.Request) -> web.StreamResponse:
    """A playlist that does not end: a broadcast that runs."""
    lines = [line for line in sounds()["ts/index.m3u8"].decode().splitlines() if "ENDLIST" not in line]
    text = "\n".join(line.replace("index", "ts/index") for line in lines if "PLAYLIST-TYPE" not in line)
    return web.Response(text=text + "\n", content_type="application/vnd.apple.mpegurl")


# ---- trouble


async def _status(request: web.Request) -> web.StreamResponse:
    code = int(request.match_info["code"])
    headers = {"Retry-After": str(RETRY_AFTER_S)} if code in (429, 503) else {}
    return web.Response(status=code, text=f"this is a {code}", headers=headers)


def _unwell(here: Site) -> Answer:
    """Fail the first request with 503; do well afterwards."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if here.asked[request.path] == 1:
            return web.Response(status=503, text="come again")
        return await _sound(request)

    return answer


def _slow(here: Site) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        piece = max(here.slow_bytes_s // 10, 1)
        return await _streamed(request, piece, lambda _sent: asyncio.sleep(0.1))

    return answer


def _stalls(here: Site, *, always: bool) -> Answer:
    """Send half, then nothing, until the other side goes or `let_go` is set."""

    async def answer(request: web.Request) -> web.StreamResponse:
        half = len(sounds()[request.match_info["name"]]) // 2

        async def stall(sent: int) -> None:
            if sent >= half and (always or here.asked[request.path] <= _LOOK_AND_TAKE):
                here.stalled.set()
                await asyncio.to_thread(here.let_go.wait)

        return await _streamed(request, _PIECE, stall)

    return answer


def _cut(here: Site) -> Answer:
    """Close the first connections in the middle; the next has the rest by its range."""

    async def answer(request: web.Request) -> web.StreamResponse:
        half = len(sounds()[request.match_info["name"]]) // 2

        async def cut(sent: int) -> None:
            if sent >= half and here.asked[request.path] <= _LOOK_AND_TAKE:
                raise ConnectionResetError

        return await _streamed(request, _PIECE, cut)

    return answer


async def _streamed(request: web.Request, piece: int, between: Callable[[int], Awaitable[None]]) -> web.StreamResponse:
    """Send a sound, or its wanted range, in pieces. between: awaited before each piece with what is sent."""
    whole = await _body(request, request.match_info["name"])
    assert isinstance(whole, web.Response)
    assert isinstance(whole.body, bytes)
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(whole.body)
    await response.prepare(request)
    try:
        for begin in range(0, len(whole.body), piece):
            await between(begin)
            await response.write(whole.body[begin : begin + piece])
    except ConnectionResetError:  # one of the two has hung up
        if request.transport is not None:
            request.transport.close()
        response.headers["X-Last"] = "no"
    return response


async def _huge(request: web.Request) -> web.StreamResponse:
    """Promise 3 GB and begin to send them."""
    response = web.StreamResponse(headers={"Content-Type": "audio/mpeg"})
    response.content_length = HUGE_BYTES
    return await _on_and_on(request, response)


async def _endless(request: web.Request) -> web.StreamResponse:
    """Promise nothing and send for as long as somebody takes it."""
    return await _on_and_on(request, web.StreamResponse(headers={"Content-Type": "audio/mpeg"}))


async def _on_and_on(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    piece = sounds()["tone.mp3"]
    with suppress(ConnectionResetError):
        while True:
            await response.write(piece)
            await asyncio.sleep(0)
    return response


async def _empty(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"", content_type="audio/mpeg")


def _silent(here: Site) -> Answer:
    """Take the request and never answer."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        here.stalled.set()
        await asyncio.to_thread(here.let_go.wait)
        return web.Response()

    return answer


async def _redirect(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.query["to"])


async def _loop(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/redirect/loop")


async def _inside(request: web.Request) -> web.StreamResponse:
    if request.match_info["where"] not in INTERNAL:
        raise web.HTTPNotFound
    return web.Response(status=302, headers={"Location": INTERNAL[request.match_info["where"]]})
