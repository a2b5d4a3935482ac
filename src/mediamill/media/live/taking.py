"""What the copiers of all shapes stand on."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mediamill.media.live.asking import Asker
from mediamill.media.live.feed import Stalled
from mediamill.media.live.parts import Parts

#: From being asked to stop until what is in flight is dropped.
GRACE_S: Final = 3.0


@dataclass
class Halt:
    """A wish to stop soon, of any thread. Belongs to the loop in which it was made."""

    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def wanted(self) -> bool:
        """Whether to stop before the next piece."""
        return self._event.is_set()

    def want(self) -> None:
        """Ask to stop; in the loop's thread."""
        self._event.set()

    async def come(self) -> None:
        """Wait for the wish."""
        await self._event.wait()

    async def pause(self, seconds: float) -> None:
        """Wait, but not after the wish."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()


@dataclass(frozen=True)
class Way:
    """Where a stream comes from and where it goes.

    part_s: a part is finished at the first good place after so long. stall_s: so long nothing new may come.
    """

    asker: Asker
    parts: Parts
    halt: Halt
    part_s: float
    stall_s: float


class Patience:
    """With a connection that brings bytes and nothing to record: a tag that drips, or remarks alone.

    Belongs to one connection; its loop is the one in which it was made.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._now = asyncio.get_running_loop().time
        self._moved_at, self._bytes = self._now(), way.parts.bytes

    @property
    def half_gone(self) -> bool:
        """Whether to write what there is, though it is not known yet where it belongs."""
        return self._now() - self._moved_at > self._way.stall_s / 2

    def look(self) -> None:
        """Look, after each piece, whether it brought anything. Raises Stalled when nothing has for too long."""
        if self._way.parts.bytes != self._bytes:
            self._moved_at, self._bytes = self._now(), self._way.parts.bytes
        elif self._now() - self._moved_at > self._way.stall_s:
            raise Stalled("the stream: what comes is nothing to see or to hear")


class Taker(Protocol):
    """Copies a stream of one shape: HLS, FLV or TS."""

    @property
    def lost(self) -> int:
        """How many pieces the server had no more when they were asked for."""
        ...

    async def take(self, url: str, way: Way) -> None:
        """Copy until the source ends the stream or a halt is wanted. May be called again, and then goes on.

        Raises what `Asker` and `Parts` raise, and Stalled. Whole pieces alone remain in the part, whatever happens.
        """
        ...


async def halted(work: Coroutine[Any, Any, None], halt: Halt) -> None:
    """Run work to its end, or until a halt is wanted; then it has a moment for what is in flight.

    Raises what the work raises. When this returns, nothing of it runs any more.
    """
    running = asyncio.ensure_future(work)
    halting = asyncio.ensure_future(halt.come())
    try:
        await asyncio.wait({running, halting}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.wait({running}, timeout=GRACE_S)
    finally:
        running.cancel()
        halting.cancel()
        await asyncio.wait({running, halting})
    if not running.cancelled():
        running.result()
