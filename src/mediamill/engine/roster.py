"""Where the attempts of one machine and its keeper meet: a folder of small files.

An attempt signs in with its process, so that the keeper can renew its lease while that process
lives; the keeper leaves words for it (cancel, stop, ...), which the attempt reads with one `stat`.
Files, not a socket: a worker that was killed leaves its entry behind, which is just what the
keeper needs to clean up after it.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Word(StrEnum):
    """What the keeper tells an attempt. All but STOP end it at its next `check`."""

    STOP = "stop"
    CANCEL = "cancel"
    LOST = "lost"
    TIME = "time"
    DRAIN = "drain"


@dataclass(frozen=True)
class Entry:
    """A running attempt of this machine.

    started: when its process started, in clock ticks since boot, against reused ids.
    worker_pid: the Celery worker it belongs to. forked: its process runs nothing else, and may be killed.
    deadline: Unix seconds at which its time limit of `limit_s` is over.
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

    def alive(self) -> bool:
        """Whether the very process still runs."""
        return process_started(self.pid) == self.started


def process_started(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None when it is gone or a zombie.

    Source: proc_pid_stat(5), fields 3 and 22.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])


class Roster:
    """The entries of one machine, in one folder that only its processes can reach."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "attempts"
        self._draining = folder / "draining"
        for made in (self._folder, self._draining):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)

    # ---- the attempt's side

    def enter(self, entry: Entry) -> None:
        """Sign in. Before this the claim's own lease is all that holds the job."""
        self._write(self._entry(entry.token), json.dumps(asdict(entry)))

    def leave(self, token: str) -> None:
        """Sign out, word and programs too."""
        for path in (self._entry(token), self._word(token), self._programs(token)):
            path.unlink(missing_ok=True)

    def word(self, token: str) -> Word | None:
        """Return what the keeper last told this attempt. Costs one `open` that fails while it said nothing."""
        try:
            return Word(self._word(token).read_text())
        except FileNotFoundError:
            return None

    def note_program(self, token: str, pid: int) -> None:
        """Remember a program of this attempt, so that the keeper can kill it."""
        started = process_started(pid)
        if started is not None:
            with self._programs(token).open("a") as lines:
                lines.write(f"{pid} {started}\n")

    # ---- the keeper's side

    def entries(self) -> list[Entry]:
        """Return every attempt that is signed in."""
        found = []
        for path in self._folder.glob("*.json"):
            try:
                found.append(Entry(**json.loads(path.read_text())))
            except FileNotFoundError:
                continue  # it left between the listing and the reading
        return found

    def say(self, token: str, word: Word) -> None:
        """Leave a word. It is put in place whole, over an earlier one."""
        self._write(self._word(token), word.value)

    def programs(self, token: str) -> list[tuple[int, int]]:
        """Return the programs that an attempt started: process id and start time."""
        try:
            lines = self._programs(token).read_text().splitlines()
        except FileNotFoundError:
            return []
        return [(int(pid), int(started)) for pid, started in (line.split() for line in lines)]

    # ---- a worker that goes

    def drain(self, worker_pid: int, drain_s: float) -> None:
        """Say that this worker takes nothing more, and gives back what still runs after `drain_s`."""
        self._write(self._draining / str(worker_pid), repr(time.time() + drain_s))

    def draining(self) -> dict[int, float]:
        """Return the workers that drain: process id -> Unix seconds at which they give back."""
        found = {}
        for path in self._draining.iterdir():
            if not path.name.isdigit():
                continue
            if process_started(int(path.name)) is None:
                path.unlink(missing_ok=True)
                continue
            found[int(path.name)] = float(path.read_text())
        return found

    def _entry(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _word(self, token: str) -> Path:
        return self._folder / f"{token}.word"

    def _programs(self, token: str) -> Path:
        return self._folder / f"{token}.programs"

    @staticmethod
    def _write(path: Path, text: str) -> None:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(text)
        draft.replace(path)
