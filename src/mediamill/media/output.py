"""What a program prints: lines as they come, and the tail of them."""

import codecs
from collections import deque
from collections.abc import Callable
from typing import Final

#: How much of a program's output is kept, characters.
TAIL_CHARS: Final = 64 * 1024
#: A longer line is cut. It is masked before, with some room for a secret that crosses the cut.
LINE_CHARS: Final = 8 * 1024
SECRET_CHARS: Final = 1024


def unmasked(line: str) -> str:
    """Return the line as it is: a mask of what has no secrets."""
    return line


class Output:
    """Takes bytes, gives lines. Secrets are masked line by line, before anything is kept or passed on.

    A carriage return ends a line too: progress bars print nothing else.
    """

    def __init__(self, mask: Callable[[str], str], on_line: Callable[[str], None] | None) -> None:
        self._mask = mask
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._line = ""
        self._tail: deque[str] = deque()
        self._kept = 0

    def feed(self, body: bytes, *, final: bool = False) -> None:
        """Take what was read; `final` ends the last line."""
        text = self._decoder.decode(body, final).replace("\r", "\n")
        *lines, rest = text.split("\n")
        for line in lines:
            self._extend(line)
            self._end_line()
        self._extend(rest)
        if final:
            self._end_line()

    @property
    def tail(self) -> str:
        """The last lines, at most 64 Ki characters."""
        return "\n".join(self._tail)

    def _extend(self, text: str) -> None:
        self._line += text[: LINE_CHARS + SECRET_CHARS - len(self._line)]

    def _end_line(self) -> None:
        line, self._line = self._line, ""
        if not line:
            return
        cut = len(line) > LINE_CHARS
        line = self._mask(line)
        if cut:
            line = line[:LINE_CHARS] + "…"
        self._tail.append(line)
        self._kept += len(line) + 1
        while self._kept > TAIL_CHARS:
            self._kept -= len(self._tail.popleft()) + 1
        if self._on_line is not None:
            self._on_line(line)
