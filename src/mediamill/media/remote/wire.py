"""An event loop in a thread of its own, for whom we ask over the network: what waits there can be given up."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import cache
from threading import Lock, Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: How often somebody who waits asks whether to go on.
_LOOK_S: Final = 0.2


class Wire:
    """Runs coroutines for threads. Its own thread begins with the first of them. Not for another side of a fork."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def run(self, work: Coroutine[Any, Any, T], check: Callable[[], None] | None, look_s: float = _LOOK_S) -> T:
        """Return what the coroutine returns, or raise what it raises.

        check: is called every `look_s` seconds meanwhile. When it raises, the coroutine is cancelled, which
        closes its connection, and the error goes on.
        """
        future = self.start(work)
        try:
            while not _over(future, look_s):
                if check is not None:
                    check()
        except BaseException:
            future.cancel()
            raise
        return future.result()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine; cancel what comes back, and it is cancelled."""
        return asyncio.run_coroutine_threadsafe(work, self._running())

    def at_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Await `closer` in `close`."""
        self._closers.append(closer)

    def close(self) -> None:
        """End it: for tests; the thread of a process that ends goes with it."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._closed(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _closed(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for closer in self._closers:
            await closer()
        await asyncio.get_running_loop().shutdown_default_executor()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="wire", daemon=True)
                self._thread.start()
            return self._loop


def _over(future: "Future[Any]", within_s: float) -> bool:
    """Wait; return whether the future is done. `concurrent.futures.wait` takes four times the CPU."""
    with suppress(TimeoutError, CancelledError):
        future.exception(within_s)
    return future.done()


def wire() -> Wire:
    """Return the one of this process. A fork gets its own."""
    return _wire(os.getpid())


@cache
def _wire(_pid: int) -> Wire:
    return Wire()
