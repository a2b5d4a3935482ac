"""One system on stage: its two workers, its client, its journal, and what was done to it."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from bench.faults.journal import Journal
from bench.faults.plan import Submit
from bench.faults.systems import Site, System
from bench.faults.unit import Unit
from bench.machine import ROOT

_READY_WITHIN_S = 90.0
_PROBE = "probe"


class Stage:
    """Use by `on_stage`.

    strikes: when which processes were hit. returned_at: when the store was back, if it was away.
    """

    def __init__(self, system: System, site: Site) -> None:
        self.system = system
        self.journal = Journal(site.journal)
        self.answers: dict[str, str] = {}
        self.strikes: list[tuple[float, frozenset[int]]] = []
        self.returned_at: float | None = None
        self._client = subprocess.Popen(
            system.client,
            cwd=ROOT,
            env=dict(system.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(site.folder / "client.log").open("ab"),
            text=True,
            bufsize=1,
        )
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.units = [
            Unit(name, argv, environ, site.folder / f"{name}.log") for name, (argv, environ) in system.workers.items()
        ]

    def submit(self, job: Submit) -> None:
        """Hand a job to the client; its answer comes later."""
        assert self._client.stdin
        self._client.stdin.write(f"{job.job} {job.seconds}\n")

    def warm(self) -> None:
        """Wait until both workers have done a job. Raises TimeoutError."""
        end = time.monotonic() + _READY_WITHIN_S
        number = 0
        while not self._all_work():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.system.name} did not start; see its logs (--folder)")
            for _ in range(4):
                number += 1
                self.submit(Submit(f"{_PROBE}-{number}", 0, 0.2))
            time.sleep(0.5)
        while not all(self.journal.ended(job) for job in self.accepted(_PROBE)):
            time.sleep(0.1)
            self.journal.refresh()

    def accepted(self, kind: str = "") -> list[str]:
        """Return the jobs that were accepted; without a kind, all but the probes."""
        jobs = [job for job, answer in dict(self.answers).items() if answer == "ok"]
        return [job for job in jobs if job.startswith(kind) and (kind or not job.startswith(_PROBE))]

    def refused(self) -> Counter[str]:
        """Return how often the client was told what instead of "accepted"."""
        return Counter(answer for job, answer in dict(self.answers).items() if answer != "ok")

    def undone(self) -> list[str]:
        """Return the accepted jobs that no run has brought to its end yet."""
        self.journal.refresh()
        return [job for job in self.accepted() if not self.journal.ended(job)]

    def busiest(self) -> Unit:
        """Return the worker that runs most of the long jobs: the one whose loss costs most."""
        self.journal.refresh()
        pids = {unit.name: unit.pids() for unit in self.units}

        def longs(unit: Unit) -> int:
            return sum(run.pid in pids[unit.name] for job, run in self.journal.open_runs() if job.startswith("long"))

        return max(self.units, key=longs)

    def struck(self, pids: frozenset[int]) -> None:
        """Note that these processes are hit now."""
        self.strikes.append((time.time(), pids))

    def close(self) -> None:
        """End everything, at once."""
        for unit in self.units:
            unit.close()
        self._client.kill()
        self._client.wait()
        self._listener.join()

    def _all_work(self) -> bool:
        self.journal.refresh()
        seen = {run.pid for runs in self.journal.runs.values() for run in runs}
        return all(seen & unit.pids() for unit in self.units)

    def _listen(self) -> None:
        assert self._client.stdout
        for line in self._client.stdout:
            job, answer = line.split()
            self.answers[job] = answer


@contextmanager
def on_stage(system: System, site: Site) -> Iterator[Stage]:
    """Start a system; end it whatever happens."""
    stage = Stage(system, site)
    try:
        yield stage
    finally:
        stage.close()


def site(folder: Path, name: str, url: str, longest_s: float) -> Site:
    """Return a place for a system."""
    path = folder / name
    path.mkdir()
    return Site(path, url, longest_s)
