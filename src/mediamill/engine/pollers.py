"""The jobs that look at others, one for each service of which some wait for that: here they are brought to life."""

import json
import time
from collections.abc import Callable
from typing import Final

import structlog
from pydantic import BaseModel, Field

from mediamill.core.policy import PRIORITY_MAX
from mediamill.core.polls import POLLS
from mediamill.core.queues import Queue
from mediamill.engine.guard import going_on
from mediamill.engine.identity import poller_id, request_hash
from mediamill.store.jobs import Jobs, Request
from mediamill.store.polls import Polls

#: Whose jobs they are: the colon is in no owner of API_KEYS.
OWNER: Final = "mediamill:polls"
#: What one attempt may take; it ends by itself long before (`engine/polls.py`).
TIME_LIMIT_S: Final = 1_800.0

#: For so long a process takes the life of a poller for granted that it has seen.
SEEN_S: Final = 10.0
#: How often the sweeper looks after them all.
ROUND_EVERY_S: Final = 10.0
#: One that was cancelled, or killed its workers, is left alone for so long.
REST_S: Final = 60.0

_log = structlog.get_logger("mediamill.polls")


class Params(BaseModel):
    """What a poller is asked for."""

    service: str = Field(description="The service whose waiting jobs are looked at.", examples=["watchers"])


class Pollers:
    """Sees to it that each polled service has its job; a job's id follows from the service, so there is never a second.

    now: a monotonic clock, seconds.
    """

    def __init__(self, jobs: Jobs, polls: Polls, now: Callable[[], float] = time.monotonic) -> None:
        self._jobs = jobs
        self._polls = polls
        self._now = now
        self._seen: dict[str, float] = {}
        self._round_at = now()

    def see_to(self, service: str) -> None:
        """Make the job that polls a service, unless there is one. Raises Unavailable when the store is away."""
        if self._now() < self._seen.get(service, float("-inf")):
            return
        self._polls.name_poller(service, self._jobs.submit(_request(service)).id)
        self._seen[service] = self._now() + SEEN_S

    def round(self) -> None:
        """Bring back, every ten seconds, those that have ended while jobs wait for them; the sweeper calls it."""
        if self._now() < self._round_at:
            return
        self._round_at = self._now() + ROUND_EVERY_S
        pollers = self._polls.pollers()
        for service, waiting in self._polls.waiting(pollers).items():
            if waiting:
                with going_on("polls.unattended", service=service):
                    self._revive(service, pollers[service])

    def _revive(self, service: str, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None:
            self._seen.pop(service, None)
            self.see_to(service)
        elif job.state.final and self._polls.now_ms() - (job.ended_ms or 0) >= REST_S * 1000:
            _log.warning("polls.revived", service=service, job_id=job_id, state=job.state.value, code=job.error_code)
            self._jobs.redrive(job_id)


def _request(service: str) -> Request:
    params = json.loads(Params(service=service).model_dump_json())
    request = request_hash(POLLS, params, {})
    return Request(
        id=poller_id(service),
        service=POLLS,
        owner=OWNER,
        queue=Queue.DEFAULT,
        params=params,
        uploads={},
        request_hash=request,
        time_limit_s=TIME_LIMIT_S,
        priority=PRIORITY_MAX,
    )
