"""Servers of this machine, for what asks others: they answer well, badly, late, too much, or not at all."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Generic, TypeVar

import pytest
from aiohttp import web

from mediamill import Cancelled

T = TypeVar("T")

#: Answers one request, given what was heard of it.
Answer = Callable[[web.Request, Any], Awaitable[web.StreamResponse]]


@dataclass
class Host(Generic[T]):
    """A server. moods: what it does with the next requests, in order; then it answers well.

    heard: what it was asked. waiting: is set when a request hangs. left: when one that hung was given up.
    """

    url: str = ""
    moods: list[Any] = field(default_factory=list)
    heard: list[T] = field(default_factory=list)
    waiting: Event = field(default_factory=Event)
    left: Event = field(default_factory=Event)

    async def hang(self) -> None:
        """Answer nothing until the other side goes."""
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()

    def mood(self) -> Any:  # noqa: ANN401 - each protocol has its own
        """Return what to do with a request."""
        return self.moods.pop(0) if self.moods else None


@dataclass
class Asked:
    """What a server was asked by JSON."""

    body: dict[str, Any]
    headers: dict[str, str]
    peer: tuple[str, int]


@contextmanager
def answering(path: str, well: Answer) -> Iterator[Host[Asked]]:
    """Serve `POST path`, where a mood is an `Answer`; `well` is what it does in no mood. Its url ends before `path`."""
    host: Host[Asked] = Host()

    async def answer(request: web.Request) -> web.StreamResponse:
        peer = request.transport.get_extra_info("peername") if request.transport else ("", 0)
        heard = Asked(await request.json(), dict(request.headers), peer)
        host.heard.append(heard)
        mood: Answer = host.mood() or well
        return await mood(request, heard)

    app = web.Application(client_max_size=2**22)
    app.router.add_post(path, answer)
    app.router.add_post("/elsewhere", answer)
    with served(app) as address:
        host.url = f"http://{address}"
        yield host


def leaves_at_once(host: Host[Any], ask: Callable[[Callable[[], None]], object]) -> None:
    """Cancel who asks a host that hangs: they go at once, and their connection is closed."""

    def check() -> None:
        if host.waiting.is_set():
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        ask(check)
    assert time.monotonic() - began < 3
    assert host.left.wait(5), "the connection is closed"


# ---- answers


def raw(media_type: str, content: Callable[[Any], bytes] | bytes, **headers: str) -> Answer:
    """Send these bytes."""

    async def answer(_request: web.Request, heard: Any) -> web.StreamResponse:  # noqa: ANN401
        body = content(heard) if callable(content) else content
        return web.Response(body=body, headers={"Content-Type": media_type, **headers})

    return answer


def status(code: int, body: object = None, **headers: str) -> Answer:
    """Answer with a status."""

    async def answer(_request: web.Request, _heard: Any) -> web.StreamResponse:  # noqa: ANN401
        return web.Response(status=code, text=json.dumps(body), content_type="application/json", headers=headers)

    return answer


def hanging(host: Host[Any], first: bytes = b"", media_type: str = "audio/wav") -> Answer:
    """Send the first bytes of an answer and nothing more."""

    async def answer(request: web.Request, _heard: Any) -> web.StreamResponse:  # noqa: ANN401
        if first:
            response = web.StreamResponse(headers={"Content-Type": media_type})
            await response.prepare(request)
            await response.write(first)
        await host.hang()
        raise AssertionError

    return answer


def endless(piece: bytes, pause_s: float = 0.0) -> Answer:
    """Send bytes for as long as somebody takes them."""

    async def answer(request: web.Request, _heard: Any) -> web.StreamResponse:  # noqa: ANN401
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(pause_s)

    return answer


async def dropped(request: web.Request, _heard: Any) -> web.StreamResponse:  # noqa: ANN401
    """Close the connection instead of answering."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


# ---- a server in a thread


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """Serve on a free port of this machine; yield `host:port`."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def start() -> str:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        return f"{host}:{port}"

    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
