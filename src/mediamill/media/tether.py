"""What holds a program's supervisor: the pipes between it and its starter."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Self


@dataclass(frozen=True)
class Ends:
    """One side of the pipes: the life line, what the program prints, what the supervisor tells of it."""

    lifeline: int
    printed: int
    told: int

    def close(self) -> None:
        """Close them all."""
        for each in (self.lifeline, self.printed, self.told):
            os.close(each)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pipes() -> tuple[Ends, Ends]:
    """Return the starter's ends and the supervisor's. Raises OSError when there are no descriptors left."""
    with ExitStack() as opened:
        pairs = []
        for _ in range(3):
            pairs.append(os.pipe())
            for each in pairs[-1]:
                opened.callback(os.close, each)
        opened.pop_all()
    (hears, says), (prints, printed), (tells, told) = pairs
    # os.pipe() gives the end that reads first.
    return Ends(says, prints, tells), Ends(hears, printed, told)


class Tether:
    """A supervisor in its starter's hands. Any thread may speak.

    gone: waits so many seconds for the supervisor's end, and says whether it has come.
    told: what was read from its status already. watch: a descriptor that `gone` needs and that goes with the others.
    """

    def __init__(
        self, pid: int, ends: Ends, gone: Callable[[float], bool], *, told: bytes = b"", watch: int | None = None
    ) -> None:
        self.pid = pid
        self.told = told
        self._gone = gone
        self._ends = ends
        self._watch = watch
        self._lock = Lock()
        self._open = True

    @property
    def printed(self) -> int:
        """What the program prints: a descriptor to read."""
        return self._ends.printed

    @property
    def status(self) -> int:
        """What the supervisor tells: a descriptor to read."""
        return self._ends.told

    def gone(self, patience_s: float) -> bool:
        """Wait for the supervisor's end, seconds; return whether it has come. One thread waits."""
        return not self._open or self._gone(patience_s)

    def say(self, word: bytes) -> None:
        """Send a word along the life line. A dead supervisor hears nothing."""
        with self._lock:
            if self._open:
                with suppress(BrokenPipeError):
                    os.write(self._ends.lifeline, word)

    def close(self) -> None:
        """Free the descriptors. Repeatable."""
        with self._lock:
            if self._open:
                self._open = False
                self._ends.close()
                if self._watch is not None:
                    os.close(self._watch)
