"""Lines of a whole document become its blocks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mediamill.media.documents.blocks import Block, Heading, Item, Note, Paragraph, Span, Table
from mediamill.media.documents.pdf.chunks import Chunk, Mark, chunks, ends_sentence, is_short, with_choices_apart
from mediamill.media.documents.pdf.code import code
from mediamill.media.documents.pdf.headings import levels
from mediamill.media.documents.pdf.lines import Line
from mediamill.media.documents.pdf.measures import Measures
from mediamill.media.documents.pdf.notes import Labels, is_note, labels, pointed
from mediamill.media.documents.pdf.prose import join_spans, joined, plain, without_start
from mediamill.media.documents.pdf.tables import parted

#: Points: an item that is so much further right than another is of a list within it.
_DEEPER: Final = 6.0
_DEEPEST: Final = 3
_SAME_SIZE: Final = 0.06
_SAME_WIDTH: Final = 0.2
#: Words that a paragraph goes around, wherever a page has room for them.
_CAPTION: Final = re.compile(
    r"(?:fig(?:ure|\.)?|table|listing|algorithm|chart|scheme|hình|bảng|sơ đồ|biểu đồ|đồ thị)\s*[\dIVX]+", re.IGNORECASE
)


def composed(pages: Sequence[Sequence[Line]], measures: Measures) -> list[Block]:
    """Return the blocks of a document."""
    parts: list[Chunk | Table] = []
    for lines in pages:
        of_page: list[Chunk | Table] = []
        for part in parted(list(with_choices_apart(lines)), measures):
            of_page += [part] if isinstance(part, Table) else chunks(part, measures)
        _go_on_with_table(parts, of_page, measures)
        parts += of_page
    text = [part for part in parts if isinstance(part, Chunk)]
    found = {id(text[place]): level for place, level in levels(text, measures).items()}
    return _Composer(measures, found, labels(text, measures)).blocks(parts)


def _go_on_with_table(parts: list[Chunk | Table], of_page: list[Chunk | Table], measures: Measures) -> None:
    """Give the rows that a page begins with to the table that the page before it ends with."""
    place = len(parts) - 1
    while place >= 0 and isinstance(note := parts[place], Chunk) and is_note(note, measures):
        place -= 1
    if place < 0 or not of_page:
        return
    above, below = parts[place], of_page[0]
    if isinstance(above, Table) and isinstance(below, Table) and len(above.rows[0]) == len(below.rows[0]):
        # A head is often said again on each page.
        rows = below.rows[1:] if below.rows[0] == above.rows[0] else below.rows
        parts[place] = Table((*above.rows, *rows))
        del of_page[0]


class _Composer:
    """The blocks so far. levels: of chunks that are headings, by their ids. notes: their labels."""

    def __init__(self, measures: Measures, levels: Mapping[int, int], notes: Labels) -> None:
        self._measures = measures
        self._notes = notes
        self._levels = levels
        self._blocks: list[Block] = []
        #: The last chunk of words, which may go on in the next column, and the place of its block.
        self._open: Chunk | None = None
        self._open_at = 0
        #: Where the items of the list and of those that it is in begin.
        self._edges: list[float] = []

    def blocks(self, parts: Sequence[Chunk | Table]) -> list[Block]:
        for part in parts:
            if isinstance(part, Table):
                self._add(part)
            else:
                self._take(part)
        return self._blocks

    def _take(self, chunk: Chunk) -> None:
        measures = self._measures
        if level := self._levels.get(id(chunk)):
            self._add(Heading(level, plain(joined(chunk.lines, measures))))
        elif chunk.mono and not measures.mono:
            self._add(code(chunk.lines, measures.leading))
        elif chunk.mark is not None and chunk.mark.note:
            self._add_note(chunk, chunk.mark)
        elif chunk.mark is not None:
            spans = without_start(self._words(chunk), chunk.mark.length)
            self._add(Item(spans, self._depth(chunk.first), chunk.mark.number), chunk)
        elif self._open is not None and _goes_on(self._open, chunk):
            self._append(chunk)
        else:
            self._add(Paragraph(self._words(chunk)), chunk)

    def _add(self, block: Block, words: Chunk | None = None) -> None:
        if not isinstance(block, Item):
            self._edges = []
        self._blocks.append(block)
        if words is not None and not _is_caption(words):
            self._open, self._open_at = words, len(self._blocks) - 1
        elif words is None and not isinstance(block, Table | Note):
            self._open = None

    def _add_note(self, chunk: Chunk, mark: Mark) -> None:
        label = self._notes.get((chunk.first.column.page, mark.number or 0))
        if label is not None and is_note(chunk, self._measures):
            self._add(Note(label, without_start(self._words(chunk), mark.length)))
        else:
            self._add(Paragraph(self._words(chunk)), chunk)

    def _append(self, chunk: Chunk) -> None:
        last = self._blocks[self._open_at]
        if isinstance(last, Paragraph | Item):
            spans = join_spans((last.spans, self._words(chunk)), self._measures)
            self._blocks[self._open_at] = replace(last, spans=spans)
            self._open = chunk

    def _words(self, chunk: Chunk) -> tuple[Span, ...]:
        """Return the words; where all of the document is bold, or as of a typewriter, that says nothing."""
        measures = self._measures
        spans = tuple(
            span._replace(bold=span.bold and not measures.bold, code=span.code and not measures.mono)
            for span in joined(chunk.lines, measures)
        )
        return pointed(spans, chunk.first.column.page, self._notes)

    def _depth(self, line: Line) -> int:
        edge = line.x0 - line.column.x0
        while self._edges and edge < self._edges[-1] - _DEEPER:
            self._edges.pop()
        if not self._edges or edge > self._edges[-1] + _DEEPER:
            self._edges.append(edge)
        return min(len(self._edges) - 1, _DEEPEST)


def _is_caption(chunk: Chunk) -> bool:
    return _CAPTION.match(chunk.first.text) is not None


def _goes_on(before: Chunk, chunk: Chunk) -> bool:
    """Whether a paragraph that a column's or a page's end cut goes on."""
    last, first = before.last, chunk.first
    if last.column == first.column or abs(last.size - first.size) > _SAME_SIZE * last.size:
        return False
    if last.bold != first.bold or ends_sentence(last) or _is_caption(chunk):
        return False
    if abs(last.column.width - first.column.width) > _SAME_WIDTH * last.column.width:
        return False
    start = first.text[:1]
    return start.islower() or last.text.endswith("-") or not is_short(last, first)
