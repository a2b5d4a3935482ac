"""Paragraphs made of the lines of pages, as they pass."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mediamill.media.documents.layout.columns import in_order
from mediamill.media.documents.layout.layout import Layout
from mediamill.media.documents.layout.words import joined, letters_of
from mediamill.media.documents.passage import LONGEST_HEADING_CHARS, Passage
from mediamill.media.documents.rows import Row, Sheet

_LARGER: Final = 1.12
_SAME_SIZE: Final = 0.06
#: A line in the middle of a sentence may have words of a program in it, whose letters are smaller.
_CODE_SIZE: Final = 0.2
#: Of footnotes beside the text, and how high on a page they begin at most.
_SMALLER: Final = 0.93
_NOTES_HEIGHT: Final = 0.5
#: In sizes.
_SAME_LINE: Final = 0.4
_INDENT: Final = 0.7
#: Parts of the usual distance of lines.
_FAR: Final = 1.3
_LEAST_FREE: Final = 3.0
_LONGEST_HEADING_CHARS: Final = 160
_LEAST_LETTERS: Final = 3
#: More bold lines are a paragraph.
_MOST_BOLD_ROWS: Final = 3
#: A paragraph of more lines is cut: no reader's, and its memory would grow.
_MOST_LINES: Final = 200
_LEAST_LEADERS: Final = 3

_SENTENCE_END: Final = re.compile(r"[.!?:;…][\"'”’)\]»]*\Z")  # noqa: RUF001 - quotation marks
_NO_HEADING: Final = re.compile(r"[.,;:]\Z")
_NUMBERED: Final = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3}){0,5}\.?|(?:chapter|part|section|appendix|phần|chương|mục|điều|bài)\s+\w{1,5}[.:]?)\s+",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"(?:[•◦▪■●○–—·‣⁃\-*]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+)(?=\S)")  # noqa: RUF001 - dots of lists
_LEADERS: Final = re.compile(r"(?:[.\u2026\u00b7_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?\s*\Z")
_LEADERS_CHARS: Final = 40
_CONTENTS: Final = re.compile(r"(?:table of )?contents|mục lục|list of \w+", re.IGNORECASE)


def assembled(sheets: Iterable[Sheet], layout: Layout) -> Iterator[Passage]:
    """Yield the paragraphs of pages in order. One that goes on over a page is of the page it began on."""
    making = _Making(layout)
    for sheet in sheets:
        yield from making.add(sheet)
    yield from making.end()


class _Making:
    """The paragraph that is being made, and what it stands below."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._heading = ""
        self._title: list[Row] = []
        self._lines: list[str] = []
        self._last: Row | None = None
        self._page = 0

    def add(self, sheet: Sheet) -> Iterator[Passage]:
        kept = [row for row in sheet.rows if not self._layout.furniture.has(row, sheet)]
        kept = _without_contents(kept)
        body = self._layout.body_size
        notes = _notes_from(kept, body, sheet.height)
        yield from self._notes(kept[notes:], sheet.number)
        rows = in_order(kept[:notes])
        titles = self._layout.outline.get(sheet.number, frozenset())
        place = 0
        while place < len(rows):
            end = _cells_end(rows, place)
            if end - place > 1:
                yield from self.end()
                text = " | ".join(text for row in rows[place:end] if (text := joined([row.text])))
                yield Passage(text, self._heading, sheet.number)
            elif self._is_heading(rows, place, titles):
                yield from self._flush()
                self._entitle(rows[place])
            else:
                yield from self._append(rows, place, sheet.number)
            place = end

    def end(self) -> Iterator[Passage]:
        """Yield what is left."""
        yield from self._flush()
        self._named()

    def _append(self, rows: Sequence[Row], place: int, page: int) -> Iterator[Passage]:
        row = rows[place]
        if self._title:
            self._named()
        if self._lines and self._breaks(rows, place):
            yield from self._flush()
        if not self._lines:
            self._page = page
        text = row.text
        if not self._lines and (mark := _ITEM.match(text)):
            text = text[mark.end() :]
        self._lines.append(text)
        self._last = row

    def _breaks(self, rows: Sequence[Row], place: int) -> bool:
        """Whether a line begins a paragraph."""
        last, row = self._last, rows[place]
        if last is None or len(self._lines) >= _MOST_LINES or _ITEM.match(row.text):
            return True
        ended = _SENTENCE_END.search(last.text) is not None
        looks_other = abs(last.size - row.size) > (_SAME_SIZE if ended else _CODE_SIZE) * row.size
        if looks_other or (last.bold and not row.bold and len(self._lines) == 1):
            return True
        gap = last.tail - row.y
        if place == 0 or gap < 0:  # another page or column
            return ended or not (row.text[:1].islower() or last.text[-1:] in ",-\u00ad" or _is_as_wide(last, row))
        if gap > _FAR * self._layout.leading * max(row.size, last.size):
            return True
        return (ended and row.x0 - last.x0 > _INDENT * row.size) or _ends_early(last, rows, place, ended=ended)

    def _notes(self, rows: Sequence[Row], page: int) -> Iterator[Passage]:
        """Yield footnotes before the paragraph that goes on behind them."""
        lines = list[str]()
        for row in rows:
            if lines and _starts_note(row.text):
                yield Passage(joined(lines), self._heading, page)
                lines = []
            lines.append(_without_note_mark(row.text) if not lines else row.text)
        if lines:
            yield Passage(joined(lines), self._heading, page)

    def _is_heading(self, rows: Sequence[Row], place: int, titles: frozenset[str]) -> bool:
        row, body = rows[place], self._layout.body_size
        if not row.bold and row.size < _LARGER * body and len(row.text) > max(map(len, titles), default=-1) * 2:
            return False
        if len(row.text) > _LONGEST_HEADING_CHARS:
            return False
        letters = letters_of(row.text)
        if len(letters) < _LEAST_LETTERS:
            return bool(self._title) and row.size == self._title[-1].size and bool(letters)
        if letters in titles:
            return True
        if row.size >= _LARGER * body:
            return not _NO_HEADING.search(row.text) or bool(_NUMBERED.match(row.text))
        return row.bold and row.size >= body * (1 - _SAME_SIZE) and self._is_bold_heading(rows, place)

    def _is_bold_heading(self, rows: Sequence[Row], place: int) -> bool:
        """Whether a bold line of the text's size stands alone, or has a number."""
        row = rows[place]
        if self._layout.bold or _NO_HEADING.search(row.text):
            return False
        if _NUMBERED.match(row.text):
            return True
        if self._title and self._is_of(self._title[-1], row):
            return True
        bold = 1
        while (
            bold <= _MOST_BOLD_ROWS
            and place + bold < len(rows)
            and self._is_of(rows[place + bold - 1], rows[place + bold])
        ):
            bold += 1
        return bold <= _MOST_BOLD_ROWS

    def _is_of(self, above: Row, row: Row) -> bool:
        """Whether a bold line is one with the bold line above it."""
        return row.bold and 0 < above.tail - row.y < _FAR * self._layout.leading * row.size

    def _entitle(self, row: Row) -> None:
        last = self._title[-1] if self._title else None
        if last is not None:
            close = 0 < last.tail - row.y < 2 * row.size
            if _NUMBERED.match(row.text) or not (
                close and abs(last.size - row.size) < _SAME_SIZE * row.size and last.bold == row.bold
            ):
                self._named()
        self._title.append(row)

    def _named(self) -> None:
        if self._title:
            words = joined([row.text for row in self._title])
            named = _NUMBERED.sub("", words, count=1) if not words[:1].isalpha() else words
            self._heading = named[:LONGEST_HEADING_CHARS]
            self._title = []

    def _flush(self) -> Iterator[Passage]:
        if self._lines:
            text = joined(self._lines)
            if text:
                yield Passage(text, self._heading, self._page)
        self._lines, self._last = [], None


def _fits(row: Row, width: float) -> bool:
    """Whether the first word of a line would have had room at the end of the line before."""
    word = row.text.find(" ")
    return word < 0 or (row.x1 - row.x0) * (word + 1) < width * len(row.text)


def _ends_early(last: Row, rows: Sequence[Row], place: int, *, ended: bool) -> bool:
    """Whether the line before was ended by its writer: there was room for a word more. ended: it ends a sentence."""
    row = rows[place]
    right = max([each.x1 for each in rows[max(place - 3, 0) : place + 3]])
    if right - last.x1 < _LEAST_FREE * row.size or not _fits(row, right - last.x1):
        return False
    return ended or not row.text[:1].islower()


def _is_as_wide(last: Row, row: Row) -> bool:
    """Whether two lines may be of one paragraph, though of two columns or pages."""
    return abs((last.x1 - last.x0) - (row.x1 - row.x0)) < 2 * row.size


def _cells_end(rows: Sequence[Row], place: int) -> int:
    """Return the place behind the rows that stand beside this one."""
    end = place + 1
    while end < len(rows):
        left, right = rows[end - 1], rows[end]
        if abs(left.y - right.y) > _SAME_LINE * left.size or right.x0 < left.x1 - 1:
            break
        end += 1
    return end


def _notes_from(rows: Sequence[Row], body: float, height: float) -> int:
    """Return the place of the first footnote: smaller lines at the end of a page, of which one has a mark."""
    place = len(rows)
    while place and rows[place - 1].size < _SMALLER * body and rows[place - 1].y < _NOTES_HEIGHT * height:
        place -= 1
    while place < len(rows) and not _starts_note(rows[place].text):
        place += 1
    return place


_NOTE: Final = re.compile(r"(?:\d{1,3}|[*†‡§])\s*(?=[^\W\d_]|[\"'(“])")


def _starts_note(text: str) -> bool:
    return _NOTE.match(text) is not None


def _without_note_mark(text: str) -> str:
    return _NOTE.sub("", text, count=1)


def _without_contents(rows: list[Row]) -> list[Row]:
    """Return lines without those that name a page behind a row of dots, and the words above these."""
    leading = [_LEADERS.search(row.text[-_LEADERS_CHARS:]) is not None for row in rows]
    if sum(leading) < _LEAST_LEADERS:
        return rows
    return [
        row for row, leads in zip(rows, leading, strict=True) if not leads and not _CONTENTS.fullmatch(row.text.strip())
    ]
