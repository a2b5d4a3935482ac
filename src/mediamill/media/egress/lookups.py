"""Threads for what blocks: the system's resolver, which knows no timeout."""

import asyncio
from collections.abc import Callable
from threading import Thread
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

#: Of one owner, so that names whose servers stall hold up nobody else's.
_AT_ONCE: Final = 8

_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, Lookups]" = WeakKeyDictionary()


class Lookups:
    """Runs functions in threads, a few at once; belongs to one event loop.

    No pool: the end of the process would wait for its threads, half a minute where a name server is silent.
    """

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises. Who gives up does not free the thread's place."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[T] = loop.create_future()
        try:
            Thread(target=self._work, args=(loop, found, work), name="egress-lookup", daemon=True).start()
        except RuntimeError as error:  # as many threads as may be
            self._places.release()
            raise OSError("no thread can be started") from error
        return await found

    def _work(self, loop: asyncio.AbstractEventLoop, found: "asyncio.Future[T]", work: Callable[[], T]) -> None:
        result: T | None = None
        error: Exception | None = None
        try:
            result = work()
        except Exception as raised:  # noqa: BLE001 - it is raised again where somebody waits
            error = raised

        def tell() -> None:
            self._places.release()
            if found.done():
                return
            if error is not None:
                found.set_exception(error)
            else:
                found.set_result(result)  # type: ignore[arg-type]  # None where T is

        try:
            loop.call_soon_threadsafe(tell)
        except RuntimeError:  # the loop was closed meanwhile
            return


def lookups() -> Lookups:
    """Return those of the running loop, for who has none of their own."""
    return _of_loops.setdefault(asyncio.get_running_loop(), Lookups())
