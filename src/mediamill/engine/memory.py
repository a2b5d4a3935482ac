"""How much memory a process of this machine has."""

import os
from pathlib import Path
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_HELD: Final = ("RssAnon:", "RssShmem:", "VmSwap:")


def resident_bytes() -> int:
    """Return what this process has in memory, files that it maps too. Source: proc_pid_statm(5)."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - asked after every job
        return int(file.read().split()[1]) * _PAGE_BYTES


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
