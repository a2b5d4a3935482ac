"""What a program may use, and whether it failed because it wanted more."""

import re
import signal
from dataclasses import dataclass
from typing import Final

from mediamill.core.errors import PermanentError

#: A shell tells of a child that a signal ended by this much more than the signal's number.
_BY_SHELL: Final = 128
#: What programs say when they get no more memory: the C library's, Python's, C++'s, Go's, Node's and ffmpeg's words.
_NO_MEMORY: Final = re.compile(
    r"cannot allocate memory|out of memory|MemoryError|bad_alloc|memory exhausted", re.IGNORECASE
)
_TOO_LARGE: Final = re.compile(r"file too large|file size limit exceeded", re.IGNORECASE)
#: Who dies by one of these signals with so much of its memory in use died of that.
_CRASHES: Final = frozenset({signal.SIGABRT, signal.SIGBUS, signal.SIGKILL, signal.SIGSEGV, signal.SIGTRAP})
_NEARLY: Final = 0.8
_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a program may use. None: no limit.

    wall_s: time by the clock. memory_bytes: of each process, what it may write to: its heap and its
    threads' stacks, not the files and libraries that it maps, nor what it only reserves.
    cpu_s: of each process. file_bytes: size of each file. grace_s: from the first SIGINT to SIGKILL,
    with a second SIGINT between; 0 kills at once.
    """

    wall_s: float
    memory_bytes: int | None = None
    cpu_s: int | None = None
    file_bytes: int | None = None
    grace_s: float = 1.5


@dataclass(frozen=True)
class Ended:
    """How a program ended. cpu_s: with the children that it waited for. peak_bytes: of its largest process."""

    returncode: int
    output: str
    cpu_s: float = 0.0
    peak_bytes: int = 0

    @property
    def signal(self) -> int:
        """The signal that ended it, or a child of it if it is a shell; 0 for none."""
        return -self.returncode if self.returncode < 0 else max(self.returncode - _BY_SHELL, 0)


def excess(name: str, ended: Ended, limits: Limits) -> PermanentError | None:
    """Return the error of a program that failed because of a limit, or None when nothing says so.

    Files and processor time are known: the kernel sends signals of their own. Of memory the kernel
    only refuses more; what can be known is what the program said, or that it crashed while it had
    nearly all of it. One that says nothing and ends in good order has failed by itself, for all we know.
    """
    if not ended.returncode:
        return None
    if limits.file_bytes and (ended.signal == signal.SIGXFSZ or _TOO_LARGE.search(ended.output)):
        return PermanentError(
            f"{name} wanted to write a file of more than {limits.file_bytes // _MIB} MiB", code="PROGRAM_FILE_SIZE"
        )
    if limits.cpu_s and (ended.signal == signal.SIGXCPU or _out_of_time(ended, limits.cpu_s)):
        return PermanentError(f"{name} wanted more than {limits.cpu_s} s of the processor's time", code="PROGRAM_CPU")
    if limits.memory_bytes and (_NO_MEMORY.search(ended.output) or _crashed_full(ended, limits.memory_bytes)):
        return PermanentError(
            f"{name} wanted more than {limits.memory_bytes // _MIB} MiB of memory", code="PROGRAM_MEMORY"
        )
    return None


def _out_of_time(ended: Ended, cpu_s: int) -> bool:
    """Whether it caught the signal and was killed two seconds later."""
    return ended.signal == signal.SIGKILL and ended.cpu_s >= cpu_s


def _crashed_full(ended: Ended, memory_bytes: int) -> bool:
    return ended.signal in _CRASHES and ended.peak_bytes >= memory_bytes * _NEARLY
