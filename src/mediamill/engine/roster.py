"""Where the attempts of one machine and its keeper meet: a folder of small files.

An attempt signs in with its process, so that the keeper can renew its lease while that process
lives; the keeper leaves words for it (cancel, stop, ...), which the attempt reads with one `open`.
Files, not a socket: a worker that was killed leaves its entry behind, which is just what the
keeper needs to clean up after it.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import structlog

_log = structlog.get_logger("mediamill.roster")

#: What nobody has touched for this long, and belongs to no entry, was left by a killed process.
LITTER_AFTER_S: Final = 60.0


class Word(StrEnum):
    """What the keeper tells an attempt. All but STOP end it at its next `check`."""

    STOP = "stop"
    CANCEL = "cancel"
    LOST = "lost"
    TIME = "time"
    DRAIN = "drain"
    MEMORY = "memory"


@dataclass(frozen=True)
class Entry:
    """A running attempt of this machine.

    started: when its process started, in clock ticks since boot, against reused ids.
    worker_pid: the Celery worker it belongs to. forked: its process runs nothing else, and may be killed.
    deadline: when its time limit of `limit_s` is over, by this machine's monotonic clock.
    endless: it is given back as soon as its worker drains.
    ending: the service is done; what is left takes the time that it takes.
    """

    job_id: str
    token: str
    queue: str
    pid: int
    started: int
    worker_pid: int
    forked: bool
    deadline: float
    limit_s: float
    endless: bool = False
    ending: bool = False

    def alive(self) -> bool:
        """Whether the very process still runs."""
        return process_started(self.pid) == self.started


#: The first byte of an entry's file; the rest is JSON and stays.
_RUNNING: Final = b"."
_ENDING: Final = b"!"
_ENDINGS: Final = (".json", ".word", ".programs")
_FIELDS: Final = frozenset(field.name for field in fields(Entry))


def process_started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None when it is gone or a zombie.

    Source: proc_pid_stat(5), fields 3 and 22.
    """
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if found[0] in {"Z", "X"} else int(found[19])


class Roster:
    """The entries of one machine, in one folder that only its processes can reach."""

    def __init__(self, folder: Path) -> None:
        self._lock = folder / "keeper.lock"
        self._folder = folder / "attempts"
        self._draining = folder / "draining"
        for made in (self._folder, self._draining):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._prefix = f"{self._folder}{os.sep}"
        # Of this process's own attempts: each call to the system lets another thread in, and costs more than itself.
        self._files: dict[str, int] = {}
        self._with_programs: set[str] = set()

    # ---- the attempt's side

    def enter(self, entry: Entry) -> None:
        """Sign in. Before this the claim's own lease is all that holds the job.

        One write into a new file; a reader that comes between finds it empty.
        """
        file = os.open(f"{self._prefix}{entry.token}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._files[entry.token] = file
        try:
            os.write(file, _RUNNING + json.dumps(vars(entry)).encode())
        except BaseException:
            self.leave(entry.token)
            raise

    def ending(self, entry: Entry) -> None:
        """Say that the service is done: its time limit does not count any more."""
        os.pwrite(self._files[entry.token], _ENDING, 0)

    def leave(self, token: str) -> None:
        """Sign out, word and programs too: an attempt itself, or the keeper for one that cannot."""
        ours = self._files.pop(token, None)
        if ours is not None:
            os.close(ours)
        endings = (".json", ".word") if ours is not None and not self.has_programs(token) else _ENDINGS
        self._with_programs.discard(token)
        for ending in endings:
            with suppress(FileNotFoundError):
                os.unlink(f"{self._prefix}{token}{ending}")  # noqa: PTH108 - as above

    @property
    def ours(self) -> int:
        """How many attempts of this process are signed in."""
        return len(self._files)

    def has_programs(self, token: str) -> bool:
        """Whether this process noted a program of its attempt."""
        return token in self._with_programs

    def word(self, token: str) -> Word | None:
        """Return what the keeper last told this attempt. Costs one call that fails while it said nothing.

        A word that cannot be read (no descriptor is free) is none yet; the keeper has other means.
        """
        try:
            file = os.open(f"{self._prefix}{token}.word", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return Word(os.read(file, 16).decode())
        finally:
            os.close(file)

    def note_program(self, token: str, pid: int) -> None:
        """Remember a program of this attempt, so that the keeper can kill it."""
        started = process_started(pid)
        if started is not None:
            self._with_programs.add(token)
            with self._programs(token).open("a") as lines:
                lines.write(f"{pid} {started}\n")

    # ---- the keeper's side

    @contextmanager
    def kept(self) -> Iterator[bool]:
        """Be the one keeper of this folder; False while another process is."""
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def entries(self) -> list[Entry]:
        """Return every attempt that is signed in; one that cannot be read must not hide the others."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                entry = _load(path.read_bytes())
                if entry is not None:
                    found.append(entry)
            except FileNotFoundError:
                continue  # it left between the listing and the reading
            except (OSError, ValueError, TypeError, AttributeError) as odd:
                _log.warning("roster.odd_entry", file=path.name, why=str(odd))
        return found

    def entry(self, token: str) -> Entry | None:
        """Return an attempt as it is signed in now, None when it left."""
        try:
            return _load(self._entry(token).read_bytes())
        except FileNotFoundError:
            return None

    def say(self, token: str, word: Word) -> None:
        """Leave a word. It is put in place whole, over an earlier one."""
        self._write(self._word(token), word.value)

    def programs(self, token: str) -> list[tuple[int, int]]:
        """Return the programs that an attempt started: process id and start time."""
        try:
            lines = self._programs(token).read_text().splitlines()
        except FileNotFoundError:
            return []
        numbers = [line.split() for line in lines]
        return [(int(pair[0]), int(pair[1])) for pair in numbers if len(pair) == 2]  # noqa: PLR2004 - a torn line has one

    def sweep(self) -> int:
        """Delete what killed processes left: words without an entry, drafts, entries nobody can read."""
        signed_in = {entry.token for entry in self.entries()}
        newest = time.time() - LITTER_AFTER_S
        count = 0
        for path in self._folder.iterdir():
            try:
                if path.name.partition(".")[0] not in signed_in and path.stat().st_mtime <= newest:
                    path.unlink()
                    count += 1
            except FileNotFoundError:
                continue
        return count

    # ---- a worker that goes

    def drain(self, worker_pid: int, drain_s: float) -> None:
        """Say that this worker takes nothing more, and gives back what still runs after `drain_s`.

        Said again, the earlier moment stands.
        """
        until = min(time.monotonic() + drain_s, self.draining().get(worker_pid, float("inf")))
        self._write(self._draining / str(worker_pid), f"{process_started(worker_pid)} {until!r}")

    def drains(self, worker_pid: int) -> bool:
        """Whether this very worker takes nothing more; one that died while it drained counts too."""
        mark = self._mark(worker_pid)
        return mark is not None and process_started(worker_pid) in {mark[0], None}

    def draining(self) -> dict[int, float]:
        """Return the living workers that drain: process id -> when they give back, by the machine's monotonic clock."""
        marks = {pid: self._mark(pid) for pid in self._marked()}
        return {pid: mark[1] for pid, mark in marks.items() if mark is not None and mark[0] == process_started(pid)}

    def forget_drained(self) -> None:
        """Delete the marks of workers that are gone and of which no attempt is signed in any more."""
        needed = {entry.worker_pid for entry in self.entries()}
        for pid in self._marked() - needed:
            mark = self._mark(pid)
            if mark is None or mark[0] != process_started(pid):
                (self._draining / str(pid)).unlink(missing_ok=True)

    def _marked(self) -> set[int]:
        return {int(path.name) for path in self._draining.iterdir() if path.name.isdigit()}

    def _mark(self, worker_pid: int) -> tuple[int, float] | None:
        """Return a drain's worker, by when its process started, and its end; None when there is none to read."""
        try:
            started, until = (self._draining / str(worker_pid)).read_text().split()
            return int(started), float(until)
        except (FileNotFoundError, ValueError):
            return None

    def _entry(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _word(self, token: str) -> Path:
        return self._folder / f"{token}.word"

    def _programs(self, token: str) -> Path:
        return self._folder / f"{token}.programs"

    @staticmethod
    def _write(path: Path, text: str) -> None:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_text(text)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _load(body: bytes) -> Entry | None:
    """Return an entry, None while it is being written; fields that a newer version may write are left out."""
    if not body:
        return None
    values: dict[str, Any] = json.loads(body[1:])
    if body[:1] == _ENDING:
        values |= {"deadline": float("inf"), "ending": True}
    return Entry(**{name: value for name, value in values.items() if name in _FIELDS})
