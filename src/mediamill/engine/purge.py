"""Removing what is a job's own: with its record, or when no record names it any more."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from mediamill.files import keys
from mediamill.files.artifacts import Artifacts
from mediamill.files.uploads import Uploads
from mediamill.store.jobs import Jobs, Moved

#: A file that no record names may belong to an attempt that is just about to commit it.
UNNAMED_AFTER_S: Final = 600.0
#: Files of a job without a record may belong to a request that is only just accepted, or waits in a spool.
UNKNOWN_AFTER_S: Final = 2 * 86_400.0


class Purger:
    """Removes jobs and their files: first the record, which names the files, then the files.

    now: Unix time, seconds.
    """

    def __init__(
        self, jobs: Jobs, artifacts: Artifacts, uploads: Uploads, now: Callable[[], float] = time.time
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._uploads = uploads
        self._now = now

    def purge(self, job_id: str, *, min_age_s: float | None = None) -> Moved:
        """Remove a finished job (that ended `min_age_s` ago or earlier); what is not finished stays."""
        moved = self._jobs.forget(job_id, min_age_s=min_age_s)
        if moved or moved.outcome == "none":
            self._artifacts.forget(job_id)
            self._uploads.forget(job_id)
        return moved

    def collect(self, job_id: str, *, keep_s: float) -> int:
        """Delete what no record names of a job's files, when it is old enough; return how many files.

        Of a finished job: what stale attempts wrote, and parts made twice. The published parts stay,
        for a redrive builds on them. Of a job without a record: everything; but for `keep_s` what lies
        beside a `job.json`, which tells that it was a finished one.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return self._collect_unknown(job_id, keep_s)
        if not job.state.final:
            return 0
        named = {each.key for each in (*job.files.values(), *self._jobs.parts(job_id).values())}
        return self._artifacts.collect(job_id, named, older_than_s=UNNAMED_AFTER_S, now_s=self._now())

    def known_to_files(self) -> Iterator[str]:
        """Yield the id of every job that has a file somewhere; one may come twice."""
        yield from self._artifacts.jobs()
        yield from self._artifacts.store.names(keys.UPLOADS)

    def _collect_unknown(self, job_id: str, keep_s: float) -> int:
        age_s = keep_s if self._artifacts.has_record(job_id) else UNKNOWN_AFTER_S
        newest = self._now() - max(age_s, UNKNOWN_AFTER_S)
        for prefix in (keys.job(job_id), keys.uploads(job_id)):
            if any(entry.modified_s > newest for entry in self._artifacts.store.list(prefix)):
                return 0
        return self._artifacts.forget(job_id) + self._uploads.forget(job_id)
