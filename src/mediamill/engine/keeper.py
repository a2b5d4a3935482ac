"""The keeper: one process per machine that runs no service code, so that nothing a service does can stop it.

It renews the leases of all attempts whose process lives and brings them the words of the store
(cancel, stop); its closer ends those that do not listen; its cleaner takes away what is left.
Each is a thread of its own: leases wait for nothing but the store.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Final

import psutil
import structlog

from mediamill.core.errors import Unavailable
from mediamill.core.policy import RENEW_EVERY_S
from mediamill.engine.closer import Closer
from mediamill.engine.guard import going_on
from mediamill.engine.librarian import Librarian
from mediamill.engine.rescue import SETTLE_EVERY_S, Rescuer
from mediamill.engine.roster import Entry, Roster, Word
from mediamill.files.ballast import Ballast
from mediamill.files.scratch import Scratch
from mediamill.store.attempts import Attempts
from mediamill.store.fleet import Fleet

#: While somebody is being ended, or the store is away, the threads look this often.
HURRY_S: Final = 0.5
LOOK_EVERY_S: Final = 1.0
CLEAN_EVERY_S: Final = 60.0
#: What a keeper that should go gives the attempts beyond the time to drain.
LEAVE_AFTER_S: Final = 15.0

_log = structlog.get_logger("mediamill.keeper")


@dataclass
class Keeper:
    """Keeps the attempts of one machine.

    drain_s: how long a worker drains. litter: further sweeps of this machine's folders.
    attempt_memory: what an attempt's process may hold, bytes. ballast: beside a Valkey of this machine.
    librarian: of this machine's folder of recordings. rescuer: of the folders that outlive attempts.
    renew_every_s: well below the lease.
    now: the machine's monotonic clock; wall: the time of day; both in seconds.
    """

    attempts: Attempts
    fleet: Fleet
    roster: Roster
    scratch: Scratch
    machine: str
    slots: dict[str, int]
    drain_s: float = 20.0
    attempt_memory: int | None = None
    ballast: Ballast | None = None
    librarian: Librarian | None = None
    rescuer: Rescuer | None = None
    litter: Sequence[Callable[[], object]] = ()
    renew_every_s: float = RENEW_EVERY_S
    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    closer: Closer = field(init=False)

    def __post_init__(self) -> None:
        """Make the closer, with the same clock."""
        self.closer = Closer(
            self.attempts, self.roster, self.scratch, self.drain_s, self.now, memory_bytes=self.attempt_memory
        )

    def run(self, stop: Event) -> None:
        """Work until `stop` is set, and then until no attempt is signed in, but not for ever.

        A second keeper of the same folder waits until the first one is gone.
        """
        waits = False
        while not stop.is_set():
            with self.roster.kept() as ours:
                if ours:
                    self._run(stop)
                    return
            if not waits:
                _log.warning("keeper.waits", why="another keeper works on this machine")
            waits = True
            stop.wait(LOOK_EVERY_S)

    def _run(self, stop: Event) -> None:
        over = Event()
        threads = [
            Thread(target=self._every, args=(over, round_, pause_s), name=round_.__name__, daemon=True)
            for round_, pause_s in self._rounds()
        ]
        for thread in threads:
            thread.start()
        leaving_since: float | None = None
        while True:
            with going_on("keeper.not_renewed") as renewed:
                self.renew()
            if stop.is_set():
                leaving_since = leaving_since or self.now()
                if not self.roster.entries() or self.now() - leaving_since > self.drain_s + LEAVE_AFTER_S:
                    break
                over.wait(HURRY_S)
            else:
                stop.wait(self.renew_every_s if renewed.well else HURRY_S)
        over.set()
        for thread in threads:
            thread.join(HURRY_S)
        with suppress(Unavailable):
            self.fleet.leave(self.machine)

    def _rounds(self) -> Iterator[tuple[Callable[[], None], Callable[[], float]]]:
        """Yield what has a thread of its own, each with the pause after it."""
        yield self._close, self._close_pause_s
        yield self.clean, lambda: CLEAN_EVERY_S
        if self.ballast is not None:
            yield self.ballast.look, lambda: LOOK_EVERY_S
        if self.rescuer is not None:
            yield self.rescuer.settle, lambda: SETTLE_EVERY_S
            yield self.rescuer.hand_in, lambda: LOOK_EVERY_S
        if self.librarian is not None:
            yield self.librarian.round, lambda: LOOK_EVERY_S

    def _every(self, over: Event, round_: Callable[[], None], pause_s: Callable[[], float]) -> None:
        while not over.is_set():
            with going_on("keeper.failed", round=round_.__name__):
                round_()
            over.wait(pause_s())

    def _close_pause_s(self) -> float:
        return HURRY_S if self.closer.busy else LOOK_EVERY_S

    # ---- the three things it does

    def round(self) -> None:
        """Do one round of the first two, in this thread."""
        try:
            self.renew()
        finally:
            self.closer.round()

    def renew(self) -> None:
        """Renew the leases of all attempts whose process lives, and pass on what the store says."""
        entries = [entry for entry in self.roster.entries() if entry.alive() and not self.closer.forced(entry.token)]
        words = self.attempts.renew([(entry.job_id, entry.token) for entry in entries])
        for entry, word in zip(entries, words, strict=True):
            if word != "held":
                self.closer.tell(entry, Word(word))
        self._report(entries)

    def _close(self) -> None:
        self.closer.round()

    def clean(self) -> None:
        """Remove what died on this machine without being buried: scratch folders, words, drafts."""
        tokens = {entry.token for entry in self.roster.entries()}
        sweeps: list[Callable[[], object]] = [partial(self.scratch.sweep, tokens), self.roster.sweep, *self.litter]
        for sweep in sweeps:
            with going_on("keeper.unswept"):
                count = sweep()
                if count:
                    _log.info("keeper.swept", count=count)

    def _report(self, entries: list[Entry]) -> None:
        pids = {entry.pid for entry in entries} | {entry.worker_pid for entry in entries} | {os.getpid()}
        self.fleet.report(
            self.machine,
            {
                "seen_ms": int(self.wall() * 1000),
                "slots": self.slots,
                "jobs": [{"task_id": entry.job_id, "queue": entry.queue, "pid": entry.pid} for entry in entries],
                "memory_bytes": sum(_memory(pid) for pid in pids),
            },
        )


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # gone, or another user's
        return 0
