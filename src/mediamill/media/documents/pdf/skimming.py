"""The lines of a PDF's pages by pdfium, without a look at each letter: a quarter of the time that Markdown takes."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.looks import Look, Looks
from mediamill.media.documents.pdf.opening import opened, title_of
from mediamill.media.documents.pdf.outline import Outline
from mediamill.media.documents.pdf.pdfium import Broken, Page
from mediamill.media.documents.rows import CUT, MOST_CHARS, MOST_PAGES, Row, Sheet

_MOST_BOOKMARKS: Final = 20_000
_DEEPEST_BOOKMARK: Final = 6

#: What pdfium has where a line's end cut a word, and where it knows no letter.
_CUTS: Final = re.compile("[\x02\ufffe]")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\u200c\u200d\u2060\ufeff\uffff\ufffd]")
_PRIVATE: Final = re.compile("[\ue000-\uefff\uf100-\uf8ff]")
#: Fewer letters beside a picture of nearly the whole page are a scanner's stamp.
_STAMP_CHARS: Final = 60
_LARGE_PICTURE: Final = 0.5
#: Of the lines of a page; when so many have signs nobody knows, the others are not its words either.
_UNKNOWN: Final = 0.3
_DEEPEST_FORM: Final = 3
_MOST_OBJECTS: Final = 5_000
#: So many shapes on a page without text may be its letters.
_DRAWN_LETTERS: Final = 200
_NOWHERE: Final = (0.0, 0.0, 0.0, 0.0)


#: In letters' sizes: of an average letter, by which lines with gaps are told from others of their page, or anywhere.
_WIDER: Final = 1.12
_WIDEST: Final = 0.56
#: A gap between two cells, and by how much the blanks of a justified line differ at most.
_GAP: Final = 0.85
_EQUAL: Final = 1.15
_SAME_LINE: Final = 0.4
#: The narrowest blank between two words.
_BLANK: Final = 0.12
#: A small number behind a word or a sentence points at a note.
_POINTER: Final = re.compile(r"(?:[^\W\d_]{2}|[^\W\d_][.,;:!?)\]\"\u201d\u2019])(\d{1,2})(?!\w)")
_RAISED: Final = 0.85
_DIGIT: Final = re.compile("[0-9]")
_BLANKS: Final = re.compile(r"\s+")
#: They lead to a page's number.
_DOTS: Final = re.compile(r"(?:[.\u2026_]\s?){4}")


class _Line(NamedTuple):
    """A line. unknown: its letters are. first: the index of its first letter; None where others are left out."""

    turn: int
    row: Row
    unknown: bool
    first: int | None


class _Gap(NamedTuple):
    """Blanks from a letter to another. x0: where they begin, points."""

    begin: int
    end: int
    x0: float
    width: float


class Skim:
    """An open PDF. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES."""

    def __init__(self, path: Path) -> None:
        self._pdf = opened(path, MOST_PAGES)
        self.count = self._pdf.count
        self.title = title_of(self._pdf)

    def outline(self) -> Iterator[Outline]:
        """Yield the bookmarks that name a page."""
        for number, mark in enumerate(self._pdf.bookmarks(_DEEPEST_BOOKMARK)):
            if number >= _MOST_BOOKMARKS:
                return
            title = " ".join(mark.title.split())
            if title and mark.page is not None:
                yield Outline(mark.level, title, mark.page + 1)

    def sheet(self, number: int) -> Sheet:
        """Return a page, from 1."""
        try:
            with self._pdf.page(number - 1) as page:
                return _Skimming(page).sheet(number)
        except Broken:
            return Sheet(number, 0.0, (), broken=True)


class _Skimming:
    """One page being read."""

    def __init__(self, page: Page) -> None:
        self._page, self._text, self._edges = page, page.text, page.edges
        self._looks = Looks(page.text)
        self._words = page.words(MOST_CHARS)
        self._exact = len(self._words) == min(page.letters, MOST_CHARS)
        self._box = calls.Rect()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._at_box = ctypes.addressof(self._box)
        self._at_x, self._at_y = ctypes.addressof(self._x), ctypes.addressof(self._y)

    def sheet(self, number: int) -> Sheet:
        found = list(self._lines())
        turns = Counter(line.turn for line in found)
        turn = turns.most_common(1)[0][0] if turns else 0
        left, bottom, right, top = self._edges
        base, ceiling = ((bottom, top), (-right, -left), (-top, -bottom), (left, right))[turn]
        kept = [line for line in _whole(found) if line.turn == turn]
        unknown = sum(line.unknown for line in kept)
        rows = list[Row]()
        if unknown <= _UNKNOWN * len(kept):
            rows = list(self._parted(kept))
        if base:
            rows = [row._replace(y=round(row.y - base, 1), tail=round(row.tail - base, 1)) for row in rows]
        chars = sum(len(row.text) for row in rows)
        scan = chars < _STAMP_CHARS and (self._is_picture(chars) or unknown > 0)
        return Sheet(number, round(max(ceiling - base, 1.0), 1), rows, scan)

    def _lines(self) -> Iterator[_Line]:
        """Yield the lines as pdfium has them."""
        place = 0
        for line in self._words.split("\n"):
            words = line.rstrip("\r \t")
            start = place + len(words) - len(words := words.lstrip(" \t"))
            place += len(line) + 1
            if words and (found := self._line(words, start, start + len(words) - 1)):
                yield found

    def _line(self, words: str, first: int, last: int) -> _Line | None:
        if not self._exact:
            first, last = calls.index_of(self._text, first), calls.index_of(self._text, last)
            if first < 0 or last < first:
                return None
        middle = (first + last) // 2
        while not (owner := calls.text_object(self._text, middle)) and middle < last:
            middle += 1
        look = self._looks.of(middle, owner) if owner else None
        if look is None or look.turn is None or not look.legible:
            return None
        clean, unknown = self._clean(words, look, middle, first)
        bold = look.font.bold and self._is_bold(first) and self._is_bold(last)
        placed = self._placed(first, last, look.turn, cut=CUT in clean)
        if placed is None or not clean.strip():
            return None
        row = Row(clean, round(look.size, 1), bold, *placed)
        return _Line(look.turn, row, unknown, first if self._exact and clean == words else None)

    def _clean(self, words: str, look: Look, middle: int, first: int) -> tuple[str, bool]:
        """Return the words without what nobody sees and without a pointer to a note; and whether they are unknown."""
        unknown, clean = False, words
        if not words.isascii() or not words.isprintable():
            unknown = calls.unmapped(self._text, middle) == 1
            clean = _UNSEEN.sub("", _CUTS.sub(CUT, words))
            if _PRIVATE.search(clean):
                unknown, clean = True, _PRIVATE.sub("", clean)
        if len(clean) == len(words) and _DIGIT.search(clean):
            for pointer in reversed(list(_POINTER.finditer(clean))):
                raised = self._look(first + pointer.start(1))
                if raised is not None and raised.size < _RAISED * look.size:
                    clean = clean[: pointer.start(1)] + clean[pointer.end(1) :]
        if look.font.legacy:
            clean = look.font.legacy.decoded(clean)
        return clean, unknown

    def _parted(self, lines: Sequence[_Line]) -> Iterator[Row]:
        """Yield the rows of lines; of one that is wider than its letters, what stands beside each other."""
        widths = sorted(_width(line.row) for line in lines)
        wide = min(_WIDER * widths[len(widths) // 2], _WIDEST) if widths else 0.0
        for line in lines:
            row, first = line.row, line.first
            if first is None or line.turn or _width(row) < wide or " " not in row.text or _DOTS.search(row.text):
                yield row
            else:
                yield from self._cells(row, first)

    def _cells(self, row: Row, first: int) -> Iterator[Row]:
        gaps = list(self._gaps(row, first))
        narrowest = min((gap.width for gap in gaps), default=0.0)
        if len(gaps) > 1 and max(gap.width for gap in gaps) < _EQUAL * narrowest:
            gaps = []  # the blanks of a justified line
        begin, x0 = 0, row.x0
        for gap in gaps:
            if gap.width > _GAP * row.size and (gap.width > 2 * narrowest or narrowest > _GAP * row.size):
                yield row._replace(text=row.text[begin : gap.begin], x0=x0, x1=gap.x0)
                begin, x0 = gap.end, round(gap.x0 + gap.width, 1)
        yield row._replace(text=row.text[begin:], x0=x0)

    def _gaps(self, row: Row, first: int) -> Iterator[_Gap]:
        for blanks in _BLANKS.finditer(row.text):
            begin, end = blanks.span()
            before = calls.box(self._text, first + begin - 1, self._at_box)
            if before and calls.origin(self._text, first + end, self._at_x, self._at_y):
                yield _Gap(begin, end, round(self._box.right, 1), self._x.value - self._box.right)

    def _placed(self, first: int, last: int, turn: int, *, cut: bool) -> tuple[float, float, float, float] | None:
        """Return where the line begins, where it ends, its base line, and that of its end; None: outside the page.

        cut: its end is of another line of the page.
        """
        if not (calls.origin(self._text, first, self._at_x, self._at_y) and calls.box(self._text, last, self._at_box)):
            return None
        x, y, box = self._x.value, self._y.value, self._box
        left, bottom, right, top = self._edges
        if not (left <= x <= right and bottom <= y <= top):
            return None
        if cut:
            calls.origin(self._text, last, self._at_x, self._at_y)
        if turn == 0:
            base = round(y, 1)
            return round(x, 1), round(box.right, 1), base, round(self._y.value, 1) if cut else base
        start, base, tail = ((y, -x, -self._x.value), (-x, -y, -self._y.value), (-y, x, self._x.value))[turn - 1]
        return round(start, 1), round((box.top, -box.left, -box.bottom)[turn - 1], 1), base, tail

    def _look(self, index: int) -> Look | None:
        owner = calls.text_object(self._text, index)
        return self._looks.of(index, owner) if owner else None

    def _is_bold(self, index: int) -> bool:
        owner = calls.text_object(self._text, index)
        return not owner or self._looks.fonts.of(owner).bold

    def _is_picture(self, chars: int) -> bool:
        """Whether a page of so few letters shows others: in a picture, or drawn."""
        left, bottom, right, top = self._edges
        shapes, area = 0, max((right - left) * (top - bottom), 1.0)
        for part in islice(self._page.parts(_DEEPEST_FORM), _MOST_OBJECTS + 1):
            if part.kind == calls.PART_PICTURE:
                x0, y0, x1, y1 = part.bounds() or _NOWHERE
                if not chars or (x1 - x0) * (y1 - y0) > _LARGE_PICTURE * area:
                    return True
            shapes += part.kind == calls.PART_PATH
        return not chars and shapes >= _DRAWN_LETTERS


def _whole(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Yield lines without the breaks that pdfium makes behind raised letters."""
    before: _Line | None = None
    for line in lines:
        if before is not None and _goes_on(before, line):
            row, rest = before.row, line.row
            blank = " " if rest.x0 - row.x1 > _BLANK * row.size else ""
            text = f"{row.text}{blank}{rest.text}"
            row = row._replace(text=text, x1=rest.x1, tail=rest.tail, bold=row.bold and rest.bold)
            before = before._replace(row=row, unknown=before.unknown or line.unknown, first=None)
            continue
        if before is not None:
            yield before
        before = line
    if before is not None:
        yield before


def _goes_on(line: _Line, after: _Line) -> bool:
    row, rest = line.row, after.row
    if abs(row.tail - rest.y) > _SAME_LINE * row.size:
        return False
    return line.turn == after.turn and 0 <= rest.x0 - row.x1 < _GAP * min(row.size, rest.size)


def _width(row: Row) -> float:
    """Return that of an average letter, in its size."""
    return (row.x1 - row.x0) / (len(row.text) * row.size)
