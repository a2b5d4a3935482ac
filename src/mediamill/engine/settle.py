"""The sweep's work on files, in a thread of its own: a slow file store holds up no lease and no ticket."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from threading import Event
from typing import Final

from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.cleaner import Cleaner
from mediamill.engine.guard import going_on
from mediamill.engine.purge import UNNAMED_AFTER_S, Purger
from mediamill.files.artifacts import Artifacts
from mediamill.settings import KeepSettings
from mediamill.store.jobs import Jobs
from mediamill.store.sweeps import Round, Sweeps

#: After so many refusals in a row the store and the files are left alone for so long.
REFUSALS: Final = 3
AWAY_S: Final = 5.0
#: Finished jobs that are remembered to be looked through; of what is beyond, `purge` takes care.
REMEMBERED: Final = 50_000
#: Records that are read in one trip, and taken from the outbox in one move. Each may hold a text of a megabyte.
TOGETHER: Final = 16
#: Jobs whose files are deleted in one round: it must not hold up for long what ended just now.
FADED: Final = 50
#: Jobs of the walk through all files that are looked at in one round, and how far apart two walks begin at least.
WALKED: Final = 5
WALK_EVERY_S: Final = 6 * 3600.0


class Settler:
    """Writes the ends of jobs beside their artifacts, removes old records and old files, collects what nobody names.

    cleaner: of the cache; None: nobody keeps it clean here.
    discard: takes away what a job that was cancelled has kept.
    now: a monotonic clock, seconds.
    """

    def __init__(  # noqa: PLR0913 - the rooms it works on
        self,
        sweeps: Sweeps,
        jobs: Jobs,
        artifacts: Artifacts,
        purger: Purger,
        keep: KeepSettings,
        *,
        cleaner: Cleaner | None = None,
        discard: Callable[[str], object] = lambda _job_id: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sweeps = sweeps
        self._jobs = jobs
        self._artifacts = artifacts
        self._purger = purger
        self._keep = keep
        self._cleaner = cleaner
        self._discard = discard
        self._now = now
        self._found: Round | None = None
        self._offered = Event()
        self._away_until = float("-inf")
        self._finished: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)
        self._walk: Iterator[str] = iter(())
        self._walk_at = now()

    def offer(self, found: Round) -> None:
        """Hand over what a sweep found. What was not done of the last one is in this one again."""
        self._found = found
        self._offered.set()

    def run(self, stop: Event) -> None:
        """Work on what is offered until `stop` is set."""
        while not stop.is_set():
            if self._offered.wait(1.0):
                self._offered.clear()
                with going_on("settle.failed"):
                    self.work()

    def work(self) -> int:
        """Do what the last sweep found; return how many jobs were settled, forgotten or lost their files."""
        found, self._found = self._found, None
        if found is None or self._now() < self._away_until:
            return 0
        done = self._settle_all(found.settled) + sum(
            self._each(job_ids, act)
            for job_ids, act in (
                (found.old, self._forget),
                (_some(found.faded), self._purger.fade),
                (_some(found.released), self._purger.release),
            )
        )
        self._collect()
        if self._cleaner is not None:
            with going_on("cache.not_cleaned"):
                self._cleaner.round()
        return done

    def _each(self, job_ids: list[str], act: Callable[[str], bool]) -> int:
        """Act on each job, in any order; return how often it did something.

        One that is refused must not block the others; some in a row mean that nobody will be served now.
        """
        done = refused = 0
        for job_id in random.sample(job_ids, len(job_ids)):
            with going_on("settle.refused", job_id=job_id) as tried:
                done += act(job_id)
            refused = 0 if tried.well else refused + 1
            if refused == REFUSALS:
                self._away_until = self._now() + AWAY_S
                break
        return done

    def _settle_all(self, job_ids: list[str]) -> int:
        """Settle jobs, some together: to ask the store for each costs more than all the rest of it."""
        done = 0
        shuffled = random.sample(job_ids, len(job_ids))
        for start in range(0, len(shuffled), TOGETHER):
            some = shuffled[start : start + TOGETHER]
            try:
                done += self._settle(some)
            except Exception:  # noqa: BLE001 - one by one they tell which of them it was
                done += self._each(some, lambda job_id: bool(self._settle([job_id])))
            if self._now() < self._away_until:
                break
        return done

    def _settle(self, job_ids: Sequence[str]) -> int:
        """Write the ends of jobs beside their artifacts, where they outlive the store."""
        jobs = self._jobs.get_each(job_ids)
        for job in jobs.values():  # first of all: one that is run again meanwhile keeps files anew
            if job is not None and job.state is State.REVOKED:
                self._discard(job.id)
        for job in jobs.values():
            if job is not None and job.state.final:
                self._artifacts.write_record(job.id, ended.dump(job, self._jobs.parts(job.id) if job.published else {}))
                self._finished.append((self._now() + UNNAMED_AFTER_S, job.id))
        return self._sweeps.settle({job_id: job.version if job is not None else 0 for job_id, job in jobs.items()})

    def _forget(self, job_id: str) -> bool:
        """Remove an old record; its files stay until their own time is over."""
        return bool(self._jobs.forget(job_id, min_age_s=min(self._keep.job_s, self._keep.dead_s)))

    def _collect(self) -> None:
        """Look through the files of jobs that ended some minutes ago, and slowly through all others."""
        due = []
        while self._finished and self._finished[0][0] <= self._now():
            due.append(self._finished.popleft()[1])
        for job_ids in (due, self._walked()):
            self._each(job_ids, lambda job_id: bool(self._purger.collect(job_id, keep_s=self._keep.files_s)))

    def _walked(self) -> list[str]:
        job_ids = list(islice(self._walk, WALKED))
        if not job_ids and self._now() >= self._walk_at:  # a long walk is not begun again before its end
            self._walk = self._purger.known_to_files()
            self._walk_at = self._now() + WALK_EVERY_S
            job_ids = list(islice(self._walk, WALKED))
        return job_ids


def _some(job_ids: list[str]) -> list[str]:
    return random.sample(job_ids, min(FADED, len(job_ids)))
