"""A row of the fault suite: one fault, what must hold, and how to bring it about.

A module in `rows/` offers `ROWS`, a tuple of these; the suite finds them by themselves.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.faults.book import Book
from tests.faults.client import Client
from tests.faults.load import Habits, Load
from tests.faults.stack import Shape, Stack

from mediamill.core.job import Job
from mediamill.engine.roster import Entry
from mediamill.store.jobs import Jobs
from mediamill.store.pool import Client as Store
from mediamill.testing import eventually
from mediamill.wiring import House

#: Recovery after a worker was killed, seconds: the middle one, and the slowest.
AGAIN_P50_S: Final = 10.0
AGAIN_MAX_S: Final = 20.0


@dataclass
class Notes:
    """What a row saw. recovered_s: a number for each job or server that came back."""

    injected: int = 0
    survived: int = 0
    recovered_s: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class Ground:
    """What a row stands on: a running stack, clients, and a notebook.

    house: the store and the files as the harness reaches them, past the servers.
    rng: follows from the seed; every choice a row makes comes from it.
    margin: by how much bounds in seconds are widened on a busy machine.
    """

    stack: Stack
    book: Book
    load: Load
    client: Client
    house: House
    rng: Random
    margin: float = 1.0
    notes: Notes = field(default_factory=Notes)

    @property
    def jobs(self) -> Jobs:
        """The records."""
        return self.house.jobs

    @property
    def store(self) -> Store:
        """The way to Valkey, past anything that stands before it."""
        return self.house.scripts.client

    def key(self, name: str, *parts: str) -> str:
        """Return a key of the store."""
        return self.house.scripts.keys(name, *parts)

    # ---- what a row notes

    @contextmanager
    def fault(self, what: str) -> Iterator[None]:
        """Inject a fault inside; it is survived when what stands in the block holds."""
        self.notes.injected += 1
        try:
            yield
        except AssertionError as error:
            error.add_note(f"after: {what}")
            raise
        self.notes.survived += 1

    def say(self, what: str) -> None:
        """Note a number or a fact that the table has no column for."""
        self.notes.said.append(what)

    def recovered(self, *seconds: float) -> None:
        """Note how long it took until something worked again."""
        self.notes.recovered_s += seconds

    # ---- what a row asks

    def submit(self, service: str, count: int = 1, **params: object) -> list[str]:
        """Ask for `count` jobs that differ in their number."""
        first = self.rng.getrandbits(40)
        return [self.client.submit(service, {"number": first + each, **params}) for each in range(count)]

    def job(self, job_id: str) -> Job:
        """Return a job's record."""
        job = self.jobs.get(job_id)
        assert job is not None, f"there is no job {job_id}"
        return job

    def finished(self, job_ids: Iterable[str], within_s: float = 60.0) -> list[Job]:
        """Wait until all these have ended; return their records."""
        wanted = list(job_ids)

        def look() -> list[Job]:
            found = [self.job(job_id) for job_id in wanted]
            open_ = [f"{job.id} {job.service} {job.state}" for job in found if not job.state.final]
            assert not open_, f"{len(open_)} not finished: {open_[:5]}"
            return found

        return eventually(look, within_s=within_s * self.margin) if wanted else []

    def began(self, job_ids: Iterable[str], within_s: float = 30.0) -> list[Entry]:
        """Wait until each of these runs; return their entries in the rosters."""
        wanted = set(job_ids)

        def look() -> list[Entry]:
            ran = {run.job_id for run in self.stack.journal.runs()}
            found = [entry for machine in self.stack.machines for entry in machine.entries()]
            found = [entry for entry in found if entry.job_id in wanted & ran]
            missing = wanted - {entry.job_id for entry in found}
            assert not missing, f"{len(missing)} do not run: {sorted(missing)[:5]}"
            return found

        return eventually(look, within_s=within_s * self.margin)

    def runs_again(self, job_ids: Iterable[str], since: float, within_s: float = AGAIN_MAX_S) -> list[float]:
        """Wait until each of these has begun anew after `since` (Unix time); return and note how long each took."""
        wanted = set(job_ids)

        def look() -> dict[str, float]:
            first: dict[str, float] = {}
            for run in self.stack.journal.runs(since=since):
                first.setdefault(run.job_id, run.at - since)
            missing = wanted - first.keys()
            assert not missing, f"{len(missing)} of {len(wanted)} did not run again: {sorted(missing)[:5]}"
            return {job_id: first[job_id] for job_id in wanted}

        seconds = list(eventually(look, within_s=within_s * self.margin).values()) if wanted else []
        self.recovered(*seconds)
        return seconds

    def sleep(self, seconds: float) -> None:
        """Let real time pass: some faults last."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Row:
    """One fault.

    holds: what must hold, in one line. run: brings it about; AssertionError means that it does not hold.
    shape: the stack it needs. short: part of the form that runs in every check.
    lacks: says what this machine lacks for it, or ""; then the row is skipped, and counted as that.
    """

    name: str
    holds: str
    run: Callable[[Ground], None]
    shape: Shape = field(default_factory=Shape)
    short: bool = False
    lacks: Callable[[], str] = lambda: ""


__all__ = ["AGAIN_MAX_S", "AGAIN_P50_S", "Ground", "Habits", "Notes", "Row", "Shape"]
