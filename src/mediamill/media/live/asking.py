"""Requests for a stream: where the egress guard lets them, to http(s) alone, with an end to everything."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yarl import URL

from mediamill.media.live import answers
from mediamill.media.live.feed import Stalled, Unreachable, Upstream
from mediamill.media.live.loop import Loop, Throttle
from mediamill.media.live.playlist import Span, checked

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from mediamill.media.egress.gate import Gate

_PARTIAL: Final = 206
_CONNECT_S: Final = 15.0
#: Shown to the stream's own host alone: a playlist may lead anywhere.
_PRIVATE: Final = frozenset({"authorization", "cookie"})
#: Ours to say.
_OURS: Final = frozenset({"accept-encoding", "connection", "host", "proxy-authorization", "range"})


@dataclass(frozen=True)
class Answer:
    """What a server sends.

    url: of whoever answered, after redirects. pieces: the body as it comes, none of them empty; reading it raises
    Stalled, Unreachable, and Upstream where there is too much of it.
    """

    url: str
    pieces: AsyncIterator[bytes]


class Asker:
    """Asks for all that belongs to one stream.

    url: of the stream. headers: sent with each request; cookies only to the stream's own host. stall_s: without a byte
    for so long an answer is given up. throttle: of this recording.
    """

    def __init__(  # noqa: PLR0913 - what a request needs, each by its name
        self, loop: Loop, gate: "Gate", *, url: str, headers: Mapping[str, str], stall_s: float, throttle: Throttle
    ) -> None:
        self._loop = loop
        self._gate = gate
        import aiohttp  # noqa: PLC0415 - this package is cheap to import

        self._home = URL(url, encoded=True).host
        at_home = {name: value for name, value in headers.items() if name.lower() not in _OURS}
        self._at_home = {**at_home, "Accept-Encoding": "identity"}
        self._elsewhere = {name: value for name, value in self._at_home.items() if name.lower() not in _PRIVATE}
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=stall_s)
        self._throttle = throttle

    async def whole(self, url: str, what: str, most_bytes: int, span: Span | None = None) -> tuple[bytes, str]:
        """Return a body and where it came from after redirects. what: is asked for, for people: "the playlist".

        Raises what an answer's status means (`feed.of_status`), Unreachable, TimedOut, Stalled, PermanentError with
        code BLOCKED where the guard refuses; Upstream for more than `most_bytes`.
        """
        body = bytearray()
        async with self.open(url, what, most_bytes, span) as answer:
            async for piece in answer.pieces:
                body += piece
        return bytes(body), answer.url

    @asynccontextmanager
    async def open(
        self, url: str, what: str, most_bytes: int | None, span: Span | None = None
    ) -> AsyncIterator[Answer]:
        """Ask, and yield the answer. Raises as `whole`; most_bytes: None: there is no end to it."""
        for _ in range(answers.MOST_REDIRECTS + 1):
            response = await self._asked(url, what, span)
            try:
                if response.status in answers.REDIRECTS:
                    url = checked(response.headers.get("Location", ""), url)
                    continue
                answers.check(response, what)
                pieces = self._pieces(response, what, most_bytes)
                yield Answer(url, pieces if span is None else _part(pieces, response, span, what))
                return
            finally:
                response.close()
        raise Upstream(f"{what}: it is redirected more than {answers.MOST_REDIRECTS} times")

    async def _asked(self, url: str, what: str, span: Span | None) -> "ClientResponse":
        to = URL(url, encoded=True)  # as it is signed
        said = self._at_home if to.host == self._home else self._elsewhere
        if span is not None:
            said = {**said, "Range": f"bytes={span.offset}-{span.offset + span.length - 1}"}
        with answers.awaited(what):
            session = self._loop.session_to(self._gate)
            return await session.get(to, headers=said, allow_redirects=False, timeout=self._timeout)

    async def _pieces(self, response: "ClientResponse", what: str, most_bytes: int | None) -> AsyncIterator[bytes]:
        import aiohttp  # noqa: PLC0415 - this package is cheap to import

        came = 0
        try:
            async for piece in response.content.iter_any():
                came += len(piece)
                if most_bytes is not None and came > most_bytes:
                    raise Upstream(f"{what}: it has more than {most_bytes} bytes")
                if piece:
                    yield piece
                await self._throttle.pay(len(piece))
                await self._loop.throttle.pay(len(piece))
        except TimeoutError:
            raise Stalled(f"{what}: no byte comes") from None
        except (aiohttp.ClientError, OSError):
            raise Unreachable(f"{what}: the connection broke") from None


async def _part(
    pieces: AsyncIterator[bytes], response: "ClientResponse", span: Span, what: str
) -> AsyncIterator[bytes]:
    """Yield a part of a file: of a server that heard of parts, all that it sends; of another, what was asked for.

    Raises Upstream for another part, and where something of it is missing: a file that grows may not have it yet.
    """
    skip = span.offset
    if response.status == _PARTIAL:
        begins = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        if begins != str(span.offset):
            raise Upstream(f"{what}: the server sends another part of the file")
        skip = 0
    left = span.length
    async for piece in pieces:
        wanted = piece[skip : skip + left]
        skip = max(skip - len(piece), 0)
        left -= len(wanted)
        if wanted:
            yield wanted
        if not left:
            return
    raise Upstream(f"{what}: {left} bytes of it are missing")
