"""How much memory a process of this machine has."""

import gc
import os
import resource
from pathlib import Path
from typing import Final

from mediamill.media.memory import trim

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_HELD: Final = ("RssAnon:", "RssShmem:", "VmSwap:")


def holds_more(limit_bytes: int) -> bool:
    """Whether this process has more than `limit_bytes` in memory, files that it maps too.

    Asked after every job: the most that it ever had is one call of the system, what it has now is a file, which costs
    a worker of threads 0.2 ms. Sources: getrusage(2), proc_pid_statm(5).
    """
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 <= limit_bytes:
        return False
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - as above
        return int(file.read().split()[1]) * _PAGE_BYTES > limit_bytes


def held_bytes(pid: int) -> int:
    """Return what a process keeps from all others, in memory and swap; 0 when it is gone.

    Without the files that it maps (a model, a library): the kernel may drop those at any time.
    Source: proc_pid_status(5).
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_HELD))


def give_back() -> None:
    """Give back to the system what this process has freed: loading models leaves some 50 MB behind."""
    gc.collect()
    trim()
