"""Who is asked what is on air, when, through which proxy, and how many at once."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakValueDictionary

import structlog

from mediamill.core.context import Network
from mediamill.core.errors import MediamillError
from mediamill.media import egress, live
from mediamill.media.egress.lookups import Lookups
from mediamill.media.live import direct, tiktok
from mediamill.media.live.door import Door
from mediamill.media.live.feed import Blocked, Feed, NotYet, Offline, Source, TimedOut, Unreachable, Upstream
from mediamill.media.live.hosts import Hosts, Pace, is_of_the_way
from mediamill.media.live.loop import loop
from mediamill.media.live.proxies import Pool
from mediamill.settings import LiveSettings

if TYPE_CHECKING:
    from mediamill.media.egress.gate import Gate

_log = structlog.get_logger("mediamill.live")
#: So many proxies are tried for one look.
_MOST_PROXIES: Final = 3
#: Addresses of which we know whether they are pages: to find out takes a thread.
_MOST_MARKS: Final = 20_000

T = TypeVar("T")
Answer = tuple[Source, Feed | MediamillError]


@dataclass(frozen=True)
class Manner:
    """How hosts of a kind are asked.

    at_once: looks at one host. within_s: the time of a look, its turn apart. bears: see `Hosts.learn`.
    """

    pace: Pace
    at_once: int
    within_s: float
    bears: int = 0


class Kind(Enum):
    """What an address is, by its looks."""

    PLAIN = Manner(Pace(200, 400), 16, 10.0)  # somebody's own server, which serves whole audiences
    ROOM = Manner(Pace(5, 20), 4, 10.0)  # TikTok blocks who asks for twenty rooms in short intervals
    PAGE = Manner(Pace(2, 10), 2, 20.0, bears=2)  # several requests each; a page may be for others alone


@dataclass(frozen=True)
class Mark:
    """What is looked at: of a kind, at a host. room: of TikTok's."""

    kind: Kind
    host: str
    room: tiktok.Room | None = None


@dataclass
class _Places:
    """What belongs to one event loop. places: for looks at a host at once; threads: for streamlink."""

    places: WeakValueDictionary[str, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)
    threads: Lookups = field(default_factory=Lookups)

    def of(self, mark: Mark) -> asyncio.Semaphore:
        found = self.places.get(mark.host)
        if found is None:
            found = self.places[mark.host] = asyncio.Semaphore(mark.kind.value.at_once)
        return found


class Looker:
    """Looks at sources; its coroutines belong to the loop of recordings.

    settings: how sites are asked. hosts: which of them may be asked. pool: the operator's proxies.
    """

    def __init__(self, settings: LiveSettings, hosts: Hosts, pool: Pool) -> None:
        self._settings = settings
        self._hosts = hosts
        self._pool = pool
        self._marks: dict[str, Mark] = {}
        self._gates: dict[str, tuple[object, Gate]] = {}
        self._of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Places] = WeakKeyDictionary()

    async def feed(self, source: Source, patience_s: float) -> Feed:
        """Return what is on air there; see `resolve.resolve`. patience_s: how long a turn is waited for."""
        mark = await self._mark(source.url)
        tried: list[str] = []
        while True:
            proxy = source.proxy or self._pool.pick(mark.host, tried)
            try:
                feed = await self._found(replace(source, proxy=proxy), mark, patience_s)
            except MediamillError as error:
                tried.append(proxy)
                again = not source.proxy and len(tried) < min(_MOST_PROXIES, len(self._pool))
                if not again or not is_of_the_way(error):
                    raise
            else:
                return replace(feed, proxy=proxy)

    async def all(self, sources: Iterable[Source], patience_s: float, tell: Callable[[Answer], object]) -> None:
        """Tell what is found at each of many, as it is found."""
        many: list[tuple[str, Source]] = []
        async with asyncio.TaskGroup() as group:
            for source in sources:
                room = tiktok.room_of(source.url)
                if room is not None and room.number and not source.cookies and not source.proxy:
                    many.append((room.number, source))
                else:
                    group.create_task(self._one(source, patience_s, tell))
            for at in range(0, len(many), tiktok.MOST_ROOMS):
                group.create_task(self._rooms(many[at : at + tiktok.MOST_ROOMS], patience_s, tell))

    async def _one(self, source: Source, patience_s: float, tell: Callable[[Answer], object]) -> None:
        found: Feed | MediamillError
        try:
            found = await self.feed(source, patience_s)
        except MediamillError as error:
            found = error
        except Exception as error:  # noqa: BLE001 - one source's oddity is not the end of the others' looks
            _log.warning("live.look_failed", error=type(error).__name__)
            found = Upstream("the look failed")
        tell((source, found))

    async def _rooms(
        self, rooms: Sequence[tuple[str, Source]], patience_s: float, tell: Callable[[Answer], object]
    ) -> None:
        """Ask of many rooms at once which are on air, and only those for more."""
        mark = self._room(tiktok.Room())
        numbers = sorted({number for number, _ in rooms})
        ask = partial(tiktok.on_air, numbers, base=self._settings.tiktok_url)
        try:
            on_air = await self._asked(mark, self._pool.pick(mark.host), patience_s, lambda gate: ask(Door(gate)))
        except MediamillError as error:
            for _, source in rooms:
                tell((source, error))
            return
        for number, source in rooms:
            if number not in on_air:
                tell((source, Offline()))
        await asyncio.gather(*(self._one(source, patience_s, tell) for number, source in rooms if number in on_air))

    # ---- one look

    async def _found(self, source: Source, mark: Mark, patience_s: float) -> Feed:
        if mark.room is not None:
            look = partial(tiktok.found, source, mark.room, base=self._settings.tiktok_url)
            return await self._asked(mark, source.proxy, patience_s, lambda gate: look(door=Door(gate)))
        if mark.kind is Kind.PAGE:
            return await self._asked(mark, source.proxy, patience_s, partial(self._of_page, source))
        found = await self._asked(mark, source.proxy, patience_s, partial(self._of_answer, source))
        if isinstance(found, Feed):
            return found
        return await self._found(replace(source, url=found.url), await self._mark(found.url), patience_s)

    async def _of_answer(self, source: Source, gate: "Gate") -> "Feed | Elsewhere":
        """Return what is at an address, or where it leads that somebody else knows: short links do."""
        door = Door(gate)
        told = await door.ask(source.url, "the stream", direct.said_to(source), direct.tells)
        if told.url != source.url and (await self._mark(told.url)).kind is not Kind.PLAIN:
            return Elsewhere(told.url)
        return await direct.of_answer(source, told, door)

    async def _of_page(self, source: Source, gate: "Gate") -> Feed:
        from mediamill.media.live import sites  # noqa: PLC0415 - it loads streamlink

        return await self._here().threads.run(
            partial(sites.find, source, self._settings.plugins, gate.url, Kind.PAGE.value.within_s)
        )

    async def _asked(self, mark: Mark, proxy: str, patience_s: float, look: Callable[["Gate"], Awaitable[T]]) -> T:
        """Look when it is our turn at a host, and learn of how that ends."""
        wait_s = self._hosts.turn(mark.host, proxy, mark.kind.value.pace.times(self._settings.pace), patience_s)
        await asyncio.sleep(wait_s)
        async with self._place(mark, patience_s - wait_s):
            self._hosts.check(mark.host, proxy)
            try:
                async with asyncio.timeout(mark.kind.value.within_s), self._gate(proxy) as gate:
                    found = await look(gate)
            except (MediamillError, TimeoutError) as raised:
                error = raised if isinstance(raised, MediamillError) else TimedOut("the look takes too long")
                self._learn(mark, proxy, error)
                raise error from None
            self._learn(mark, proxy, None)
            return found

    @asynccontextmanager
    async def _place(self, mark: Mark, patience_s: float) -> AsyncIterator[None]:
        """Be one of those who look at a host at once. Raises NotYet where others take too long for our patience."""
        place = self._here().of(mark)
        try:
            async with asyncio.timeout(patience_s if place.locked() else None):
                await place.acquire()
        except TimeoutError:
            raise NotYet(patience_s, 1 / mark.kind.value.pace.times(self._settings.pace).rate_s) from None
        try:
            yield
        finally:
            place.release()

    def _learn(self, mark: Mark, proxy: str, error: MediamillError | None) -> None:
        """Note how a look ended. One address that is refused, or fails, must not keep others' from being asked."""
        of_address = mark.kind is Kind.PLAIN and mark.room is None and isinstance(error, Blocked | Upstream)
        self._hosts.learn(mark.host, proxy, None if of_address else error, mark.kind.value.bears)
        self._pool.learn(proxy, error)

    async def _mark(self, url: str) -> Mark:
        """Return what an address is. Nobody is asked."""
        room = tiktok.room_of(url)
        if room is not None:
            return self._room(room)
        if direct.is_direct(url):
            return Mark(Kind.PLAIN, _host(url))
        found = self._marks.get(url)
        if found is None:
            known = await self._here().threads.run(partial(_plugin_of, url, self._settings))
            if len(self._marks) >= _MOST_MARKS:
                self._marks.clear()
            found = self._marks[url] = Mark(Kind.PAGE if known else Kind.PLAIN, _host(url))
        return found

    def _room(self, room: tiktok.Room) -> Mark:
        base = self._settings.tiktok_url
        return Mark(Kind.PLAIN, _host(base), room) if base else Mark(Kind.ROOM, _host(tiktok.SITE), room)

    @asynccontextmanager
    async def _gate(self, proxy: str) -> AsyncIterator["Gate"]:
        """Yield a gate: one for all that goes in the same way, of a user's own proxy one for each look."""
        guard = egress.guard()
        if proxy and proxy not in self._pool:
            gate = await asyncio.to_thread(_opened, proxy)
            try:
                yield gate
            finally:
                await loop().leave(gate)
                await asyncio.to_thread(gate.close)
            return
        kept = self._gates.get(proxy)
        if kept is None or kept[0] != guard.rules:  # what may be reached is another matter now
            kept = self._gates[proxy] = guard.rules, _opened(proxy)
        yield kept[1]

    def _here(self) -> _Places:
        return self._of_loops.setdefault(asyncio.get_running_loop(), _Places())


@dataclass(frozen=True)
class Elsewhere:
    """An address leads to another."""

    url: str


def looker() -> Looker:
    """Return the one of this process, as that was set up. A fork gets its own."""
    return _looker(os.getpid(), live.used() or LiveSettings(), egress.proxies())


@cache
def _looker(_pid: int, settings: LiveSettings, proxies: tuple[str, ...]) -> Looker:
    hosts = Hosts()
    return Looker(settings, hosts, Pool(proxies, hosts))


def _opened(proxy: str) -> "Gate":
    try:
        return egress.guard().open(Network(proxy=proxy))
    except OSError as error:
        raise Unreachable("no way out can be opened here now") from error


def _plugin_of(url: str, settings: LiveSettings) -> str | None:
    from mediamill.media.live import sites  # noqa: PLC0415 - it loads streamlink

    return sites.plugin_of(url, settings.plugins)


def _host(url: str) -> str:
    """Return whom a rate is about: a host, with its port where that is not the usual one."""
    return urlsplit(url).netloc.lower()
