"""Requests that this node accepted while the store was away: the spool, and what its payloads say."""

from dataclasses import replace
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from mediamill.core.errors import PermanentError
from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.engine.vault import Vault
from mediamill.store.jobs import Moved, Replay, Request, Submitted
from mediamill.store.spool import Entry, Kept, Spool

_log = structlog.get_logger("mediamill.stash")

_PAYLOAD: Final = TypeAdapter(Request)


class Stash:
    """Accepts as the store does, as far as one node can; what it holds is as good as a PENDING job.

    Every method raises Unavailable when the spool cannot be used.
    """

    def __init__(self, spool: Spool, vault: Vault) -> None:
        self.spool = spool
        self._vault = vault

    def accept(self, request: Request) -> Submitted:
        """Keep a request under its id, or return the one here that stands for it.

        Raises Unavailable when it cannot be kept: then nothing was accepted.
        """
        outcome, kept = self.spool.accept(
            Entry(
                id=request.id,
                owner=request.owner,
                service=request.service,
                queue=request.queue,
                dedupe_key=None if request.force else request.dedupe_key,
                request_hash=request.request_hash,
                payload=self._vault.seal(_PAYLOAD.dump_json(request)),
                priority=request.priority,
            )
        )
        return Submitted(outcome, kept.id if kept else request.id, kept.state if kept else State.PENDING, spooled=True)

    def opened(self, kept: Kept) -> Replay:
        """Return what the store is to take. Raises PermanentError when the payload cannot be read here."""
        try:
            request = _PAYLOAD.validate_json(self._vault.unseal(kept.payload))
        except ValidationError as error:  # pydantic's own words would tell the request
            raise PermanentError(f"another version wrote this: {error.error_count()} fields do not fit") from None
        return Replay(
            replace(request, priority=kept.priority), kept.accepted_ms, cancelled=kept.cancelled_ms is not None
        )

    def job(self, job_id: str) -> Job | None:
        """Return a request as the job that it will be, or None. Without its parameters when they cannot be read."""
        kept = self.spool.get(job_id)
        if kept is None:
            return None
        known = Job(
            id=kept.id,
            service=kept.service,
            owner=kept.owner,
            queue=Queue(kept.queue),
            priority=kept.priority,
            state=kept.state,
            version=kept.version,
            created_ms=kept.accepted_ms,
            queued_ms=kept.accepted_ms,
            ended_ms=kept.cancelled_ms,
            request_hash=kept.request_hash,
        )
        try:
            request = self.opened(kept).request
        except PermanentError as error:
            _log.warning("stash.unreadable", job_id=job_id, why=error.message)
            return known
        told = {"params": request.params, "uploads": request.uploads, "correlation_id": request.correlation_id}
        return known.model_copy(update=told)

    def cancel(self, job_id: str) -> Moved:
        """Cancel a request: it becomes a REVOKED job when the store is back, and never runs."""
        before = self.spool.cancel(job_id)
        if before is None:
            return Moved("none", None)
        return Moved("moved" if before.state is State.PENDING else "unchanged", State.REVOKED)

    def prioritise(self, job_id: str, priority: int) -> Moved:
        """Give a request another priority, with which it takes its place in line."""
        before = self.spool.prioritise(job_id, priority)
        if before is None:
            return Moved("none", None)
        return Moved("moved" if before.state is State.PENDING else "unchanged", before.state)
