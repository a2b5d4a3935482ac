"""Which chunks are headings, and of which level: by the size and weight of their letters beside the text's."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mediamill.media.documents.pdf.chunks import Chunk
from mediamill.media.documents.pdf.measures import Measures

_LARGER: Final = 1.12
_AS_LARGE: Final = 0.95
#: Two sizes that a reader takes for one.
_SAME_SIZE: Final = 0.04
_LONGEST_CHARS: Final = 200
_MOST_LINES: Final = 5
_MOST_BOLD_LINES: Final = 2
_LEVELS: Final = 3
_CAPITALS: Final = re.compile(r"(?:(?:[IVX]{1,5}|[A-Z]|\d{1,2}(?:\.\d{1,2})*)\.?\s+)?[^\W\d_][^a-z]{3,79}")
#: How a sentence ends, or a part of one; a heading may ask.
_SENTENCE: Final = re.compile(r"[.,;:]\Z")


class Style(NamedTuple):
    """What headings of one level have in common. A larger one is a higher level, and of equal ones the bold one."""

    size: float
    bold: bool


def levels(chunks: Sequence[Chunk], measures: Measures) -> Mapping[int, int]:
    """Return the level of each chunk that is a heading, 1 to 3, by its place in the document."""
    found = {place: style for place, chunk in enumerate(chunks) if (style := _style(chunk, measures))}
    text = next((place for place, chunk in enumerate(chunks) if place not in found and _is_text(chunk, measures)), 0)
    ranked = _ranked(set(found.values()))
    above_text = {
        style
        for style in ranked
        if not style.bold
        and ranked[style] > 0
        and style.size > measures.body_size
        and all(place < text for place, other in found.items() if other == style)
    }
    # Names of authors, dates: larger than the text, between the title and it, and nowhere else.
    found = {place: style for place, style in found.items() if style not in above_text}
    ranked = _ranked(set(found.values()))
    return _without_empty({place: min(ranked[style] + 1, _LEVELS) for place, style in found.items()}, text)


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
    for style in sorted(styles, reverse=True):
        if before is None or before.bold != style.bold or before.size - style.size > _SAME_SIZE * before.size:
            rank += 1
            before = style
        ranks[style] = rank
    return ranks


def _style(chunk: Chunk, measures: Measures) -> Style | None:
    if not _may_be_one(chunk, measures):
        return None
    first, text = chunk.first, chunk.text
    size = round(first.size * 2) / 2
    bold = first.bold and not measures.bold
    if first.size >= _LARGER * measures.body_size:
        return Style(size, bold)
    if bold and first.size >= _AS_LARGE * measures.body_size and len(chunk.lines) <= _MOST_BOLD_LINES:
        return None if _SENTENCE.search(text) else Style(max(size, measures.body_size), bold)
    if len(chunk.lines) == 1 and abs(first.size - measures.body_size) < _SAME_SIZE * first.size:
        capital = _CAPITALS.fullmatch(text) and sum(sign.isupper() for sign in text) > len(text) / 2
        return Style(measures.body_size, bold=False) if capital and not _SENTENCE.search(text) else None
    return None


def _may_be_one(chunk: Chunk, measures: Measures) -> bool:
    text = chunk.text
    if len(text) > _LONGEST_CHARS or len(chunk.lines) > _MOST_LINES or not any(sign.isalpha() for sign in text):
        return False
    if chunk.mono and not measures.mono:
        return False
    return chunk.mark is None or chunk.mark.number is not None


def _is_text(chunk: Chunk, measures: Measures) -> bool:
    """Whether a chunk is a paragraph of the text, and not only a line of its size."""
    return len(chunk.lines) > 1 and abs(chunk.first.size - measures.body_size) < _LARGER - 1
