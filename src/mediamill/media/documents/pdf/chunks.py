"""Lines that belong together: of a paragraph, a heading, an item of a list, a program."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mediamill.media.documents.pdf.lines import Line
from mediamill.media.documents.pdf.measures import Measures
from mediamill.media.documents.pdf.words import DOTS

#: Parts of a letter's size.
_INDENT: Final = 0.8
_HANGING: Final = 0.3
_CENTRED: Final = 0.6
_LETTER: Final = 0.5
#: Parts of the usual distance of lines.
_CLOSE: Final = 1.28
_VERY_CLOSE: Final = 1.1
_CLOSE_CODE: Final = 4.0
_LEAST_GAP: Final = 0.4
_SAME_SIZE: Final = 0.06
_LARGE: Final = 1.1
#: A line that leaves so much of its column free was meant to end there.
_FREE: Final = 0.4

_DOT: Final = re.compile(rf"(?:[{DOTS}\u2013\u2014]\s*|[-*o]\s+)(?=\S)")
_NUMBER: Final = re.compile(r"\(?(\d{1,3})[.)]\s+(?=\S)")
_LETTER_MARK: Final = re.compile(r"\(?[a-zđ]\)\s+(?=\S)|\(?[ivx]{1,5}\)\s+(?=\S)")
#: Of an answer to choose, or of a chapter; a sentence may begin with a name: "A. Lincoln".
_CAPITAL_MARK: Final = re.compile(r"[A-HĐ][.)]\s*(?=\S)")
_NOTE: Final = re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})\s*(?=[^\W\d_]|[\"'(“])")
_CUT: Final = re.compile(r"[^\W\d_][-\u2010\u00ad]\Z")
_ENDS: Final = re.compile(r"[.!?:;…][\"'”’)\]»]*\Z")  # noqa: RUF001 - quotation marks


class Mark(NamedTuple):
    """What an item of a list, or a footnote, begins with. length: of its letters, which are no words.

    number: None for a dot. note: it is a raised number.
    """

    length: int
    number: int | None
    note: bool = False


@dataclass(slots=True)
class Chunk:
    """Lines that belong together. mark: of an item."""

    lines: list[Line] = field(default_factory=list)
    mark: Mark | None = None

    @property
    def first(self) -> Line:
        """The topmost line."""
        return self.lines[0]

    @property
    def last(self) -> Line:
        """The lowest line."""
        return self.lines[-1]

    @property
    def mono(self) -> bool:
        """Whether all is in a font whose letters have one width."""
        return all(line.mono for line in self.lines)

    @property
    def text(self) -> str:
        """All words, line by line."""
        return "\n".join(line.text for line in self.lines)


def chunks(lines: Sequence[Line], measures: Measures) -> Iterator[Chunk]:
    """Yield the chunks of some lines that are read one after another."""
    chunk = Chunk()
    for line in lines:
        mark = mark_of(line, chunk.last if chunk.lines else None)
        if chunk.lines and not (mark is None and _goes_on(chunk, line, measures)):
            yield chunk
            chunk = Chunk()
        if not chunk.lines:
            chunk.mark = mark
        chunk.lines.append(line)
    if chunk.lines:
        yield chunk


def mark_of(line: Line, above: Line | None = None) -> Mark | None:
    """Return what a line begins with as an item does. above: the line before it in the same column."""
    text = line.text
    if line.mono:
        return None
    if found := _NOTE.match(text):
        return Mark(found.end(), int(unicodedata.normalize("NFKC", found.group(1))), note=True)
    if found := _DOT.match(text):
        return Mark(found.end(), None)
    if _LETTER_MARK.match(text):
        return Mark(0, None)
    # "It was the year\n12. of ..." is a sentence.
    return None if above is not None and _is_inside(above, line) else _counted(text)


def _counted(text: str) -> Mark | None:
    if _CAPITAL_MARK.match(text):
        return Mark(0, None)
    found = _NUMBER.match(text)
    return Mark(found.end(), int(found.group(1))) if found else None


def with_choices_apart(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, each answer to choose (`A. one  B. two`) as one of its own."""
    for line in lines:
        if len(line.cells) > 1 and all(_CAPITAL_MARK.match(cell.text) for cell in line.cells):
            for cell in line.cells:
                yield replace(line, cells=(cell._replace(x0=line.x0, x1=line.x0 + cell.x1 - cell.x0),))
        else:
            yield line


def is_short(line: Line, below: Line) -> bool:
    """Whether the first word of the line below had its place in this one, which was thus ended on purpose."""
    if _CUT.search(line.text):
        return False
    first = below.text.split(" ", 1)[0]
    return line.column.x1 - line.x1 > (len(first) * _LETTER + _HANGING) * line.size


def ends_sentence(line: Line) -> bool:
    """Whether a line ends as sentences do."""
    return _ENDS.search(line.text) is not None


def _is_inside(above: Line, line: Line) -> bool:
    return (
        above.column == line.column
        and abs(above.x0 - line.x0) < _HANGING * line.size
        and not is_short(above, line)
        and not ends_sentence(above)
    )


def _goes_on(chunk: Chunk, line: Line, measures: Measures) -> bool:
    above = chunk.last
    if above.column != line.column:
        return False
    size = max(above.size, line.size)
    gap = (above.y - line.y) / size / measures.leading
    if above.mono != line.mono and not measures.mono:
        return _within_sentence(above, line, gap)
    if above.bold != line.bold or abs(above.size - line.size) > _SAME_SIZE * size:
        return False
    if line.mono and not measures.mono:
        return _LEAST_GAP < gap <= _CLOSE_CODE
    large = line.size > _LARGE * measures.body_size or (line.bold and not measures.bold)
    return _LEAST_GAP < gap <= _CLOSE and (large or _same_paragraph(chunk, line))


def _within_sentence(above: Line, line: Line, gap: float) -> bool:
    """Whether of two lines, one of which is a program's, both are of one sentence that names some code."""
    same_edge = abs(above.x0 - line.x0) < _HANGING * line.size
    return _LEAST_GAP < gap <= _VERY_CLOSE and same_edge and not is_short(above, line) and not ends_sentence(above)


def _same_paragraph(chunk: Chunk, line: Line) -> bool:
    above = chunk.last
    room = above.column.x1 - above.x1
    short = is_short(above, line)
    if _centred(above, line):
        return not short or room < _FREE / 2 * above.column.width
    if short and (ends_sentence(above) or room > _FREE * above.column.width):
        return False
    indent = (line.x0 - above.x0) / line.size
    alone = len(chunk.lines) == 1
    if chunk.mark is not None and alone:
        return indent > _HANGING or (abs(indent) <= _HANGING and not short) or (indent < 0 and not short)
    if indent > _INDENT:
        return alone and not short and not ends_sentence(above)
    if indent < -_INDENT:
        return alone and not short
    return True


def _centred(above: Line, line: Line) -> bool:
    """Whether two lines have their middles one below the other, and no edge."""
    shift = abs(above.x0 + above.x1 - line.x0 - line.x1) / 2
    return shift < _CENTRED * line.size and abs(above.x0 - line.x0) > _INDENT * line.size
