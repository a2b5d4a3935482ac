"""Takes jobs for one queue in one process."""

import os
import time
from contextlib import suppress
from functools import cache, partial
from typing import Final

import structlog
from pydantic import ValidationError

from mediamill.core.errors import NotFound, Unavailable
from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.engine.attempt import Attempt, End
from mediamill.engine.context import EngineContext, Tools
from mediamill.engine.failures import failure_of, failure_of_params
from mediamill.engine.guard import going_on
from mediamill.engine.leftovers import kill_programs
from mediamill.engine.masking import Mask
from mediamill.engine.memory import give_back, holds_more
from mediamill.engine.patience import patiently
from mediamill.engine.places import ELSEWHERE_S
from mediamill.engine.registry import Registry
from mediamill.engine.roster import Entry, process_started
from mediamill.engine.story import Story
from mediamill.engine.vault import Vault, secrets_of
from mediamill.files.scratch import Scratch
from mediamill.store.attempts import Failure, new_token
from mediamill.store.jobs import Moved

#: Jobs that one ticket's process runs one after the other, at most, before Celery has it back.
FOLLOWED: Final = 16

#: For so long a claim without an answer is asked for again, and how often. The store knows it for longer
#: (`CLAIM_KEPT_MS`); without the store there are no tickets either, so the slot is not missed.
CLAIM_PATIENCE_S: Final = 20.0
CLAIM_AGAIN_S: Final = 0.25

#: How often a process that waits for room on the disk looks.
LOOK_FOR_ROOM_S: Final = 1.0

#: The end of an attempt of which we could not even say how it ended.
BROKEN: Final = Failure("INTERNAL", "the end of the attempt could not be written")

_log = structlog.get_logger("mediamill.attempt")


@cache
def _started(pid: int) -> int:
    """Return when this very process started; it does not change, and a fork has another id."""
    return process_started(pid) or 0


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
        memory_bytes: int | None = None,
    ) -> None:
        """Take what it needs. memory_bytes: above it this process takes nothing more, so that it can be replaced."""
        self._tools = tools
        self._registry = registry
        self._endless = frozenset(service.name for service in registry if service.endless)
        self._vault = vault
        self._scratch = scratch
        self._queue = queue
        self._machine = machine
        self._worker_pid = worker_pid
        self._memory_bytes = memory_bytes

    def warm(self) -> None:
        """Let each service load ahead what its first request would wait for. Raises nothing."""
        for service in self._registry:
            if service.warm is None:
                continue
            began = time.monotonic()
            with going_on("service.cold", service=service.name) as tried:
                service.warm()
            if tried.well:
                _log.info("service.warm", service=service.name, seconds=round(time.monotonic() - began, 3))
        give_back()

    def work(self) -> None:
        """Run the best waiting job, as a ticket asks, and then some that wait behind it, each with its own ticket.

        Bringing a ticket costs Celery twice what running a job costs us.
        """
        follow = False
        for _ in range(1 + FOLLOWED):
            if not self._may_begin() or not self._take(follow=follow) or self.heavy:
                return
            follow = True

    def _may_begin(self) -> bool:
        """Wait until the disk has room for a job of this queue; False when the worker drains.

        The ticket is kept meanwhile, so that waiting jobs wait in line and cost nothing. Other machines get
        tickets of their own.
        """
        roster, room = self._tools.roster, self._tools.room
        told = False
        while not roster.drains(self._worker_pid):
            shortage = room.shortage() if room is not None and self._queue.writes else None
            if shortage is None:
                return True
            if not told:
                _log.warning("claim.no_room", queue=self._queue.value, why=shortage)
            told = True
            time.sleep(LOOK_FOR_ROOM_S)
        return False

    @property
    def heavy(self) -> bool:
        """Whether this process has grown above its ceiling."""
        return self._memory_bytes is not None and holds_more(self._memory_bytes)

    @property
    def idle(self) -> bool:
        """Whether no attempt runs in this process."""
        return not self._tools.roster.ours

    def take(self) -> bool:
        """Run one attempt of the best waiting job; False when none was taken."""
        return self._take() is not None

    def _take(self, *, follow: bool = False) -> int | None:
        """Claim and run; return how many jobs wait behind this one, or None when none was taken."""
        worker = f"{self._queue}@{self._machine}:{os.getpid()}"
        try:
            job = self._claim(worker, follow=follow)
        except Unavailable as away:  # the sweeper brings another ticket
            _log.warning("claim.store_away", queue=self._queue.value, why=away.message)
            return None
        if job is None or job.token is None:
            return None
        started = time.monotonic()
        moved = self._attempt(job, job.token)
        _log.info(
            "attempt.ended",
            job_id=job.id,
            service=job.service,
            attempt=job.attempt,
            correlation_id=job.correlation_id,
            worker=worker,
            outcome="untold" if moved is None else moved.outcome,
            state=None if moved is None else moved.state,
            seconds=round(time.monotonic() - started, 3),
        )
        return moved.waiting if moved else 0

    def _claim(self, worker: str, *, follow: bool) -> Job | None:
        """Claim, and ask again where no answer came: the job may be ours, and would wait for its lease's end."""
        claim = partial(self._tools.attempts.claim, self._queue, machine=self._machine, worker=worker, follow=follow)
        token, began = new_token(), time.monotonic()
        while True:
            try:
                return claim(token=token)
            except Unavailable:
                given_up = time.monotonic() - began > CLAIM_PATIENCE_S
                if given_up or self._tools.roster.drains(self._worker_pid):
                    raise
            time.sleep(CLAIM_AGAIN_S)

    def _attempt(self, job: Job, token: str) -> Moved | None:
        """Run one attempt from its sign-in to its sign-out; None when the store heard nothing of its end."""
        entry = self._entry(job, token)
        broken: End = partial(self._tools.attempts.fail, job.id, token, BROKEN)
        end = broken
        try:
            with going_on("attempt.broken", job_id=job.id):
                end = self._prepared(job, token, entry)
            # Before the last move: what the record calls ended has left nothing behind.
            self._tidy(job.id, token)
            moved = self._persist(job.id, end, broken)
            if moved and moved.state in {State.SUCCESS, State.REVOKED}:
                with going_on("lasting.stays", job_id=job.id):  # the keeper comes by
                    self._tools.lasting.remove(job.id, token)
            return moved
        finally:
            with suppress(OSError):
                self._tools.roster.leave(token)

    def _entry(self, job: Job, token: str) -> Entry:
        pid = os.getpid()
        return Entry(
            job_id=job.id,
            token=token,
            queue=self._queue,
            pid=pid,
            started=_started(pid),
            worker_pid=self._worker_pid,
            forked=self._queue.forks,
            deadline=time.monotonic() + job.time_limit_s,
            limit_s=job.time_limit_s,
            endless=job.service in self._endless,
        )

    def _prepared(self, job: Job, token: str, entry: Entry) -> End:
        """Sign in and run; where this machine has no room for that the job waits, uncharged."""
        attempts = self._tools.attempts
        try:
            self._tools.roster.enter(entry)
        except OSError:
            _log.exception("attempt.no_room", job_id=job.id)
            note = "waiting: a machine has no room for it"
            return lambda: attempts.later(job.id, token, delay_s=ELSEWHERE_S, note=note)
        places = {self._scratch.path(job.id, token): "", self._scratch.root.parent.parent: "files"}
        try:
            service = self._registry.get(job.service)
            params = self._vault.load(service.params, job.params)
        except NotFound as missing:
            note = missing.message
            return lambda: attempts.later(job.id, token, delay_s=ELSEWHERE_S, note=note)
        except Exception as error:  # noqa: BLE001 - its model or a key changed since it was accepted; a validator may raise anything
            failure = (
                failure_of_params(error)
                if isinstance(error, ValidationError)
                else failure_of(error, Mask(places=places))
            )
            return lambda: attempts.fail(job.id, token, failure)
        story = Story(job, token, attempts, Mask(secrets_of(params), places))
        ctx = EngineContext(job, token, self._scratch, self._tools, story)
        return Attempt(job, token, service, params, ctx, story, self._tools, lambda: self._ending(entry)).run()

    def _ending(self, entry: Entry) -> None:
        with suppress(OSError):
            self._tools.roster.ending(entry)

    def _tidy(self, job_id: str, token: str) -> None:
        """Leave nothing: no program of a thread that the service forgot, no scratch."""
        with going_on("attempt.untidy", job_id=job_id):  # the keeper's cleaner comes by
            if self._tools.roster.has_programs(token):
                kill_programs(self._tools.roster, token)
            self._scratch.remove(job_id, token)

    @staticmethod
    def _persist(job_id: str, *ends: End) -> Moved | None:
        """Make the attempt's last move, waiting for the store while it is away; where it is refused, the next one.

        After an hour without the store the lease is long over, and another attempt has the job.
        """
        for end in ends:
            with going_on("attempt.end_refused", job_id=job_id):
                try:
                    return patiently(end)
                except Unavailable:
                    return None
        return None
