"""A live site on loopback: many channels that go on and off the air on command, as HLS, FLV and plain TS.

Rooms are asked for as TikTok's are (tests/live/rooms.py).

Of a channel `fair`: `/live/fair` is its page, `/live/fair/master.m3u8` its variants, `/live/fair/ts.m3u8` (`fmp4`,
`aes`, `small`) one playlist, `/live/fair/stream.flv` and `/live/fair/stream.ts` answers without an end.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from tests.live import playlists, rooms
from tests.live.channel import CHANNEL, Channel, Live
from tests.live.reel import Container, Reel, flv_setup, reel
from tests.live.trouble import MEDIA, Cut, Kind, Refused, Slow, Stalled
from tests.media.loopback import served

#: Groups of pictures that a new viewer of a stream has at once, before the present one.
_PREROLL: Final = 2
#: A slow answer comes in so many pieces a second.
_PIECES_S: Final = 10

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class LiveSite:
    """What is told of the site. speed: seconds of stream that pass in a second, for channels that come."""

    url: str = ""
    speed: float = 1.0
    channels: dict[str, Channel] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def address(self) -> str:
        """What MEDIAMILL_EGRESS_ALLOW must have: `127.0.0.1:PORT`."""
        return urlsplit(self.url).netloc

    def __call__(self, path: str) -> str:
        """Return the URL of a path."""
        return f"{self.url}{path}"

    def channel(self, name: str) -> Channel:
        """Return a channel; at first it is off the air."""
        if name not in self.channels:
            self.channels[name] = Channel(name, len(self.channels), self.speed, self._wake)
        return self.channels[name]

    def page(self, name: str) -> str:
        """Return the address that people know, which the streamlink plugin of `tests/live/plugins` resolves."""
        return self(f"/live/{name}")

    def hls(self, name: str, track: str = "ts") -> str:
        """Return the address of a playlist: `ts`, `fmp4`, `aes`, `small` or `master`."""
        return self(f"/live/{name}/{track}.m3u8")

    def flv(self, name: str) -> str:
        """Return the address of the FLV stream."""
        return self(f"/live/{name}/stream.flv")

    def ts(self, name: str) -> str:
        """Return the address of the plain TS stream."""
        return self(f"/live/{name}/stream.ts")

    def asked_for(self, request: web.Request) -> Channel | None:
        """Return the channel that a request is about: by its path, its name or its room."""
        name = request.match_info.get("name") or request.query.get("uniqueId")
        if name is not None:
            return self.channels.get(name)
        room = request.query.get("room_id")
        return next((channel for channel in self.channels.values() if channel.room_id == room), None)

    def _wake(self, act: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act)

    async def started(self, _app: web.Application) -> None:
        """Learn the loop that answers, for commands from other threads."""
        self._loop = asyncio.get_running_loop()


@contextmanager
def live_site(speed: float = 1.0) -> Iterator[LiveSite]:
    """Serve the site on a free port until the `with` is left."""
    here = LiveSite(speed=speed)
    app = web.Application()
    app.on_startup.append(here.started)
    tracks = "|".join(playlists.TRACKS)
    door = _doors(here)
    add = app.router.add_get
    add("/live/{name}/master.m3u8", door(Kind.PLAYLIST, _master))
    add(f"/live/{{name}}/{{track:{tracks}}}.m3u8", door(Kind.PLAYLIST, _playlist))
    add(
        rf"/live/{{name}}/{{track:{tracks}}}/{{live:\d+}}/{{number:\d+}}.{{suffix:ts|m4s}}",
        door(Kind.SEGMENT, _segment),
    )
    add(r"/live/{name}/fmp4/{live:\d+}/{size:\d+x\d+}.mp4", door(Kind.INIT, _init))
    add(r"/live/{name}/aes/{live:\d+}/key", door(Kind.KEY, _key))
    add("/live/{name}/stream.flv", door(Kind.STREAM, _stream(Container.FLV)))
    add("/live/{name}/stream.ts", door(Kind.STREAM, _stream(Container.TS)))
    add("/live/{name}", door(Kind.ROOM, rooms.page))
    add("/api-live/user/room", door(Kind.ROOM, rooms.of_user))
    add("/webcast/room/info/", door(Kind.ROOM, rooms.info))
    add("/webcast/room/check_alive/", rooms.alive(here.channels.values()))
    with served(app) as address:
        here.url = f"http://{address}"
        yield here


def _doors(here: LiveSite) -> Callable[[Kind, Answer], Answer]:
    """Return what puts a channel's troubles before an answer."""

    def door(kind: Kind, well: Answer) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            channel = here.asked_for(request)
            if channel is None:
                raise web.HTTPNotFound
            channel.heard(kind, request.headers)
            request[CHANNEL] = channel
            return await _troubled(request, channel, kind, well)

        return answer

    return door


async def _troubled(request: web.Request, channel: Channel, kind: Kind, well: Answer) -> web.StreamResponse:
    trouble = channel.trouble(kind)
    channel.spent(kind)
    if isinstance(trouble, Refused):
        after = {"Retry-After": str(trouble.retry_after_s)} if trouble.retry_after_s is not None else {}
        return web.Response(status=trouble.status, text=trouble.text, headers=after)
    if isinstance(trouble, Cut):
        return _hung_up(request)
    if channel.referer and kind in MEDIA and request.headers.get("Referer") != channel.referer:
        raise web.HTTPForbidden
    if channel.cookie and request.cookies.get(channel.cookie[0]) != channel.cookie[1]:
        raise web.HTTPUnauthorized(text="login required", headers={"WWW-Authenticate": "Cookie"})
    if kind is Kind.STREAM and kind in channel.leads_to:
        raise web.HTTPFound(channel.leads_to[kind])
    response = await well(request)
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        if trouble is not None:
            return await _sent_with(request, channel, kind, response)
        channel.sent_bytes[kind] += len(response.body)
    return response


def _hung_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _sent_with(request: web.Request, channel: Channel, kind: Kind, whole: web.Response) -> web.StreamResponse:
    """Send a whole answer through a trouble that lets some of it through."""
    assert isinstance(whole.body, bytes)
    response = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.headers["Content-Type"]})
    response.content_length = len(whole.body)
    await response.prepare(request)
    half = len(whole.body) // 2
    if await _through(request, response, channel, kind, whole.body[:half], stalls=False):
        await _through(request, response, channel, kind, whole.body[half:])
    return response


async def _through(
    request: web.Request,
    response: web.StreamResponse,
    channel: Channel,
    kind: Kind,
    content: bytes,
    *,
    stalls: bool = True,
) -> bool:
    """Send some bytes as the troubles of the moment let them; return whether the viewer is still there."""
    at = 0
    while True:
        trouble = channel.trouble(kind)
        piece = len(content)
        if isinstance(trouble, Cut):
            _hung_up(request)
            return False
        if at >= len(content):
            return True
        if isinstance(trouble, Stalled) and stalls:
            await channel.news(math.inf)
            continue
        if isinstance(trouble, Slow):
            piece = max(trouble.bytes_s // _PIECES_S, 1)
            await asyncio.sleep(1 / _PIECES_S)
        part = content[at : at + piece]
        try:
            await response.write(part)
        except ConnectionResetError:
            return False
        at += len(part)
        channel.sent_bytes[kind] += len(part)


# ---- HLS


async def _master(request: web.Request) -> web.StreamResponse:
    if request[CHANNEL].shown is None:
        raise web.HTTPNotFound
    return web.Response(text=playlists.master(), content_type=playlists.MEDIA_TYPE)


async def _playlist(request: web.Request) -> web.StreamResponse:
    channel = request[CHANNEL]
    live = channel.shown
    if live is None:
        raise web.HTTPNotFound
    text = playlists.playlist(channel, live, request.match_info["track"])
    return web.Response(text=text, content_type=playlists.MEDIA_TYPE)


async def _segment(request: web.Request) -> web.StreamResponse:
    live = _asked_live(request)
    found = playlists.segment(request[CHANNEL], live, request.match_info["track"], int(request.match_info["number"]))
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found, content_type="video/mp2t" if request.match_info["suffix"] == "ts" else "video/mp4")


async def _init(request: web.Request) -> web.StreamResponse:
    found = playlists.init(_asked_live(request), request.match_info["size"])
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found, content_type="video/mp4")


async def _key(request: web.Request) -> web.StreamResponse:
    return web.Response(
        body=playlists.key(request[CHANNEL], _asked_live(request)), content_type="application/octet-stream"
    )


def _asked_live(request: web.Request) -> Live:
    live = request[CHANNEL].shown
    if live is None or live.number != int(request.match_info["live"]):
        raise web.HTTPNotFound
    return live


# ---- streams


def _stream(container: Container) -> Answer:
    media_type = "video/x-flv" if container is Container.FLV else "video/mp2t"

    async def answer(request: web.Request) -> web.StreamResponse:
        channel = request[CHANNEL]
        live = channel.live
        if live is None:
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={"Content-Type": media_type})
        await response.prepare(request)
        channel.viewers += 1
        try:
            async for content in _following(channel, live, container):
                if not await _through(request, response, channel, Kind.STREAM, content):
                    break
        finally:
            channel.viewers -= 1
        return response

    return answer


async def _following(channel: Channel, live: Live, container: Container) -> AsyncIterator[bytes]:
    """Yield a live from now on, group by group, until it ends; nothing is skipped for a slow viewer.

    Nothing (`b""`) is yielded after a command, too: the connection may have to be cut.
    """
    group = max(live.groups - _PREROLL, live.first)
    shown: Reel | None = None
    while live.end is None or group < live.end:
        if group >= live.groups:
            await channel.news(live.due_s(group))
            yield b""
            continue
        now = reel(live.picture(group), container)
        content = now.group(group)
        if container is Container.FLV and now is not shown:
            content = (now.header if shown is None else flv_setup(now.header, content)) + content
        shown = now
        yield content
        group += 1
