"""The sweeper: mends what no process is left to mend. Every keeper runs one; the elected one works."""

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import structlog

from mediamill.core.policy import SWEEP_EVERY_S
from mediamill.core.queues import Queue
from mediamill.engine.cleaner import Cleaner
from mediamill.engine.guard import going_on
from mediamill.engine.pollers import Pollers
from mediamill.engine.purge import Purger
from mediamill.engine.settle import Settler
from mediamill.files.artifacts import Artifacts
from mediamill.settings import KeepSettings
from mediamill.store.jobs import Jobs
from mediamill.store.sweeps import ROWS, Round, Sweeps

_log = structlog.get_logger("mediamill.sweep")


class Sweeper:
    """Brings due retries back, takes lost jobs from dead workers and tops tickets up; its settler sees to the files."""

    def __init__(  # noqa: PLR0913 - the rooms it works on
        self,
        sweeps: Sweeps,
        jobs: Jobs,
        artifacts: Artifacts,
        purger: Purger,
        keep: KeepSettings,
        *,
        cleaner: Cleaner | None = None,
        pollers: Pollers | None = None,
        discard: Callable[[str], object] = lambda _job_id: None,
    ) -> None:
        self._sweeps = sweeps
        self._keep = keep
        self._pollers = pollers
        self.settler = Settler(sweeps, jobs, artifacts, purger, keep, cleaner=cleaner, discard=discard)

    def run(self, stop: Event) -> None:
        """Sweep once a second until `stop` is set; then leave the lead to another."""
        settling = Thread(target=self.settler.run, args=(stop,), name="settler", daemon=True)
        settling.start()
        while not stop.is_set():
            started = time.monotonic()
            more = False
            with going_on("sweep.failed"):
                more = self.sweep()
            if not more:
                stop.wait(max(0.1, SWEEP_EVERY_S - (time.monotonic() - started)))
        with going_on("sweep.not_resigned"):
            self._sweeps.resign()
        settling.join(5)

    def round(self) -> bool:
        """Do one sweep and its work on files, in this thread; True when more is waiting."""
        more = self.sweep()
        return bool(self.settler.work()) or more

    def sweep(self) -> bool:
        """Move what is due, at most 500 rows of each kind; True when another round should follow at once."""
        found = self._sweeps.tick(
            keep_done_s=self._keep.job_s, keep_dead_s=self._keep.dead_s, keep_files_s=self._keep.files_s
        )
        if found is None:
            return False
        moved = {
            "due": self._sweeps.due(found.due),
            "lost": self._sweeps.lose(found.lost),
            "expired": self._sweeps.expire(found.expired),
        }
        more = False
        for queue in Queue:
            with going_on("sweep.no_tickets", queue=queue.value):
                more |= abs(self._sweeps.top_up(queue)) >= ROWS
        if self._pollers is not None:
            with going_on("polls.unattended"):
                self._pollers.round()
        told = sum(self._told_children(found)) + sum(self._released_children(found))
        self.settler.offer(found)
        if found.lost or found.expired:
            _log.warning("sweep.moved", **moved)
        # Full lists of which nothing moved would come again at once, and again.
        return more or (found.full and bool(sum(moved.values()) + told))

    def _told_children(self, found: Round) -> Iterator[int]:
        for parent in found.orphaning:
            with going_on("sweep.children_untold", parent=parent):
                self._sweeps.disown(parent)
                yield 1

    def _released_children(self, found: Round) -> Iterator[int]:
        for parent in found.spent:
            with going_on("sweep.children_unreleased", parent=parent):
                self._sweeps.release(parent)
                yield 1
