# ruff: noqa: RUF001 - typographic marks are meant
"""The part of a long sentence that shows a term."""

import re
from collections.abc import Sequence
from typing import Final

#: A sentence of more words is cut.
LONGEST_WORDS: Final = 30
#: Stands for what is left out.
CUT: Final = "…"
_LOOSE: Final = " ,;:—–-"
#: Where a sentence can be cut: behind what parts its clauses.
_CLAUSE: Final = re.compile(r"(?<=[;:—–])\s+|(?<=,)\s+|\s*--\s*|\s(?=[(\[])|(?<=[)\]])\s+")
#: A heading in capitals that was run into the sentence behind it.
_HEADING: Final = re.compile(r"\A(?:[IVXLC\d]+\.\s+)?(?:[A-Z][A-Z'’-]+,?\s+){2,}(?=(?:[A-Z][a-z]|[AI]\s))")


def excerpt(text: str, pattern: re.Pattern[str]) -> str:
    """Return a sentence of LONGEST_WORDS at most, as far as its clauses allow: the part that the pattern finds."""
    text = _without_heading(text, pattern)
    if len(text.split()) <= LONGEST_WORDS:
        return text
    clauses = _clauses(text)
    first = next((place for place, (_, clause) in enumerate(clauses) if pattern.search(clause)), None)
    return text if first is None else _around(text, clauses, first)


def _without_heading(text: str, pattern: re.Pattern[str]) -> str:
    rest = _HEADING.sub("", text)
    return rest if pattern.search(rest) else text


def _clauses(text: str) -> list[tuple[int, str]]:
    """Return the clauses of a sentence, each with its place."""
    ends = [mark.end() for mark in _CLAUSE.finditer(text)]
    starts = [0, *ends]
    return [(start, text[start:end]) for start, end in zip(starts, [*ends, len(text)], strict=True)]


def _around(text: str, clauses: Sequence[tuple[int, str]], place: int) -> str:
    """Return the clause at a place with its neighbours, as long as there is room: the one before it first."""
    words = [len(clause.split()) for _, clause in clauses]
    first = last = place
    grown = True
    while grown:
        grown = False
        if first > 0 and sum(words[first - 1 : last + 1]) <= LONGEST_WORDS:
            first, grown = first - 1, True
        if last + 1 < len(clauses) and sum(words[first : last + 2]) <= LONGEST_WORDS:
            last, grown = last + 1, True
    shown = text[clauses[first][0] : clauses[last][0] + len(clauses[last][1])].strip(_LOOSE)
    before, after = f"{CUT} " * (first > 0), f" {CUT}" * (last + 1 < len(clauses))
    return f"{before}{shown}{after}"
