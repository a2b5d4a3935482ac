"""One program's way out: a port of its own on loopback, with a password of its own."""

import asyncio
import base64
import hmac
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from mediamill.core.context import HIDDEN, Hidden, Network
from mediamill.media.egress.lookups import Lookups
from mediamill.media.egress.places import Place
from mediamill.media.egress.relay import CHUNK
from mediamill.media.egress.route import Route
from mediamill.media.egress.visit import Visit

if TYPE_CHECKING:
    from mediamill.media.egress.guards import Guard

_USER: Final = "mill"
_HIDDEN: Final = Place(urlsplit(HIDDEN).netloc, 80)
_VARIABLES: Final = ("http_proxy", "https_proxy", "all_proxy")
#: Of one gate. What comes on top waits in the kernel until one has ended.
_MOST_VISITS: Final = 128
_MOST_REFUSED: Final = 20
#: When this process has no descriptor left.
_PAUSE_S: Final = 0.2


@dataclass(frozen=True)
class Patience:
    """How long a gate waits, seconds.

    head_s: for a program's request. connect_s: for a connection: name, proxy and all. idle_s: for the next byte of a
    connection, either way.
    """

    head_s: float = 15.0
    connect_s: float = 15.0
    idle_s: float = 120.0


class Gate:
    """A way out. Leave the `with` and nothing goes through any more.

    Its properties may be read by any thread, also after its end; everything else belongs to the guard's event loop.
    """

    def __init__(self, guard: "Guard", route: Route, network: Network, patience: Patience) -> None:
        self._guard = guard
        self._route = route
        self._most_bytes = network.most_bytes
        self._hidden = network.hidden
        self.patience = patience
        self.token: Final = secrets.token_urlsafe(24)
        self._received = self._sent = 0
        self._moved_at = time.monotonic()
        self._refused: tuple[str, ...] = ()
        self._visits: dict[asyncio.Task[None], Visit] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_MOST_VISITS)
        self._listener.settimeout(0)
        self.port: Final[int] = self._listener.getsockname()[1]
        self._looking: asyncio.TimerHandle | None = None

    # ---- for who opened it

    @property
    def url(self) -> str:
        """The proxy's URL. It holds the password, which lets whoever knows it through."""
        return f"http://{_USER}:{self.token}@127.0.0.1:{self.port}"

    @cached_property
    def env(self) -> Mapping[str, str]:
        """Variables by which programs find their proxy, in either case: they differ in which they read."""
        return MappingProxyType({each: self.url for name in _VARIABLES for each in (name, name.upper())})

    @property
    def route(self) -> Route:
        """The way out itself, for who connects in a loop of their own: what goes over it is not counted here."""
        return replace(self._route, lookups=Lookups())

    @property
    def received(self) -> int:
        """Bytes that came from outside, as they came: heads, bodies, encrypted ones. Not what a user's proxy said."""
        return self._received

    @property
    def sent(self) -> int:
        """Bytes that went out."""
        return self._sent

    @property
    def moved_at(self) -> float:
        """When the last byte came from outside, or when the gate was opened: `time.monotonic()`."""
        return self._moved_at

    @property
    def refused(self) -> tuple[str, ...]:
        """What was refused, once each, for people: "10.0.0.1: a private address". The first twenty."""
        return self._refused

    @property
    def exhausted(self) -> bool:
        """Whether more came than might; then nothing goes through any more."""
        return self._most_bytes is not None and self._received > self._most_bytes

    def close(self) -> None:
        """Close it. Nothing goes through when this returns; a second time it does nothing."""
        self._guard.close_gate(self)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    # ---- for the guard

    async def begin(self) -> None:
        """Let programs in."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener, self._accept)
        self._look()

    async def end(self) -> None:
        """Let nobody in, and whoever is in out."""
        self._shut()
        await asyncio.gather(*self._visits, return_exceptions=True)

    # ---- for visits

    @property
    def buffer(self) -> memoryview:
        """What is read goes through here; all gates share it."""
        return self._guard.buffer

    def knows(self, authorization: bytes) -> bool:
        """Whether a header shows this gate's name and password."""
        scheme, _, shown = authorization.partition(b" ")
        expected = base64.b64encode(f"{_USER}:{self.token}".encode())
        return hmac.compare_digest(shown.strip(), expected) and scheme.lower() == b"basic"

    def led(self, place: Place) -> Hidden | None:
        """Return where a program is to go that asks for a place; None: just there."""
        return self._hidden if place == _HIDDEN else None

    async def connect(self, place: Place) -> tuple[socket.socket, bytes]:
        """See Route.connect."""
        return await self._route.connect(place)

    def room(self) -> int:
        """Return how much may be read from outside at once, 1 or more: a byte more than may come in all."""
        return CHUNK if self._most_bytes is None else max(1, min(CHUNK, self._most_bytes - self._received + 1))

    def took(self, size: int) -> None:
        """Count what came."""
        if size:
            self._received += size
            self._moved_at = time.monotonic()
        if self.exhausted:
            self._shut()

    def gave(self, size: int) -> None:
        """Count what went."""
        self._sent += size

    def refuse(self, words: str) -> None:
        """Note what was refused."""
        if words not in self._refused and len(self._refused) < _MOST_REFUSED:
            self._refused = (*self._refused, words)

    def _accept(self) -> None:
        while len(self._visits) < _MOST_VISITS:
            try:
                program, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionError):
                return
            except OSError:
                self._rest(_PAUSE_S)
                return
            program.settimeout(0)
            program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            visit = Visit(self, program)
            task = self._loop.create_task(visit.run())
            self._visits[task] = visit
            task.add_done_callback(self._left)
        self._loop.remove_reader(self._listener)

    def _left(self, task: "asyncio.Task[None]") -> None:
        del self._visits[task]
        self._resume()

    def _rest(self, pause_s: float) -> None:
        self._loop.remove_reader(self._listener)
        self._loop.call_later(pause_s, self._resume)

    def _resume(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener, self._accept)

    def _look(self) -> None:
        """End visits in which nothing moves."""
        now = self._loop.time()
        for task, visit in self._visits.items():
            if now - visit.moved_at > self.patience.idle_s:
                task.cancel()
        self._looking = self._loop.call_later(self.patience.idle_s / 4, self._look)

    def _shut(self) -> None:
        if self._listener.fileno() < 0:
            return
        if self._looking is not None:
            self._looking.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for task in self._visits:
            task.cancel()
