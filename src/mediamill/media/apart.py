"""Run a program in a sandbox: walls around its files, one way out, and an eye on whether it still does something."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from mediamill.core.context import Completed, Network, Sandbox
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media import egress, landlock, seccomp, warm
from mediamill.media.confine import Confine
from mediamill.media.effort import Effort
from mediamill.media.limits import Limits
from mediamill.media.output import unmasked
from mediamill.media.programs import Program, start

if TYPE_CHECKING:
    from mediamill.media.egress.gate import Gate

#: Nobody listens there, and the walls let nobody try: a program that asks for a proxy fails soon, and says why.
_NOWHERE: Final = {
    each: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "all_proxy") for each in (name, name.upper())
}

#: At the work of a program, within the time in which it may be silent.
_LOOKS: Final = 5

_logger = structlog.get_logger("mediamill.sandbox")


def run(  # noqa: PLR0913 - as `programs.start`
    argv: Sequence[str | Path],
    sandbox: Sandbox,
    *,
    cwd: Path,
    limits: Limits,
    check: Callable[[], None],
    stopping: Callable[[], bool],
    readable: Sequence[Path] = (),
    mask: Callable[[str], str] = unmasked,
    on_line: Callable[[str], None] | None = None,
    tag: str = "",
    started: Callable[[int], None] | None = None,
) -> Completed:
    """Run the program to its end; see core's Context.run, `programs.run` and `warm.start`.

    stopping: asked with `check`; when it becomes true while the program runs, the program gets SIGINT, once.
    readable: what it may read besides what the sandbox says.

    Raises what `Program.wait` raises; RetryableError with code STALLED; PermanentError with code TOO_LARGE.
    """
    _tell_what_is_missing()
    with ExitStack() as opened:
        gate = opened.enter_context(_gate(sandbox.network)) if sandbox.network is not None else None
        confine = Confine(
            writable=(cwd,), readable=(*sandbox.readable, *readable), ports=(gate.port,) if gate is not None else ()
        )
        surroundings = {**sandbox.env, **(gate.env if gate is not None else _NOWHERE)}
        begin = partial(warm.start, sandbox.warm, check=check) if sandbox.warm else start
        program = opened.enter_context(
            begin(
                argv,
                cwd=cwd,
                limits=replace(limits, grace_s=sandbox.grace_s),
                env=surroundings,
                mask=mask if gate is None else _masking(mask, gate.token),
                on_line=on_line,
                tag=tag,
                confine=confine,
            )
        )
        if started is not None:
            started(program.pid)
        watch = _Watch(program, gate, sandbox, check, stopping)
        completed = program.wait(watch)
        watch.check_size()
    if gate is None:
        return completed
    return replace(completed, received_bytes=gate.received, refused=gate.refused)


class _Watch:
    """Looks after a running program, five times a second."""

    def __init__(
        self,
        program: Program,
        gate: "Gate | None",
        sandbox: Sandbox,
        check: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._program = program
        self._gate = gate
        self._sandbox = sandbox
        self._check = check
        self._stopping = stopping
        self._stopped = stopping()
        self._effort = Effort(program.pid, (sandbox.idle_s or 0.0) / _LOOKS)

    def __call__(self) -> None:
        self._check()
        self.check_size()
        self._check_life()
        if not self._stopped and self._stopping():
            self._stopped = True
            self._program.interrupt()

    def check_size(self) -> None:
        """Raise when more came than might."""
        network = self._sandbox.network
        if self._gate is not None and self._gate.exhausted and network is not None:
            raise PermanentError(f"more than {network.most_bytes:,} bytes came, which is the limit", code="TOO_LARGE")

    def _check_life(self) -> None:
        idle_s = self._sandbox.idle_s
        moved_at = max(self._program.printed_at, self._gate.moved_at if self._gate is not None else 0.0)
        if idle_s is None:
            return
        now = time.monotonic()
        if now - max(moved_at, self._effort.seen_at(now)) > idle_s:
            raise RetryableError(
                f"nothing was printed, nothing came and little was computed for {idle_s:g} s", code="STALLED"
            )


def _gate(network: Network) -> "Gate":
    try:
        return egress.guard().open(network)
    except OSError as error:
        raise RetryableError(
            f"the egress guard could not open a gate: {error.strerror}", code="PROGRAM_START"
        ) from error


def _masking(mask: Callable[[str], str], password: str) -> Callable[[str], str]:
    """Return a mask that hides the gate's password, too: whoever has it goes where this program may go."""
    return lambda line: mask(line).replace(password, "***")


@cache
def _tell_what_is_missing() -> None:
    """Write one line where this machine lacks a wall; the program runs without it."""
    if missing := missing_walls():
        _logger.warning("sandbox.walls_missing", missing=missing)


def missing_walls() -> list[str]:
    """Return what is not held back on this machine, for people."""
    held = landlock.holds()
    missing = [f"{what} (Landlock)" for what in ("files", "TCP", "signals") if what not in held]
    return missing if seccomp.program() else [*missing, "UDP and Unix sockets (seccomp)"]
