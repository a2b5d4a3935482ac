"""Ended jobs that come back from their files, one atomic move each."""

from collections.abc import Container, Sequence
from typing import Any, Literal

import structlog
from redis.exceptions import ResponseError

from mediamill.core.job import EndedJob
from mediamill.store.record import dump_job, dump_json
from mediamill.store.scripts import Scripts

#: new: there was no record. ended: the record had not ended, or had an older end. settled: it has this end and was
#: only in the outbox still. known: the record says as much or more. old: there is no record, nor need of one.
#: refused: the store has something else there.
Adopted = Literal["new", "ended", "settled", "known", "old", "refused"]

_log = structlog.get_logger("mediamill.adoptions")


class Adoptions:
    """Brings records of ended jobs back; never makes a ticket, nor an entry of the outbox."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def adopt(self, jobs: Sequence[EndedJob], old: Container[str] = ()) -> list[Adopted]:
        """Adopt each job by itself, in one round trip, and say what was done. Repeatable.

        old: ids of those whose record's time is over: only a record that has not heard of the end is told.
        Raises Unavailable when the store is away or full; some of them are adopted then.
        """
        replies = self._run.many("adopt", [_call(job, is_old=job.id in old) for job in jobs])
        return [_outcome(job, reply) for job, reply in zip(jobs, replies, strict=True)]


def _call(job: EndedJob, *, is_old: bool) -> dict[str, object]:
    fields = dump_job(job)
    parts = {name: dump_json(artifact.model_dump()) for name, artifact in job.parts.items()}
    return {"id": job.id, "record": fields, "parts": parts, "old": is_old}


def _outcome(job: EndedJob, reply: Any) -> Adopted:  # noqa: ANN401 - what the script said, or the store's refusal
    if isinstance(reply, ResponseError):
        _log.error("adopt.refused", job_id=job.id, why=str(reply))
        return "refused"
    outcome: Adopted = reply[0]
    return outcome
