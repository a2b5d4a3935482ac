"""The order in which the pieces of a page are read: its columns from left to right, each from top to bottom.

What goes across the columns, such as a title, a wide picture's words or an abstract, parts the page into bands; the
columns above it are read before those below. A table looks like columns too, but its cells are short and side by side.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from mediamill.media.documents.pdf.lines import Line, lines
from mediamill.media.documents.pdf.words import DOTS, Piece

#: Points: how finely the places of gutters are told apart.
_BIN: Final = 2.0
#: Bins: of a short line on a large page no more is looked at.
_WIDEST_GUTTER: Final = 200
#: Parts of a letter's size.
_NARROWEST_GUTTER: Final = 0.6
_ACROSS: Final = 2.0
_SAME_ROW: Final = 0.7
_CLOSE: Final = 1.8
_SAME_SIZE: Final = 0.05
#: How many pairs of lines a gutter has to have at its sides.
_LEAST_PAIRS: Final = 4
#: Two lists beside each other may be as short.
_LEAST_LISTED: Final = 2
_NEARLY: Final = 0.8
#: Where shorter ones are side by side, they are cells.
_SHORTEST_LINE_CHARS: Final = 14
#: An answer to choose, which stands beside the others of its question.
_CHOICE: Final = re.compile(r"[B-H][.)]")
_DEEPEST: Final = 4
#: A page of a newspaper has some 1,500; more are no columns, and would take minutes to compare.
_MOST_PIECES: Final = 4_000
_LEAST_BESIDE: Final = 3


class _Box(NamedTuple):
    """A piece, and what is asked of it again and again."""

    piece: Piece
    x0: float
    x1: float
    y: float
    size: float
    mono: bool
    chars: int
    dotted: bool
    chosen: bool


class _Gutter(NamedTuple):
    x0: float
    x1: float

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


def ordered(pieces: Sequence[Piece], page: int) -> list[Line]:
    """Return the lines of a page as they are read."""
    boxes = [_box(piece) for piece in pieces]
    regions = enumerate(_regions(boxes, _DEEPEST))
    return [line for number, region in regions for line in lines([box.piece for box in region], page, number)]


def _box(piece: Piece) -> _Box:
    main = piece.main
    chars = sum(len(word.text) + 1 for word in piece.words)
    first = piece.words[0].text
    return _Box(
        piece,
        piece.x0,
        piece.x1,
        main.y,
        main.size,
        main.font.mono,
        chars,
        first[:1] in DOTS,
        bool(_CHOICE.match(first)),
    )


def _regions(boxes: list[_Box], deeper: int) -> Iterator[list[_Box]]:
    """Yield the pieces of each region that has one column, in the order of reading."""
    gutter = _gutter(boxes) if deeper and len(boxes) <= _MOST_PIECES else None
    if gutter is None:
        if boxes:
            yield boxes
        return
    whole: list[_Box] = []
    for across, band in _bands(boxes, gutter):
        left = [box for box in band if (box.x0 + box.x1) / 2 < gutter.middle]
        right = [box for box in band if (box.x0 + box.x1) / 2 >= gutter.middle]
        if across or not _are_columns(left, right):
            whole += band
            continue
        if whole:
            yield whole
            whole = []
        yield from _regions(left, deeper - 1)
        yield from _regions(right, deeper - 1)
    if whole:
        yield whole


def _bands(boxes: Sequence[_Box], gutter: _Gutter) -> Iterator[tuple[bool, list[_Box]]]:
    """Yield, from top to bottom, what goes across the gutter, and what lies at its sides between such."""
    band: list[_Box] = []
    before = False
    beside = {id(box) for pair in _pairs(boxes) for box in pair}
    for box in sorted(boxes, key=lambda box: -box.y):
        across = box.x0 < gutter.x0 - _ACROSS * box.size and box.x1 > gutter.x1 + _ACROSS * box.size
        across = across or (before and id(box) not in beside and _ends(band[-1], box))
        if band and across != before:
            yield before, band
            band = []
        before = across
        band.append(box)
    if band:
        yield before, band


def _ends(above: _Box, box: _Box) -> bool:
    """Whether a line is the short last one of a paragraph that goes across."""
    return abs(above.size - box.size) < _SAME_SIZE * box.size and above.y - box.y < _CLOSE * box.size


def _are_columns(left: Sequence[_Box], right: Sequence[_Box]) -> bool:
    """Whether both sides are lines of text or of lists, and not the cells of a table or a form.

    A side that is empty is none: what is at the other one, the end of a chapter, is a column of its own.
    """
    if not left or not right:
        return len(left) + len(right) >= _LEAST_BESIDE
    if sum(box.dotted for box in right) >= _LEAST_LISTED:
        return True
    return all(median(box.chars for box in side) >= _SHORTEST_LINE_CHARS for side in (left, right))


def _gutter(boxes: Sequence[_Box]) -> _Gutter | None:
    """Return the gap that the most pairs of lines have between them, if those are lines of text and of no program."""
    listed = sum(right.dotted for _, right in _pairs(boxes))
    least = _LEAST_LISTED if listed >= _LEAST_LISTED else _LEAST_PAIRS
    pairs = [
        (left, right)
        for left, right in _pairs(boxes)
        if right.x0 - left.x1 >= _NARROWEST_GUTTER * left.size and not left.mono and not right.chosen
    ]
    if len(pairs) < least:
        return None
    votes = Counter[int]()
    for left, right in pairs:
        begin = int(left.x1 // _BIN) + 1
        votes.update(range(begin, min(int(right.x0 // _BIN) + 1, begin + _WIDEST_GUTTER)))
    if not votes:
        return None
    most = max(votes.values())
    if most < least:
        return None
    best = min(place for place, count in votes.items() if count == most)
    first = last = best
    while votes[first - 1] >= _NEARLY * most:
        first -= 1
    while votes[last + 1] >= _NEARLY * most:
        last += 1
    gutter = _Gutter(first * _BIN, last * _BIN)
    beside = [(left, right) for left, right in pairs if left.x1 <= gutter.middle + _BIN <= right.x0 + 2 * _BIN]
    if not _are_columns([left for left, _ in beside], [right for _, right in beside]):
        return None
    return gutter


def _pairs(boxes: Sequence[_Box]) -> Iterator[tuple[_Box, _Box]]:
    """Yield each piece with the next one at its right on about the same height."""
    by_height = sorted(boxes, key=lambda box: -box.y)
    for index, box in enumerate(by_height):
        nearest: _Box | None = None
        for step in (-1, 1):
            other = index + step
            while 0 <= other < len(by_height) and abs(by_height[other].y - box.y) < _SAME_ROW * box.size:
                candidate = by_height[other]
                if candidate.x0 > box.x1 and (nearest is None or candidate.x0 < nearest.x0):
                    nearest = candidate
                other += step
        if nearest is not None:
            yield box, nearest
