"""Live events: one Pub/Sub connection per process as the doorbell, the streams as the record.

A watcher reads whenever the bell rings for what it waits for, and a confirmed subscription rings it too: so
nothing falls between subscribing and reading, nor into a gap between two connections. Its first read waits for that
ring, for a moment: what was read before would have to be read again. A ring says what rang and no more; should one be
lost, every bell rings by itself each `RECHECK_S`. Reads go over a few connections, and watchers that stand at the same
place share one.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from mediamill.core.errors import Unavailable
from mediamill.core.events import Event, EventName, LogLine
from mediamill.core.job import Artifact
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.store.jobs import load_event, load_line
from mediamill.store.keys import Keys
from mediamill.store.reader import TRIPS, Reader

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection

_T = TypeVar("_T")

_log = structlog.get_logger("mediamill.live")

#: Every bell rings at least this often, seconds.
RECHECK_S: Final = 15.0
#: Connections for reading, over all watchers.
READERS: Final = TRIPS
#: Rows per read. Less than a stream keeps, so that a reader who fell behind a trimmed row meets a full batch.
BATCH: Final = 500
#: For so long a first read waits until the subscription is confirmed.
CONFIRMED_S: Final = 0.5
#: After so long one command takes away the subscriptions that nobody needs any more.
UNSUBSCRIBED_S: Final = 0.2
#: A ring for everybody: a subscription was confirmed, or all should look again in any case.
ANY: Final = "any"
Wanted = frozenset[str]
#: What watchers wait for, in the words of the moves (`ring` in lua/_prelude.lua).
_EVENTS: Final[Wanted] = frozenset({"state", "progress", "artifact", "end"})
_LOG: Final[Wanted] = frozenset({"log", "end"})
_PARTS: Final[Wanted] = frozenset({"artifact", "end"})
_PUBLISHED: Final[Wanted] = frozenset({"artifact"})
_END: Final[Wanted] = frozenset({"end"})
_NOTHING: Final[Wanted] = frozenset()
_KNOWN: Final[Wanted] = _EVENTS | _LOG
#: Parts that are looked for at once.
AHEAD: Final = 16
#: What CLIENT LIST calls our connections.
CLIENT_NAME: Final = "mediamill-live"
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0
_CANCEL_AGAIN_S: Final = 0.1
#: Nobody rings this channel; it keeps the connection subscribed to something.
_NOBODY: Final = "-"

_LOADERS: Final = {"events": load_event, "log": load_line}


class _Read(NamedTuple):
    """A job's state and the rows after a place, of one moment.

    rows: Event, LogLine or Artifact, by what was read.
    """

    state: State | None
    rows: list[Any]


class _Bell:
    """The doorbell of one job, for all its watchers in this process.

    connected: the store has confirmed that it rings here.
    """

    def __init__(self) -> None:
        self.watchers = 0
        self.connected = False
        self._times: Counter[str] = Counter()
        self.reads: dict[tuple[str, str, int], asyncio.Task[_Read]] = {}
        self._rung = asyncio.Event()

    @property
    def rings(self) -> int:
        """How often it has rung, for whatever reason."""
        return self._times.total()

    def ring(self, what: str = ANY) -> None:
        self._times[what] += 1
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    def heard(self, wanted: Wanted) -> int:
        """Return how often it has rung for one of these reasons, or for everybody."""
        return self._times[ANY] + sum(self._times[what] for what in wanted)

    async def rung(self, seen: int, wanted: Wanted) -> None:
        """Wait until it was heard more often than `seen`."""
        while self.heard(wanted) == seen:
            await self._rung.wait()


class Ear:
    """Listens whether anything of a job changes, and reads nothing: for one who has read it."""

    def __init__(self, bell: _Bell, close: Callable[[], None]) -> None:
        self._bell = bell
        self.close = close

    @property
    def heard(self) -> int | None:
        """How often something has changed; None while a ring could be missed.

        A ring reaches us some time after the move that it tells of: about as long as a message takes.
        """
        return self._bell.heard(_EVENTS) if self._bell.connected else None


class _Never(Retry):
    """Lets an error out at once. Redis-py's own retries, none of them too, connect again before they raise."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)

    async def call_with_retry(self, do: Callable[[], Awaitable[_T]], *_: Any, **__: Any) -> _T:  # noqa: ANN401 - redis-py's
        """Do it once."""
        return await do()


class Live:
    """Follows jobs. Belongs to the event loop in which it is first used; `close` it there."""

    def __init__(self, settings: RedisSettings, keys: Keys, *, recheck_s: float = RECHECK_S) -> None:
        self._settings = settings
        self._keys = keys
        self._recheck_s = recheck_s
        self._bells: dict[str, _Bell] = {}
        self._reader = Reader(lambda: self._connect(max_connections=READERS, timeout_s=settings.timeout_s))
        self._pubsub: PubSub | None = None
        self._listener: asyncio.Task[None] | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._speaking = asyncio.Lock()
        self._saying: set[asyncio.Task[None]] = set()
        self._left: set[str] = set()
        self._parting: asyncio.TimerHandle | None = None
        self._reading: set[asyncio.Task[_Read]] = set()
        self.ending = asyncio.Event()

    @property
    def watched(self) -> int:
        """How many jobs have a watcher in this process."""
        return len(self._bells)

    # ---- what watchers ask

    async def events(self, job_id: str, after: str = "0") -> AsyncGenerator[Event, None]:
        """Yield a job's events after the stream id `after`, then new ones as they come.

        Begins with `reset` when rows after `after` were trimmed: read the record again. Ends with
        `end` once the state is final and everything was told, or the job was removed (status
        None). Goes on through a restart of the store; ends early, without `end`, after `end()`.
        """
        async with self._watch(job_id) as bell:
            last, check = after, True
            while not self.ending.is_set():
                seen = bell.heard(_EVENTS)
                with suppress(Unavailable):
                    if check and await self._trimmed(job_id, last):
                        yield Event(id="", name=EventName.RESET, data={"after": last})
                    check = False
                    read = await self._read(bell, job_id, "events", last)
                    for event in read.rows:
                        last = event.id
                        yield event
                    if len(read.rows) == BATCH:
                        check = True
                        continue
                    if read.state is None or read.state.final:
                        ended = read.state.public if read.state else None
                        yield Event(id=last, name=EventName.END, data={"status": ended})
                        return
                await bell.rung(seen, _EVENTS)

    async def log(
        self, job_id: str, *, after: str = "0", last_n: int | None = None, follow: bool = True
    ) -> AsyncGenerator[LogLine, None]:
        """Yield a job's log lines after `after`, or its last `last_n`, then new ones until the job's end.

        Goes on through a restart of the store. Without `follow` nobody waits: raises Unavailable.
        """
        async with self._watch(job_id) as bell:
            last, wanted = after, last_n
            while not self.ending.is_set():
                seen = bell.heard(_LOG)
                with suppress(*((Unavailable,) if follow else ())):
                    if wanted is not None:
                        newest = await self._newest(job_id, wanted)
                        last, wanted = newest[-1].id if newest else after, None
                        for line in newest[-last_n:] if last_n else []:
                            yield line
                    read = await self._read(bell, job_id, "log", last)
                    for line in read.rows:
                        last = line.id
                        yield line
                    if len(read.rows) == BATCH:
                        continue
                    if not follow or read.state is None or read.state.final:
                        return
                await bell.rung(seen, _LOG)

    async def parts(self, job_id: str, folder: str) -> AsyncGenerator[Artifact, None]:
        """Yield the parts `folder/000001`, `folder/000002`, ... of a job in their order, as they are published.

        Ends when the job has, or was removed, or after `end()`: the record tells which. Goes on through a restart of
        the store and through the job's attempts: what a later one publishes under a name is not yielded again.
        """
        async with self._watch(job_id) as bell:
            count = 0
            while not self.ending.is_set():
                seen, published, up_to_date = bell.heard(_PARTS), bell.heard(_PUBLISHED), False
                with suppress(Unavailable):
                    read = await self._read(bell, job_id, "parts", f"{folder} {count + 1}")
                    for part in read.rows:
                        count += 1
                        yield part
                    if len(read.rows) == AHEAD:
                        continue
                    if read.state is None or read.state.final:
                        return
                    up_to_date = True
                await bell.rung(seen, _PARTS)
                if up_to_date and bell.heard(_PUBLISHED) == published:  # only the end has rung
                    return

    async def finished(self, job_id: str, within_s: float) -> bool:
        """Wait until the job is in a final state (or gone); False when it is not within `within_s` seconds."""
        if within_s <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._watch(job_id) as bell:
                while not self.ending.is_set():
                    seen, others = bell.heard(_END), bell.heard(_NOTHING)
                    with suppress(Unavailable):
                        state = (await self._read(bell, job_id, "", "")).state
                        if state is None or state.final:
                            return True
                    await bell.rung(seen, _END)
                    if bell.heard(_NOTHING) == others:  # only the end has rung
                        return True
        return False

    def listen(self, job_id: str) -> Ear:
        """Begin to listen to a job. Whoever does closes the ear."""
        bell = self._join(job_id)
        return Ear(bell, lambda: self._leave(job_id, bell))

    # ---- end

    def end(self) -> None:
        """Let every watcher finish now: this process is going."""
        self.ending.set()
        self._ring_all()

    async def close(self) -> None:
        """End all watching and close the connections."""
        self.end()
        if self._parting is not None:
            self._parting.cancel()
        tasks = {*self._saying, *([self._listener] if self._listener else [])}
        while tasks:
            # Again and again: redis-py 8.1 may lose a cancellation that comes while it connects.
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S)
        if self._reading:  # bounded by the time-outs of the connections
            await asyncio.wait(self._reading)
        await self._reader.close()

    # ---- watching

    @asynccontextmanager
    async def _watch(self, job_id: str) -> AsyncIterator[_Bell]:
        """Hold a subscription; the first watcher of a job brings it, the last one takes it away."""
        bell = self._join(job_id)
        try:
            await self._confirmed(bell)
            yield bell
        finally:
            self._leave(job_id, bell)

    def _join(self, job_id: str) -> _Bell:
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="doorbell")
        bell = self._bells.setdefault(job_id, _Bell())
        bell.watchers += 1
        if bell.watchers == 1:
            self._say("subscribe", {job_id})
        return bell

    def _leave(self, job_id: str, bell: _Bell) -> None:
        bell.watchers -= 1
        if bell.watchers == 0:
            self._bells.pop(job_id, None)
            self._left.add(job_id)
            if self._parting is None:
                self._parting = asyncio.get_running_loop().call_later(UNSUBSCRIBED_S, self._part)

    def _part(self) -> None:
        """Take the subscriptions away that nobody has needed since the last time."""
        left, self._left, self._parting = self._left, set(), None
        self._say("unsubscribe", left)

    async def _confirmed(self, bell: _Bell) -> None:
        """Wait until the store has said that this bell rings here; not for long, and not where nobody would hear it."""
        if bell.connected or self._pubsub is None or self.ending.is_set():
            return
        seen = bell.heard(_NOTHING)
        late = asyncio.get_running_loop().call_later(CONFIRMED_S, bell.ring)
        try:
            await bell.rung(seen, _NOTHING)
        finally:
            late.cancel()

    def _say(self, verb: str, job_ids: Collection[str]) -> None:
        """Subscribe to or leave channels. In a task of its own: a watcher may be cancelled at any time."""
        task = asyncio.create_task(self._speak(verb, job_ids))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _speak(self, verb: str, job_ids: Collection[str]) -> None:
        """Send one command over the shared connection; without one, the listener catches up later.

        Never by `PubSub.subscribe`: it connects again by itself, in the middle of the listener doing so.
        """
        async with self._speaking:
            connection = cast("AbstractConnection | None", self._pubsub.connection if self._pubsub else None)
            named = [job_id for job_id in job_ids if (job_id in self._bells) == (verb == "subscribe")]
            if connection is None or not connection.is_connected or not named:
                return
            # The listener meets the same trouble and connects again. AttributeError: it has just closed this one.
            with suppress(RedisError, OSError, TimeoutError, AttributeError):
                await connection.send_command(verb.upper(), *(self._keys("bell", job_id) for job_id in named))

    def _ring_all(self) -> None:
        for bell in list(self._bells.values()):
            bell.ring()

    # ---- the doorbell's connection

    async def _listen(self) -> None:
        """Keep the one Pub/Sub connection; connect again with growing pauses when it breaks."""
        while True:
            redis = self._connect(max_connections=1, timeout_s=self._settings.timeout_s, retry=_Never())
            try:
                await self._listen_over(redis)
            except Exception as error:  # noqa: BLE001 - AttributeError, too, comes from a connection closed under a reader
                _log.debug("doorbell.broken", why=repr(error))
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
            finally:
                await redis.aclose()

    async def _listen_over(self, redis: Redis) -> None:
        """Subscribe and pass rings on, until the connection breaks; raises then."""
        async with redis.pubsub() as pubsub:
            try:
                await self._subscribe_all(pubsub)
                self._pause_s = _FIRST_PAUSE_S
                await self._hear(pubsub)
            finally:
                self._pubsub = None
                for bell in self._bells.values():
                    bell.connected = False

    async def _subscribe_all(self, pubsub: PubSub) -> None:
        async with self._speaking:
            await pubsub.subscribe(*(self._keys("bell", job_id) for job_id in (_NOBODY, *self._bells)))
            self._pubsub = pubsub

    async def _hear(self, pubsub: PubSub) -> None:
        """Pass rings on. Raises TimeoutError when the connection is silent to a ping."""
        prefix, now = self._keys("bell", ""), asyncio.get_running_loop().time
        pinged, rung_at = False, now()
        while True:
            message: dict[str, Any] | None = await pubsub.get_message(timeout=self._recheck_s)
            if message is None or now() - rung_at >= self._recheck_s:  # rings of others are no look at one's own job
                rung_at = now()
                self._ring_all()
            if message is None:
                if pinged:
                    raise TimeoutError("the doorbell's connection is silent")
                await pubsub.ping()
                pinged = True
                continue
            pinged = False
            bell = self._bells.get(str(message["channel"]).removeprefix(prefix))
            if bell is not None and message["type"] in {"message", "subscribe"}:
                bell.connected = True
                what = str(message["data"])  # moves of another version may have other words
                bell.ring(what if message["type"] == "message" and what in _KNOWN else ANY)

    def _connect(self, *, max_connections: int, timeout_s: float, retry: Retry | None = None) -> Redis:
        pool = BlockingConnectionPool.from_url(
            self._settings.url,
            max_connections=max_connections,
            timeout=timeout_s,
            client_name=CLIENT_NAME,
            decode_responses=True,
            socket_timeout=timeout_s,
            socket_connect_timeout=min(timeout_s, 2.0),
            retry=retry or Retry(NoBackoff(), 0),
        )
        return Redis.from_pool(pool)

    # ---- reading

    async def _read(self, bell: _Bell, job_id: str, stream: str, after: str) -> _Read:
        """Return a job's state and the rows after (parts: from) `after`. Watchers at one place share the read.

        A read belongs to one count of rings: whoever heard a later ring starts a read of its own.
        """
        place = (stream, after, bell.rings)
        task = bell.reads.get(place)
        if task is None:
            task = asyncio.create_task(self._fetch(job_id, stream, after))
            bell.reads[place] = task
            self._reading.add(task)

            def forget(done: asyncio.Task[_Read]) -> None:
                bell.reads.pop(place, None)
                self._reading.discard(done)
                if not done.cancelled():
                    done.exception()  # somebody has looked at it, even when all who asked are gone

            task.add_done_callback(forget)
        return await asyncio.shield(task)

    async def _fetch(self, job_id: str, stream: str, after: str) -> _Read:
        commands: list[tuple[str | int, ...]] = [("HGET", self._keys("job", job_id), "state")]
        if stream == "parts":
            folder, first = after.split()
            names = (f"{folder}/{number:06d}" for number in range(int(first), int(first) + AHEAD))
            commands.append(("HMGET", self._keys(stream, job_id), *names))
        elif stream:
            commands.append(("XRANGE", self._keys(stream, job_id), f"({after}", "+", "COUNT", BATCH))
        state, *rows = await self._ask(*commands)
        return _Read(State(state) if state else None, _loaded(stream, rows[0]) if rows else [])

    async def _newest(self, job_id: str, count: int) -> list[LogLine]:
        """Return the last `count` log lines, one at least, oldest first."""
        (rows,) = await self._ask(("XREVRANGE", self._keys("log", job_id), "+", "-", "COUNT", max(count, 1)))
        return [load_line(row_id, fields) for row_id, fields in rows[::-1]]

    async def _trimmed(self, job_id: str, after: str) -> bool:
        """Whether rows after `after` are gone."""
        key = self._keys("events", job_id)
        try:
            (facts,) = await self._ask(("XINFO STREAM", key))
        except ResponseError:  # there is no such stream
            return False
        first = facts["first-entry"]
        return bool(first) and facts["entries-added"] > facts["length"] and stream_id(after) < stream_id(first[0])

    async def _ask(self, *commands: tuple[str | int, ...]) -> list[Any]:
        """Run commands at one moment. Raises Unavailable when the store is away."""
        return await self._reader.ask(*commands)


def _loaded(stream: str, rows: list[Any]) -> list[Any]:
    """Return what was read as what it is; of parts those before the first that is missing."""
    if stream == "parts":
        return [Artifact.model_validate_json(text) for text in takewhile(bool, rows)]
    return [_LOADERS[stream](row_id, fields) for row_id, fields in rows]


def stream_id(text: str) -> tuple[int, int]:
    """Return a stream id as numbers, "0" as (0, 0). Raises ValueError when it is none."""
    milliseconds, _, number = text.partition("-")
    return int(milliseconds), int(number or 0)
