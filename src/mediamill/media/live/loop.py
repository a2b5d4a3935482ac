"""The one event loop of a process in which all its recordings are copied."""

import asyncio
import atexit
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mediamill.media.remote.wire import Wire

if TYPE_CHECKING:
    from aiohttp import BaseConnector, ClientSession

    from mediamill.media.egress.gate import Gate

T = TypeVar("T")

#: What a cap lets through at once, seconds of it.
_BURST_S: Final = 1.0
#: How often somebody who waits looks around: of hundreds who wait each look is felt.
_LOOK_S: Final = 0.5
#: Of each connection at most, before its server waits.
_BUFFER_BYTES: Final = 512 * 1024


class Throttle:
    """Bytes per second, in the long run; None: as they come. Belongs to one event loop."""

    def __init__(self, bytes_s: float | None) -> None:
        self.bytes_s = bytes_s
        self._paid_until = 0.0

    async def pay(self, size: int) -> None:
        """Wait until `size` bytes more may have come."""
        if self.bytes_s is None:
            return
        now = asyncio.get_running_loop().time()
        self._paid_until = max(self._paid_until, now - _BURST_S) + size / self.bytes_s
        if self._paid_until > now:
            await asyncio.sleep(self._paid_until - now)


class Loop:
    """Runs coroutines for threads that wait, hundreds at once. Its thread begins with the first.

    throttle: what all recordings of this process may receive together.
    """

    def __init__(self) -> None:
        self._wire = Wire()
        self._session: ClientSession | None = None
        self._sessions: dict[Gate, ClientSession] = {}
        self._wire.at_close(self._closed)
        self.throttle = Throttle(None)

    def cap(self, bytes_s: float | None) -> None:
        """Say how much may come for all recordings of this process, bytes per second; None: as it comes."""
        self.throttle.bytes_s = bytes_s

    def run(self, work: Coroutine[Any, Any, T], check: Callable[[], None]) -> T:
        """As `Wire.run`; `check` is called twice a second."""
        return self._wire.run(work, check, _LOOK_S)

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """As `Wire.start`."""
        return self._wire.start(work)

    def session(self) -> "ClientSession":
        """Return the client that all share; for coroutines that run here. It keeps no cookies and unpacks nothing."""
        import aiohttp  # noqa: PLC0415 - this package is cheap to import

        if self._session is None:
            self._session = _client(aiohttp.TCPConnector(limit=0))
        return self._session

    def session_to(self, gate: "Gate") -> "ClientSession":
        """Return a client that goes where a gate leads, without going through it; for coroutines that run here.

        Its connections are kept until `leave`. Why not through it: docs/decisions/0026-recordings-dial-themselves.md.
        """
        if gate not in self._sessions:
            from mediamill.media.live.connector import Vetted  # noqa: PLC0415 - this package is cheap to import

            self._sessions[gate] = _client(Vetted(gate.route))
        return self._sessions[gate]

    async def leave(self, gate: "Gate") -> None:
        """Close what `session_to` has opened; for coroutines that run here."""
        session = self._sessions.pop(gate, None)
        if session is not None:
            await session.close()

    def close(self) -> None:
        """End it: what runs is cancelled, connections are closed. It begins anew when it is asked to."""
        self._wire.close()
        self._session = None
        self._sessions.clear()

    async def _closed(self) -> None:
        for session in (self._session, *self._sessions.values()):
            if session is not None:
                await session.close()


def _client(connector: "BaseConnector") -> "ClientSession":
    import aiohttp  # noqa: PLC0415 - this package is cheap to import

    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        read_bufsize=_BUFFER_BYTES,
    )


def loop() -> Loop:
    """Return the one of this process. A fork gets its own."""
    return _loop(os.getpid())


@cache
def _loop(pid: int) -> Loop:
    made = Loop()
    atexit.register(_end, made, pid)
    return made


def _end(made: Loop, pid: int) -> None:
    """Hang up where a worker ends, rather than have servers find out. A fork ends none that is not its own."""
    if os.getpid() == pid:
        made.close()
