"""The HTTP application, put together from its rooms."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Event, Thread
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from sse_starlette.sse import AppStatus
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send

from mediamill import __version__
from mediamill.store.live import Live
from mediamill.web import (
    archive,
    cache,
    dead_letters,
    docs,
    errors,
    files,
    health,
    jobs,
    library,
    operate,
    purge,
    schemas,
    streams,
)
from mediamill.web.auth import Door
from mediamill.web.envelope import BodyLimit, Compression, Envelope, Guard, note_transport
from mediamill.web.heads import Heads
from mediamill.web.recent import Answers, Recent
from mediamill.web.rooms import Rooms
from mediamill.web.services import add_service, own_routers
from mediamill.web.shadows import Place, check_apart

_EXPOSED: Final = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "X-Correlation-ID",
    "X-Job-Id",
    "X-Request-ID",
]
#: Routes that no service has.
_CORE: Final = tuple(
    room.router for room in (jobs, purge, dead_letters, streams, files, library, archive, operate, cache, health, docs)
)
_DEPARTURE_S: Final = 0.25
#: A batch that is under way is handed on before the process ends.
_REPLAY_ENDS_S: Final = 5.0


class _Api(FastAPI):
    """FastAPI, inside which a stalled client's connection can be cut off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note_transport(scope, send)
        await super().__call__(scope, receive, send)


def create_app(rooms: Rooms) -> FastAPI:
    """Return the application. It closes `rooms.live` when it ends; the rest belongs to whoever opened it."""
    app = _Api(
        title="mediamill",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=_middleware(rooms),
    )
    app.state.rooms = rooms
    errors.install(app)
    services = [service for service in rooms.registry if service.public]
    accepting = APIRouter()
    for service in services:
        add_service(accepting, service)
    own = [
        (f"the service {found.service.name} ({found.package})", router)
        for found in rooms.registry.packages
        for router in own_routers(found, rooms)
    ]
    _check_apart(accepting, own)
    # A request goes from router to router until one knows its path, 5 us each: those for work come first.
    for router in (accepting, *(router for _, router in own), *_CORE):
        app.include_router(router)
    schemas.install(app, services)
    return app


def _check_apart(accepting: APIRouter, own: Sequence[tuple[str, APIRouter]]) -> None:
    """Raise SettingsError when two routes would answer the same request, as those of a plug-in may."""
    core = (place for router in _CORE for place in Place.all_of("mediamill itself", router))
    brought = (place for whose, router in own for place in Place.all_of(whose, router))
    check_apart(core, [*Place.all_of("a service's POST", accepting), *brought])


def _middleware(rooms: Rooms) -> list[Middleware]:
    """Return what surrounds the routes, from the outside in."""
    settings = rooms.settings
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
    )
    return [
        Middleware(Envelope),
        *([cors] if settings.cors_origins else []),
        Middleware(Heads),
        Middleware(Compression),
        Middleware(Guard),
        Middleware(BodyLimit, limit_bytes=settings.body_limit_bytes),
        Middleware(Door, keys=settings.keys),
        Middleware(Recent, answers=Answers(rooms.live, rooms.patience.recent_s)),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    rooms: Rooms = app.state.rooms
    departure = asyncio.create_task(_end_streams(rooms.live), name="departure")
    stop = Event()
    replaying = None
    if rooms.replayer is not None:
        replaying = Thread(target=rooms.replayer.run, args=(stop,), name="replay", daemon=True)
        replaying.start()
    try:
        yield
    finally:
        stop.set()
        departure.cancel()
        with suppress(asyncio.CancelledError):
            await departure
        await rooms.live.close()
        if replaying is not None:
            await asyncio.to_thread(replaying.join, _REPLAY_ENDS_S)


async def _end_streams(live: Live) -> None:
    """End followed logs and waits when the server is told to go; sse-starlette ends its own streams.

    Uvicorn waits for open responses before it ends the lifespan, so that would be too late.
    """
    while not AppStatus.should_exit:  # noqa: ASYNC110 - a flag is all that sse-starlette keeps
        await asyncio.sleep(_DEPARTURE_S)
    live.end()
