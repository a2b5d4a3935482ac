"""A circuit breaker of one process: during an outage nobody waits for a time-out that somebody else had already."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Literal

Position = Literal["closed", "open", "half-open"]


class Breaker:
    """Closed, it lets calls through; open, it refuses them; half open, it lets one through as a probe.

    It needs nothing but this process. opens_for: the errors that mean that nobody answered; any other
    one is an answer. refused: makes the error for a call that is not to be made now, given the seconds
    until a probe may be. failures: in a row, open it. pause_s: how long it refuses before a probe.
    now: a monotonic clock, seconds.
    """

    def __init__(
        self,
        *opens_for: type[Exception],
        refused: Callable[[float], Exception],
        failures: int,
        pause_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opens_for = opens_for
        self._refused = refused
        self._failures_to_open = failures
        self._pause_s = pause_s
        self._now = now
        self._lock = Lock()
        self._failures = 0
        self._open_until = 0.0
        self._probing = False

    def position(self) -> Position:
        """How it stands now."""
        if self._failures < self._failures_to_open:
            return "closed"
        return "open" if self._now() < self._open_until else "half-open"

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make a call in the block, which raises as ever. Raises what `refused` makes when it is not to be made now."""
        probe = self._enter()
        answered: bool | None = None
        try:
            yield
            answered = True
        except Exception as error:
            answered = not isinstance(error, self._opens_for)
            raise
        finally:  # a thread that was ended in the middle tells nothing, but is no probe any more
            self._leave(answered, probe=probe)

    def _enter(self) -> bool:
        with self._lock:
            position = self.position()
            if position == "open" or (position == "half-open" and self._probing):
                raise self._refused(max(self._open_until - self._now(), 0.0))
            probe = position == "half-open"
            self._probing = self._probing or probe
            return probe

    def _leave(self, answered: bool | None, *, probe: bool) -> None:  # noqa: FBT001 - None: nobody knows
        with self._lock:
            if probe:
                self._probing = False
            if answered is None:
                return
            self._failures = 0 if answered else self._failures + 1
            if self._failures >= self._failures_to_open:
                self._open_until = self._now() + self._pause_s
