"""Where a client asks about one job, wherever it is known now."""

from collections.abc import Callable
from typing import Final

from mediamill.core.errors import Unavailable
from mediamill.core.job import Job
from mediamill.engine import ended
from mediamill.engine.stash import Stash
from mediamill.files.artifacts import Artifacts
from mediamill.store.jobs import Jobs, Moved

_NOWHERE: Final = Moved("none", None)


class Desk:
    """Looks in the store, then in this node's stash, then at what lies beside the artifacts.

    A finished job's `job.json` answers after its record was forgotten, and while the store is away;
    it tells of the job's last end, so a redrive since then is not in it. Nobody's rights are checked
    here: every record found has its owner.

    stash: what was accepted here while the store was away, and the store does not have yet; None: nothing is.
    """

    def __init__(self, jobs: Jobs, artifacts: Artifacts, stash: Stash | None = None) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._stash = stash

    def find(self, job_id: str) -> Job | None:
        """Return the job, or None when there is none. job_id: looks like one of ours.

        Raises Unavailable when that cannot be told: the store is away and nothing else knows the job.
        """
        unsure: Unavailable | None = None
        for look in (self._jobs.get, self._stashed, self._recorded):
            try:
                job = look(job_id)
            except Unavailable as away:
                unsure = unsure or away
            else:
                if job is not None:
                    return job
        if unsure is not None:
            raise unsure
        return self._jobs.get(job_id) if self._stash is not None else None  # handed on between the looks

    def waits_here(self, job_id: str) -> bool:
        """Whether the job is one that the store does not have yet, or may not have."""
        if self._stash is None:
            return False
        try:
            return self._stash.spool.get(job_id) is not None
        except Unavailable:
            return False

    def cancel(self, job_id: str) -> Moved:
        """Cancel a job where it is. Raises Unavailable when the store is away and it does not wait here."""
        return self._moved(lambda: self._jobs.cancel(job_id), lambda stash: stash.cancel(job_id))

    def prioritise(self, job_id: str, priority: int) -> Moved:
        """Give a waiting job another priority where it is. Raises Unavailable as `cancel` does."""
        return self._moved(
            lambda: self._jobs.prioritise(job_id, priority), lambda stash: stash.prioritise(job_id, priority)
        )

    def _moved(self, in_store: Callable[[], Moved], in_stash: Callable[[Stash], Moved]) -> Moved:
        away: Unavailable | None = None
        moved = _NOWHERE
        try:
            moved = in_store()
        except Unavailable as error:
            away = error
        if moved.outcome == "none" and self._stash is not None:
            moved = in_stash(self._stash)
            if moved.outcome == "none" and away is None:
                moved = in_store()  # handed on between the looks
        if moved.outcome == "none" and away is not None:
            raise away
        return moved

    def _stashed(self, job_id: str) -> Job | None:
        return self._stash.job(job_id) if self._stash is not None else None

    def _recorded(self, job_id: str) -> Job | None:
        """Return a finished job as `job.json` has it, or None. Raises Unavailable when the files are away."""
        return ended.find(self._artifacts, job_id)
