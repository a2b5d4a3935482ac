"""The keeper: one process per machine that runs no service code, so that nothing a service does can stop it.

It renews the leases of all attempts whose process lives, brings them the words of the store
(cancel, stop), ends those that do not listen, and cleans up after those that died.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final

import psutil
import structlog

from mediamill.core.errors import Unavailable
from mediamill.core.policy import RENEW_EVERY_S
from mediamill.engine.ends import end_move
from mediamill.engine.roster import Entry, Roster, Word, process_started
from mediamill.files.scratch import Scratch
from mediamill.media import programs
from mediamill.store.attempts import Attempts
from mediamill.store.fleet import Fleet
from mediamill.store.jobs import Moved

#: From the word to the kill of the attempt's programs, and then of its process. Together with one
#: round of the keeper this stays below the 10 s within which a cancelled job has nothing left running.
PROGRAMS_AFTER_S: Final = 2.0
PROCESS_AFTER_S: Final = 4.0
#: While somebody was told to end, the keeper looks this often.
HURRY_S: Final = 0.5
CLEAN_EVERY_S: Final = 60.0

_log = structlog.get_logger("mediamill.keeper")


@dataclass
class _Told:
    """An attempt that was told to end, and how far the keeper has gone."""

    word: Word
    at: float
    programs_killed: bool = False


@dataclass
class Keeper:
    """Keeps the attempts of one machine. `now` is a monotonic clock, `wall` the time of day, both in seconds."""

    attempts: Attempts
    fleet: Fleet
    roster: Roster
    scratch: Scratch
    machine: str
    slots: dict[str, int]
    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _told: dict[str, _Told] = field(default_factory=dict)
    _cleaned_at: float = float("-inf")
    _renewed_at: float = float("-inf")

    def run(self, stop: Event) -> None:
        """Work until `stop` is set, and then until no attempt is signed in."""
        while not (stop.is_set() and not self.roster.entries()):
            try:
                self.round()
            except Unavailable as error:
                _log.warning("keeper.store_away", why=error.message)
            if stop.is_set():
                time.sleep(HURRY_S)
            else:
                stop.wait(HURRY_S if self._told or self.roster.draining() else RENEW_EVERY_S)
        self.fleet.leave(self.machine)

    def round(self) -> None:
        """Look at every attempt of the machine once."""
        entries = self.roster.entries()
        alive = [entry for entry in entries if entry.alive()]
        self._tell_overdue(alive)
        self._press(alive)
        self._bury([entry for entry in entries if not entry.alive()])
        if self.now() - self._renewed_at >= RENEW_EVERY_S * 0.9:
            self._renew(alive)
            self._report(alive)
            self._renewed_at = self.now()
        self._clean()

    # ---- words

    def _renew(self, entries: list[Entry]) -> None:
        words = self.attempts.renew([(entry.job_id, entry.token) for entry in entries])
        for entry, word in zip(entries, words, strict=True):
            if word != "held":
                self._tell(entry, Word(word))

    def _tell_overdue(self, entries: list[Entry]) -> None:
        draining = self.roster.draining()
        for entry in entries:
            if self.wall() >= entry.deadline:
                self._tell(entry, Word.TIME)
            elif self.wall() >= draining.get(entry.worker_pid, float("inf")):
                self._tell(entry, Word.DRAIN)

    def _tell(self, entry: Entry, word: Word) -> None:
        told = self._told.get(entry.token)
        if word is Word.STOP:
            if told is None and self.roster.word(entry.token) is None:
                self.roster.say(entry.token, word)
            return
        if told is None:
            self.roster.say(entry.token, word)
            self._told[entry.token] = _Told(word, self.now())
            _log.info("attempt.told", job_id=entry.job_id, word=word.value)

    def _press(self, entries: list[Entry]) -> None:
        """End attempts that were told to and did not: first their programs, then their process."""
        signed_in = {entry.token: entry for entry in entries}
        for token in set(self._told) - set(signed_in):
            del self._told[token]
        for token, told in list(self._told.items()):
            waited = self.now() - told.at
            if waited >= PROGRAMS_AFTER_S and not told.programs_killed:
                self._kill_programs(token)
                told.programs_killed = True
            if waited >= PROCESS_AFTER_S:
                self._end_by_force(signed_in[token], told.word)

    def _end_by_force(self, entry: Entry, word: Word) -> None:
        _log.warning("attempt.forced", job_id=entry.job_id, word=word.value, pid=entry.pid, forked=entry.forked)
        self._kill_programs(entry.token)
        if entry.forked:
            _kill(entry.pid, entry.started, signal.SIGKILL)
            self._wait_gone(entry)
        else:
            # A thread cannot be killed: its worker drains, and another takes its place.
            _kill(entry.worker_pid, None, signal.SIGTERM)
        self._end(entry, word)

    def _end(self, entry: Entry, word: Word) -> Moved:
        moved = end_move(self.attempts, entry.job_id, entry.token, word, entry.limit_s)()
        self._told.pop(entry.token, None)
        self._forget(entry)
        return moved

    @staticmethod
    def _wait_gone(entry: Entry) -> None:
        until = time.monotonic() + 2
        while entry.alive() and time.monotonic() < until:
            time.sleep(0.01)

    # ---- the dead

    def _bury(self, dead: list[Entry]) -> None:
        for entry in dead:
            self._kill_programs(entry.token)
            told = self._told.pop(entry.token, None)
            if told is not None:
                moved = end_move(self.attempts, entry.job_id, entry.token, told.word, entry.limit_s)()
            else:
                moved = self.attempts.lose(entry.job_id, entry.token)
            _log.warning("attempt.died", job_id=entry.job_id, pid=entry.pid, outcome=moved.outcome, state=moved.state)
            self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        self.scratch.remove(entry.job_id, entry.token)
        self.roster.leave(entry.token)

    def _kill_programs(self, token: str) -> None:
        for pid, started in self.roster.programs(token):
            if process_started(pid) == started:
                programs.kill_group(pid)

    # ---- the machine

    def _clean(self) -> None:
        if self.now() - self._cleaned_at < CLEAN_EVERY_S:
            return
        self._cleaned_at = self.now()
        removed = self.scratch.sweep({entry.token for entry in self.roster.entries()})
        if removed:
            _log.info("scratch.swept", folders=removed)

    def _report(self, entries: list[Entry]) -> None:
        memory = sum(_memory(pid) for pid in {entry.pid for entry in entries} | {entry.worker_pid for entry in entries})
        self.fleet.report(
            self.machine,
            {
                "seen_ms": int(self.wall() * 1000),
                "slots": self.slots,
                "jobs": [{"task_id": entry.job_id, "queue": entry.queue, "pid": entry.pid} for entry in entries],
                "memory_bytes": memory + _memory(os.getpid()),
            },
        )


def _kill(pid: int, started: int | None, number: signal.Signals) -> None:
    if started is not None and process_started(pid) != started:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
