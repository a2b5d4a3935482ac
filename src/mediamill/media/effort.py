"""Whether a program that says nothing computes: a converter may be silent for minutes."""

import os
import time
from pathlib import Path
from typing import Final

from mediamill.media.strays import descendants

#: Of one processor. Who only waits, and looks now and then whether to go on, takes less.
_LEAST: Final = 0.05
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Effort:
    """The processor time of a supervisor's whole family, looked at every `every_s` seconds."""

    def __init__(self, pid: int, every_s: float) -> None:
        self._pid = pid
        self._every_s = every_s
        self._looked_at = self._seen_at = time.monotonic()
        self._cpu_s = 0.0

    def seen_at(self, now: float) -> float:
        """Return when it was last seen to work, by the monotonic clock; that of the start if never."""
        since_s = now - self._looked_at
        if since_s >= self._every_s:
            cpu_s = _cpu_s(self._pid)
            if cpu_s - self._cpu_s >= _LEAST * since_s:
                self._seen_at = now
            self._cpu_s, self._looked_at = cpu_s, now
        return self._seen_at


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process and of all that it started, seconds."""
    return sum(map(_ticks, (pid, *(child for child, _ in descendants(pid))))) / _TICKS_PER_S


def _ticks(pid: int) -> int:
    """Return what a process took, and its children that have ended. Source: proc_pid_stat(5), fields 14 to 17."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))
