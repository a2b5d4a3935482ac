"""What is usual in a document, as far as it is needed to make paragraphs of lines."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mediamill.media.documents.layout.furniture import Furnishing, Furniture
from mediamill.media.documents.layout.words import letters_of
from mediamill.media.documents.rows import Sheet

#: The distance of lines in sizes, where a document has too few to tell.
_USUAL_LEADING: Final = 1.3
_LEAST_LEADING: Final = 0.9
_MOST_LEADING: Final = 2.6
_MOST_BOLD: Final = 0.6
_LARGEST_CHARS: Final = 200

#: A title's letters by page, of the file's own outline.
Outline = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Layout:
    """body_size: of the letters of the text, points. leading: from line to line of it, in sizes.

    bold: the text itself is; then it says nothing of a line.
    """

    body_size: float
    leading: float
    bold: bool
    furniture: Furniture
    outline: Outline


class Sketch:
    """Takes the measures of a document, page by page; memory does not grow with it."""

    def __init__(self) -> None:
        self._sizes = Counter[float]()
        self._bold = Counter[float]()
        self._leadings: dict[float, Counter[float]] = {}
        self._furnishing = Furnishing()
        self._largest: tuple[float, float, list[str]] = (0.0, 0.0, [])
        self.chars = 0
        self.scans: list[int] = []
        self.broken = 0

    def add(self, sheet: Sheet) -> None:
        """Look at a page."""
        self._furnishing.add(sheet)
        self.broken += sheet.broken
        if sheet.scan:
            self.scans.append(sheet.number)
        for row in sheet.rows:
            length, size = len(row.text), round(row.size * 2) / 2
            self.chars += length
            self._sizes[size] += length
            self._bold[size] += length * row.bold
        for above, row in pairwise(sheet.rows):
            if above.size == row.size and row.size:
                leading = (above.tail - row.y) / row.size
                if _LEAST_LEADING <= leading <= _MOST_LEADING:
                    self._leadings.setdefault(round(row.size * 2) / 2, Counter())[round(leading, 2)] += 1
        if not self._largest[2]:
            self._largest = _largest(sheet)

    @property
    def title(self) -> str:
        """The largest words of the first page that has any, where they are larger than the text; or ""."""
        size, _, words = self._largest
        title = " ".join(words)
        return title if size > 1.2 * self._body_size() and len(title) <= _LARGEST_CHARS else ""

    def layout(self, outline: Iterable[tuple[int, str, int]] = ()) -> Layout:
        """Return the measures. outline: levels, titles and pages."""
        body = self._body_size()
        titles: dict[int, set[str]] = {}
        for _, title, page in outline:
            if letters := letters_of(title):
                titles.setdefault(page, set()).add(letters)
        leadings = self._leadings.get(body, Counter())
        most = max(leadings.values(), default=0)
        # The least of the usual ones: of a document of short paragraphs, most distances are those between them.
        leading = min((each for each, count in leadings.items() if count >= most / 3), default=_USUAL_LEADING)
        return Layout(
            body,
            leading,
            self._bold[body] > _MOST_BOLD * self._sizes[body],
            self._furnishing.found(body),
            {page: frozenset(found) for page, found in titles.items()},
        )

    def _body_size(self) -> float:
        return max(self._sizes.most_common(1)[0][0], 1.0) if self._sizes else 10.0


def _largest(sheet: Sheet) -> tuple[float, float, list[str]]:
    """Return the size, the height and the words of the largest lines of a page that follow each other."""
    size = max((row.size for row in sheet.rows if any(sign.isalpha() for sign in row.text)), default=0.0)
    words = list[str]()
    y = 0.0
    for row in sheet.rows:
        if row.size == size:
            words.append(row.text)
            y = y or row.y
        elif words:
            break
    return size, y, words


def sketched(sheets: Iterable[Sheet], outline: Sequence[tuple[int, str, int]] = ()) -> Layout:
    """Return the measures of pages."""
    sketch = Sketch()
    for sheet in sheets:
        sketch.add(sheet)
    return sketch.layout(outline)
