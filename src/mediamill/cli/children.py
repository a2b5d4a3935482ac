"""Server processes that are started, kept alive and stopped together."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from mediamill.cli import launch
from mediamill.cli.launch import STOPPING, Command
from mediamill.core.errors import Unavailable

_LOOK_EVERY_S: Final = 0.1
#: A child that ends this often before it was ever of use will not get better.
_CRASHES_AT_START: Final = 3


@dataclass
class Backoff:
    """How long to wait before a crashed child is started again: 0.5, 1, 2, ... seconds.

    longest_s: where it stops growing. steady_s: a child that ran this long begins anew.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    steady_s: float = 60.0
    crashes: int = 0

    def next_s(self, ran_s: float) -> float:
        """Return the pause after a run of `ran_s` seconds."""
        self.crashes = 1 if ran_s >= self.steady_s else self.crashes + 1
        return float(min(self.first_s * 2.0 ** (self.crashes - 1), self.longest_s))


@dataclass
class _Child:
    command: Command
    pid: int | None = None
    started_at: float = 0.0
    due_at: float | None = None
    backoff: Backoff = field(default_factory=Backoff)


class Children:
    """Keeps commands running. Use as a context manager, in the main thread: signals wait inside.

    Blocks in sigtimedwait: an idle family costs nothing. On leaving, whatever still runs is killed.
    say: where one-line messages for the operator go.
    """

    def __init__(self, say: Callable[[str], None], *, now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._now = now
        self._children: dict[str, _Child] = {}
        self._mask: set[signal.Signals | int] = set()
        self._stops: set[signal.Signals] = set()
        self._stopping = False

    @property
    def _watched(self) -> set[signal.Signals]:
        return self._stops | {signal.SIGCHLD}

    def __enter__(self) -> Self:
        # nohup and a shell's & ask to ignore some; a blocked signal is never ignored, so it is left out.
        self._stops = {number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN}
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        for child in self._children.values():
            self._kill(child)
        while any(child.pid for child in self._children.values()):
            signal.sigtimedwait({signal.SIGCHLD}, _LOOK_EVERY_S)
            self._reap()
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    # ---- starting

    def start(self, command: Command) -> None:
        """Start a command, and again whenever it ends by itself."""
        child = self._children[command.name] = _Child(command)
        self._spawn(child)

    def pid(self, name: str) -> int | None:
        """Return the process of a command, or None while it has none."""
        return self._children[name].pid

    def wait_for(self, what: str, check: Callable[[], bool], within_s: float) -> int | None:
        """Keep everything running until `check()`; return the signal when we are told to stop before.

        Raises Unavailable after `within_s` seconds, or when a child that never ran well keeps crashing.
        """
        end = self._now() + within_s
        while not check():
            number = self._wait(_LOOK_EVERY_S)
            if number is not None:
                return number
            for child in self._children.values():
                if child.backoff.crashes >= _CRASHES_AT_START:
                    raise Unavailable(f"{child.command.name} keeps ending; its last lines above say why")
            if self._now() >= end:
                raise Unavailable(f"{what} within {within_s:g} s was expected")
        return None

    def watch(self) -> int:
        """Keep everything running until we are told to stop; return the signal."""
        while True:
            due = [child.due_at for child in self._children.values() if child.due_at is not None]
            number = self._wait(max(0.0, min(due) - self._now()) if due else None)
            if number is not None:
                return number

    # ---- stopping

    def stop(self) -> bool:
        """End everything, stage by stage. A stop signal meanwhile hurries it.

        Return whether nobody hurried.
        """
        self._stopping = True
        hurried = False
        for stage in sorted({child.command.stage for child in self._children.values()}):
            members = [child for child in self._children.values() if child.command.stage == stage]
            hurried = self._stop_stage(members, hurried=hurried)
        return not hurried

    def _stop_stage(self, members: list[_Child], *, hurried: bool) -> bool:
        began = self._now()
        for child in members:
            child.due_at = None
            if child.pid is not None:
                child.command.stopping(child.pid)
                os.kill(child.pid, signal.SIGTERM)
        while running := [child for child in members if child.pid is not None]:
            for child in running:
                allowed_s = child.command.hurried_s if hurried else child.command.stop_s
                if self._now() - began >= allowed_s:
                    if not hurried:
                        self._say(f"{child.command.name} did not end within {allowed_s:g} s and is killed")
                    self._kill(child)
            if self._wait(_LOOK_EVERY_S) is not None and not hurried:
                hurried, began = True, self._now()
                for child in members:
                    if child.pid is not None and child.command.hurried_s > 0:
                        os.kill(child.pid, child.command.hurry)
        return hurried

    # ---- processes

    def _spawn(self, child: _Child) -> None:
        command = child.command
        child.pid = launch.forked(command, self._mask) if command.run is not None else launch.started(command)
        with suppress(OSError):  # a fork does the same; whoever comes first
            os.setpgid(child.pid, child.pid)
        child.started_at, child.due_at = self._now(), None

    @staticmethod
    def _kill(child: _Child) -> None:
        if child.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def _wait(self, within_s: float | None) -> int | None:
        """Wait for a signal or until `within_s` seconds are over; return the signal if it tells us to stop."""
        got = signal.sigwaitinfo(self._watched) if within_s is None else signal.sigtimedwait(self._watched, within_s)
        self._reap()
        now = self._now()
        for child in self._children.values():
            if not self._stopping and child.due_at is not None and child.due_at <= now:
                self._spawn(child)
        return got.si_signo if got is not None and got.si_signo in self._stops else None

    def _reap(self) -> None:
        """Note every process that ended: children of ours, and orphans where we are a container's init."""
        by_pid = {child.pid: child for child in self._children.values() if child.pid is not None}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            child = by_pid.get(ended.si_pid)
            if child is not None:
                # Before its number is free again: forked children that it left behind.
                self._kill(child)
            _, status = os.waitpid(ended.si_pid, 0)
            if child is not None:
                self._ended(child, os.waitstatus_to_exitcode(status))

    def _ended(self, child: _Child, code: int) -> None:
        child.pid = None
        if self._stopping:
            return
        pause_s = child.backoff.next_s(self._now() - child.started_at)
        child.due_at = self._now() + pause_s
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self._say(f"{child.command.name} {how}; it starts again in {pause_s:g} s")
