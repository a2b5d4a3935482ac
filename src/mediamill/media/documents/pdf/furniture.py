"""What stands around the text of many pages, and no reader reads: running heads, page numbers, tables of contents."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from mediamill.media.documents.pdf.lines import Line

#: How much of a page's height, at its top and at its bottom, is looked at.
_ZONE: Final = 0.15
#: Points between two places that are the same.
_SAME_PLACE: Final = 4.0
_LEAST_PAGES: Final = 3
#: Of all pages: a chapter's head is on its own only; of a document of two pages, both have to have it.
_OF_PAGES: Final = 0.03
_MOST_NEEDED: Final = 6
#: Larger letters are a heading's, as of slides, unless they are on most pages.
_LARGE: Final = 1.15
_MOST_PAGES: Final = 0.8
_LONGEST_CHARS: Final = 160
#: Sizes from a row of a table to the next.
_ROW: Final = 3.0

_DIGITS: Final = re.compile(r"\d+")
_ROMAN: Final = r"[ivxlc]{1,7}"
_PAGE_NUMBER: Final = re.compile(
    rf"(?:[-\u2013\u2014|·.\[(]\s*)?(?:(?:page|trang|p\.|tr\.|seite|página)\s*)?(?:\d{{1,3}}|{_ROMAN})"
    r"(?:\s*(?:/|of|trên|von|de)\s*\d{1,4})?(?:\s*[-\u2013\u2014|·.\])])?",
    re.IGNORECASE,
)
_ENDS_WITH_NUMBER: Final = re.compile(r"\A(\d{1,4})\b|\b(\d{1,4})\Z")
#: The first exercise of the first page, the second of the second.
_ITEM: Final = re.compile(r"\d{1,3}[.)]\s*\S")
#: What leads the eye from a title to its page.
_LEADERS: Final = re.compile(r"(?:[.\u2026\u00b7_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?\s*\Z")
_LEADERS_CHARS: Final = 40
_LEAST_LEADERS: Final = 3
_CONTENTS: Final = re.compile(
    r"(?:table of )?contents|mục lục|danh mục.{0,30}|list of \w+|inhalt(?:sverzeichnis)?", re.IGNORECASE
)
#: What a browser prints around a page: when, and from where.
_BROWSER: Final = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}:\d{2}(?: [AP]M)?\b.*|(?:https?|file)://\S+ \d{1,4}/\d{1,4}"
)


class _Mark(NamedTuple):
    """What a line of the margin is known by. place: its height in steps of _SAME_PLACE."""

    words: str
    place: int


def without_furniture(pages: Sequence[Sequence[Line]], body_size: float) -> list[list[Line]]:
    """Return the lines of each page without its running heads, footers and page number, and without its contents.

    body_size: of the letters of the text, points.
    """
    large = _LARGE * body_size
    found = _repeated(pages, large) | _counting(pages, large)
    for lines in pages:
        found -= {id(line) for line, below in pairwise(lines) if _is_head_of_table(line, below)}
    kept = [
        [line for line in lines if id(line) not in found and not _lone_number(line, lines, large)] for lines in pages
    ]
    return [_without_contents(lines) for lines in kept]


def _is_head_of_table(line: Line, below: Line) -> bool:
    """Whether a line is said again on each page for the rows below it."""
    return len(line.cells) == len(below.cells) > 1 and 0 < line.y - below.y < _ROW * line.size


def _margins(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        if (line.height < _ZONE or line.height > 1 - _ZONE) and len(line.text) <= _LONGEST_CHARS:
            yield line


def _marks(line: Line, large: float) -> Iterator[_Mark]:
    """Yield what each part of a line is known by: what is beside it may be of another column.

    The numbers of pages differ; those of headings ("Exercise 3") make them others.
    """
    heading = line.bold or line.size > large
    for cell in line.cells:
        words = " ".join(cell.text.casefold().split())
        yield _Mark(words if heading else _DIGITS.sub("#", words), round(line.y / _SAME_PLACE))


def _near(mark: _Mark) -> Iterator[_Mark]:
    """Yield the mark, and those of the steps beside: a place may lie on the edge of two."""
    for place in (mark.place - 1, mark.place, mark.place + 1):
        yield _Mark(mark.words, place)


def _repeated(pages: Sequence[Sequence[Line]], large: float) -> set[int]:
    """Return the ids of the lines whose words, numbers apart, are at the same place on many pages."""
    seen: dict[_Mark, set[int]] = defaultdict(set)
    for number, lines in enumerate(pages):
        for mark in (mark for line in _margins(lines) for mark in _marks(line, large)):
            seen[mark].add(number)
    least = min(max(_LEAST_PAGES, round(_OF_PAGES * len(pages))), max(len(pages), 2), _MOST_NEEDED)
    found = set[int]()
    for line in (line for lines in pages for line in _margins(lines)):
        count = min(
            len(set[int]().union(*(seen.get(near, ()) for near in _near(mark)))) for mark in _marks(line, large)
        )
        if count >= (least if line.size <= large else max(least, _MOST_PAGES * len(pages))):
            found.add(id(line))
    return found


def _counting(pages: Sequence[Sequence[Line]], large: float) -> set[int]:
    """Return the ids of the lines with a number that counts the pages, whatever their words: a section's head."""
    seen: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for number, lines in enumerate(pages):
        for line in _margins(lines):
            if line.bold or line.size > large or _ITEM.match(line.text):
                continue
            for first, last in _ENDS_WITH_NUMBER.findall(line.text):
                seen[int(first or last) - number, round(line.y / _SAME_PLACE)][number] = id(line)
    return {line for of_pages in seen.values() if len(of_pages) >= _LEAST_PAGES for line in of_pages.values()}


def _lone_number(line: Line, lines: Sequence[Line], large: float) -> bool:
    """Whether a line is nothing but a page's number, or a browser's words about it, below or above all others."""
    text = line.text.strip()
    if line.size > large or _ZONE <= line.height <= 1 - _ZONE:
        return False
    if not (_PAGE_NUMBER.fullmatch(text) or _BROWSER.fullmatch(text)):
        return False
    others = [other.y for other in lines if other is not line]
    return not others or line.y < min(others) or line.y > max(others)


def _without_contents(lines: list[Line]) -> list[Line]:
    """Return lines without those that name a page behind a row of dots, and the words above these."""
    leading = [_LEADERS.search(line.text[-_LEADERS_CHARS:]) is not None for line in lines]
    if sum(leading) < _LEAST_LEADERS:
        return lines
    return [
        line
        for place, line in enumerate(lines)
        if not leading[place]
        and not (_CONTENTS.fullmatch(line.text.strip()) and leading[min(place + 1, len(lines) - 1)])
    ]
