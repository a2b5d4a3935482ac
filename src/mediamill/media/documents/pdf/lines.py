"""Pieces of lines in one column become its lines."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from mediamill.media.documents.blocks import Span
from mediamill.media.documents.pdf.words import BREAK, SPACE, Piece, Word

#: Two pieces are on one line when so much of the smaller one's height is shared.
_SHARED: Final = 0.5
_DESCENT: Final = 0.2
_ASCENT: Final = 0.7
_SMALL: Final = 0.85
_RAISED: Final = 0.15
_LOWERED: Final = -0.05
_MOST: Final = 0.9
#: Of the lines of a column, so many may go further than its edge.
_FURTHER: Final = 0.1

_SUPERSCRIPTS: Final = MappingProxyType(str.maketrans("0123456789+-\u2212=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"))
_SUBSCRIPTS: Final = MappingProxyType(str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"))


class Cell(NamedTuple):
    """A part of a line that a wide gap parts from the next."""

    spans: tuple[Span, ...]
    x0: float
    x1: float

    @property
    def text(self) -> str:
        """Its text without its look."""
        return "".join(span.text for span in self.spans)


class Column(NamedTuple):
    """Where lines stand one below another: a page, or a column of one. page, number: from 0.

    x0: where they begin. x1: where those end that are full; a few may go further, as the words of a wide picture do.
    """

    page: int
    number: int
    x0: float
    x1: float

    @property
    def width(self) -> float:
        """From edge to edge."""
        return self.x1 - self.x0


@dataclass(slots=True)
class Line:
    """A line of a column. y: its base line. size: of most of its letters. cells: at least one, with text.

    bold, mono: nearly all of it is. height: where on its page it is, 0 the bottom, 1 the top.
    """

    cells: tuple[Cell, ...]
    y: float
    size: float
    bold: bool
    mono: bool
    column: Column
    height: float = 0.0

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        """Where it ends."""
        return self.cells[-1].x1

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of it, with its look."""
        found = list(self.cells[0].spans)
        for cell in self.cells[1:]:
            found += (Span(" "), *cell.spans)
        return tuple(found)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(cell.text for cell in self.cells)


def edged(lines: Sequence[Line]) -> None:
    """Give the lines of a page the edges of their columns, once nothing is among them that is no text."""
    columns: dict[Column, list[Line]] = {}
    for line in lines:
        columns.setdefault(line.column, []).append(line)
    for column, members in columns.items():
        ends = sorted((line.x1 for line in members), reverse=True)
        x0, x1 = min(line.x0 for line in members), ends[round(_FURTHER * len(ends))]
        for line in members:
            line.column = column._replace(x0=x0, x1=x1)


def lines(pieces: Sequence[Piece], page: int, number: int) -> list[Line]:
    """Return the lines of a column from top to bottom. number: of the column."""
    column = Column(page, number, 0.0, 0.0)
    made = (_line(row, column) for row in _rows(pieces))
    return [line for line in made if line is not None]


def _rows(pieces: Sequence[Piece]) -> Iterator[list[Word]]:
    """Yield the words of each row, from left to right."""
    rows: list[tuple[Word, list[Piece]]] = []
    for main, piece in sorted(((piece.main, piece) for piece in pieces), key=lambda each: -each[0].y):
        if rows and _share(rows[-1][0], main):
            largest, members = rows[-1]
            members.append(piece)
            rows[-1] = (main if main.size > largest.size else largest, members)
        else:
            rows.append((main, [piece]))
    for _, members in rows:
        yield [word for piece in sorted(members, key=lambda piece: piece.x0) for word in piece.words]


def _share(one: Word, other: Word) -> bool:
    top = min(one.y + _ASCENT * one.size, other.y + _ASCENT * other.size)
    bottom = max(one.y - _DESCENT * one.size, other.y - _DESCENT * other.size)
    return top - bottom > _SHARED * (_ASCENT + _DESCENT) * min(one.size, other.size)


def _line(row: list[Word], column: Column) -> Line | None:
    row = [word for word in row if word.text]
    if not row:
        return None
    sizes, heavy, mono = Counter[float](), 0, 0
    for word in row:
        sizes[round(word.size, 1)] += len(word.text)
        heavy += len(word.text) * word.font.bold
        mono += len(word.text) * word.font.mono
    letters = sizes.total()
    size = sizes.most_common(1)[0][0]
    base = next(word.y for word in row if round(word.size, 1) == size)
    cells = tuple(_cell(words, base, size) for words in _cells(row, size))
    return Line(cells, base, size, heavy > _MOST * letters, mono > _MOST * letters, column)


def _cells(row: Sequence[Word], size: float) -> Iterator[list[Word]]:
    cell: list[Word] = []
    for word in row:
        if cell and word.x0 - cell[-1].x1 > BREAK * max(size, 1.0):
            yield cell
            cell = []
        cell.append(word)
    yield cell


def _cell(words: Sequence[Word], base: float, size: float) -> Cell:
    spans: list[Span] = []
    before: Word | None = None
    for word in words:
        space = before is not None and (
            word.spaced or word.x0 - before.x1 > SPACE * min(size, max(before.size, word.size))
        )
        text = _shifted(word, base, size)
        if spans and (spans[-1].bold, spans[-1].code) == (word.font.bold, word.font.mono):
            spans[-1] = spans[-1]._replace(text=spans[-1].text + " " * space + text)
        else:
            if space:
                spans[-1] = spans[-1]._replace(text=spans[-1].text + " ")
            spans.append(Span(text, word.font.bold, word.font.mono))
        before = word
    return Cell(tuple(spans), words[0].x0, max(word.x1 for word in words))


def _shifted(word: Word, base: float, size: float) -> str:
    """Return what is raised or lowered as such: the square of x is x²."""
    if word.size > _SMALL * size:
        return word.text
    shift = (word.y - base) / size
    signs = _SUPERSCRIPTS if shift > _RAISED else _SUBSCRIPTS if shift < _LOWERED else {}
    return word.text.translate(signs) if all(ord(sign) in signs for sign in word.text) else word.text
