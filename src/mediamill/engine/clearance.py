"""Removing many finished jobs with their files: in bounded rounds, oldest first."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from mediamill.core.errors import NotFound
from mediamill.core.job import Job
from mediamill.core.states import FINAL, State
from mediamill.engine import ended
from mediamill.engine.purge import Purger
from mediamill.files.artifacts import Artifacts
from mediamill.store.finished import Finished, List, Place
from mediamill.store.jobs import Jobs

#: Where finished jobs of a state are listed; in the last list are those, too, whose records are forgotten.
_LISTS: Final[tuple[tuple[List, frozenset[State]], ...]] = (
    ("done", frozenset({State.SUCCESS, State.REVOKED})),
    ("dead", frozenset({State.FAILURE})),
    ("kept", FINAL),
)

_log = structlog.get_logger("mediamill.clearance")


@dataclass(frozen=True)
class Wanted:
    """Which finished jobs: those that ended `older_than_s` ago or earlier, in one of these states; None: any."""

    older_than_s: float
    states: frozenset[State] = FINAL
    service: str | None = None
    owner: str | None = None

    def takes(self, job: Job) -> bool:
        """Whether it is about this job, whenever that ended."""
        same = self.service in {None, job.service} and self.owner in {None, job.owner}
        return same and job.state in self.states


@dataclass(frozen=True)
class Mark:
    """How far a clearance is: a list, and the last row that was looked at."""

    name: List
    place: Place


@dataclass(frozen=True)
class Cleared:
    """What one round found, or removed: jobs, and the bytes of their named files and uploads. `next` continues it."""

    jobs: int = 0
    size_bytes: int = 0
    next: Mark | None = None


class Clearance:
    """Finds finished jobs and purges them. now_ms: the store's clock. clock: a monotonic one, seconds."""

    def __init__(  # noqa: PLR0913 - the rooms it works on
        self,
        jobs: Jobs,
        finished: Finished,
        artifacts: Artifacts,
        purger: Purger,
        now_ms: Callable[[], int],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._finished = finished
        self._artifacts = artifacts
        self._purger = purger
        self._now_ms = now_ms
        self._clock = clock

    def round(self, wanted: Wanted, mark: Mark | None = None, *, remove: bool, budget_s: float) -> Cleared:
        """Look through the next finished jobs for about `budget_s` seconds; with `remove`, purge what is wanted.

        Raises Unavailable when the files are away; what was purged until then is gone from the store
        already, and its files follow when they are back.
        """
        end = self._clock() + budget_s
        jobs = size_bytes = 0
        for reached, job in self._candidates(wanted, mark):
            if job is not None and wanted.takes(job) and (not remove or self._removed(job)):
                jobs += 1
                size_bytes += sum(each.size_bytes for each in job.files.values())
                size_bytes += sum(each.size_bytes for each in job.uploads.values())
            if self._clock() >= end:
                return Cleared(jobs, size_bytes, reached)
        return Cleared(jobs, size_bytes)

    def _removed(self, job: Job) -> bool:
        """Purge; also a job that only its `job.json` tells of has no record."""
        moved = self._purger.purge(job.id)
        return bool(moved) or moved.outcome == "none"

    def _candidates(self, wanted: Wanted, mark: Mark | None) -> Iterator[tuple[Mark, Job | None]]:
        """Yield every row from `mark` on, with its job; None: another list has that."""
        until_ms = self._now_ms() - int(wanted.older_than_s * 1000)
        begun = mark is None
        for name, states in _LISTS:
            begun = begun or (mark is not None and mark.name == name)
            if not begun or not states & wanted.states:
                continue
            place = mark.place if mark is not None and mark.name == name else None
            while places := self._finished.oldest(name, place, until_ms):
                records = {job.id: job for job in self._jobs.get_many([each.id for each in places])}
                for place in places:
                    record = records.get(place.id)
                    if name == "kept":
                        record = None if record is not None else self._told(place)
                    yield Mark(name, place), record
                place = places[-1]

    def _told(self, place: Place) -> Job | None:
        """Return what lies beside the files of a job that has no record, unless those were ordered removed."""
        if not place.ended_ms:
            return None
        try:
            return ended.read(self._artifacts, place.id)
        except (NotFound, ended.RecordError) as error:
            _log.warning("clearance.no_record", job_id=place.id, why=str(error))
            return None
