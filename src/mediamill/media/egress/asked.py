"""What a program asks of the guard: a tunnel, or one request to be passed on. Read by h11, written anew by us.

Nothing of the program's own framing goes on: so guard and server never disagree about where a request ends.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import h11

from mediamill.media.egress.places import Place, place

_VERSIONS: Final = frozenset({b"1.0", b"1.1"})
_MOST_HEADERS: Final = 200
_HEAD: Final = 64 * 1024
_READ: Final = 64 * 1024
_ABSOLUTE: Final = re.compile(rb"http://([^/?#\\]+)([/?][^#]*)?", re.IGNORECASE)
#: Of one connection, not of the message. Source: RFC 9110, section 7.6.1. Host and framing are written anew.
_OURS: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"host",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Malformed(Exception):  # noqa: N818 - what the request is
    """The request cannot be understood. status: how it is answered."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Tunnel:
    """Bytes both ways. first: what the program sent already."""

    place: Place
    first: bytes


@dataclass(frozen=True)
class Errand:
    """A request of plain HTTP. head: as the server gets it. body: whether one follows, chunked: in which framing."""

    place: Place
    head: bytes
    body: bool
    chunked: bool


class Asking:
    """One connection of a program: one request."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        self._request: h11.Request | None = None

    async def head(self) -> bool:
        """Read the request's head; False: the program said nothing and went. Raises Malformed."""
        event = await self._next()
        if isinstance(event, h11.Request):
            if event.http_version not in _VERSIONS:
                raise Malformed("a request of HTTP/1.1 is wanted", 505)
            if len(event.headers) > _MOST_HEADERS:
                raise Malformed("fewer headers are wanted", 431)
            self._request = event
            return True
        return False

    def header(self, name: bytes) -> bytes:
        """Return the value of a header that may be there once; "" where it is not, or more often."""
        found = self._values(name)
        return found[0] if len(found) == 1 else b""

    def wanted(self) -> Tunnel | Errand:
        """Return what is asked for. Raises Malformed."""
        request = self._heard()
        try:
            if request.method == b"CONNECT":
                return Tunnel(place(request.target.decode("ascii"), None), self._h11.trailing_data[0])
            return self._errand(request)
        except ValueError as error:
            raise Malformed(str(error)) from None

    async def body(self, *, chunked: bool) -> AsyncIterator[bytes]:
        """Read the body, framed for the server. Raises Malformed, ConnectionError when the program goes."""
        while True:
            event = await self._next()
            if isinstance(event, h11.Data):
                content = bytes(event.data)
                yield b"%x\r\n%b\r\n" % (len(content), content) if chunked else content
            elif isinstance(event, h11.EndOfMessage):
                if chunked:
                    yield b"0\r\n\r\n"
                return
            else:
                raise ConnectionError("the program has gone")

    def _errand(self, request: h11.Request) -> Errand:
        target = _ABSOLUTE.fullmatch(request.target)
        if target is None:
            raise Malformed("an absolute http:// URL is wanted, or CONNECT")
        where = place(target[1].decode("ascii"), 80)
        path = target[2] or b"/"
        lengths, codings = self._values(b"content-length"), self._values(b"transfer-encoding")
        if codings and (lengths or request.http_version != b"1.1"):
            raise Malformed("a request has one length")
        dropped = _OURS | {name.strip().lower() for value in self._values(b"connection") for name in value.split(b",")}
        lines = [
            request.method + b" " + (path if path.startswith(b"/") else b"/" + path) + b" HTTP/" + request.http_version,
            b"Host: " + _authority(where).encode(),
            *(name + b": " + value for name, value in request.headers.raw_items() if name.lower() not in dropped),
            *(b"Content-Length: " + length for length in lengths[:1]),
            *(b"Transfer-Encoding: chunked" for _ in codings[:1]),
            b"Connection: close",
        ]
        body = bool(codings) or bool(lengths and int(lengths[0]))
        return Errand(where, b"\r\n".join(lines) + b"\r\n\r\n", body, bool(codings))

    def _values(self, name: bytes) -> list[bytes]:
        return [value for found, value in self._heard().headers if found == name]

    def _heard(self) -> h11.Request:
        if self._request is None:
            raise RuntimeError("the head was not read")
        return self._request

    async def _next(self) -> h11.Event:
        loop = asyncio.get_running_loop()
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise Malformed("a request of HTTP/1.1 is wanted", error.error_status_hint) from None
            if isinstance(event, h11.Event):
                return event
            self._h11.receive_data(await loop.sock_recv(self._connection, _READ))


def _authority(where: Place) -> str:
    return str(where).removesuffix(":80") if where.port == 80 else str(where)  # noqa: PLR2004 - http
