"""Ask a module of ours that runs in a process of its own; `answering.py` is the other end.

A request is a line of JSON on its standard input. A reply is a JSON text sequence (RFC 7464): a record separator, then
a line of JSON; whatever else the process prints, its libraries' complaints above all, is the tail of an error.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from mediamill.core.context import Completed
from mediamill.core.errors import InvalidInput, PermanentError, RetryableError
from mediamill.media import programs
from mediamill.media.answering import LONGEST_REPLY_BYTES, SEPARATOR
from mediamill.media.output import LINE_CHARS
from mediamill.media.programs import Limits, Program

#: A pipe holds 64 KiB: so much is written without waiting for the reader.
LONGEST_REQUEST_BYTES: Final = 32 * 1024

assert LONGEST_REPLY_BYTES < LINE_CHARS, "a reply must not be cut"  # noqa: S101 - two constants of ours


def begin(  # noqa: PLR0913 - as `programs.start`
    module: str,
    *,
    cwd: Path,
    limits: Limits,
    on_line: Callable[[str], None],
    mask: Callable[[str], str] | None = None,
    tag: str = "",
) -> Program:
    """Start the process of a module; see `programs.start`.

    It imports what we do, plug-ins too, but nothing from its working folder, where a client's files may lie (-P).
    mask: of what it prints besides its replies. Those are for us alone; one that a secret such as `true` or `1080` was
    taken out of would be no JSON.
    """

    def masked(line: str) -> str:
        return mask(line) if mask is not None and not line.startswith(SEPARATOR) else line

    path = os.pathsep.join(each for each in sys.path if each)
    argv = (sys.executable, "-P", "-m", module)
    return programs.start(
        argv, cwd=cwd, limits=limits, env={"PYTHONPATH": path}, mask=masked, on_line=on_line, tag=tag, listens=True
    )


class Coprocess:
    """One module at hand. One thread asks.

    start: starts the process; what it prints goes to the given function line by line.
    check: asked five times a second while a request runs; what it raises ends the process.
    """

    def __init__(
        self, module: str, start: Callable[[Callable[[str], None]], Program], check: Callable[[], None]
    ) -> None:
        self._name = module.rpartition(".")[2]
        self._start = start
        self._check = check
        self._program: Program | None = None
        self._reply: Mapping[str, Any] | None = None
        self._on_progress: Callable[[float], None] | None = None

    def ask(
        self,
        request: Mapping[str, object],
        *,
        timeout_s: float,
        on_progress: Callable[[float], None] | None = None,
    ) -> Mapping[str, Any]:
        """Return the answer; see core's Coprocess."""
        line = json.dumps(request)
        if len(line) > LONGEST_REQUEST_BYTES:
            raise ValueError(f"a request has {len(line)} bytes; {LONGEST_REQUEST_BYTES} are the limit: use a file")
        self._check()
        self._reply, self._on_progress = None, on_progress
        program = self._program or self._begin()
        program.say(line)
        ends_at = time.monotonic() + timeout_s
        try:
            ended = program.follow(lambda: self._look(ends_at, timeout_s), lambda: self._reply is not None)
        except BaseException:
            self._program = None
            raise
        if ended is not None:
            self._program = None
        return self._read(ended)

    def close(self) -> None:
        """End the process. Repeatable."""
        if self._program is not None:
            self._program.close()
            self._program = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> Program:
        self._program = self._start(self._hear)
        return self._program

    def _hear(self, line: str) -> None:
        if not line.startswith(SEPARATOR):
            return
        reply = json.loads(line.removeprefix(SEPARATOR))
        if "progress" not in reply:
            self._reply = reply
        elif self._on_progress is not None:
            self._on_progress(reply["progress"])

    def _look(self, ends_at: float, timeout_s: float) -> None:
        self._check()
        if time.monotonic() > ends_at:
            raise RetryableError(f"{self._name} took longer than {timeout_s:g} s", code="PROGRAM_TIMEOUT")

    def _read(self, ended: Completed | None) -> Mapping[str, Any]:
        """Return the answer in the reply, or raise the error in it, or that of a process that left none."""
        if self._reply is None:
            raise self._died(ended)
        match self._reply:
            case {"answer": dict(answer)}:
                return answer
            case {"invalid": str(message), "code": code, "field": field}:
                raise InvalidInput(message, code=code, field=field)
            case {"permanent": str(message), "code": code}:
                raise PermanentError(message, code=code)
            case {"retryable": str(message), "code": code, "after_s": after_s}:
                raise RetryableError(message, code=code, after_s=after_s)
            case {"os": int(number)}:
                raise OSError(number, os.strerror(number))
            case {"failed": str(message)}:
                raise RuntimeError(f"{self._name}: {message}")
        raise RuntimeError(f"{self._name} answered with {sorted(self._reply)}")

    def _died(self, ended: Completed | None) -> PermanentError | RetryableError:
        returncode = ended.returncode if ended else 0
        if returncode == -signal.SIGKILL:
            return RetryableError(f"{self._name} was killed", code="PROGRAM_LOST")
        how = signal.Signals(-returncode).name if returncode < 0 else f"code {returncode}"
        return PermanentError(f"{self._name} crashed ({how})", code="PROGRAM_CRASHED")
