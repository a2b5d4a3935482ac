"""Recordings by programs, in threads of their own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.recording import Recording
from tests.live.site import LiveSite

from mediamill.media import egress, warm
from mediamill.media.live.copier import Ended
from mediamill.media.live.parts import Parts
from mediamill.settings import EgressSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations

Record = Callable[[Parts, FakeContext, Callable[[], bool]], Ended]


@dataclass
class Programs:
    """All of a test; they end with it."""

    path: Path
    running: list[tuple[threading.Thread, Recording]] = field(default_factory=list)

    def start(self, record: Record, *, floor_bytes: int = 0) -> Recording:
        """Begin one: `record(parts, context, check)`."""
        ctx = FakeContext(self.path, job_id=f"job-{len(self.running)}")
        made = Recording(ctx.lasting)
        to = Parts(made.folder, made.parts.append, floor_bytes=floor_bytes)
        self.running.append((made.begin(lambda: record(to, ctx, made.check)), made))
        return made


@contextmanager
def allowed(site: LiveSite) -> Iterator[None]:
    """Programs in sandboxes may ask the site."""
    egress.use(EgressSettings(destinations(site.address)))
    try:
        yield
    finally:
        egress.use(None)


@contextmanager
def programs(site: LiveSite, path: Path) -> Iterator[Programs]:
    """Let a test record a site with programs; what still runs at its end is cancelled."""
    with allowed(site):
        made = Programs(path)
        yield made
        for thread, one in made.running:
            one.cancel.set()
            thread.join(10)
            assert not thread.is_alive()
    warm.close()
