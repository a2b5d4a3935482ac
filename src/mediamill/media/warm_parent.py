"""A process that has imported a module and forks itself for each run of its `main`. `warm.py` starts it, and asks.

Arguments: the module's name, and the fields of `Lasts`. A function `prepare` of the module is called once.
Standard input: a socket of packets. Each asks for one run: a byte, with the descriptors of the life line, of what is
printed, of the status, of the order (JSON), of who asks (a pidfd) and, where there is one, of a Landlock ruleset. The
status gets `pid N` when the run has begun, and then what a supervisor tells; or `stale` when this process is to
be replaced: it forks no more and ends with its last run.

It has one thread and reads no order itself: what is in an order is in the memory of its run alone, and in no later
one's. A run is two processes, as of every program: a supervisor, which is `supervisor.Supervisor` itself, and the
program, which calls `main` where another calls exec.
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from mediamill.media.strays import MARK, SUPERVISES
from mediamill.media.supervisor import Supervisor

STALE: Final = b"stale\n"
#: The module cannot be imported, or is not fit for forks (EX_SOFTWARE of sysexits.h).
UNFIT: Final = 70
_MOST_DESCRIPTORS: Final = 8

Main = Callable[[list[str]], int | None]


@dataclass(frozen=True)
class Lasts:
    """How long such a process is kept.

    age_s: from the imports on. runs: forks in all. size_bytes: of its memory, or twice what its imports took where that
    is more. idle_s: nobody asked for so long, and whoever asks next can wait for the imports.
    """

    age_s: float = 3_600.0
    runs: int = 500
    size_bytes: int = 300 * 2**20
    idle_s: float = 600.0


class Plate:
    """Where this process's environment has its mark: the kernel shows to others what stands there, even after a fork.

    Whoever started this process left room behind the mark, so that longer ones fit.
    """

    def __init__(self) -> None:
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        self._where = getenv(MARK.encode())
        self._room = len(os.environ[MARK].encode())

    def write(self, mark: str, *, supervises: bool) -> None:
        """Let others see this mark, and whether the process is a program's supervisor."""
        body = mark.encode() + (f"\0{SUPERVISES}=1".encode() if supervises else b"")
        if len(body) > self._room:
            raise ValueError(f"a mark of {len(body)} bytes; {self._room} are the limit")
        ctypes.memmove(self._where, body.ljust(self._room, b"\0"), self._room)


class Run(Supervisor):
    """One run's supervisor, in a process that has just been forked, and the program that it forks."""

    def __init__(self, handed: list[int], main: Main, plate: Plate) -> None:
        lifeline, printed, told, order, self.asker, *rules = handed
        with open(order, encoding="utf-8", closefd=False) as file:
            said = json.load(file)
        os.setsid()
        os.dup2(lifeline, 0)
        for each in (1, 2):
            os.dup2(printed, each)
        _close_all_but({0, 1, 2, told, self.asker, *rules})
        os.chdir(said["cwd"])
        os.environ.clear()
        os.environ.update(said["env"] | {MARK: said["mark"]})
        self.main = main
        self.plate = plate
        self.mark = said["mark"]
        plate.write(self.mark, supervises=True)
        super().__init__([str(told), *said["order"][1:8], str(rules[0] if rules else 0), *said["order"][9:]])

    def watch_starter(self) -> int:
        """Who asked is not our parent: its pidfd tells its death."""
        return self.asker

    def become(self) -> NoReturn:
        """Be the program: call `main`, and end as Python does."""
        self.plate.write(self.mark, supervises=False)
        _close_all_but({0, 1, 2})
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN)
        time.tzset()
        tempfile.tempdir = None
        sys.argv = self.argv
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # it is what Python made of fd 1
        os._exit(self._ended())

    def _ended(self) -> int:
        """Run the program and return its exit code."""
        code: object = None
        try:
            try:
                code = self.main(self.argv[1:])
            finally:
                threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - as Python itself, before atexit
                atexit._run_exitfuncs()  # noqa: SLF001
                sys.stdout.flush()
        except SystemExit as ended:
            code = ended.code
        except KeyboardInterrupt:
            traceback.print_exc()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException:  # noqa: BLE001 - what Python does with it, too
            traceback.print_exc()
            code = 1
        if code is None or isinstance(code, int):
            return (code or 0) & 0xFF
        print(code, file=sys.stderr)  # noqa: T201 - what `sys.exit("words")` means
        return 1


class Parent:
    """The process that forks."""

    def __init__(self, module: str, requests: socket.socket, lasts: Lasts) -> None:
        self._requests = requests
        self._lasts = lasts
        self._plate = Plate()
        imported = importlib.import_module(module)
        self._main: Main = imported.main
        getattr(imported, "prepare", _nothing)()
        if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - names are enough
            raise RuntimeError(f"{module} starts a thread when it is imported, and no thread survives a fork")
        self._began = time.monotonic()
        self._files = _stamps()
        self._most_bytes = max(lasts.size_bytes, 2 * _resident_bytes())
        self._runs = 0
        self._alive = 0
        self._stale = False

    def serve(self) -> None:
        """Answer until nobody will ask again, or nobody has for long; with the last run it ends."""
        gc.collect()
        gc.freeze()  # so that no collection in a run touches, and so copies, what is here
        woken = _wakened()
        poller = select.poll()
        for each in (self._requests.fileno(), woken):
            poller.register(each, select.POLLIN)
        while self._alive or not self._stale:
            ready = [each for each, _ in poller.poll(None if self._alive else self._lasts.idle_s * 1000)]
            if not ready:
                return
            self._reap(woken)
            if self._requests.fileno() in ready and not self._answer():
                poller.unregister(self._requests)
                self._stale = True

    def _answer(self) -> bool:
        """Take one request; return False when there will be none any more.

        Where there is no room for all its descriptors, nothing is begun: the one that is missing may be that of its
        walls. Who asked sees it by the end of the status; other runs go on.
        """
        asked, handed, flags, _ = socket.recv_fds(self._requests, 1, _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        if not flags & socket.MSG_CTRUNC and handed:
            self._stale = self._stale or self._is_stale()
            if self._stale:
                os.write(handed[2], STALE)
            else:
                self._begin(handed)
        for each in handed:
            os.close(each)
        return bool(asked)

    def _begin(self, handed: list[int]) -> None:
        """Fork. Where there is no room for a process, who asked sees it by the end of the status; other runs go on."""
        try:
            forked = os.fork()
        except OSError:
            traceback.print_exc()
            return
        if not forked:
            self._run(handed)
        self._runs += 1
        self._alive += 1

    def _run(self, handed: list[int]) -> NoReturn:
        try:
            run = Run(handed, self._main, self._plate)
            if not _hung_up(0):
                run.tell(f"pid {os.getpid()}")
                run.run()
        except BaseException:  # noqa: BLE001 - nothing of this process may go on as its parent
            traceback.print_exc()
            os._exit(UNFIT)
        os._exit(0)

    def _reap(self, woken: int) -> None:
        try:
            os.read(woken, 512)
        except BlockingIOError:
            return
        while self._alive and os.waitpid(-1, os.WNOHANG)[0]:
            self._alive -= 1

    def _is_stale(self) -> bool:
        return (
            self._runs >= self._lasts.runs
            or time.monotonic() - self._began > self._lasts.age_s
            or _is_larger(self._most_bytes)
            or any(_stamp(path) != stamp for path, stamp in self._files.items())
        )


def _nothing() -> None:
    """What a module has to prepare that says nothing of it."""


def _wakened() -> int:
    """Let a child's end arrive as a byte in a pipe, which is returned."""
    readable, writable = os.pipe()
    for end in (readable, writable):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _hung_up(lifeline: int) -> bool:
    """Whether who asked has gone meanwhile."""
    poller = select.poll()
    poller.register(lifeline, 0)
    return bool(poller.poll(0))


def _close_all_but(kept: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are enough
        if int(name) not in kept:
            with suppress(OSError):  # that of the listing itself
                os.close(int(name))


def _stamps() -> dict[str, tuple[int, int]]:
    """Return what the files of all modules look like, but for those of Python itself."""
    python = str(Path(os.__file__).parent)
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return {path: _stamp(path) for path in files if path and (not path.startswith(python) or "site-packages" in path)}


def _stamp(path: str) -> tuple[int, int]:
    """Return when a file was changed and how large it is."""
    try:
        seen = os.stat(path)  # noqa: PTH116 - of hundreds, before each run
    except OSError:
        return (0, 0)
    return (seen.st_mtime_ns, seen.st_size)


def _is_larger(most_bytes: int) -> bool:
    """Whether this process takes more; also where it cannot be asked, since no descriptor is left."""
    try:
        return _resident_bytes() > most_bytes
    except OSError:
        return True


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve(module: str, lasts: Lasts) -> None:
    """Import the module and answer."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the first word of an end: no traceback
    requests = socket.socket(fileno=os.dup(0))
    try:
        parent = Parent(module, requests, lasts)
    except BaseException:  # noqa: BLE001 - the last line says why, to who asked
        traceback.print_exc()
        sys.exit(UNFIT)
    parent.serve()


if __name__ == "__main__":
    _, named, age_s, runs, size_bytes, idle_s = sys.argv
    serve(named, Lasts(float(age_s), int(runs), int(size_bytes), float(idle_s)))
