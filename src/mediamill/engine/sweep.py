"""The sweeper: mends what no process is left to mend. Every keeper runs one; the elected one works."""

import time
from threading import Event

import structlog

from mediamill.core.errors import Unavailable
from mediamill.core.policy import SWEEP_EVERY_S
from mediamill.core.queues import Queue
from mediamill.engine.purge import Purger, record_json
from mediamill.files.artifacts import Artifacts
from mediamill.settings import KeepSettings
from mediamill.store.jobs import Jobs
from mediamill.store.sweeps import Round, Sweeps

_log = structlog.get_logger("mediamill.sweep")


class Sweeper:
    """Brings due retries back, takes lost jobs from dead workers, tops tickets up, settles and forgets."""

    def __init__(self, sweeps: Sweeps, jobs: Jobs, artifacts: Artifacts, purger: Purger, keep: KeepSettings) -> None:
        self._sweeps = sweeps
        self._jobs = jobs
        self._artifacts = artifacts
        self._purger = purger
        self._keep = keep

    def run(self, stop: Event) -> None:
        """Sweep once a second until `stop` is set."""
        while not stop.is_set():
            started = time.monotonic()
            try:
                while self.round():
                    if stop.is_set():
                        return
            except Unavailable as error:
                _log.warning("sweep.store_away", why=error.message)
            except Exception:  # noqa: BLE001 - logged whole
                # What one round cannot do, the next may; a dead sweeper would mend nothing at all.
                _log.exception("sweep.failed")
            stop.wait(max(0.1, SWEEP_EVERY_S - (time.monotonic() - started)))

    def round(self) -> bool:
        """Do what is due, at most 500 rows of each kind; True when more is waiting."""
        found = self._sweeps.tick(keep_done_s=self._keep.job_s, keep_dead_s=self._keep.dead_s)
        if found is None:
            return False
        moved = {
            "due": self._sweeps.due(found.due),
            "lost": self._sweeps.lose(found.lost),
            "expired": self._sweeps.expire(found.expired),
        }
        for queue in Queue:
            self._sweeps.top_up(queue)
        self._tell_children(found)
        self._settle(found)
        self._forget(found)
        if found.lost or found.expired:
            _log.warning("sweep.moved", **moved)
        return found.full

    def _tell_children(self, found: Round) -> None:
        for parent in found.orphaning:
            self._sweeps.disown(parent)

    def _settle(self, found: Round) -> None:
        """Write the ends of jobs beside their artifacts, where they outlive the store."""
        for job in self._jobs.get_many(found.settled):
            if job.state.final:
                self._artifacts.write_record(job.id, record_json(job))
            self._sweeps.settle(job.id, job.version)

    def _forget(self, found: Round) -> None:
        for job_id in found.old:
            self._purger.purge(job_id, min_age_s=min(self._keep.job_s, self._keep.dead_s))
