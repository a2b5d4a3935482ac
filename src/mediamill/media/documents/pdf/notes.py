"""Footnotes, and the raised numbers in the text that point at them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mediamill.media.documents.blocks import Span
from mediamill.media.documents.pdf.chunks import Chunk
from mediamill.media.documents.pdf.measures import Measures

_SMALLER: Final = 0.95
#: A note stands in the lower part of its page.
_HEIGHT: Final = 0.7
#: Behind a word or a sentence; behind a number or a single letter it is a power.
_POINTER: Final = re.compile(r"(?<=[^\W\d_]{2}|\w[.,;:!?)\]\"'\u201d\u2019»])[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}")

#: The label of a note by its page and number.
Labels = Mapping[tuple[int, int], str]


def labels(chunks: Iterable[Chunk], measures: Measures) -> Labels:
    """Return the labels of all notes. Where the numbers begin anew on each page, the page belongs to them."""
    found = list[tuple[int, int]]()
    for chunk in chunks:
        if is_note(chunk, measures) and chunk.mark is not None and chunk.mark.number is not None:
            found.append((chunk.first.column.page, chunk.mark.number))
    often = Counter(number for _, number in found)
    return {(page, number): str(number) if often[number] == 1 else f"{page + 1}-{number}" for page, number in found}


def is_note(chunk: Chunk, measures: Measures) -> bool:
    """Whether a chunk is a footnote."""
    if chunk.mark is None or not chunk.mark.note:
        return False
    return chunk.first.size < _SMALLER * measures.body_size and chunk.first.height < _HEIGHT


def pointed(spans: Sequence[Span], page: int, labels: Labels) -> tuple[Span, ...]:
    """Return the words of a page with Markdown's pointers (`[^1]`) to the notes of that page."""
    if not any(of_page == page for of_page, _ in labels):
        return tuple(spans)

    def pointer(found: re.Match[str]) -> str:
        label = labels.get((page, int(unicodedata.normalize("NFKC", found.group()))))
        return found.group() if label is None else f"[^{label}]"

    return tuple(span if span.code else span._replace(text=_POINTER.sub(pointer, span.text)) for span in spans)
