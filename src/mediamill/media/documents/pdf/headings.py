"""Which chunks are headings, and of which level: by the size and weight of their letters beside the text's."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mediamill.media.documents.pdf.chunks import Chunk
from mediamill.media.documents.pdf.lines import Line
from mediamill.media.documents.pdf.measures import Measures

_LARGER: Final = 1.12
_AS_LARGE: Final = 0.95
#: Two sizes that a reader takes for one.
_SAME_SIZE: Final = 0.04
_LONGEST_CHARS: Final = 200
_MOST_LINES: Final = 5
_MOST_BOLD_LINES: Final = 3
_LEVELS: Final = 3
#: "Chapter 12" is one.
_LONGEST_NUMBER_CHARS: Final = 12
_CAPITALS: Final = re.compile(r"(?:(?:[IVX]{1,5}|[A-Z]|\d{1,2}(?:\.\d{1,2})*)\.?\s+)?[^\W\d_][^a-z]{3,79}")
_PARTS: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s")
_COUNTED: Final = re.compile(r"\w+\s+(?:\d{1,4}|[IVXLC]{1,7})\b", re.IGNORECASE)
_DEPTHS: Final = {"phần": -1, "part": -1, "mục": 1, "section": 1, "điều": 2, "article": 2, "§": 2}
#: How a sentence ends, or a part of one; a heading may ask.
_SENTENCE: Final = re.compile(r"[.,;:]\Z")


class Style(NamedTuple):
    """What headings of one level have in common.

    A larger one is a higher level, of equal ones the bold one, of these the one whose number has fewer parts.
    """

    size: float
    bold: bool
    depth: int = 0


def levels(chunks: Sequence[Chunk], measures: Measures) -> Mapping[int, int]:
    """Return the level of each chunk that is a heading, 1 to 3, by its place in the document."""
    found = {place: style for place, chunk in enumerate(chunks) if (style := _style(chunk, measures))}
    text = next((place for place, chunk in enumerate(chunks) if place not in found and _is_text(chunk, measures)), 0)
    front = _of_front(found, text, measures)
    found = {place: style for place, style in found.items() if style not in front}
    ranked = _ranked(set(found.values()))
    return _without_empty({place: min(ranked[style] + 1, _LEVELS) for place, style in found.items()}, text)


def _of_front(found: Mapping[int, Style], text: int, measures: Measures) -> set[Style]:
    """Return the styles of what is larger than the text, between the title and it, and nowhere else: authors, dates.

    found: the styles by place, in order. text: the place where the text begins.
    """
    last = {style: place for place, style in found.items()}
    return {
        style
        for style, rank in _ranked(set(last)).items()
        if rank > 0 and not style.bold and style.size > measures.body_size and last[style] < text
    }


def _without_empty(levels: Mapping[int, int], text: int) -> Mapping[int, int]:
    """Return headings without those between the title and the text that have nothing below them: authors, places."""
    kept: dict[int, int] = {}
    below: tuple[int, int] | None = None
    for place in sorted(levels, reverse=True):
        empty = below is not None and below[0] == place + 1 and below[1] <= levels[place]
        if empty and min(levels) < place < text:
            # Still nothing but the heading below it is below what is above it.
            below = (place, below[1]) if below else None
            continue
        kept[place] = levels[place]
        below = (place, levels[place])
    return kept


def _ranked(styles: set[Style]) -> Mapping[Style, int]:
    """Return the rank of each style, from 0."""
    ranks: dict[Style, int] = {}
    rank, before = -1, None
    for style in sorted(styles, key=lambda style: (-style.size, not style.bold, style.depth)):
        if before is None or not _alike(before, style):
            rank += 1
            before = style
        ranks[style] = rank
    return ranks


def _alike(one: Style, other: Style) -> bool:
    same_size = abs(one.size - other.size) <= _SAME_SIZE * one.size
    return same_size and (one.bold, one.depth) == (other.bold, other.depth)


def _depth(text: str) -> int:
    """Return how deep in the document a heading's own number says that it is; 0 where it has none."""
    if found := _PARTS.match(text):
        return found.group(1).count(".")
    word = text.split(maxsplit=1)[0].casefold()
    return _DEPTHS.get(word, 0) if _COUNTED.match(text) else 0


def _style(chunk: Chunk, measures: Measures) -> Style | None:
    if not _may_be_one(chunk, measures):
        return None
    first, text = chunk.first, chunk.text
    size = round(first.size * 2) / 2
    bold = first.bold and not measures.bold
    if first.size >= _LARGER * measures.body_size:
        return Style(size, bold, _depth(text))
    if bold and first.size >= _AS_LARGE * measures.body_size and len(chunk.lines) <= _MOST_BOLD_LINES:
        return None if _SENTENCE.search(text) else Style(max(size, measures.body_size), bold, _depth(text))
    if len(chunk.lines) == 1 and abs(first.size - measures.body_size) < _SAME_SIZE * first.size:
        capital = _CAPITALS.fullmatch(text) and sum(sign.isupper() for sign in text) > len(text) / 2
        return Style(measures.body_size, bold, _depth(text)) if capital and not _SENTENCE.search(text) else None
    return None


def _may_be_one(chunk: Chunk, measures: Measures) -> bool:
    text = chunk.text
    if len(text) > _LONGEST_CHARS or len(chunk.lines) > _MOST_LINES or not any(sign.isalpha() for sign in text):
        return False
    if (chunk.mono and not measures.mono) or any(_beside(line) for line in chunk.lines):
        return False
    return chunk.mark is None or chunk.mark.number is not None or not chunk.mark.length


def _beside(line: Line) -> bool:
    """Whether a line has words beside each other, and not only a number before them."""
    return len(line.cells) > 1 and any(len(cell.text) > _LONGEST_NUMBER_CHARS for cell in line.cells[:-1])


def _is_text(chunk: Chunk, measures: Measures) -> bool:
    """Whether a chunk is a paragraph of the text, and not only a line of its size."""
    return len(chunk.lines) > 1 and abs(chunk.first.size - measures.body_size) < _LARGER - 1
