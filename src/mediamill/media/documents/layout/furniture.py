"""What stands around the text of many pages, and no reader reads, told page by page: running heads, page numbers."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mediamill.media.documents.rows import Row, Sheet

#: How much of a page's height, at its top and at its bottom, is looked at.
_ZONE: Final = 0.15
#: Points between two places that are the same.
_SAME_PLACE: Final = 6.0
_LEAST_PAGES: Final = 3
#: Of all pages: a chapter's head is on its own only.
_OF_PAGES: Final = 0.03
_MOST_NEEDED: Final = 6
#: Larger letters are a heading's, as of slides, unless they are on most pages.
_LARGE: Final = 1.15
_MOST_PAGES: Final = 0.8
_LONGEST_CHARS: Final = 160
#: Marks that are remembered at once; beyond, those seen once go. A book of 5,000 pages has some 50,000.
_MOST_MARKS: Final = 100_000

_DIGITS: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"(?:[-\u2013\u2014|·.\[(]\s*)?(?:(?:page|trang|p\.|tr\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:/|of|trên)\s*\d{1,4})?(?:\s*[-\u2013\u2014|·.\])])?",
    re.IGNORECASE,
)
_EDGE_NUMBER: Final = re.compile(r"\A(\d{1,4})\b|\b(\d{1,4})\Z")
_ITEM: Final = re.compile(r"\d{1,3}[.)]\s*\S")
#: What a browser prints around a page: when, and from where.
_BROWSER: Final = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}:\d{2}(?: [AP]M)?\b.*|(?:https?|file)://\S+(?: \d{1,4}/\d{1,4})?"
)

#: A line's words, numbers apart, or a number less its page's; and its place.
_Mark = tuple[str | int, int]


@dataclass(frozen=True)
class Furniture:
    """large: points; from this size on, a line is a heading, unless it is in `everywhere`."""

    marks: frozenset[_Mark]
    everywhere: frozenset[_Mark]
    large: float

    def has(self, row: Row, sheet: Sheet) -> bool:
        """Whether a line is none of the text."""
        if _ZONE * sheet.height <= row.y <= (1 - _ZONE) * sheet.height or len(row.text) > _LONGEST_CHARS:
            return False
        marks = self.everywhere if row.size > self.large else self.marks
        if any(mark in marks for mark in _marks(row, sheet.number)):
            return True
        words = row.text.strip()
        return row.size <= self.large and bool(_PAGE_NUMBER.fullmatch(words) or _BROWSER.fullmatch(words))


class Furnishing:
    """What is seen around pages, while they pass."""

    def __init__(self) -> None:
        self._seen = Counter[_Mark]()
        self._pages = 0

    def add(self, sheet: Sheet) -> None:
        """Look at a page."""
        self._pages += 1
        low, high = _ZONE * sheet.height, (1 - _ZONE) * sheet.height
        marks = set[_Mark]()
        for row in sheet.rows:
            if (row.y < low or row.y > high) and len(row.text) <= _LONGEST_CHARS:
                marks.update(_marks(row, sheet.number))
        self._seen.update(marks)
        if len(self._seen) > _MOST_MARKS:
            self._seen = Counter({mark: count for mark, count in self._seen.items() if count > 1})

    def found(self, body_size: float) -> Furniture:
        """Return what is on enough of the pages. body_size: of the text, points."""
        least = min(max(_LEAST_PAGES, round(_OF_PAGES * self._pages)), max(self._pages, 2), _MOST_NEEDED)
        near = _near(self._seen)
        marks = frozenset(mark for mark, count in near.items() if count >= least)
        everywhere = frozenset(mark for mark in marks if near[mark] >= max(least, _MOST_PAGES * self._pages))
        return Furniture(marks, everywhere, _LARGE * body_size)


def _marks(row: Row, number: int) -> Iterator[_Mark]:
    """Yield what a line of the margin is known by. A bold one's numbers are those of chapters, and make it another."""
    place = round(row.y / _SAME_PLACE)
    words = row.text.casefold()
    yield words if row.bold else _DIGITS.sub("#", words), place
    if not row.bold and not _ITEM.match(words):
        for first, last in _EDGE_NUMBER.findall(words):
            yield int(first or last) - number, place


def _near(seen: Counter[_Mark]) -> Counter[_Mark]:
    """Return how often each mark was seen, or at the places beside: one may lie on the edge of two."""
    return Counter({(words, place): sum(seen[words, place + step] for step in (-1, 0, 1)) for words, place in seen})
