"""What a program prints, as the job's log takes it: every line while there are few, and no flood."""

import time
from collections.abc import Callable
from typing import Final

from mediamill.core.context import Context

LINE_CHARS: Final = 500
#: Lines that may come at once, and a second afterwards; a download prints some twenty in all.
BURST: Final = 200
PER_SECOND: Final = 5.0


class Transcript:
    """Writes lines into a job's log, and counts those that it leaves out."""

    def __init__(self, ctx: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._ctx = ctx
        self._clock = clock
        self._room = float(BURST)
        self._at = clock()
        self._left_out = 0

    def line(self, text: str) -> None:
        """Write a line, cut to 500 characters, or leave it out."""
        now = self._clock()
        self._room = min(self._room + (now - self._at) * PER_SECOND, BURST)
        self._at = now
        if self._room < 1:
            self._left_out += 1
            return
        self._tell_left_out()
        self._room -= 1
        self._ctx.log("program.line", text=text if len(text) <= LINE_CHARS else text[:LINE_CHARS] + "…")

    def end(self) -> None:
        """Say how many lines are missing at the end."""
        self._tell_left_out()

    def _tell_left_out(self) -> None:
        if self._left_out:
            self._ctx.log("program.lines_left_out", lines=self._left_out)
            self._left_out = 0
