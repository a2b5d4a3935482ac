"""Find and kill programs from any process of this machine, by what their environment says."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")
#: Marks a program and all that it starts: "tag/random". Random parts make a mark say more than a
#: process id, which may be another process's by now.
MARK: Final = "MEDIAMILL_PROGRAM"

#: Set for a supervisor that was forked, whose command line is its parent's.
SUPERVISES: Final = "MEDIAMILL_SUPERVISES"

#: Looks for newly forked ones, 10 ms apart.
_ROUNDS: Final = 50
#: A process of the kernel's own. Source: PF_KTHREAD in include/linux/sched.h.
_OF_THE_KERNEL: Final = 0x00200000


def new_mark(tag: str) -> str:
    """Return a mark that no program had before."""
    return f"{tag}/{uuid4().hex}"


def kill_group(pid: int, *, patience_s: float = 1.0) -> None:
    """Kill a program and all it started, by the process id that `Program.pid` gave; without grace.

    Returns when they are gone, at the latest a little after `patience_s`. Harmless when the id is
    another process's by now.
    """
    until = time.monotonic() + patience_s
    while _becomes_another(pid) and time.monotonic() <= until:
        time.sleep(0.001)
    mark = _mark_of(pid)
    if mark is None or not _is_supervisor(pid):
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    while _mark_of(pid) == mark:
        if time.monotonic() > until:
            # Whoever dropped the mark is found only while the supervisor that adopts orphans is there.
            family = descendants(pid)
            kill_marked(mark)
            _kill_all(family)
            return
        time.sleep(0.01)


def kill_tagged(tag: str) -> int:
    """Kill every process that was started with this tag, and all that they started; return how many.

    For what is left when supervisors were killed: it reads every process's environment.
    """
    if not tag:
        raise ValueError("without a tag this would kill every program that has none")
    return kill_marked(f"{tag}/")


def kill_marked(prefix: str) -> int:
    """Kill every process whose mark begins with `prefix`, until none is left; return how many."""
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        everybody = _pids()
        found = [pid for pid in everybody if (_mark_of(pid) or "").startswith(prefix)]
        if not found and not any(_becomes_another(pid) for pid in everybody):
            break
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed.update(found)
        time.sleep(0.01)
    return len(killed)


def descendants(pid: int) -> list[tuple[int, str]]:
    """Return all that a process started and that still belongs to it: process id, and when it started.

    Source: proc_pid_stat(5), fields 4 and 22.
    """
    parents: dict[int, tuple[int, str]] = {}
    for each in _pids():
        fields = _stat(each)
        if fields:
            parents[each] = (int(fields[1]), fields[19])
    found, generation = [], {pid}
    while generation:
        generation = {child for child, (parent, _) in parents.items() if parent in generation}
        found += [(child, parents[child][1]) for child in generation]
    return found


def _kill_all(processes: list[tuple[int, str]]) -> None:
    for pid, started in processes:
        if (fields := _stat(pid)) and fields[19] == started:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from the third on, or none when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _mark_of(pid: int) -> str | None:
    """Return the mark in a process's environment; None when it has none, is gone or is a zombie."""
    start = f"{MARK}=".encode()
    for entry in _words(pid, "environ"):
        if entry.startswith(start):
            return entry[len(start) :].decode(errors="replace")
    return None


def _becomes_another(pid: int) -> bool:
    """Whether a process has just called exec, and cannot say yet who it is.

    Its starter goes on before the kernel has laid out its arguments and its environment: of programs looked at
    when they have just been started, one in twenty-five had neither yet.
    Source: proc_pid_stat(5), fields 3 and 9.
    """
    if any(_words(pid, name) != [b""] for name in ("environ", "cmdline")):
        return False
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"} and not int(fields[6]) & _OF_THE_KERNEL


def _is_supervisor(pid: int) -> bool:
    return os.fsencode(SUPERVISOR) in _words(pid, "cmdline") or f"{SUPERVISES}=1".encode() in _words(pid, "environ")


def _words(pid: int, name: str) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().split(b"\0")
    except OSError:  # it is gone, or another user's
        return []
