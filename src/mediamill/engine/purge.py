"""Removing a finished job with everything that is its own."""

from mediamill.core.job import Job
from mediamill.files.artifacts import Artifacts
from mediamill.files.uploads import Uploads
from mediamill.store.jobs import Jobs, Moved


class Purger:
    """Forgets jobs: first the record, which names the files, then the files."""

    def __init__(self, jobs: Jobs, artifacts: Artifacts, uploads: Uploads) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._uploads = uploads

    def purge(self, job_id: str, *, min_age_s: float | None = None) -> Moved:
        """Remove a finished job (that ended `min_age_s` ago or earlier); what is not finished stays."""
        moved = self._jobs.forget(job_id, min_age_s=min_age_s)
        if moved or moved.outcome == "none":
            self._artifacts.forget(job_id)
            self._uploads.forget(job_id)
        return moved


def record_json(job: Job) -> bytes:
    """Return what `job.json` beside the artifacts says: the whole record, secrets as encrypted as they are in it."""
    return job.model_dump_json(exclude={"token", "machine", "stop"}).encode()
