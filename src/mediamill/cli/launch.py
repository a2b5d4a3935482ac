"""A server process, from its description to its first line: as a program, or as a fork of this process."""

import atexit
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from mediamill.media import lifeline

#: What a shell or an init system sends to stop us.
STOPPING: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_COMM_BYTES: Final = 15


@dataclass(frozen=True)
class Command:
    """A server process to keep.

    argv: the program that it becomes; or
    run: what it does as a fork of this process, whose memory it then shares. This process must
        have no threads and no open connections.
    stage: when it is stopped; lower ones first, those of one stage together.
    stop_s: seconds it may take to end after SIGTERM, before it is killed.
    hurried_s: the same after the user asked a second time; it then gets `hurry`, or with 0 is killed.
    hurry: another signal than SIGTERM for one that must tell the two apart. Two of a kind are one where the first has
        not been taken yet, as on a busy machine.
    stopping: called with its process id before the first SIGTERM.
    death_signal: what it gets from the kernel when we die.
    keep: descriptors that a program inherits; a fork has them all.
    folder, log: where a program starts, and where its output goes, if not as ours.
    """

    name: str
    argv: tuple[str, ...] = ()
    run: Callable[[], object] | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    stage: int = 0
    stop_s: float = 10.0
    hurried_s: float = 0.0
    hurry: signal.Signals = signal.SIGTERM
    stopping: Callable[[int], object] = field(default=lambda _pid: None, repr=False)
    death_signal: int = signal.SIGKILL
    keep: tuple[int, ...] = ()
    folder: Path = Path()
    log: Path | None = None


def started(command: Command) -> int:
    """Start a program tied to us; return its process id. Call it in the main thread."""
    words = ["-I", "-S", lifeline.__file__, str(int(command.death_signal)), str(os.getpid()), str(command.folder)]
    actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    if command.log is not None:
        actions += [
            (os.POSIX_SPAWN_OPEN, 1, str(command.log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
    for fd in command.keep:
        os.set_inheritable(fd, True)  # noqa: FBT003 - it takes no names
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, *words, *command.argv],
            dict(command.environ),
            file_actions=actions,
            setpgroup=0,  # a Ctrl-C of the terminal is ours alone; and the whole group can be killed
            setsigmask=(),
            setsigdef=(*STOPPING, signal.SIGCHLD, signal.SIGPIPE),
        )
    finally:
        for fd in command.keep:
            os.set_inheritable(fd, False)  # noqa: FBT003


def forked(command: Command, mask: Iterable[int]) -> int:
    """Fork a process tied to us; return its id. mask: the signals it blocks."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(command, parent, mask)
    return pid


def _live(command: Command, parent: int, mask: Iterable[int]) -> NoReturn:
    """Do what the command runs and exit as a program would; never return into the parent's frames."""
    code = 1
    atexit._clear()  # noqa: SLF001 - what the parent wants done at its own end: folders removed, servers stopped
    try:
        _begin(command, parent, mask)
        if command.run is not None:
            command.run()
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    except BaseException:  # noqa: BLE001 - there is no caller to tell
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()  # noqa: SLF001 - os._exit would leave them out
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _begin(command: Command, parent: int, mask: Iterable[int]) -> None:
    """Make this fork what a started program would be."""
    os.setpgid(0, 0)
    lifeline.tie(command.death_signal, parent)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.update(command.environ)
    with suppress(OSError):
        Path("/proc/self/comm").write_text(command.name[:_COMM_BYTES], encoding="ascii")  # for ps and pgrep
