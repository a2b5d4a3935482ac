"""What surrounds every request: correlation id, security headers, access log, limits, the last net.

Pure ASGI, so that streams stay streams.
"""

import re
import time
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import anyio
import anyio.lowlevel
import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipResponder
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mediamill.web import openai
from mediamill.web.errors import Refused, answer
from mediamill.web.patient import Interrupted

_log = structlog.get_logger("mediamill.web")

_PRINTABLE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?")

#: Pages may load from us only; `data:` images are what Swagger UI's style sheet draws its arrows with.
CSP: Final = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#: The same as the server wants them; most answers have none of them yet.
_RAW_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_TRANSPORT: Final = "mediamill.transport"
_QUIET: Final = ("/healthz", "/ready")
_COMPRESS_FROM_BYTES: Final = 1_000
_COMPRESS_LEVEL: Final = 5
_PARAMETER: Final = re.compile(r"\{(\w+)(:path)?\}")


class Envelope:
    """ASGI: gives each request its correlation id, each answer its headers, and writes one line about both."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-correlation-id", "")
        correlation_id = sent if _PRINTABLE.fullmatch(sent) else str(uuid4())
        state = scope.setdefault("state", {})
        state["correlation_id"] = correlation_id
        began_s = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                raw = list(message["headers"])
                named = {name for name, _ in raw}
                raw += [header for header in _RAW_HEADERS if header[0] not in named]
                raw.append((b"x-correlation-id", correlation_id.encode()))
                if openai.speaks(scope["path"]):
                    raw.append((b"x-request-id", correlation_id.encode()))  # where OpenAI's clients look for it
                message["headers"] = raw
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                caller = state.get("caller")
                (_log.debug if scope["path"] in _QUIET else _log.info)(
                    "http.request",
                    method=scope["method"],
                    path=_shown(scope),
                    status=status,
                    seconds=round(time.perf_counter() - began_s, 4),
                    owner=caller.owner if caller else None,
                )


def _shown(scope: Scope) -> str:
    """Return the path as it is logged: without what users call things, such as files, or a watcher's address."""
    template: str = getattr(scope.get("route"), "path", "")
    if ":path}" not in template:
        return str(scope["path"])
    values = scope.get("path_params", {})
    return _PARAMETER.sub(lambda found: f"{{{found[1]}}}" if found[2] else str(values.get(found[1])), template)


class Guard:
    """ASGI: makes a problem document of what nobody handled. The traceback goes to the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer 500 when nothing else did."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = finished = False

        async def send_and_see(message: Message) -> None:
            nonlocal started, finished
            started = started or message["type"] == "http.response.start"
            await send(message)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await self._app(scope, receive, send_and_see)
        except TimeoutError as error:
            if not started:
                await self._fail(scope, receive, send, error)
                return
            # The client took nothing for too long.
            _log.info("http.client_dropped", path=_shown(scope))
            await _cut_off(scope)
        except ClientDisconnect:
            _log.info("http.client_gone", path=_shown(scope))
        except Interrupted as error:
            _log.warning("http.interrupted", path=_shown(scope), why=str(error))
            await _cut_off(scope)
        except Exception as error:
            if started:
                if not finished:  # the server lets a whole answer out first, though nobody may read it
                    await _cut_off(scope)
                raise
            await self._fail(scope, receive, send, error)

    async def _fail(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        _log.error("http.unhandled", path=_shown(scope), exc_info=error)
        refused = Refused(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "something went wrong here; the server's log tells more under this correlation id",
            code="INTERNAL",
        )
        await answer(scope, refused)(scope, receive, send)


def note_transport(scope: Scope, send: Send) -> None:
    """Remember the connection of a request, where the server lets us see it (uvicorn does)."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if hasattr(transport, "abort"):
        scope[_TRANSPORT] = transport


async def _cut_off(scope: Scope) -> None:
    """Close a connection at once. A server closes it only after it has sent what is buffered: never, here."""
    if transport := scope.get(_TRANSPORT):
        transport.abort()
        await anyio.lowlevel.checkpoint()  # so that the server learns of it before we return unfinished


#: Of a form, without its files: heads of parts, and parameters beside a file.
FORM_BYTES: Final = 64 * 1024


class BodyLimit:
    """ASGI: refuses bodies over the limit, by Content-Length before a byte is read, else while counting.

    A file of just that size fits: what a form has around it does not count.
    What a client still sends after the answer is read and dropped by the server (uvicorn does), so
    that one who only writes first gets to see it.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._most_bytes = limit_bytes + FORM_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        message = f"the body is larger than {self._limit_bytes} bytes, the limit here"
        length = Headers(scope=scope).get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > self._most_bytes:
            await answer(scope, Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message))(scope, receive, send)
            return
        received = 0

        async def receive_counting() -> Message:
            nonlocal received
            piece = await receive()
            received += len(piece.get("body", b""))
            if received > self._most_bytes:
                # Starlette's, since FastAPI would take any other error for a body that cannot be parsed.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
            return piece

        await self._app(scope, receive_counting, send)


class Compression:
    """ASGI: gzip for whoever accepts it, but not for what says `no-transform`: files and live streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            await _Gzip(self._app, _COMPRESS_FROM_BYTES, _COMPRESS_LEVEL)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class _Gzip(GZipResponder):
    """Starlette's responder, which also leaves event streams and media alone by their type."""

    as_it_is = False

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.as_it_is = "no-transform" in Headers(raw=message["headers"]).get("cache-control", "")
        await (self.send(message) if self.as_it_is else super().send_with_compression(message))
