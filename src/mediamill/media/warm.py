"""Run a module's `main` in a fork of a process that has imported it already: imports are paid once, not per run.

This process keeps one such parent per module, starts it at the first use, and a new one when it says that it is stale
or has ended. It is asked over a pair of sockets that nobody else has, so there is nothing in the file system that
another user, or a program in a sandbox, could ask. `warm_parent.py` is the other end.
"""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import astuple, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Final

from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media import landlock, programs
from mediamill.media.confine import Confine
from mediamill.media.launch import not_launched, order, surroundings
from mediamill.media.limits import Limits
from mediamill.media.output import Output, unmasked
from mediamill.media.programs import CHECK_EVERY_S, Program
from mediamill.media.strays import new_mark
from mediamill.media.tether import Ends, Tether, pipes
from mediamill.media.warm_parent import STALE, UNFIT, Lasts

#: How long a parent is kept.
LASTS: Final = Lasts()
#: How long the imports may take.
_START_S: Final = 60.0
#: How long one that forks no more may take to end, before it is taken for one that still has runs.
_END_S: Final = 2.0
#: A run without a parent.
_ONCE: Final = "import sys; from {} import main; sys.exit(main(sys.argv[1:]))"
#: A parent may die between being found and being asked; so many deaths in a row are no accident.
_TRIES: Final = 3
#: Longer than any run.
_LIFE_S: Final = 30 * 86_400.0
#: Room for the marks of runs, behind its own: a tag, a random part, a word.
_TAG: Final = "warm".ljust(192, ".")


class _Over(Exception):  # noqa: N818 - what the parent is
    """The parent forks no more. died: it has ended, and not with its last run."""

    def __init__(self, *, died: bool) -> None:
        super().__init__()
        self.died = died


class Parent:
    """One module's process, from outside. Any thread may ask."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._why: str | None = None
        self._asking_why = Lock()
        self._asking = Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.program = programs.start(
                [sys.executable, "-P", "-m", "mediamill.media.warm_parent", module, *map(str, astuple(LASTS))],
                cwd=Path("/"),
                limits=Limits(wall_s=_LIFE_S, grace_s=0),
                env={"PYTHONPATH": _python_path()},
                tag=_TAG,
                heard=theirs.fileno(),
            )

    def fork(self, said: Mapping[str, object], rules: int | None, check: Callable[[], None]) -> Tether:
        """Return a run that has begun. Raises _Over, OSError, and what `check` does."""
        with ExitStack() as ours:
            mine, its = pipes()
            ours.callback(mine.close)
            with ExitStack() as theirs:
                theirs.callback(its.close)
                written = os.memfd_create("order")
                theirs.callback(os.close, written)
                with open(written, "wb", closefd=False) as file:
                    file.write(json.dumps(said).encode())
                    file.seek(0)
                me = os.pidfd_open(os.getpid())
                theirs.callback(os.close, me)
                handed = [its.lifeline, its.printed, its.told, written, me]
                self._send(handed if rules is None else [*handed, rules])
            told = _first_line(mine.told, check)
            if told in {b"", STALE}:
                raise _Over(died=not told)
            ours.pop_all()
        line, _, rest = told.partition(b"\n")
        return _tether(int(line.split()[1]), mine, rest)

    def _send(self, handed: list[int]) -> None:
        with self._asking:
            if self._socket.fileno() < 0:
                raise _Over(died=False)
            try:
                socket.send_fds(self._socket, [b"r"], handed)
            except (BrokenPipeError, ConnectionResetError):
                raise _Over(died=True) from None

    def why(self) -> str:
        """Say why no process of this module can ever fork; "" when a new one may.

        For one that forks no more. What it has to say comes with its end: where that is not soon, only one run failed
        to begin, and others of it go on.
        """
        with self._asking_why:
            if self._why is None:
                self._why = ""
                end = time.monotonic() + _END_S
                with suppress(RetryableError):  # it was killed
                    ended = self.program.follow(lambda: None, lambda: time.monotonic() > end)
                    if ended is not None and ended.returncode == UNFIT:
                        self._why = ended.output.rpartition("\n")[2]
            return self._why

    def release(self) -> None:
        """Ask nothing any more: it ends with its last run."""
        with self._asking:
            self._socket.close()

    def close(self) -> None:
        """End it, and its runs."""
        self.release()
        self.program.close()


class Parents:
    """The parents of this process, one per module, and those that still have runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ready: dict[str, Parent] = {}
        self._leaving: list[Parent] = []

    def of(self, module: str) -> Parent:
        """Return the module's, which is started where there is none."""
        with self._lock:
            self._bury()
            if module not in self._ready:
                self._ready[module] = Parent(module)
            return self._ready[module]

    def leave(self, parent: Parent) -> None:
        """Ask this one nothing any more."""
        with self._lock:
            if self._ready.get(parent.module) is parent:
                del self._ready[parent.module]
                parent.release()
                self._leaving.append(parent)

    def close(self) -> None:
        """End them all, and their runs."""
        with self._lock:
            for parent in (*self._ready.values(), *self._leaving):
                parent.close()
            self._ready.clear()
            self._leaving.clear()

    def _bury(self) -> None:
        for parent in [each for each in self._leaving if each.program.ended]:
            parent.close()
            self._leaving.remove(parent)


_parents = Parents()


def close() -> None:
    """End all parents of this process, and what runs of them. It may be used again."""
    _parents.close()


def _forget() -> None:
    """A fork of this process has parents of its own."""
    global _parents  # noqa: PLW0603 - they belong to a process
    _parents = Parents()


os.register_at_fork(after_in_child=_forget)


def start(  # noqa: PLR0913 - as `programs.start`
    module: str,
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    limits: Limits,
    check: Callable[[], None],
    env: Mapping[str, str] | None = None,
    mask: Callable[[str], str] | None = None,
    on_line: Callable[[str], None] | None = None,
    tag: str = "",
    confine: Confine | None = None,
) -> Program:
    """Begin a run of the module's `main(argv[1:])`; the rest is as of `programs.start`, the Program, too.

    argv: the first word is what the program is called in messages.
    check: asked five times a second while the imports of the first run last.
    limits: the memory that the imports take counts as the run's own.

    On a kernel before 5.3 each run imports the module itself.

    Raises PermanentError with code PROGRAM_MISSING when the module cannot be imported.
    """
    words = [os.fspath(word) for word in argv]
    if not _has_pidfd():
        once = [sys.executable, "-P", "-c", _ONCE.format(module), *words[1:]]
        env = {**(env or {}), "PYTHONPATH": _python_path()}
        return programs.start(
            once, cwd=cwd, limits=limits, env=env, mask=mask, on_line=on_line, tag=tag, confine=confine
        )
    name = Path(words[0]).name
    mark = new_mark(tag)
    arguments = [*order(0, None, None, limits, walled=confine is not None), name, *words]
    said = {"cwd": str(cwd), "env": surroundings(cwd, env), "mark": mark, "order": arguments}
    if not cwd.is_dir():
        raise not_launched(name, cwd, FileNotFoundError())
    if any("\0" in word for word in words):
        raise not_launched(name, cwd, ValueError())
    with ExitStack() as opened:
        try:
            rules = landlock.ruleset(_with_package(confine, module)) if confine else None
            if rules is not None:
                opened.callback(os.close, rules)
            tether = _forked(module, said, rules, check)
        except OSError as error:
            raise not_launched(name, cwd, error) from error
    return Program(tether, words, limits, Output(mask or unmasked, on_line), mark)


@cache
def _has_pidfd() -> bool:
    """Whether the kernel is 5.3 or newer: who did not start a process learns of its end in no other way."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def _python_path() -> str:
    return os.pathsep.join(each for each in sys.path if each)


def _forked(module: str, said: Mapping[str, object], rules: int | None, check: Callable[[], None]) -> Tether:
    ends_at, deaths = time.monotonic() + _START_S, 0
    while deaths < _TRIES and time.monotonic() < ends_at:
        parent = _parents.of(module)
        try:
            return parent.fork(said, rules, check)
        except _Over as over:
            _parents.leave(parent)
            deaths += over.died
            if over.died and (why := parent.why()):
                raise PermanentError(f"{module} cannot be run: {why}", code="PROGRAM_MISSING") from None
    raise RetryableError(f"{module} ends before it can be run", code="PROGRAM_START")


def _with_package(confine: Confine, module: str) -> Confine:
    """Return the walls with the module's package readable: what it imports later."""
    spec = find_spec(module.partition(".")[0])
    places = (spec.submodule_search_locations if spec else None) or ()
    return replace(confine, readable=(*confine.readable, *map(Path, places)))


def _first_line(status: int, check: Callable[[], None]) -> bytes:
    """Return what a status says first, with a line's end in it; b"": nothing will come."""
    poller = select.poll()
    poller.register(status, select.POLLIN)
    ends_at = time.monotonic() + _START_S
    told = b""
    while b"\n" not in told:
        if poller.poll(CHECK_EVERY_S * 1000):
            body = os.read(status, 4096)
            if not body:
                return b""
            told += body
        else:
            check()
            if time.monotonic() > ends_at:
                raise RetryableError(f"the imports took longer than {_START_S:g} s", code="PROGRAM_START")
    return told


def _tether(pid: int, ends: Ends, told: bytes) -> Tether:
    """Return what holds a forked supervisor: it is not our child, so its pidfd tells its end."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return Tether(pid, ends, lambda _: True, told=told)
    poller = select.poll()
    poller.register(watch, select.POLLIN)
    return Tether(pid, ends, lambda patience_s: bool(poller.poll(patience_s * 1000)), told=told, watch=watch)
