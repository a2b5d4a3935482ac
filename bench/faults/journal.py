"""What every job of every system writes down: when it began, in which process, and that it came to its end.

The standard library only: peers import it in an interpreter of their own.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults import given

#: Work is done in steps of this length. A stopped process does no steps, as one that computes does none.
STEP_S = 0.05


class Entry:
    """One run of one job. A line is one write to an O_APPEND file, so that no kill tears it."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._write("start")

    def done(self) -> None:
        """Write down that the work is done."""
        self._write("done")

    def _write(self, word: str) -> None:
        file = os.open(given.journal(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{self._job} {word} {os.getpid()} {time.time():.3f}\n".encode())
        finally:
            os.close(file)


def steps(seconds: float) -> int:
    """Return how many steps a job of this length has."""
    return max(1, round(seconds / STEP_S))


def work(job: str, seconds: float) -> None:
    """Do a job that waits most of its time, as for a program or the network."""
    entry = Entry(job)
    for _ in range(steps(seconds)):
        time.sleep(STEP_S)
    entry.done()


@dataclass
class Run:
    """One run, as read. ended_at: None while it runs, and for ever when it was killed."""

    pid: int
    began_at: float
    ended_at: float | None = None


@dataclass
class Journal:
    """All runs of one system, by job."""

    path: Path
    runs: dict[str, list[Run]] = field(default_factory=dict)
    _read: int = 0

    def refresh(self) -> None:
        """Read what was written since the last call."""
        for job, word, pid, at in self._lines():
            runs = self.runs.setdefault(job, [])
            if word == "start":
                runs.append(Run(pid, at))
                continue
            next(run for run in reversed(runs) if run.pid == pid and run.ended_at is None).ended_at = at

    def _lines(self) -> Iterator[tuple[str, str, int, float]]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                job, word, pid, at = line.decode().split()
                yield job, word, int(pid), float(at)

    def open_runs(self) -> Iterator[tuple[str, Run]]:
        """Yield the runs that have no end, with their job."""
        for job, runs in self.runs.items():
            yield from ((job, run) for run in runs if run.ended_at is None)

    def ended(self, job: str) -> int:
        """Return how many runs of a job came to their end."""
        return sum(run.ended_at is not None for run in self.runs.get(job, ()))
