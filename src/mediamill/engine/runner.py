"""Takes jobs for one queue in one process."""

import os
import time
from collections.abc import Callable

import structlog
from pydantic import ValidationError

from mediamill.core.errors import NotFound, PermanentError, Unavailable
from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.engine.attempt import Attempt, failure_of
from mediamill.engine.context import EngineContext, Tools
from mediamill.engine.registry import Registry
from mediamill.engine.roster import Entry, process_started
from mediamill.engine.story import Story
from mediamill.engine.vault import Vault, secrets_of
from mediamill.files.scratch import Scratch
from mediamill.store.jobs import Moved

#: While the store is away, a finished attempt asks again this often, and for this long.
COMMIT_AGAIN_S = 1.0
COMMIT_FOR_S = 3600.0
#: A job of a service that is off here waits this long for another machine to take it.
ELSEWHERE_S = 30.0

_log = structlog.get_logger("mediamill.attempt")


class Runner:
    """Claims and runs the jobs of one queue. Threads may share it."""

    def __init__(  # noqa: PLR0913 - what an attempt needs, named one by one
        self,
        tools: Tools,
        registry: Registry,
        vault: Vault,
        scratch: Scratch,
        *,
        queue: Queue,
        machine: str,
        worker_pid: int,
    ) -> None:
        self._tools = tools
        self._registry = registry
        self._vault = vault
        self._scratch = scratch
        self._queue = queue
        self._machine = machine
        self._worker_pid = worker_pid

    def take(self) -> bool:
        """Claim the best waiting job and run it to the end of its attempt; False when none waits."""
        worker = f"{self._queue}@{self._machine}:{os.getpid()}"
        job = self._tools.attempts.claim(self._queue, machine=self._machine, worker=worker)
        if job is None or job.token is None:
            return False
        started = time.monotonic()
        self._tools.roster.enter(self._entry(job, job.token))
        try:
            moved = persist(self._run(job, job.token))
        finally:
            self._scratch.remove(job.id, job.token)
            self._tools.roster.leave(job.token)
        _log.info(
            "attempt.ended",
            job_id=job.id,
            service=job.service,
            attempt=job.attempt,
            correlation_id=job.correlation_id,
            worker=worker,
            outcome=moved.outcome,
            state=moved.state,
            seconds=round(time.monotonic() - started, 3),
        )
        return True

    def _entry(self, job: Job, token: str) -> Entry:
        pid = os.getpid()
        return Entry(
            job_id=job.id,
            token=token,
            queue=self._queue,
            pid=pid,
            started=process_started(pid) or 0,
            worker_pid=self._worker_pid,
            forked=self._queue.forks,
            deadline=time.time() + job.time_limit_s,
            limit_s=job.time_limit_s,
        )

    def _run(self, job: Job, token: str) -> Callable[[], Moved]:
        attempts = self._tools.attempts
        try:
            service = self._registry.get(job.service)
            params = self._vault.load(service.params, job.params)
        except NotFound as missing:
            note = missing.message
            return lambda: attempts.later(job.id, token, delay_s=ELSEWHERE_S, note=note)
        except (PermanentError, ValidationError) as error:  # its service or a key changed since it was accepted
            failure = failure_of(error)
            return lambda: attempts.fail(job.id, token, failure)
        story = Story(job, token, attempts, secrets_of(params))
        ctx = EngineContext(job, token, self._scratch.make(job.id, token), self._tools, story)
        return Attempt(job, token, service, params, ctx, story, self._tools).run()


def persist(move: Callable[[], Moved]) -> Moved:
    """Make an attempt's last move, waiting for the store while it is away.

    Raises Unavailable after an hour: the lease is long over then, and another attempt has the job.
    """
    until = time.monotonic() + COMMIT_FOR_S
    while True:
        try:
            return move()
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(COMMIT_AGAIN_S)
