"""How long the files of finished jobs are kept: the list of those that have some, by when they ended."""

from typing import Literal

from mediamill.store.scripts import Scripts

#: expired: the record says so. alive: the job is not finished, or ended again since. none: there is no record.
Expiry = Literal["expired", "alive", "none"]


class Retention:
    """Entries are made by the moves that end a job, outlive its record, and go when its files are gone."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys

    def ended_ms(self, job_id: str) -> int | None:
        """Return when the job of these files ended; 0: they were ordered removed; None: it is not in the list."""
        score = self._client.run("ZSCORE", self._keys("kept"), job_id)
        return None if score is None else int(score)

    def keep(self, job_id: str, ended_ms: int) -> None:
        """List the files of a job that ended at `ended_ms`."""
        self._client.run("ZADD", self._keys("kept"), ended_ms, job_id)

    def expire(self, job_id: str, ended_ms: int) -> Expiry:
        """Say in the record of a job that ended by `ended_ms` that its files are over. Repeatable."""
        expiry: Expiry = self._run("expire_files", id=job_id, ended_ms=ended_ms)
        return expiry

    def expire_released(self, job_id: str, ended_ms: int) -> Expiry:
        """Say so early, of a child that no job needs; alive, also where one has come that does. Repeatable."""
        expiry: Expiry = self._run("expire_files", id=job_id, ended_ms=ended_ms, released=True)
        return expiry

    def unrelease(self, job_id: str) -> None:
        """Take a child from the list of those whose files no job needs."""
        self._client.run("ZREM", self._keys("released"), job_id)

    def drop(self, job_id: str, ended_ms: int) -> bool:
        """Take a job whose files are gone from the list, unless it ended again meanwhile."""
        return bool(self._run("unkeep", id=job_id, score=ended_ms))
