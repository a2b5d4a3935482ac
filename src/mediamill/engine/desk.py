"""Where a client asks about one job, wherever it is known now."""

import structlog
from pydantic import ValidationError

from mediamill.core.errors import NotFound, Unavailable
from mediamill.core.job import Job
from mediamill.files.artifacts import Artifacts
from mediamill.store.jobs import Jobs

_log = structlog.get_logger("mediamill.desk")


class Desk:
    """Looks in the store, then at what lies beside the artifacts.

    A finished job's `job.json` answers after its record was forgotten, and while the store is away;
    it tells of the job's last end, so a redrive since then is not in it. Nobody's rights are checked
    here: every record found has its owner.
    """

    def __init__(self, jobs: Jobs, artifacts: Artifacts) -> None:
        self._jobs = jobs
        self._artifacts = artifacts

    def find(self, job_id: str) -> Job | None:
        """Return the job, or None when there is none. job_id: looks like one of ours.

        Raises Unavailable when that cannot be told: the store is away and nothing else knows the job.
        """
        away: Unavailable | None = None
        try:
            job = self._jobs.get(job_id)
        except Unavailable as error:
            job, away = None, error
        job = job or self._recorded(job_id)
        if job is None and away is not None:
            raise away
        return job

    def _recorded(self, job_id: str) -> Job | None:
        """Return a finished job as `job.json` has it, or None. Raises Unavailable when the files are away."""
        try:
            return Job.model_validate_json(self._artifacts.read_record(job_id))
        except NotFound:
            return None
        except ValidationError:  # a hand in the files, or a record of a later version
            _log.exception("desk.record_unreadable", job_id=job_id)
            return None
