"""`job.json`: how a finished job is written beside its files, and read again when the store was lost."""

from collections.abc import Mapping
from typing import Final

import structlog
from pydantic import ValidationError

from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact, EndedJob, Job
from mediamill.files.artifacts import Artifacts

#: Of a job's own attempt, which is over.
_LEFT_OUT: Final = {"token", "machine", "stop"}

_log = structlog.get_logger("mediamill.ended")


class RecordError(ValueError):
    """A `job.json` that is not what `dump` writes; the message says what is wrong with it, and shows nothing of it."""


def dump(job: Job, parts: Mapping[str, Artifact]) -> bytes:
    """Return what `job.json` says: the whole record and its parts, secrets as encrypted as they are in it.

    The job must have ended.
    """
    record = EndedJob.model_construct(**{name: getattr(job, name) for name in Job.model_fields}, parts=dict(parts))
    return record.model_dump_json(exclude=_LEFT_OUT).encode()


def read(artifacts: Artifacts, job_id: str) -> EndedJob:
    """Return what lies beside the files of a job. Raises NotFound, RecordError, Unavailable."""
    return load(job_id, artifacts.read_record(job_id))


def find(artifacts: Artifacts, job_id: str) -> EndedJob | None:
    """Return the same, or None when there is none or none that can be read. Raises Unavailable."""
    try:
        return read(artifacts, job_id)
    except NotFound:
        return None
    except RecordError as spoilt:  # a hand in the files, or a record of a later version
        _log.warning("ended.spoilt_record", job_id=job_id, why=str(spoilt))
        return None


def load(job_id: str, body: bytes) -> EndedJob:
    """Return the job that `dump` wrote. Raises RecordError, also where it is another job's."""
    try:
        job = EndedJob.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise RecordError(": ".join(filter(None, (".".join(map(str, first["loc"])), str(first["msg"]))))) from None
    if job.id != job_id:
        raise RecordError("it is another job's")
    return job
