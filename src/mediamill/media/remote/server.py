"""A server of somebody else's, over HTTP: asked with patience, and left alone while it is away."""

import asyncio
import email.utils
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx2
import stamina
import structlog

from mediamill import __version__
from mediamill.core.breaker import Breaker
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.remote.wire import Wire, wire

_log = structlog.get_logger("mediamill.remote")

_CONNECT_S: Final = 5.0
_FAILURES: Final = 3
#: Of an error, whose code is looked for.
_MOST_ERROR_BYTES: Final = 64 * 2**10
#: Servers of this machine are asked without a proxy.
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_BUSY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True)
class Patience:
    """How a server is waited for, seconds.

    attempts: how often a busy one is asked. first_s, longest_s: before it is asked again. read_s: for its next byte.
    pause_s: how long nobody asks it after three failures in a row.
    """

    attempts: int = 3
    first_s: float = 0.5
    longest_s: float = 10.0
    read_s: float = 10.0
    pause_s: float = 15.0


@dataclass(frozen=True)
class Peer:
    """Who is asked. name: all that clients are told of it: "the speech server"; code: of errors that say it is away.

    api_key: shown to this server alone; a request to another host goes without.
    """

    name: str
    url: str
    api_key: str | None = field(repr=False)
    code: str


@dataclass(frozen=True)
class Request:
    """What a server is asked for.

    read_s: how long to wait for its next byte. whole_s: for all of them. most_bytes: how many there may be.
    body: sent as JSON, by POST; None: a GET.
    """

    url: str
    read_s: float
    whole_s: float
    most_bytes: int
    body: Mapping[str, object] | None = None
    accept: str = "application/json"


@dataclass(frozen=True)
class Reply:
    """What a server answered. Of a refusal, `raw` is the beginning."""

    status: int
    media_type: str
    raw: bytes

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class _Busy(Exception):  # noqa: N818 - named for the server
    """It says: not now. after_s: when it wants to be asked again."""

    def __init__(self, status: int, after_s: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.after_s = after_s


class Server:
    """A peer, with the connections to it and its circuit breaker. One for a process.

    What it makes errors of reaches clients, and where it stands does not: that is in this process' log.
    """

    def __init__(
        self, peer: Peer, patience: Patience, *, line: Wire | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        parts = urlsplit(peer.url)
        self._peer = peer
        self._host = parts.netloc
        self._at = parts.netloc.rpartition("@")[2]  # a URL may begin with a name and a password
        self._here = parts.hostname in _HERE
        self._patience = patience
        self._wire = line or wire()
        self._client: httpx2.AsyncClient | None = None
        self._breaker = Breaker(
            RetryableError, refused=self._left_alone, failures=_FAILURES, pause_s=patience.pause_s, now=now
        )

    def __str__(self) -> str:
        """Return what clients call it."""
        return self._peer.name

    def calling(self) -> AbstractContextManager[None]:
        """Ask, and judge the answer, in this block: a RetryableError in it is a failure of the server.

        Raises one at once where the last ones all failed a moment ago.
        """
        return self._breaker.call()

    def ask(self, request: Request, check: Callable[[], None] | None = None) -> Reply:
        """Return the answer, a refusal (3xx, 4xx) too.

        check: is called five times a second meanwhile; when it raises, the connection is closed.

        Asks again when there is no connection, and on 408, 425, 429 and 5xx, when the server wants it or in a while.
        Raises RetryableError with the peer's code when that does not help, when the answer is too late or too large.
        """
        return self._wire.run(self._patient(request), check)

    def away(self, why: str, after_s: float | None = None) -> RetryableError:
        """Return the error for a server that does not do what such servers do."""
        return RetryableError(self._told(why, self._peer.code), after_s=after_s, code=self._peer.code)

    def refused(self, why: str, *, code: str, **seen: str) -> PermanentError:
        """Return the error for a server that does not do this, with a public code. seen: for the log alone."""
        return PermanentError(self._told(why, code, **seen), code=code)

    def _told(self, why: str, code: str, **seen: str) -> str:
        """Return what a client is told, and log which server it is about."""
        _log.warning("remote.fault", server=self._peer.name, at=self._at, code=code, why=why, **seen)
        return f"{self._peer.name} {why}"

    async def _patient(self, request: Request) -> Reply:
        """Ask until there is an answer, or nobody is patient any more.

        By a block, for of a function stamina would log the arguments, which are the text.
        """
        patience = self._patience
        try:
            async for attempt in stamina.retry_context(
                on=self._again,
                attempts=patience.attempts,
                timeout=None,
                wait_initial=patience.first_s,
                wait_max=patience.longest_s,
                wait_jitter=patience.first_s,
            ):
                with attempt:
                    async with asyncio.timeout(request.whole_s):
                        return await self._answer(request)
        except _Busy as busy:
            raise self.away(f"answers {busy.status}", busy.after_s) from busy
        except (TimeoutError, httpx2.TimeoutException) as late:
            raise self.away("did not answer in time") from late
        except (httpx2.HTTPError, httpx2.InvalidURL) as broken:
            raise self.away(f"cannot be reached ({type(broken).__name__})") from broken
        raise AssertionError("unreachable")

    async def _answer(self, request: Request) -> Reply:
        headers = {"Accept": request.accept}
        if self._peer.api_key and urlsplit(request.url).netloc == self._host:
            headers["Authorization"] = f"Bearer {self._peer.api_key}"
        async with self._http.stream(
            "GET" if request.body is None else "POST",
            request.url,
            json=request.body,
            headers=headers,
            timeout=httpx2.Timeout(request.read_s, connect=_CONNECT_S),
        ) as response:
            status = response.status_code
            if status in _BUSY or response.is_server_error:
                raise _Busy(status, retry_after(response.headers.get("retry-after", "")))
            media_type = response.headers.get("content-type", "")
            if not response.is_success:
                return Reply(status, media_type, await _beginning(response))
            return Reply(status, media_type, await self._whole(response, request.most_bytes))

    async def _whole(self, response: httpx2.Response, most: int) -> bytes:
        raw = bytearray()
        async for piece in response.aiter_raw():
            raw += piece
            if len(raw) > most:
                raise self.away(f"sent more than {most:,} bytes")
        return bytes(raw)

    @property
    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            # Not compressed: a small answer might become any size. A redirect is not followed: what is sent, and the
            # key, are for this server alone.
            headers = {"User-Agent": f"mediamill/{__version__}", "Accept-Encoding": "identity"}
            self._client = httpx2.AsyncClient(headers=headers, follow_redirects=False, trust_env=not self._here)
            self._wire.at_close(self._client.aclose)
        return self._client

    def _again(self, error: Exception) -> bool | float:
        """Whether to ask again, or after how many seconds. A time-out is not: who waits has waited already."""
        if isinstance(error, _Busy):
            if error.after_s is None:
                return True
            return error.after_s if error.after_s <= self._patience.longest_s else False
        # RemoteProtocolError: a connection that was kept, and that the server closed as we wrote.
        return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.RemoteProtocolError)

    def _left_alone(self, wait_s: float) -> RetryableError:
        """Return the error for who comes in a pause. It says nothing of the server that is not in the log already."""
        why = f"failed {_FAILURES} times in a row; it is asked again in {wait_s:.0f} s"
        return RetryableError(f"{self} {why}", after_s=wait_s, code=self._peer.code)


def retry_after(header: str) -> float | None:
    """Return the seconds that a Retry-After says, as a number or as a time; None when it says none."""
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        return max(email.utils.parsedate_to_datetime(header).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


async def _beginning(response: httpx2.Response) -> bytes:
    raw = bytearray()
    async for piece in response.aiter_raw():
        raw += piece
        if len(raw) > _MOST_ERROR_BYTES:
            break
    return bytes(raw[:_MOST_ERROR_BYTES])
