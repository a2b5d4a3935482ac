"""Hands on to the store what was accepted while it was away: one drainer per node, oldest first."""

import fcntl
import os
import time
from collections.abc import Callable
from threading import Event
from typing import Final

import structlog

from mediamill.core.errors import PermanentError, Unavailable
from mediamill.engine.guard import going_on
from mediamill.engine.stash import Stash
from mediamill.store.jobs import Jobs, Refusal, Replay, Submitted
from mediamill.store.spool import Kept

_log = structlog.get_logger("mediamill.replay")

#: One round trip: requests, and bytes of them.
BATCH: Final = 200
BATCH_BYTES: Final = 4 * 2**20
#: How often an empty spool is looked into, and a store that is away tried, seconds.
LOOK_EVERY_S: Final = 1.0
#: How often what was refused is tried again, seconds; at a start it always is, for a key may have been mended.
READMIT_EVERY_S: Final = 600.0


class Replayer:
    """Empties the stash of this node. Each API process has one; a lock beside the spool lets one work.

    A row goes only after the store said that it has the job, so a crash in between replays it once more,
    which changes nothing. now: a monotonic clock, seconds.
    """

    def __init__(self, stash: Stash, jobs: Jobs, now: Callable[[], float] = time.monotonic) -> None:
        self._stash = stash
        self._spool = stash.spool
        self._jobs = jobs
        self._now = now
        self._lock: int | None = None
        self._readmit_at = 0.0

    def run(self, stop: Event) -> None:
        """Hand on whatever comes, until `stop` is set."""
        while not stop.wait(LOOK_EVERY_S):
            with going_on("replay.failed"):
                if self.elected():
                    self.drain(stop)
        self.close()

    def elected(self) -> bool:
        """Whether this is the node's drainer: takes the lock when it is free. Nothing to drain elects nobody."""
        if self._lock is None and self._spool.exists:
            lock = os.open(self._spool.folder / "drainer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            self._lock = lock
        return self._lock is not None

    def close(self) -> None:
        """Let another process drain."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def drain(self, stop: Event) -> int:
        """Hand on everything that waits; return how much. It stays when the store is away."""
        if self._now() >= self._readmit_at:
            self._readmit_at = self._now() + READMIT_EVERY_S
            self._spool.readmit()
        began, count = self._now(), 0
        try:
            while not stop.is_set() and (taken := self.round()):
                count += taken
        except Unavailable as away:
            _log.debug("replay.waits", why=away.message)
        if count:
            _log.info("replay.done", requests=count, seconds=round(self._now() - began, 3))
            self._spool.compact()
        return count

    def round(self) -> int:
        """Hand on one batch; return how many requests left the line, 0 when none waits.

        Raises Unavailable when the store or the spool cannot be used; the order is kept.
        """
        opened: list[tuple[Kept, Replay]] = []
        refused = 0
        for kept in self._spool.oldest(BATCH, BATCH_BYTES):
            try:
                opened.append((kept, self._stash.opened(kept)))
            except PermanentError as error:
                self._refuse(kept, error.message)
                refused += 1
        taken: list[Kept] = []
        answers = self._jobs.replay([replay for _, replay in opened]) if opened else []
        for (kept, replay), answer in zip(opened, answers, strict=True):
            why = answer.why if isinstance(answer, Refusal) else self._objection(kept, replay, answer)
            if why:
                self._refuse(kept, why)
                refused += 1
            else:
                taken.append(kept)
        return refused + (self._spool.drop(taken) if taken else 0)

    def _objection(self, kept: Kept, replay: Replay, answer: Submitted) -> str:
        """Make the changes asked for here where the store had the job already; return what is against it, or ""."""
        if answer.outcome == "reused":
            return f"the store has another request under this Idempotency-Key, as job {answer.id}"
        if answer.outcome == "replay" and kept.version:
            try:
                if replay.cancelled:
                    self._jobs.cancel(kept.id)
                else:
                    self._jobs.prioritise(kept.id, kept.priority)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one spoilt record must not stop the others
                return str(error)
        return ""

    def _refuse(self, kept: Kept, why: str) -> None:
        _log.error("replay.refused", job_id=kept.id, why=why)
        self._spool.refuse(kept, why)
