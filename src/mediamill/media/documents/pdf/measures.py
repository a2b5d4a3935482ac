"""What is usual in a document: the size of its letters, the distance of its lines, the words it has."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from mediamill.media.documents.pdf.lines import Line

#: The distance of lines in sizes, where a document has too few to tell.
_USUAL_LEADING: Final = 1.3
_LEAST_LEADING: Final = 0.9
_MOST_LEADING: Final = 2.6
_MOST: Final = 0.6
_WORD: Final = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,})*")
#: Letters that Vietnamese has and no other language.
_VIETNAMESE: Final = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
_VIETNAMESE_SHARE: Final = 0.03
_LOOKED_AT_CHARS: Final = 50_000


@dataclass(frozen=True)
class Measures:
    """body_size: of the letters of the text, points. leading: from line to line of it, in sizes.

    bold, mono: the text itself is; then these say nothing of its parts. words: all whole ones, in small letters.
    """

    body_size: float
    leading: float
    bold: bool
    mono: bool
    vietnamese: bool
    words: frozenset[str]

    @classmethod
    def of(cls, pages: Sequence[Sequence[Line]]) -> Self:
        """Take the measures of a document."""
        lines = [line for page in pages for line in page]
        chars = sum(len(line.text) for line in lines)
        # What is code in an article is all that there is in a typewriter's letter.
        mono = sum(len(line.text) for line in lines if line.mono) > _MOST * chars
        body = _body_size(lines, mono=mono)
        text = [line for line in lines if abs(line.size - body) < _tolerance(body)]
        bold = sum(len(line.text) for line in text if line.bold) > _MOST * sum(len(line.text) for line in text)
        return cls(body, _leading(pages, body), bold, mono, _is_vietnamese(lines), _vocabulary(lines))


def _tolerance(size: float) -> float:
    return 0.06 * size


def _body_size(lines: Iterable[Line], *, mono: bool) -> float:
    sizes = Counter[float]()
    for line in lines:
        if mono or not line.mono:
            sizes[round(line.size * 2) / 2] += len(line.text)
    if not sizes:
        return 10.0
    return max(sizes.most_common(1)[0][0], 1.0)


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return the size of most letters."""
    return _body_size((line for page in pages for line in page), mono=True)


def _leading(pages: Sequence[Sequence[Line]], body: float) -> float:
    found = Counter[float]()
    for page in pages:
        for above, line in pairwise(page):
            if above.column == line.column and max(abs(above.size - body), abs(line.size - body)) < _tolerance(body):
                leading = (above.y - line.y) / body
                if _LEAST_LEADING <= leading <= _MOST_LEADING:
                    found[round(leading, 2)] += 1
    if not found:
        return _USUAL_LEADING
    # The least of the usual ones: of a document of many short paragraphs, most distances are those between them.
    most = found.most_common(1)[0][1]
    return min(leading for leading, count in found.items() if count >= most / 3)


def _is_vietnamese(lines: Iterable[Line]) -> bool:
    letters = special = 0
    for line in lines:
        text = line.text.lower()
        letters += sum(sign.isalpha() for sign in text)
        special += len(_VIETNAMESE.findall(text))
        if letters > _LOOKED_AT_CHARS:
            break
    return special > _VIETNAMESE_SHARE * letters


def _vocabulary(lines: Iterable[Line]) -> frozenset[str]:
    found = set[str]()
    for line in lines:
        text = line.text.rstrip()
        words = _WORD.findall(text.casefold())
        found.update(words[:-1] if text.endswith(("-", "\u2010", "\u00ad")) else words)
    return frozenset(found)
