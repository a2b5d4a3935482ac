"""Removing what is a job's own: with its record, or when no record names it any more."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from mediamill.core.job import Job
from mediamill.engine import ended
from mediamill.files import keys
from mediamill.files.artifacts import Artifacts
from mediamill.files.lasting import Lasting
from mediamill.files.uploads import Uploads
from mediamill.store.jobs import Jobs, Moved

#: A file that no record names may belong to an attempt that is just about to commit it.
UNNAMED_AFTER_S: Final = 600.0
#: Files of a job without a record may belong to a request that is only just accepted, or waits in a spool.
UNKNOWN_AFTER_S: Final = 2 * 86_400.0


class Purger:
    """Removes jobs and their files: first the record, which names the files, then the files.

    The age of files counts from their job's end, as the store or `job.json` tells it. Times of files
    count only where neither knows the job.

    now: Unix time, seconds. lasting: of this machine; None: who purges here looks after no such folders.
    """

    def __init__(
        self,
        jobs: Jobs,
        artifacts: Artifacts,
        uploads: Uploads,
        now: Callable[[], float] = time.time,
        *,
        lasting: Lasting | None = None,
    ) -> None:
        self._jobs = jobs
        self._retention = jobs.retention
        self._artifacts = artifacts
        self._uploads = uploads
        self._now = now
        self._lasting = lasting

    def purge(self, job_id: str) -> Moved:
        """Remove a finished job and its files at once; what is not finished stays.

        The move that forgets the record also orders the files removed, so if the files are away
        (Unavailable), or this process dies, the sweeper removes them.
        """
        moved = self._jobs.purge(job_id)
        if moved or moved.outcome == "none":
            if self._lasting is not None:
                self._lasting.forget(job_id)
            self._remove(job_id)
            self._retention.drop(job_id, 0)
        return moved

    def fade(self, job_id: str) -> bool:
        """Delete the files of a job whose time is over, or that was purged; True when they are gone.

        What the store's list says is checked against `job.json` and the record: a later end in either
        keeps the files. The store may be an older backup than the files.
        """
        ended_ms = self._retention.ended_ms(job_id)
        if ended_ms is None or self._ended_later(job_id, ended_ms):
            return False
        expiry = self._retention.expire(job_id, ended_ms)
        if expiry == "expired":
            self._expire(job_id)
        elif expiry == "none":
            self._remove(job_id)
        return self._retention.drop(job_id, ended_ms)

    def release(self, job_id: str) -> bool:
        """Delete the files of a child that no job needs any more; True when they are gone. Its record stays."""
        ended_ms = self._retention.ended_ms(job_id)
        if ended_ms is None:  # they have gone in their own time
            self._retention.unrelease(job_id)
            return False
        if self._retention.expire_released(job_id, ended_ms) != "expired":
            return False
        self._expire(job_id)
        return self._retention.drop(job_id, ended_ms)

    def collect(self, job_id: str, *, keep_s: float) -> int:
        """Delete what neither the record nor `job.json` names of a job's files, when it is old enough.

        Of a finished job: what stale attempts wrote, parts made twice, and parts that its result does without,
        `UNNAMED_AFTER_S` after the job's end, so that who was reading one then can go on to another file. The
        published parts stay, for a redrive builds on them. Of a job without a record: everything; but where
        `job.json` tells of an end nothing until that is `keep_s` ago, for a rebuild would find it. Returns how
        many files.
        """
        job = self._jobs.get(job_id)
        if job is None:
            return self._collect_unknown(job_id, keep_s)
        if not job.state.final:
            return 0
        if job.files_expired_ms is None and self._over(job.ended_ms or 0, keep_s):
            self._retention.keep(job_id, job.ended_ms or 0)  # the list should have had it; now it has
            return 0
        if not self._over(job.ended_ms or 0, UNNAMED_AFTER_S):
            return 0
        named = set() if job.files_expired_ms else self._named(job)
        return self._artifacts.collect(job_id, named, older_than_s=UNNAMED_AFTER_S, now_s=self._now())

    def known_to_files(self) -> Iterator[str]:
        """Yield the id of every job that has a file somewhere; one may come twice."""
        yield from self._artifacts.jobs()
        yield from self._artifacts.store.names(keys.UPLOADS)

    def _collect_unknown(self, job_id: str, keep_s: float) -> int:
        told = ended.find(self._artifacts, job_id)
        if told is not None:
            if self._over(told.ended_ms, keep_s):
                return self._remove(job_id)
            if self._retention.ended_ms(job_id) is None:  # the store was lost, and the list with it
                self._retention.keep(job_id, told.ended_ms)
            return 0
        age_s = keep_s if self._artifacts.has_record(job_id) else UNKNOWN_AFTER_S
        newest = self._now() - max(age_s, UNKNOWN_AFTER_S)
        for prefix in (keys.job(job_id), keys.uploads(job_id)):
            if any(entry.modified_s > newest for entry in self._artifacts.store.list(prefix)):
                return 0
        if self._jobs.get(job_id) is not None:  # it was accepted while we looked: a spool gave it out, or a backup
            return 0
        return self._remove(job_id)

    def _named(self, job: Job) -> set[str]:
        """Return the keys of all files that the record or `job.json` names."""
        named = [*job.files.values(), *self._jobs.parts(job.id).values()]
        told = ended.find(self._artifacts, job.id)
        if told is not None:
            named += [*told.files.values(), *told.parts.values()]
        return {artifact.key for artifact in named}

    def _remove(self, job_id: str) -> int:
        return self._artifacts.forget(job_id) + self._uploads.forget(job_id)

    def _expire(self, job_id: str) -> None:
        """Delete the files of a job whose record stays and says so; `job.json` says so first."""
        job = self._jobs.get(job_id)
        if job is None or not job.state.final:  # it was forgotten, or redriven, since we looked
            return
        self._artifacts.write_record(job_id, ended.dump(job, {}))
        # Only what is old: should the job be redriven now, the files of its next attempt are not.
        self._artifacts.collect(job_id, (), older_than_s=UNNAMED_AFTER_S, now_s=self._now())
        self._uploads.forget(job_id)

    def _ended_later(self, job_id: str, ended_ms: int) -> bool:
        """Whether `job.json` tells of a later end than the list, which has it then. Nothing outweighs an order (0)."""
        told = ended.find(self._artifacts, job_id) if ended_ms else None
        if told is None or told.ended_ms <= ended_ms:
            return False
        self._retention.keep(job_id, told.ended_ms)
        return True

    def _over(self, ended_ms: int, keep_s: float) -> bool:
        return self._now() - ended_ms / 1000 > keep_s
