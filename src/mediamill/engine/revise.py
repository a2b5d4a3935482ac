"""Other files in the place of a finished job's, for a client who changes what it made."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mediamill.core.errors import Conflict, NotFound
from mediamill.core.job import Artifact, Job
from mediamill.files.artifacts import Artifacts
from mediamill.store.jobs import Jobs

#: A record changes at its end, and when its files go; more often than that only by other clients' changes.
_TRIES: Final = 5


class Reviser:
    """Changes the files of jobs that have succeeded. Nobody's rights are checked here.

    A file is never written over: a new one is stored beside it, and the record names that one. Whoever reads the old
    one reads it to its end; it is deleted as what no record names. A changed job stands for no repeat of its request.
    """

    def __init__(self, jobs: Jobs, artifacts: Artifacts) -> None:
        self._jobs = jobs
        self._artifacts = artifacts

    def revise(self, job: Job, changed: Mapping[str, Path]) -> Job:
        """Give a job these files, by name, all of them or none; return it as it is then.

        job: as it was when the client's change was made; the files that it named are the ones that are replaced.
        changed: each path stays readable, but is the stored file itself on a local disk.

        Raises Conflict with code FILE_CHANGED when somebody else has changed one of them since, FILES_FIXED when
        nothing can be changed any more; NotFound when the job is gone; Unavailable.
        """
        token = secrets.token_hex(16)
        files = [self._artifacts.commit(job.id, token, name, path) for name, path in changed.items()]
        known = job
        for _ in range(_TRIES):
            moved = self._jobs.revise(known, files)
            if moved:
                named = {**known.files, **{file.name: file for file in files}}
                return known.model_copy(update={"files": named, "version": known.version + 1, "keep_dedupe": False})
            if moved.outcome != "stale":
                break
            known = self._read_again(job, files)
        raise Conflict("the files of this job cannot be changed: it has no result that is kept", code="FILES_FIXED")

    def _read_again(self, job: Job, files: Sequence[Artifact]) -> Job:
        """Return the record as it is now, in which the files to replace must be those that `job` names."""
        now = self._jobs.get(job.id)
        if now is None:
            raise NotFound("there is no such job", code="JOB_NOT_FOUND")
        if other := next((file.name for file in files if now.files.get(file.name) != job.files.get(file.name)), None):
            raise Conflict(f"{other} was changed meanwhile: read it again", code="FILE_CHANGED")
        return now
