"""Dots of lists that are drawn and not written, as browsers do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.glyph import Glyph
from mediamill.media.documents.pdf.pdfium import Page

DOT: Final = "•"
#: A drawing of more parts is none of a text.
_MOST_OBJECTS: Final = 5_000
#: More are the points of a chart.
_MOST_DOTS: Final = 200
#: Points, and the sides of what is round or square.
_SMALLEST: Final = 1.5
_LARGEST: Final = 9.0
_ROUND: Final = 1.35
#: Parts of the size of the letters that it stands before.
_FURTHEST: Final = 2.5
_HIGHEST: Final = 0.8


class _Dot(NamedTuple):
    x0: float
    x1: float
    y: float


def with_dots(page: Page, glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the letters of an upright page with a dot before each line that has one drawn before it."""
    dots = list(_dots(page))
    if not dots or len(dots) > _MOST_DOTS:
        return list(glyphs)
    marked = _marked(dots, glyphs)
    made: list[Glyph] = []
    for place, glyph in enumerate(glyphs):
        if dot := marked.get(place):
            made.append(glyph._replace(text=DOT, x0=dot.x0, x1=dot.x1))
        made.append(glyph)
    return made


def _dots(page: Page) -> Iterator[_Dot]:
    if page.count_parts() > _MOST_OBJECTS:
        return
    for part in page.parts():
        bounds = part.bounds() if part.kind == calls.PART_PATH else None
        if bounds is None:
            continue
        left, bottom, right, top = bounds
        width, height = right - left, top - bottom
        small = min(width, height) >= _SMALLEST and max(width, height) <= _LARGEST
        if small and max(width, height) <= _ROUND * min(width, height):
            yield _Dot(left, right, (bottom + top) / 2)


def _marked(dots: Sequence[_Dot], glyphs: Sequence[Glyph]) -> Mapping[int, _Dot]:
    """Return the dot that stands before the first letter of a line, by the place of that letter."""
    rows: dict[int, list[int]] = defaultdict(list)
    for place, glyph in enumerate(glyphs):
        if not glyph.text.isspace():
            rows[int(glyph.y)].append(place)
    found: dict[int, _Dot] = {}
    for dot in dots:
        near = (place for y in range(int(dot.y - _LARGEST), int(dot.y) + 2) for place in rows.get(y, ()))
        level = [place for place in near if 0 < dot.y - glyphs[place].y < _HIGHEST * glyphs[place].size]
        first = min(level, key=lambda place: glyphs[place].x0, default=None)
        if first is not None and 0 < glyphs[first].x0 - dot.x1 < _FURTHEST * glyphs[first].size:
            found[first] = dot
    return found
