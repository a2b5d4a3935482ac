"""Lines of a program, each letter where it stood."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from mediamill.media.documents.blocks import Code
from mediamill.media.documents.pdf.lines import Line

_MOST_EMPTY: Final = 2
_WIDEST_GAP: Final = 60


def code(lines: Sequence[Line], leading: float) -> Code:
    """Return lines in a font whose letters have one width, with their indents and empty lines.

    leading: the usual distance of lines, in sizes.
    """
    width = median((cell.x1 - cell.x0) / max(len(cell.text), 1) for line in lines for cell in line.cells) or 1.0
    left = min(line.x0 for line in lines)
    own = min(((above.y - line.y) / line.size for above, line in pairwise(lines)), default=leading)
    return Code(tuple(_text(lines, left, width, max(own, 0.5))))


def _text(lines: Sequence[Line], left: float, width: float, leading: float) -> Iterator[str]:
    above: Line | None = None
    for line in lines:
        if above is not None:
            empty = round((above.y - line.y) / line.size / leading) - 1
            yield from [""] * min(max(empty, 0), _MOST_EMPTY)
        text = ""
        for cell in line.cells:
            gap = round((cell.x0 - left) / width) - len(text)
            text += " " * min(max(gap, 1 if text else 0), _WIDEST_GAP) + cell.text
        yield text
        above = line
