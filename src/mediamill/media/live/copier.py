"""Records a stream that is on air: copies it, and comes back after outages, until it is over."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final

from mediamill.core.errors import MediamillError, PermanentError, RetryableError
from mediamill.media import live
from mediamill.media.live.asking import Asker
from mediamill.media.live.feed import (
    AuthRequired,
    Blocked,
    DiskFull,
    Feed,
    Idle,
    Missing,
    Offline,
    Shape,
    Stalled,
    Unsuited,
)
from mediamill.media.live.flv import Flv
from mediamill.media.live.hls import Hls
from mediamill.media.live.loop import Loop, Throttle, loop
from mediamill.media.live.parts import Parts, Untaken
from mediamill.media.live.taking import GRACE_S, Halt, Taker, Way, halted
from mediamill.media.live.ts import Ts
from mediamill.settings import LiveSettings

if TYPE_CHECKING:
    from mediamill.media.egress.gate import Gate

#: Between tries; the first comes at once.
_BACKOFF_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0)
_LOOK_S: Final = 0.1
#: Parts that are handed over in one look.
_AT_ONCE: Final = 10
#: So often in a row nothing new may come of a source that says it is on air.
_EMPTY_TRIES: Final = 3
#: A signed address has had its day, the stream is over, or it is elsewhere now: only the source can say which.
_AMBIGUOUS: Final = (AuthRequired, Blocked, Missing, Stalled)
#: With any other end a playlist may still have what nobody has read, also of a live that is over.
_NO_MORE: Final = (AuthRequired, Blocked, Idle, Missing)
#: A connection that brings bytes for less is no progress: servers give each new viewer the last few pictures again,
#: also of a stream that stands still. HLS segments are numbered, and none is taken twice.
_MOVES_S: Final = 1.0
#: So often the same address is tried before the source is asked.
_PLAIN_TRIES: Final = 3


class Why(StrEnum):
    """Why a recording ended."""

    ENDED = "ended"  # the source says so
    STOPPED = "stopped"  # somebody asked to finish
    DURATION = "duration"  # as long as wished
    LOST = "lost"  # an outage longer than wished, or for good
    DISK_FULL = "disk_full"


@dataclass(frozen=True)
class Wishes:
    """How to record.

    duration_s: of the clock on the wall, from the first byte; None: until the end. part_s: a part is about so long.
    stall_s: without anything new for so long a connection is given up, and the playlist of a live that is over.
    outage_s: without anything new for so long, however often we tried, the recording ends. back_s: of HLS, what is
    taken of the time before we came. bytes_s: what may come at most, bytes per second; None: as it comes. after: `last`
    of the last part that is there (`remains`): an HLS stream is taken from behind it on, and `back_s` says nothing.
    """

    duration_s: float | None = None
    part_s: float = 60.0
    stall_s: float = 15.0
    outage_s: float = 60.0
    back_s: float = 30.0
    bytes_s: float | None = None
    after: str = ""


@dataclass(frozen=True)
class Ended:
    """What a recording came to.

    size_bytes: of all parts. began_at, ended_at: Unix time of the first byte and of the end, seconds. reconnects: how
    often it went on after something broke. lost: HLS segments that could not be had. error: of LOST and DISK_FULL.
    """

    why: Why
    size_bytes: int
    began_at: float
    ended_at: float
    reconnects: int
    lost: int
    error: MediamillError | None = field(default=None)


def record(  # noqa: PLR0913, PLR0917 - what a recording needs, each in its place
    feed: Feed,
    to: Parts,
    wishes: Wishes,
    gate: "Gate",
    check: Callable[[], bool],
    probe: Callable[[], Feed] | None = None,
) -> Ended:
    """Copy a stream into parts until it is over. Blocks; hundreds of threads may do so at once.

    check: is called twice a second, in the caller's thread; whether to finish soon, and keep what there is.
    What it raises ends the recording at once, and the open part is not handed over. probe: says whether the source is
    still on air, and where, after every end: raises Offline or Missing where it is not; then a playlist that could not
    be read to its end is, if it can be soon. None: an end is the end.

    It receives no more than the process was set up for (`live.use`), alone and with the others.

    Parts are handed over in the caller's thread as they are finished. Where nothing at all was recorded it raises
    what kept us from it: Offline where there was nothing to record. Shape.OTHER raises Unsuited. Untaken ends it at
    once, and parts that were not handed over lie where they are.
    """
    settings, here = live.used() or LiveSettings(), loop()
    here.cap(settings.rate_all)
    wished = replace(wishes, bytes_s=min(filter(None, (wishes.bytes_s, settings.rate)), default=None))
    return _Recording(feed, to, wished, gate, check, probe, here).run()


@dataclass
class _Recording:
    feed: Feed
    to: Parts
    wishes: Wishes
    gate: "Gate"
    check: Callable[[], bool]
    probe: Callable[[], Feed] | None
    loop: Loop

    def __post_init__(self) -> None:
        self._throttle = Throttle(self.wishes.bytes_s)
        self._taker = _taker(self.feed, self.wishes)
        self._halt: Callable[[], object] | None = None
        self._stopping = False
        self._moved_at = time.monotonic()
        self._moving_s = 0.0
        self._seen_bytes = self.to.bytes
        self._seen_at: float | None = None
        self._began_at: float | None = None
        self._began = 0.0  # the same, of a clock that nobody sets
        self._tries = self._lost = 0
        self._over_at: float | None = None  # since when the source says that nothing is on air

    def run(self) -> Ended:
        try:
            return self._ended()
        finally:
            self.loop.run(self.loop.leave(self.gate), lambda: None)

    def _ended(self) -> Ended:
        try:
            why, error = self._until_over()
        except Untaken:
            self.to.close()
            raise
        except Exception:
            self.to.close()
            self.to.hand_over()
            raise
        except BaseException:  # cancelled, or no longer ours: nobody wants what is left
            self.to.close()
            raise
        self.to.close()
        self.to.hand_over()
        if not self.to.bytes and why is not Why.STOPPED:
            raise error or Offline
        now = time.time()
        lost = self._lost + self._taker.lost
        return Ended(why, self.to.bytes, self._began_at or now, now, self.to.reconnects, lost, error)

    def _until_over(self) -> tuple[Why, MediamillError | None]:
        """Copy, again and again. Returns why it is over, and what was the matter."""
        while True:
            before = self.to.bytes
            error = self._copied()
            if self.to.bytes > before and (self.feed.shape is Shape.HLS or self._moving_s >= _MOVES_S):
                self._moved_at = time.monotonic()
                self._tries = 0
            over = self._over(error)
            if over is not None:
                return over
            if not self._paused(_BACKOFF_S[min(self._tries, len(_BACKOFF_S) - 1)]):
                return Why.STOPPED, None
            self._tries += 1
            asked = self._asked_again(error)
            if asked is not None:
                return asked
            self.to.reconnects += 1

    def _over(self, error: MediamillError | None) -> tuple[Why, MediamillError | None] | None:
        """Return why nothing more is to be done after a copy that ended with `error`; None: it goes on."""
        if isinstance(error, DiskFull):
            return Why.DISK_FULL, error
        if isinstance(error, PermanentError) and not isinstance(error, _AMBIGUOUS):
            return Why.LOST, error
        if self._stopping:
            return Why.STOPPED, None
        if self._left_s() == 0:
            return Why.DURATION, None
        if error is not None:
            outage = time.monotonic() - self._moved_at > self.wishes.outage_s
            return (Why.LOST, error) if outage else None
        return (Why.ENDED, None) if self.probe is None or self._tries >= _EMPTY_TRIES else None

    def _asked_again(self, error: MediamillError | None) -> tuple[Why, MediamillError | None] | None:
        """Ask the source where its stream is now, where that may be the matter; why it is over, if it is."""
        ambiguous = error is None or isinstance(error, _AMBIGUOUS)
        if not ambiguous and self._tries <= _PLAIN_TRIES:
            return None
        if self.probe is None:
            gone = isinstance(error, AuthRequired | Missing)
            return ((Why.ENDED, None) if self.to.bytes else (Why.LOST, error)) if gone else None
        try:
            found = self.probe()
        except (Offline, Missing) as off:
            return None if self._may_have_more(error) else (Why.ENDED, off if not self.to.bytes else None)
        except RetryableError:  # nobody can say: the same address again, until the outage is too long
            return None
        except PermanentError as refused:
            return Why.LOST, refused
        self._over_at = None
        self._take_from(found)
        return None

    def _may_have_more(self, error: MediamillError | None) -> bool:
        """Whether to go on with what the source says is over: its playlist could not be read to the end yet."""
        now = time.monotonic()
        self._over_at = now if self._over_at is None else self._over_at
        if self.feed.shape is not Shape.HLS or error is None or isinstance(error, _NO_MORE):
            return False
        return now - max(self._over_at, self._moved_at) <= self.wishes.stall_s

    def _take_from(self, feed: Feed) -> None:
        """Go on with a feed. What was taken of an HLS stream is known also when its address has changed."""
        if feed.shape is not self.feed.shape or feed.quality != self.feed.quality:
            self._lost += self._taker.lost
            self._taker = _taker(feed, replace(self.wishes, after=""))  # numbers of another stream
            self.to.close()
        self.feed = feed

    # ---- one connection

    def _copied(self) -> MediamillError | None:
        """Copy until something ends it; return what, None: the stream or our time has."""
        left = Event()
        self._moving_s, self._seen_at = 0.0, None
        try:
            self.loop.run(self._session(left), self._look)
        except (RetryableError, PermanentError) as error:
            return error
        finally:
            left.wait(2 * GRACE_S)  # whoever is cancelled may be about to write: the parts are ours only after
            self._halt = None
            self.to.rewind()
        return None

    async def _session(self, left: Event) -> None:
        try:
            await self._connected()
        finally:
            left.set()

    async def _connected(self) -> None:
        halt = Halt()
        self._halt = partial(asyncio.get_running_loop().call_soon_threadsafe, halt.want)
        asker = Asker(
            self.loop,
            self.gate,
            url=self.feed.url,
            headers=self.feed.headers,
            stall_s=self.wishes.stall_s,
            throttle=self._throttle,
        )
        way = Way(asker, self.to, halt, self.wishes.part_s, self.wishes.stall_s)
        await halted(self._taker.take(self.feed.url, way), halt)

    def _look(self) -> None:
        """Look after the recording while it runs; in the caller's thread."""
        if self._began_at is None and self.to.bytes:
            self._began_at, self._began = time.time(), time.monotonic()
        if self.to.bytes > self._seen_bytes:
            self._seen_at = self._seen_at or time.monotonic()
            self._moving_s = time.monotonic() - self._seen_at
        self._seen_bytes = self.to.bytes
        self.to.hand_over(_AT_ONCE)
        self._stopping = self.check() or self._stopping
        if (self._stopping or self._left_s() == 0) and self._halt is not None:
            self._halt()

    def _left_s(self) -> float | None:
        """Return how much of the wished duration is left, 0 or more; None: there is no end to it."""
        if self.wishes.duration_s is None:
            return None
        passed = time.monotonic() - self._began if self._began_at is not None else 0.0
        return max(0.0, self.wishes.duration_s - passed)

    def _paused(self, seconds: float) -> bool:
        """Wait; False: somebody asked to finish."""
        until = time.monotonic() + seconds
        while True:
            self._look()
            left = until - time.monotonic()
            if self._stopping or left <= 0:
                return not self._stopping
            time.sleep(min(_LOOK_S, left))


def _taker(feed: Feed, wishes: Wishes) -> Taker:
    match feed.shape:
        case Shape.HLS:
            return Hls(feed.quality, wishes.back_s, wishes.after)
        case Shape.FLV:
            return Flv()
        case Shape.TS:
            return Ts()
        case Shape.OTHER:
            raise Unsuited("the stream comes in a shape that is not copied as it is")
