"""What jobs did, written by themselves: the one witness that no store and no server can forget.

Three things in the folder that the environment names: `journal`, a line per run of a job, `runs/`, a file per job that
grows by a byte with every run, and `frames`, a line for all that was filmed.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Names the folder, in the environment of every process of the stack.
FOLDER: Final = "FAULTS_FOLDER"


@dataclass(frozen=True)
class Run:
    """One run of a job. at: Unix time, seconds. pid: the process that runs it."""

    job_id: str
    token: str
    attempt: int
    pid: int
    at: float


def begin(job_id: str, token: str, attempt: int) -> int:
    """Note that this process runs a job; return which run of the job it is, from 1. One write, so lines stay whole."""
    folder = Path(os.environ[FOLDER])
    run = Run(job_id, token, attempt, os.getpid(), time.time())
    _append(folder / "journal", json.dumps(vars(run)).encode() + b"\n")
    return _append(folder / "runs" / job_id, b".")


def filmed(frame: str) -> None:
    """Note that something was written that nobody can make again."""
    _append(Path(os.environ[FOLDER]) / "frames", f"{frame}\n".encode())


def _append(path: Path, body: bytes) -> int:
    """Add to a file; return its size."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, body)
        return os.fstat(file).st_size
    finally:
        os.close(file)


class Journal:
    """The journal of one stack, read by the harness."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "runs").mkdir(parents=True)
        self._path = folder / "journal"
        self._path.touch()

    def runs(self, job_id: str | None = None, *, since: float = 0.0) -> list[Run]:
        """Return the runs that began at `since` or later, of one job or of all."""
        runs = [Run(**json.loads(line)) for line in self._path.read_text().splitlines()]
        return [run for run in runs if run.at >= since and job_id in {None, run.job_id}]

    def frames(self) -> set[str]:
        """Return all that was ever filmed."""
        return set((self.folder / "frames").read_text().split())
