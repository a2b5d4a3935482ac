"""Recordings in threads of their own, of a live site on loopback."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from tests.live.film import frames
from tests.live.site import LiveSite

from mediamill import Cancelled
from mediamill.core.context import Network
from mediamill.media.egress.gate import Gate
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Rules
from mediamill.media.live.copier import Ended, Wishes, record
from mediamill.media.live.feed import Feed
from mediamill.media.live.parts import Part, Parts
from mediamill.settings import Allowed


@dataclass
class Recording:
    """One of them."""

    folder: Path
    done: Future[Ended] = field(default_factory=Future)
    parts: list[Part] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    cancel: threading.Event = field(default_factory=threading.Event)

    def begin(self, run: Callable[[], Ended]) -> threading.Thread:
        """Record in a thread; what comes of it is in `done`."""

        def recorded() -> None:
            try:
                self.done.set_result(run())
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                self.done.set_exception(error)

        thread = threading.Thread(target=recorded)
        thread.start()
        return thread

    def check(self) -> bool:
        if self.cancel.is_set():
            raise Cancelled
        return self.stop.is_set()

    @property
    def written(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("part-*"))

    def numbers(self) -> list[int]:
        """Return the numbers of all pictures that were recorded."""
        return [number for part in self.parts for number in frames(part.path)]

    def ended(self) -> Ended:
        return self.done.result(10)


@dataclass
class Recordings:
    """All of a test; they end with it."""

    gate: Gate
    path: Path
    running: list[tuple[threading.Thread, Recording]] = field(default_factory=list)

    def folder(self) -> Path:
        """Make a folder for a recording."""
        made = self.path / f"recording-{len(list(self.path.iterdir()))}"
        made.mkdir()
        return made

    def start(
        self,
        feed: Feed,
        wishes: Wishes | None = None,
        probe: Callable[[], Feed] | None = None,
        *,
        floor_bytes: int = 0,
        folder: Path | None = None,
        first: int = 1,
    ) -> Recording:
        """Begin one."""
        made = Recording(folder or self.folder())
        to = Parts(made.folder, made.parts.append, floor_bytes=floor_bytes, first=first)

        def run() -> Ended:
            return record(feed, to, wishes or Wishes(back_s=60), self.gate, made.check, probe)

        self.running.append((made.begin(run), made))
        return made


@contextmanager
def gate_to(site: LiveSite) -> Iterator[Gate]:
    """Open a gate that leads to the site, whatever name is asked for."""
    guard = Guard(Rules((Allowed(ip_network("127.0.0.1"), urlsplit(site.url).port),), lambda _: ["127.0.0.1"]))
    with guard.open(Network()) as gate:
        yield gate
    guard.close()


@contextmanager
def recordings(site: LiveSite, path: Path) -> Iterator[Recordings]:
    """Let a test record a site into folders below `path`; what still runs at its end is cancelled."""
    with gate_to(site) as gate:
        made = Recordings(gate, path)
        yield made
        for thread, one in made.running:
            one.cancel.set()
            thread.join(10)
            assert not thread.is_alive()
