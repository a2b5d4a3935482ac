"""Start, limit and kill programs. Nothing else in the house starts one.

Every program runs under a supervisor process of its own (`supervisor.py`), which ends it when this
process dies, and leaves no descendant behind. Works in threads, and in Celery's forked children.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mediamill.core.context import Completed
from mediamill.core.errors import RetryableError
from mediamill.media import landlock
from mediamill.media.confine import Confine
from mediamill.media.launch import find, not_launched, not_started, order, surroundings
from mediamill.media.limits import Ended, Limits, excess
from mediamill.media.output import Output, unmasked
from mediamill.media.strays import MARK, SUPERVISOR, kill_group, kill_marked, kill_tagged, new_mark
from mediamill.media.tether import Tether, pipes

__all__ = ["Confine", "Limits", "Program", "kill_group", "kill_tagged", "run", "start"]

#: How often `check` is asked.
CHECK_EVERY_S: Final = 0.2
#: After a kill: how long the supervisor may take, beyond the grace, before we kill by ourselves.
PATIENCE_S: Final = 3.0


class Program:
    """A running program. `wait` for it, or leave it as a context: either way nothing stays.

    One thread waits; any thread may kill.
    printed_at: when it last printed something, or was started; monotonic, s.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - only `start` calls it, and that of `warm`
        self,
        tether: Tether,
        argv: Sequence[str],
        limits: Limits,
        output: Output,
        mark: str,
        requests: int | None = None,
    ) -> None:
        self._tether = tether
        self._requests = requests
        self._mark = mark
        self._argv = tuple(argv)
        self._limits = limits
        self._output = output
        self._ends_at = time.monotonic() + limits.wall_s
        self._killed_at: float | None = None
        self._told = tether.told
        self._poller = select.poll()
        self._poller.register(tether.printed, select.POLLIN)
        self._poller.register(tether.status, select.POLLIN)
        self.printed_at = time.monotonic()

    @property
    def pid(self) -> int:
        """The supervisor's process id: what `kill_group` takes, from any process."""
        return self._tether.pid

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self._tether.gone(0)

    def interrupt(self) -> None:
        """Send SIGINT to the program's group and let it end by itself; ffmpeg then finishes its file."""
        self._tether.say(b"i")

    def kill(self) -> None:
        """End the program and all that it started, within the grace. Returns at once; repeatable."""
        if self._killed_at is None:
            self._killed_at = time.monotonic()
        self._tether.say(b"k")

    def wait(self, check: Callable[[], None]) -> Completed:
        """Wait for the end, calling `check` every 0.2 s. Nothing of the program is left afterwards.

        Whatever `check` or `on_line` raises kills the program and goes on. Raises RetryableError
        with code PROGRAM_TIMEOUT after `wall_s`, PROGRAM_LOST when the supervisor was killed;
        PermanentError with code PROGRAM_MISSING when the file is no program, PROGRAM_MEMORY,
        PROGRAM_CPU or PROGRAM_FILE_SIZE when it failed because of that limit, as far as can be known.
        """
        self._hang_up()
        ended = self.follow(check, lambda: False)
        assert ended is not None  # noqa: S101 - it is followed until then
        return ended

    def say(self, line: str) -> None:
        """Write a line to its input. Only for a program that was started with `listens`; a dead one hears nothing."""
        if self._requests is None:
            raise RuntimeError("the program was started without an input")
        with suppress(BrokenPipeError):
            remaining = memoryview(line.encode() + b"\n")
            while remaining:
                remaining = remaining[os.write(self._requests, remaining) :]

    def follow(self, check: Callable[[], None], until: Callable[[], bool]) -> Completed | None:
        """Wait as `wait` does, but return None as soon as `until` is true, which is asked after each output."""
        try:
            told = self._follow(check, until)
        except BaseException:
            self.close()
            raise
        if told is None:
            return None
        self.close()
        return self._judge(told, check)

    def close(self) -> None:
        """Kill what still runs, wait until it is gone, free all descriptors. Repeatable."""
        self._hang_up()
        if not self._tether.gone(0):
            self.kill()
            if not self._tether.gone(self._limits.grace_s + PATIENCE_S):
                kill_group(self.pid)
                self._tether.gone(PATIENCE_S)
        self._tether.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hang_up(self) -> None:
        """End its input."""
        if self._requests is not None:
            os.close(self._requests)
            self._requests = None

    def _follow(self, check: Callable[[], None], until: Callable[[], bool]) -> str | None:
        """Read output until the supervisor is gone; return its status line, or None when `until` came first."""
        next_check = time.monotonic()
        while not until():
            if time.monotonic() >= next_check:
                check()
                self._press()
                next_check = time.monotonic() + CHECK_EVERY_S
            for descriptor, _ in self._poller.poll(CHECK_EVERY_S * 1000):
                body = os.read(descriptor, 64 * 1024)
                if descriptor == self._tether.printed:
                    self.printed_at = time.monotonic()
                    self._output.feed(body)
                    if not body:
                        self._poller.unregister(descriptor)
                elif body:
                    self._told += body
                else:
                    self._drain(self._tether.printed)
                    self._tether.gone(PATIENCE_S)
                    return self._told.decode()
        return None

    def _press(self) -> None:
        """Kill by ourselves when the supervisor should have, long ago: it may be stopped."""
        began = min(self._ends_at, self._killed_at or self._ends_at)
        if time.monotonic() > began + self._limits.grace_s + PATIENCE_S:
            kill_group(self.pid)

    def _drain(self, printed: int) -> None:
        """Take what is left in the pipe, and no more: a survivor could hold its other end."""
        os.set_blocking(printed, False)
        for _ in range(16):
            try:
                body = os.read(printed, 64 * 1024)
            except BlockingIOError:
                break
            if not body:
                break
            self._output.feed(body)
        self._output.feed(b"", final=True)

    def _judge(self, told: str, check: Callable[[], None]) -> Completed:
        name = Path(self._argv[0]).name
        failed = [line for line in told.splitlines() if line.startswith("failed ")]
        if failed:
            raise not_started(name, int(failed[0].split()[1]))
        reason, *numbers = told.split() or ["killed"]
        if not numbers:
            kill_marked(self._mark)
            if self._killed_at is None:
                check()
                raise RetryableError(f"the supervisor of {name} was killed", code="PROGRAM_LOST")
            numbers = ["-9", "0", "0"]
        if reason == "killed":
            check()  # it was killed from outside: most likely because the attempt should end
        if reason == "timeout":
            raise RetryableError(f"{name} took longer than {self._limits.wall_s:g} s", code="PROGRAM_TIMEOUT")
        returncode, cpu_s, peak_bytes = numbers
        ended = Ended(int(returncode), self._output.tail, float(cpu_s), int(peak_bytes))
        if reason == "done" and (error := excess(name, ended, self._limits)):
            raise error
        return Completed(self._argv, ended.returncode, ended.output)


def start(  # noqa: PLR0913 - all but two have a default
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    mask: Callable[[str], str] | None = None,
    on_line: Callable[[str], None] | None = None,
    tag: str = "",
    listens: bool = False,
    heard: int | None = None,
    confine: Confine | None = None,
) -> Program:
    """Start a program without a shell, its output and errors in one stream.

    argv: the program by path, or by name: then it is looked for beside our Python and in PATH.
    cwd: also its home and its place for temporary files.
    env: joins the little that is passed on (PATH, language, time zone, fonts, certificates).
    mask: takes the secrets out of a line of output, before anything is kept or passed to `on_line`.
    tag: what `kill_tagged` finds it by, such as the attempt's token.
    listens: its input is what `Program.say` writes; otherwise it is empty, or `heard`, a descriptor that stays ours.
    confine: the walls around it, as far as the kernel has them. None: it may what we may.

    Raises PermanentError with code PROGRAM_MISSING, PROGRAM_ARGUMENT or PROGRAM_FOLDER;
    RetryableError with code PROGRAM_START when this machine has no room for a process.
    """
    words = [os.fspath(word) for word in argv]
    environment = surroundings(cwd, env)
    path = find(words[0], cwd, environment["PATH"])
    mark = new_mark(tag)
    with ExitStack() as theirs, ExitStack() as ours:
        try:
            mine, its = pipes()
            ours.callback(mine.close)
            theirs.callback(its.close)
            requests = None
            if listens:
                heard, requests = os.pipe()
                ours.callback(os.close, requests)
                theirs.callback(os.close, heard)
            rules = landlock.ruleset(confine.around(Path(path))) if confine else None
            if rules is not None:
                theirs.callback(os.close, rules)
            process = subprocess.Popen(  # noqa: S603 - argv only, and the program is the caller's choice
                [
                    *(sys.executable, "-I", "-S", str(SUPERVISOR)),
                    *order(its.told, heard, rules, limits, walled=confine is not None),
                    *(path, *words),
                ],
                cwd=cwd,
                env=environment | {MARK: mark},
                stdin=its.lifeline,
                stdout=its.printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[each for each in (its.told, heard, rules) if each is not None],
            )
        except (OSError, ValueError) as error:
            raise not_launched(Path(words[0]).name, cwd, error) from error
        ours.pop_all()
    tether = Tether(process.pid, mine, lambda patience_s: _ended(process, patience_s))
    return Program(tether, words, limits, Output(mask or unmasked, on_line), mark, requests)


def run(  # noqa: PLR0913 - as `start`
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    limits: Limits,
    check: Callable[[], None],
    env: Mapping[str, str] | None = None,
    mask: Callable[[str], str] | None = None,
    on_line: Callable[[str], None] | None = None,
    tag: str = "",
    started: Callable[[int], None] | None = None,
) -> Completed:
    """Start a program and wait for its end; see `start` and `Program.wait`.

    started: told the process id for `kill_group`, once.
    """
    with start(argv, cwd=cwd, limits=limits, env=env, mask=mask, on_line=on_line, tag=tag) as program:
        if started is not None:
            started(program.pid)
        return program.wait(check)


def _ended(process: "subprocess.Popen[bytes]", patience_s: float) -> bool:
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        return False
    return True
