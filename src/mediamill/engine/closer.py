"""Ends attempts that should end and do not, and buries those whose process died.

The keeper's second thread: killing programs and removing folders takes its time, and no lease
waits for it. What the store must hear is owed to it while it is away; the killing is not put off.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import structlog

from mediamill.core.errors import Unavailable
from mediamill.engine.ends import Allowed, end_move
from mediamill.engine.guard import going_on
from mediamill.engine.leftovers import kill_programs
from mediamill.engine.memory import held_bytes
from mediamill.engine.roster import Entry, Roster, Word, process_started
from mediamill.files.scratch import Scratch
from mediamill.media.programs import kill_tagged
from mediamill.store.attempts import Attempts
from mediamill.store.jobs import Moved

#: From the word to the kill of the attempt's programs, and then of its process. Together with one
#: round of the keeper this stays below the 10 s within which a cancelled job has nothing left running.
PROGRAMS_AFTER_S: Final = 2.0
PROCESS_AFTER_S: Final = 4.0
#: A draining worker in which only stuck threads are left is killed this long after that was seen first.
STUCK_S: Final = 1.0
#: How long a killed process may take to be gone.
GONE_S: Final = 2.0

_log = structlog.get_logger("mediamill.keeper")


@dataclass
class _Told:
    """An attempt that was told to end, and how far we have gone. forced: its job ended without it."""

    word: Word
    at: float
    programs_killed: bool = False
    forced: bool = False


@dataclass
class Closer:
    """Ends attempts of one machine.

    drain_s: what the other attempts of a worker get that must go because a thread of it is stuck.
    memory_bytes: what an attempt's process may hold; None: as much as there is.
    now: the machine's monotonic clock, seconds.
    """

    attempts: Attempts
    roster: Roster
    scratch: Scratch
    drain_s: float = 20.0
    now: Callable[[], float] = time.monotonic
    memory_bytes: int | None = None
    _told: dict[str, _Told] = field(default_factory=dict)
    _owed: dict[str, tuple[Entry, Callable[[], Moved]]] = field(default_factory=dict)
    _stuck_since: dict[int, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def busy(self) -> bool:
        """Whether somebody is being ended: then a round should follow soon."""
        return bool(self._told or self._owed or self.roster.draining())

    def forced(self, token: str) -> bool:
        """Whether this attempt's job was ended for it: its lease is nobody's business any more."""
        told = self._told.get(token)
        return told is not None and told.forced

    def tell(self, entry: Entry, word: Word) -> None:
        """Bring an attempt a word; the first that ends it stands."""
        with self._lock:
            told = self._told.get(entry.token)
            if told is not None or (word is Word.STOP and self.roster.word(entry.token) is not None):
                return
            if word is not Word.STOP:
                self._told[entry.token] = _Told(word, self.now())
            try:
                self.roster.say(entry.token, word)
            except OSError:  # it will hear nothing, and be ended by force
                _log.exception("attempt.word_unsaid", job_id=entry.job_id)
        _log.info("attempt.told", job_id=entry.job_id, word=word.value)

    def round(self) -> None:
        """Look at every attempt of the machine once."""
        known = set(self._told)
        entries = self.roster.entries()
        for token in known - {entry.token for entry in entries}:
            self._told.pop(token, None)
        draining = self.roster.draining()
        for entry in entries:
            with going_on("attempt.unclosed", job_id=entry.job_id):
                self._look(entry, draining.get(entry.worker_pid, float("inf")))
        self._kill_stuck(draining)
        self._pay()
        self.roster.forget_drained()

    def _look(self, entry: Entry, drains_at: float) -> None:
        if not entry.alive():
            self._bury(entry)
            return
        if self.now() >= entry.deadline:
            self.tell(entry, Word.TIME)
        elif self.now() >= drains_at or (entry.endless and drains_at < float("inf")):
            self.tell(entry, Word.DRAIN)
        elif self._eats(entry):
            self._starve(entry)
        told = self._told.get(entry.token)
        if told is not None:
            self._press(entry, told)

    # ---- those who take too much

    def _eats(self, entry: Entry) -> bool:
        return self.memory_bytes is not None and not entry.ending and held_bytes(entry.pid) > self.memory_bytes

    def _starve(self, entry: Entry) -> None:
        """End an attempt that has its process for itself; of threads nobody can tell whose memory it is."""
        if entry.forked:
            self.tell(entry, Word.MEMORY)
        else:
            self._replace(entry)

    # ---- those who do not listen

    def _press(self, entry: Entry, told: _Told) -> None:
        """First their programs, then their process."""
        # Who eats the machine is given no time.
        waited = self.now() - told.at if told.word is not Word.MEMORY else PROCESS_AFTER_S
        if waited >= PROGRAMS_AFTER_S and not told.programs_killed:
            kill_programs(self.roster, entry.token)
            told.programs_killed = True
        if waited >= PROCESS_AFTER_S and not told.forced:
            # A round takes its time: the attempt may have ended since it began, and its process run another.
            current = self.roster.entry(entry.token)
            if current is not None:
                self._force(current, told)

    def _force(self, entry: Entry, told: _Told) -> None:
        _log.warning("attempt.forced", job_id=entry.job_id, word=told.word.value, pid=entry.pid, forked=entry.forked)
        told.forced = True
        if entry.forked:
            _kill(entry.pid, entry.started, signal.SIGKILL)
            _wait_gone(entry)
        elif not entry.ending:
            self._replace(entry)
        self._clear(entry)
        self._owed[entry.token] = (entry, self._end(entry, told.word))

    def _replace(self, entry: Entry) -> None:
        """Make a worker of threads drain, for none of them can be killed; another takes its place."""
        if entry.pid not in self.roster.draining():  # told twice, it would give back at once
            _log.warning("worker.replaced", pid=entry.pid, held_bytes=held_bytes(entry.pid))
            self.roster.drain(entry.pid, self.drain_s)
            _kill(entry.pid, entry.started, signal.SIGTERM)

    def _kill_stuck(self, draining: dict[int, float]) -> None:
        """Kill a draining worker whose threads will not end: nothing of it is any job's any more."""
        left: dict[int, list[Entry]] = {}
        for entry in self.roster.entries() if draining else ():
            if entry.pid in draining:
                left.setdefault(entry.pid, []).append(entry)
        stuck = {pid: each for pid, each in left.items() if all(self.forced(entry.token) for entry in each)}
        self._stuck_since = {pid: self._stuck_since.get(pid, self.now()) for pid in stuck}
        for pid, since in self._stuck_since.items():
            if self.now() - since >= STUCK_S:
                _log.warning("worker.killed", pid=pid, stuck=len(stuck[pid]))
                _kill(pid, stuck[pid][0].started, signal.SIGKILL)

    # ---- the dead

    def _bury(self, entry: Entry) -> None:
        told = self._told.get(entry.token)
        if entry.token in self._owed:
            return
        if told is not None and told.forced:
            self._leave(entry)
            return
        self._clear(entry)
        word = told.word if told is not None else self.roster.word(entry.token)
        if word in {None, Word.STOP} and self.roster.drains(entry.worker_pid):
            word = Word.DRAIN  # it was killed because its worker had to go at once
        _log.warning("attempt.died", job_id=entry.job_id, pid=entry.pid, told=word)
        self._owed[entry.token] = (entry, self._end(entry, word))

    def _end(self, entry: Entry, word: Word | None) -> Callable[[], Moved]:
        """Return the end of an attempt that was told `word`, or nothing: then its process died by itself."""
        if word is None or word is Word.STOP:
            return lambda: self.attempts.lose(entry.job_id, entry.token)
        allowed = Allowed(entry.limit_s, self.memory_bytes)
        return end_move(self.attempts, entry.job_id, entry.token, word, allowed)

    # ---- what is left to do

    def _clear(self, entry: Entry) -> None:
        """Leave no program and no file of an attempt."""
        kill_programs(self.roster, entry.token)
        kill_tagged(entry.token)
        with going_on("scratch.stays", job_id=entry.job_id):  # the cleaner comes by
            self.scratch.remove(entry.job_id, entry.token)

    def _pay(self) -> None:
        """Tell the store the ends it has not heard of."""
        for token, (entry, end) in list(self._owed.items()):
            # What the store refuses otherwise is a spoilt record; its lease runs out.
            with going_on("attempt.end_refused", job_id=entry.job_id):
                try:
                    moved = end()
                except Unavailable:
                    return  # all of them wait for the next round
                _log.info("attempt.closed", job_id=entry.job_id, outcome=moved.outcome, state=moved.state)
            del self._owed[token]
            if not entry.alive():
                self._leave(entry)

    def _leave(self, entry: Entry) -> None:
        """Sign an attempt out. One whose thread still runs stays signed in with its word, so that it never goes on."""
        self.roster.leave(entry.token)
        self._told.pop(entry.token, None)


def _kill(pid: int, started: int, number: signal.Signals) -> None:
    if process_started(pid) != started:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait_gone(entry: Entry) -> None:
    until = time.monotonic() + GONE_S
    while entry.alive() and time.monotonic() < until:
        time.sleep(0.01)
