"""A channel of the live site: on and off the air on command, and the troubles of its viewers."""

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from tests.live.film import FPS, GOP_FRAMES, GOP_S, WIDE, Picture
from tests.live.trouble import MEDIA, Cut, Kind, Refused, Slow, Stalled, Trouble

#: Room ids begin here, as long as TikTok's.
_FIRST_ROOM: Final = 7_300_000_000_000_000_000
_SLACK_S: Final = 1e-6


@dataclass
class Clock:
    """How far a live has come, s of stream; `speed` of them pass in a second."""

    speed: float
    _at_s: float = 0.0
    _since: float | None = None

    @property
    def position_s(self) -> float:
        return self._at_s + (0.0 if self._since is None else (time.monotonic() - self._since) * self.speed)

    @property
    def is_going(self) -> bool:
        return self._since is not None

    def go(self) -> None:
        self._since = time.monotonic() if self._since is None else self._since

    def halt(self) -> None:
        self._at_s, self._since = self.position_s, None

    def skip(self, seconds: float) -> None:
        self._at_s += seconds


@dataclass
class Live:
    """One time on the air.

    number: from 1. pictures: by the group of pictures from which each is shown. end: the group before which it ended.
    """

    number: int
    clock: Clock
    first: int
    pictures: dict[int, Picture]
    end: int | None = None

    @property
    def groups(self) -> int:
        """How many groups of pictures are ready, from 0."""
        ready = math.floor(self.clock.position_s / GOP_S + _SLACK_S)
        return ready if self.end is None else min(ready, self.end)

    def picture(self, group: int) -> Picture:
        """Return what is shown in a group."""
        return self.pictures[max((begin for begin in self.pictures if begin <= group), default=min(self.pictures))]

    def due_s(self, group: int) -> float:
        """Return how long it takes until a group is ready, s; for ever while the clock stands."""
        left_s = (group + 1) * GOP_S - self.clock.position_s
        return max(left_s / self.clock.speed, 0.0) if self.clock.is_going else math.inf


@dataclass
class Channel:
    """A name on the site. All of it may be called from any thread.

    segment_groups: length of a segment in groups of 0.2 s of stream. window: segments that a playlist shows.
    cookie: who comes without it is told to log in. referer: who comes to its media from elsewhere is refused.
    leads_to: addresses that playlists and redirects give instead of the site's own. is_walled: its room is behind a
    firewall that takes us for a robot. is_private: only friends may watch.
    asked: requests by kind; asked_at: when, s on the monotonic clock; headers: of the last one. sent_bytes: of bodies,
    by kind. viewers: streams that are open now.
    """

    name: str
    number: int
    speed: float
    wake: Callable[[Callable[[], None]], None]
    title: str = "Trực tiếp: chợ nổi"
    segment_groups: int = 2
    window: int = 10
    cookie: tuple[str, str] | None = None
    referer: str = ""
    leads_to: dict[Kind, str] = field(default_factory=dict)
    is_walled: bool = False
    is_private: bool = False
    asked: Counter[Kind] = field(default_factory=Counter)
    sent_bytes: Counter[Kind] = field(default_factory=Counter)
    asked_at: defaultdict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))
    headers: dict[Kind, dict[str, str]] = field(default_factory=dict)
    viewers: int = 0
    live: Live | None = None
    lives: int = 0
    _ended: Live | None = None
    _troubles: dict[Kind, tuple[Trouble, int | None]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def room_id(self) -> str:
        """The number of the channel's room: another one for each time on the air, as at TikTok."""
        return str(_FIRST_ROOM + self.number * 10_000 + max(self.lives, 1))

    @property
    def shown(self) -> Live | None:
        """What playlists tell of: the live, or the last one after an end that was told."""
        return self.live or self._ended

    @property
    def segment_s(self) -> float:
        """Length of a segment, s of stream."""
        return self.segment_groups * GOP_S

    @property
    def frames(self) -> range:
        """The numbers of the pictures that were sent since the live began: what a perfect recording has."""
        live = self.live or self._ended
        return range(live.first * GOP_FRAMES, live.groups * GOP_FRAMES) if live else range(0)

    # ---- on and off

    def on(self, *, at_s: float = 0.0, picture: Picture = WIDE, halted: bool = False) -> None:
        """Go on the air. at_s: where in the film, for a live that others have watched for long.

        halted: the live moves by `play` alone. A live that runs ends before.
        """
        if self.live:
            self.off()
        self.lives += 1
        first = math.ceil(at_s / self.segment_s) * self.segment_groups
        clock = Clock(self.speed)
        clock.skip(first * GOP_S)
        self._ended, self.live = None, Live(self.lives, clock, first, {first: picture})
        if not halted:
            clock.go()
        self._tell()

    def off(self, *, told: bool = True) -> None:
        """Go off the air. told: playlists stay, with their end; else they are gone at once. Streams end either way."""
        live = self._on_air()
        live.end = live.groups
        self.live, self._ended = None, live if told else None
        self._tell()

    def play(self, seconds: float) -> None:
        """Move on by so much at once."""
        self._on_air().clock.skip(seconds)
        self._tell()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing new comes from the camera, and every server answers."""
        clock = self._on_air().clock
        was_going = clock.is_going
        clock.halt()
        self._tell()
        try:
            yield
        finally:
            if was_going:
                clock.go()
            self._tell()

    def change(self, picture: Picture) -> int:
        """Show another picture from the next segment on; return the number of its first frame."""
        live = self._on_air()
        group = math.ceil((live.groups + 1) / self.segment_groups) * self.segment_groups
        live.pictures = {**live.pictures, group: picture}
        self._tell()
        return round(group * GOP_S * FPS)

    def _on_air(self) -> Live:
        assert self.live is not None, f"{self.name} is off the air"
        return self.live

    # ---- troubles

    def trouble(self, kind: Kind) -> Trouble | None:
        """Return what goes wrong now with a request of this kind."""
        return self._troubles.get(kind, (None, None))[0]

    def spent(self, kind: Kind) -> None:
        """Count a request that met its trouble."""
        trouble, times = self._troubles.get(kind, (None, None))
        if trouble is not None and times is not None:
            self._set({kind: (trouble, times - 1) if times > 1 else None})

    @contextmanager
    def outage(self, *kinds: Kind) -> Iterator[None]:
        """Connections are cut, and new ones find nobody. By default all of the channel's but its room."""
        with self._in(Cut(), kinds):
            yield

    @contextmanager
    def stalled(self, *kinds: Kind) -> Iterator[None]:
        """Answers stop in the middle, and connections stay open; they go on afterwards."""
        with self._in(Stalled(), kinds):
            yield

    @contextmanager
    def slow(self, bytes_s: int, *kinds: Kind) -> Iterator[None]:
        """Answers come at so many bytes a second each."""
        with self._in(Slow(bytes_s), kinds):
            yield

    def refuse(self, status: int, *kinds: Kind, times: int | None = None, retry_after_s: int | None = None) -> None:
        """Answer so many requests of each kind with a status; all, until `well`, when no number is given."""
        self._set(dict.fromkeys(kinds or MEDIA, (Refused(status, retry_after_s), times)))

    def well(self) -> None:
        """End all troubles."""
        self._set(dict.fromkeys(Kind, None))

    @contextmanager
    def _in(self, trouble: Trouble, kinds: tuple[Kind, ...]) -> Iterator[None]:
        self._set(dict.fromkeys(kinds or MEDIA, (trouble, None)))
        try:
            yield
        finally:
            self._set(dict.fromkeys(kinds or MEDIA, None))

    def _set(self, changes: Mapping[Kind, tuple[Trouble, int | None] | None]) -> None:
        merged = {**self._troubles, **changes}
        self._troubles = {kind: state for kind, state in merged.items() if state is not None}
        self._tell()

    # ---- for the site, in its loop

    def heard(self, kind: Kind, headers: Mapping[str, str]) -> None:
        """Count a request."""
        self.asked[kind] += 1
        self.asked_at[kind].append(time.monotonic())
        self.headers[kind] = dict(headers)

    async def news(self, within_s: float) -> None:
        """Wait until something of the channel was changed by command, at most so long."""
        try:
            await asyncio.wait_for(self._news.wait(), None if math.isinf(within_s) else within_s)
        except TimeoutError:
            return

    def _tell(self) -> None:
        self.wake(self._renew)

    def _renew(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


#: Whom a request of the site is about.
CHANNEL: Final = web.RequestKey("channel", Channel)
