"""The one event loop of a process in which all its recordings are copied."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mediamill.media.remote.wire import Wire

if TYPE_CHECKING:
    from aiohttp import ClientSession

T = TypeVar("T")

#: What a cap lets through at once, seconds of it.
_BURST_S: Final = 1.0


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
        self.throttle = Throttle(None)

    def cap(self, bytes_s: float | None) -> None:
        """Say how much may come for all recordings of this process, bytes per second; None: as it comes."""
        self.throttle.bytes_s = bytes_s

    def run(self, work: Coroutine[Any, Any, T], check: Callable[[], None]) -> T:
        """As `Wire.run`."""
        return self._wire.run(work, check)

    def session(self) -> "ClientSession":
        """Return the client that all share; for coroutines that run here. It keeps no cookies and unpacks nothing."""
        import aiohttp  # noqa: PLC0415 - this package is cheap to import

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
            self._wire.at_close(self._session.close)
        return self._session

    def close(self) -> None:
        """End it: for tests; the thread of a process that ends goes with it."""
        self._wire.close()
        self._session = None


def loop() -> Loop:
    """Return the one of this process. A fork gets its own."""
    return _loop(os.getpid())


@cache
def _loop(_pid: int) -> Loop:
    return Loop()
