"""What tests of sandboxes share: both ways to run a program apart, and what the programs do."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediamill.core.context import Completed, Network, Sandbox
from mediamill.media import apart
from mediamill.media.limits import Limits
from mediamill.media.output import unmasked

WARMED = "tests.media.warmed"

#: Makes a child that leaves its session, ignores every polite signal, and has a child of its own; tells their ids.
STUBBORN = """
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for generation in range(3):
    with open(f"pid-{generation}.part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"pid-{generation}.part", f"pid-{generation}")
    if generation < 2 and os.fork():
        break
    if generation == 1:
        os.setsid()
time.sleep(600)
"""
GENERATIONS = 3

#: Refuses the first call of Landlock as a kernel without it does, and then is the program of its first argument.
WITHOUT = """
import ctypes, struct, sys
numbers = [444]
lines = [(0x20, 0, 0, 0)]
for number in numbers:
    lines += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | 38)]
lines += [(0x06, 0, 0, 0x7FFF0000)]
body = b"".join(struct.pack("=HBBI", *line) for line in lines)
kept = ctypes.create_string_buffer(body, len(body))
where = (ctypes.c_size_t * 2)(len(lines), ctypes.addressof(kept))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, where, 0, 0) == 0
exec(sys.argv[1])
"""


@dataclass
class Apart:
    """Runs Python code in a sandbox, in one of the two ways.

    folder: the working folder; what lies beside it is not the program's.
    """

    folder: Path
    warm: bool
    stopping: bool = False
    lines: list[str] = field(default_factory=list)
    check: Callable[[], None] = lambda: None

    def run(
        self,
        code: str,
        *,
        network: Network | None = None,
        limits: Limits | None = None,
        mask: Callable[[str], str] = unmasked,
        tag: str = "",
        started: Callable[[int], None] | None = None,
        **given: object,
    ) -> Completed:
        sandbox = replace(Sandbox(network=network, warm=WARMED if self.warm else ""), **given)  # type: ignore[arg-type]
        argv = ["code", code] if self.warm else [sys.executable, "-I", "-S", "-c", code]
        return apart.run(
            argv,
            sandbox,
            cwd=self.folder,
            limits=limits or Limits(30),
            check=lambda: self.check(),  # noqa: PLW0108 - a test sets it while the program runs
            stopping=lambda: self.stopping,
            mask=mask,
            on_line=self.lines.append,
            tag=tag,
            started=started,
        )

    def tried(self, what: str, **given: object) -> str:
        """Return what came of an expression: its value, or the name of its error and of its number."""
        code = f"""
import errno, os, socket
try:
    print(eval({what!r}))
except OSError as error:
    print(type(error).__name__, errno.errorcode.get(error.errno, error.errno))
"""
        return self.run(code, **given).output  # type: ignore[arg-type]

    def pids(self) -> list[int]:
        return [int(path.read_text()) for path in sorted(self.folder.glob("pid-?"))]

    def all_up(self) -> bool:
        return len(self.pids()) == GENERATIONS

    def all_gone(self) -> bool:
        return not any(map(running, self.pids()))


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pids: list[int]) -> None:
    for pid in filter(running, pids):
        os.kill(pid, 9)
