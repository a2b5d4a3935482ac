"""1,000 viewers of live events in one API process beside sse-starlette alone: CPU, memory, time to arrive."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

import psutil
from bench.crowd import Crowd, crowd
from bench.machine import cpu_s, folder, private_valkey, ratio, table
from bench.noop_worker import settings
from bench.stack import Server, api, bare, environment
from bench.wire import percentile

from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.store.attempts import Attempts
from mediamill.wiring import open_house

VIEWERS = 1_000
PAIRS = 5
EVENTS = 4  # that each viewer gets in one batch
GAP_S = 0.7  # between events of one job
_NEEDED_FILES = VIEWERS + 200

_numbers = count()


@dataclass
class Show:
    """A server with its viewers, and what was measured of it."""

    name: str
    server: Server
    viewers: Crowd
    tell: Callable[[], None]
    grown_bytes: int
    connecting_s: float
    per_event_us: list[float] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    def play(self) -> None:
        """Tell every viewer some events."""
        before = cpu_s(self.server.pid)
        self.tell()
        took_s = self.viewers.delivered(VIEWERS * EVENTS)
        self.per_event_us.append((cpu_s(self.server.pid) - before) / (VIEWERS * EVENTS) * 1e6)
        self.took_s += took_s


def main() -> str:
    """Return the table."""
    if not _enough_files():
        return f"The limit of open files is too low for {VIEWERS} viewers; {_NEEDED_FILES} are needed (ulimit -n).\n"
    with folder() as path, private_valkey(path) as url, ExitStack() as stack:
        one, own = (stack.enter_context(api(environment(url, path))) for _ in range(2))
        peer = stack.enter_context(bare(url))
        teller = _Teller(url, path)
        shows = [
            stack.enter_context(_ours("mediamill, all watch one job", one, teller, jobs=1)),
            stack.enter_context(_ours("mediamill, each watches a job of their own", own, teller, jobs=VIEWERS)),
            stack.enter_context(_peer(peer)),
        ]
        for _ in range(PAIRS + 1):
            for show in shows:
                show.play()
    return table(
        f"{VIEWERS:,} viewers of live events of one API process ({PAIRS} interleaved batches of {EVENTS} events each)",
        [
            [
                "",
                "CPU us per delivered event",
                "ratio",
                "KiB per viewer",
                "ratio",
                "CPU ms to join",
                "arrival p50 ms",
                "p99 ms",
            ],
            *(_row(show, shows[-1]) for show in shows),
        ],
    )


def _enough_files() -> bool:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # servers and clients inherit it
    return hard in {resource.RLIM_INFINITY, -1} or hard >= _NEEDED_FILES


class _Teller:
    """Writes events as attempts do: by the progress move."""

    def __init__(self, url: str, path: Path) -> None:
        self._attempts = Attempts(open_house(settings(url, "mediamill:", str(path / "data"))).scripts)

    def claim(self, number: int) -> list[Job]:
        """Take so many waiting jobs."""
        taken = (self._attempts.claim(Queue.DEFAULT, machine="bench", worker="bench") for _ in range(number))
        return [job for job in taken if job]

    def tell(self, jobs: list[Job]) -> None:
        """Write each job's events, those of different jobs in turn and evenly spread."""
        began = time.monotonic()
        for number in range(EVENTS):
            for place, job in enumerate(jobs):
                due = began + (number + place / len(jobs)) * GAP_S
                if (wait_s := due - time.monotonic()) > 0.002:
                    time.sleep(wait_s)
                word = self._attempts.progress(job.id, job.token or "", number, f"t={time.monotonic_ns()};")
                assert word == "held", word


@contextmanager
def _ours(name: str, server: Server, teller: _Teller, *, jobs: int) -> Iterator[Show]:
    for _ in range(jobs):
        server.ask("POST", "/noop", b'{"number": %d}' % next(_numbers))
    taken = teller.claim(jobs)
    assert len(taken) == jobs
    paths = [f"/jobs/{job.id}/events" for job in taken] * (VIEWERS // jobs)
    with _watched(name, server, paths, lambda: teller.tell(taken)) as show:
        yield show


@contextmanager
def _peer(server: Server) -> Iterator[Show]:
    def tell() -> None:
        server.ask("POST", f"/emit?count={EVENTS}&gap_s={GAP_S}")

    with _watched("sse-starlette, fed from within", server, ["/events"] * VIEWERS, tell) as show:
        yield show


@contextmanager
def _watched(name: str, server: Server, paths: list[str], tell: Callable[[], None]) -> Iterator[Show]:
    """Let all viewers come; measure what they cost before the first event."""
    requests = [server.request("GET", path, Accept="text/event-stream") for path in paths]
    process = psutil.Process(server.pid)
    with crowd(server.port, requests[:1]):  # the first viewer brings what all share
        pass
    rss, cpu = process.memory_info().rss, cpu_s(server.pid)
    with crowd(server.port, requests) as viewers:
        grown, connecting = process.memory_info().rss - rss, cpu_s(server.pid) - cpu
        yield Show(name, server, viewers, tell, grown, connecting)


def _row(show: Show, peer: Show) -> list[str]:
    pairs = list(zip(show.per_event_us[1:], peer.per_event_us[1:], strict=True))  # the first batch warms up
    took_s = sorted(show.took_s)
    return [
        show.name,
        f"{median(show.per_event_us[1:]):.0f}",
        f"{ratio(pairs):.2f}",
        f"{show.grown_bytes / VIEWERS / 1024:.0f}",
        f"{show.grown_bytes / peer.grown_bytes:.2f}",
        f"{show.connecting_s / VIEWERS * 1000:.2f}",
        *(f"{percentile(took_s, share) * 1000:.0f}" for share in (0.5, 0.99)),
    ]


if __name__ == "__main__":
    print(main())
