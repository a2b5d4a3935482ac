"""Jobs that wait to be looked at, by service: taken in numbers, put off in numbers, woken one by one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import structlog
from redis.exceptions import ResponseError

from mediamill.core.polls import TAKEN, PollState, facts_text
from mediamill.store.jobs import Moved, moved
from mediamill.store.scripts import Scripts

#: For so long what was taken is not given to another; longer where it was not answered several times (poll_take.lua).
LEASE_MS: Final = 30_000
#: Of parameters, facts and wishes that are read at once; cookies among them can be long.
READ_BYTES: Final = 4 * 2**20

_STATE: Final = ("poll_facts", "poll_wishes", "poll_at_ms", "poll_paused")


_log = structlog.get_logger("mediamill.polls")


class Due(NamedTuple):
    """A job that was taken. params: as the record has them, secrets encrypted."""

    id: str
    owner: str
    params: dict[str, Any]
    facts: dict[str, Any]
    wishes: dict[str, Any]


class Again(NamedTuple):
    """A job that is put off. facts: JSON; None leaves those that it has."""

    id: str
    after_ms: int
    facts: str | None


class Polls:
    """The lists of jobs to look at. One enters by `Attempts.later`, and leaves when it waits no more, for any reason.

    by: a random name of whoever takes jobs; what another has taken since is not put off or woken by it.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys

    def now_ms(self) -> int:
        """Return the store's clock, Unix milliseconds."""
        return self._run.now_ms()

    # ---- for those who look

    def take(self, service: str, by: str, most: int = TAKEN) -> list[Due]:
        """Take jobs that are due, those first that have waited longest; 500 at most, and 4 MiB or so."""
        rows = self._run("poll_take", service=service, by=by, most=most, lease_ms=LEASE_MS, bytes=READ_BYTES)
        return [Due(id, owner, *(_loaded(text) for text in texts)) for id, owner, *texts in rows]  # noqa: A001

    def hold(self, service: str, by: str, job_ids: Sequence[str]) -> int:
        """Keep jobs that were taken from others for as long as from their take; return how many are kept."""
        count = 0
        for start in range(0, len(job_ids), TAKEN):
            ids = list(job_ids[start : start + TAKEN])
            count += int(self._run("poll_hold", service=service, by=by, ids=ids, lease_ms=LEASE_MS))
        return count

    def again(self, service: str, by: str, jobs: Sequence[Again]) -> int:
        """Put jobs off; return how many were, for some may have moved on."""
        count = 0
        for start in range(0, len(jobs), TAKEN):
            argv = [
                text for job in jobs[start : start + TAKEN] for text in (job.id, str(job.after_ms), job.facts or "")
            ]
            count += int(self._run("poll_again", *argv, service=service, by=by))
        return count

    def wake(self, job_id: str, by: str, facts: str | None = None) -> Moved:
        """Let a job run. Outcome "unchanged" where it has moved on."""
        return moved(self._run("poll_wake", id=job_id, by=by, facts=facts))

    def due_in_s(self, service: str) -> float | None:
        """Return after how many seconds the next job is due, 0 when one is; None: there is none."""
        first: list[Any] = self._client.run("ZRANGE", self._keys("polls", service), 0, 0, "WITHSCORES")
        if not first:
            return None
        _, at_ms = first[0]
        return max(0.0, (float(at_ms) - self._run.now_ms()) / 1000)

    # ---- for those whose jobs they are

    def change(self, job_id: str, *, wishes: Mapping[str, Any] | None = None, paused: bool | None = None) -> Moved:
        """Put other wishes in the place of all that there were, pause the looks, or let them go on; None: as it is.

        Unless it is paused then, the job is looked at at once, so that what is wished holds from now on; one that runs
        meanwhile is when it waits again. Outcome "unchanged" when it has ended, or is being cancelled.
        Raises ValueError when the wishes are no JSON of 4 KiB.
        """
        text = None if wishes is None else facts_text(wishes)
        return moved(self._run("poll_change", id=job_id, wishes=text, paused=paused))

    def states(self, job_ids: Sequence[str]) -> dict[str, PollState]:
        """Return how each job stands, by its id; those that there are. Ended ones keep their facts and wishes.

        A spoilt record is logged, and hides no other.
        """
        commands = [("HMGET", self._keys("job", job_id), "state", *_STATE) for job_id in job_ids]
        found = {}
        for job_id, row in zip(job_ids, self._client.many(commands, keep_refused=True), strict=True):
            try:
                if isinstance(row, ResponseError):
                    raise row  # a key of another type
                state, *told = row
                if state:
                    found[job_id] = _state(*told)
            except (ResponseError, ValueError):
                _log.exception("record.spoilt", job_id=job_id)
        return found

    # ---- the jobs that look

    def name_poller(self, service: str, job_id: str) -> None:
        """Remember the job that polls a service: it is called in time for what enters the list."""
        self._client.run("HSET", self._keys("pollers"), service, job_id)

    def pollers(self) -> dict[str, str]:
        """Return the job that polls a service, for each that has ever had jobs to look at."""
        found: dict[str, str] = self._client.run("HGETALL", self._keys("pollers"))
        return found

    def waiting(self, services: Iterable[str]) -> dict[str, int]:
        """Return how many jobs of each service wait to be looked at."""
        names = list(services)
        counts = self._client.many([("ZCARD", self._keys("polls", name)) for name in names])
        return dict(zip(names, map(int, counts), strict=True))

    def stumbled(self, service: str) -> int:
        """Note that a poll of the service failed; return how many have, one upon the other."""
        return int(self._client.run("HINCRBY", self._keys("stumbles"), service, 1))

    def went_well(self, service: str) -> None:
        """Note that a poll of the service did not fail."""
        self._client.run("HDEL", self._keys("stumbles"), service)


def _state(facts: str | None, wishes: str | None, at_ms: str | None, paused: str | None) -> PollState:
    return PollState(
        facts=_loaded(facts),
        wishes=_loaded(wishes),
        next_at=float(at_ms) / 1000 if at_ms else None,
        paused=bool(paused),
    )


def _loaded(text: str | None) -> dict[str, Any]:
    return json.loads(text) if text else {}
