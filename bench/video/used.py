"""What a command used: CPU seconds and memory of its process and of all that it started."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import psutil
from bench.machine import ROOT, tree

_LOOK_S: Final = 0.05


@dataclass(frozen=True)
class Used:
    """cpu_s: user and system. peak_mib: proportional set size of all its processes together, at most."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    printed: str


def used_by(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Used:
    """Run a command to its end. Raises CalledProcessError when it fails."""
    began = time.monotonic()
    child = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environ or {})})
    over, peaks = Event(), [0.0]

    def look() -> None:
        while not over.wait(_LOOK_S):
            with suppress(psutil.NoSuchProcess):
                peaks.append(_pss_mib(child.pid))

    looking = Thread(target=look)
    looking.start()
    try:
        assert child.stdout is not None
        with child.stdout as told:
            printed = told.read()
        # With its children's and theirs, for each of them is waited for by who started it.
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        over.set()
        looking.join()
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, argv, printed)
    child.returncode = 0
    return Used(usage.ru_utime + usage.ru_stime, time.monotonic() - began, max(peaks), printed)


def _pss_mib(pid: int) -> float:
    total = 0
    for member in tree(pid):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_full_info().pss
    return total / 2**20
