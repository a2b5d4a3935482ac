"""One worker as a service manager keeps it: started again 1 s after it ends, and never a process of it left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread

from bench.machine import ROOT

RESTART_S = 1.0
#: What Kubernetes gives a pod between SIGTERM and SIGKILL.
STOP_S = 30.0
_MARK = "FAULTS_UNIT"


class Unit:
    """A worker and all its processes. They are found by a mark in their environment, as by a cgroup."""

    def __init__(self, name: str, argv: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._argv = argv
        self._mark = f"{os.getpid()}:{id(self)}"
        self._environ = {**environ, _MARK: self._mark}
        self._log = log
        self._closing = Event()
        self._process = self._start()
        self.starts = 1
        self._watcher = Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The worker's main process."""
        return self._process.pid

    def pids(self) -> frozenset[int]:
        """Return all processes that live now."""
        mark = f"{_MARK}={self._mark}".encode()
        return frozenset(pid for pid in _all_pids() if mark in _environ(pid))

    def kill(self) -> None:
        """End all processes by SIGKILL, also those that are forked meanwhile."""
        while pids := self.pids():
            _signal(pids, signal.SIGKILL)
            time.sleep(0.01)

    def stop(self, signal_number: signal.Signals) -> None:
        """Stop or continue all processes: SIGSTOP, SIGCONT."""
        _signal(self.pids(), signal_number)

    def restart(self) -> None:
        """End the main process by SIGTERM, as a rolling restart does; return when its successor runs."""
        before = self.starts
        self._process.terminate()
        end = time.monotonic() + STOP_S
        while self.starts == before and time.monotonic() < end:
            time.sleep(0.05)
        if self.starts == before:
            self.kill()
        while self.starts == before:
            time.sleep(0.05)

    def close(self) -> None:
        """End it for good."""
        self._closing.set()
        self.kill()
        self._watcher.join()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._argv, cwd=ROOT, env=self._environ, stdout=log, stderr=log, start_new_session=True
            )

    def _watch(self) -> None:
        while not self._closing.is_set():
            self._process.wait()
            self.kill()
            if not self._closing.wait(RESTART_S):
                self._process = self._start()
                self.starts += 1
        self.kill()
        self._process.wait()


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _environ(pid: int) -> bytes:
    """Return a process's environment; a zombie has none, a stranger's may not be read."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _signal(pids: frozenset[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
