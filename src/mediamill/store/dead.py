"""Dead letters: failed jobs, newest first, and running them again by the hundred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from redis.exceptions import ResponseError

from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.core.states import Move, State
from mediamill.store.finished import Finished, Place, Span
from mediamill.store.jobs import SCANNED_PER_PAGE, Jobs
from mediamill.store.scripts import Scripts

#: What tells whose a dead letter is and whether a filter is about it.
_FACTS: Final = ("state", "owner", "service", "queue", "error_code")

#: Moves in one round trip: the API gives the store a second.
MOVED: Final = 100


@dataclass(frozen=True)
class DeadFilter:
    """Which dead letters; None: any. span: when they ended."""

    owner: str | None = None
    service: str | None = None
    queue: Queue | None = None
    error_code: str | None = None
    span: Span = field(default_factory=Span)

    def takes(self, facts: Mapping[str, str | None]) -> bool:
        """Whether it is about a job of these facts, wherever its list and span may end."""
        wanted = {"service": self.service, "queue": self.queue, "error_code": self.error_code, "owner": self.owner}
        same = all(value is None or facts[name] == value for name, value in wanted.items())
        return same and facts["state"] == State.FAILURE


@dataclass(frozen=True)
class DeadPage:
    """A part of the list; `next` continues it, None at its end."""

    jobs: list[Job]
    next: Place | None


@dataclass(frozen=True)
class Redriven:
    """What one round did. unchanged: looked at and left. `next` continues it, None at the end."""

    redriven: int
    unchanged: int
    next: Place | None = None


class DeadLetters:
    """Reads and redrives failed jobs.

    An owner's are a list of their own, so that one dead letter is found at once among the hundred thousand of others.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys
        self._jobs = Jobs(scripts)
        self._finished = Finished(scripts)

    def page(self, wanted: DeadFilter, *, cursor: Place | None = None, limit: int = 50) -> DeadPage:
        """Return dead letters, newest first, 1,000 records looked at.

        cursor: a page's `next`. A filtered page may be short or empty and still have a `next`.
        """
        found: list[Job] = []
        place, scanned = cursor, 0
        while len(found) < limit and scanned < SCANNED_PER_PAGE:
            places = self._finished.newest(wanted.owner, place, wanted.span, limit)
            if not places:
                return DeadPage(found, None)
            scanned += len(places)
            jobs = {job.id: job for job in self._jobs.get_many([each.id for each in places])}
            for place in places:
                job = jobs.get(place.id)
                if job is not None and wanted.takes(_facts_of(job)):
                    found.append(job)
                    if len(found) == limit:
                        break
        return DeadPage(found, place)

    def redrive(self, job_ids: Sequence[str]) -> int:
        """Run failed jobs again; return how many moved. Each is a move of its own."""
        return sum(self._redrive(job_ids[start : start + MOVED]) for start in range(0, len(job_ids), MOVED))

    def redrive_round(self, wanted: DeadFilter, cursor: Place | None = None) -> Redriven:
        """Run the next of a filter again, newest first; 500 are looked at.

        Go on with `next`: it leads to older ones only, so that what fails again at once is not met again.
        """
        places = self._finished.newest(wanted.owner, cursor, wanted.span)
        if not places:
            return Redriven(0, 0)
        taken = [place.id for place, facts in zip(places, self._facts(places), strict=True) if wanted.takes(facts)]
        redriven = self.redrive(taken)
        return Redriven(redriven, len(taken) - redriven, places[-1])

    def _redrive(self, job_ids: Sequence[str]) -> int:
        return len(self._run.moved("move", {job_id: {"id": job_id, "event": Move.REDRIVE} for job_id in job_ids}))

    def _facts(self, places: Sequence[Place]) -> list[dict[str, str | None]]:
        asked = [("HMGET", self._keys("job", place.id), *_FACTS) for place in places]
        rows: list[list[Any] | ResponseError] = self._client.many(asked, keep_refused=True)
        # One key of another type must not hide the other jobs.
        return [
            dict.fromkeys(_FACTS) if isinstance(row, ResponseError) else dict(zip(_FACTS, row, strict=True))
            for row in rows
        ]


def _facts_of(job: Job) -> dict[str, str | None]:
    return {
        "state": job.state,
        "owner": job.owner,
        "service": job.service,
        "queue": job.queue,
        "error_code": job.error_code,
    }
