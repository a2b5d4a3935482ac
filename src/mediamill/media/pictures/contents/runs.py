"""A line of text with `**bold**` and `code` in it.

Read from left to right in one go: a client's line may have thousands of marks that are never closed.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Blanks of every kind, also those that no font draws; a tab is a space.
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f\u200b\u2060\ufeff]+")
_TICKS: Final = re.compile(r"`+")
#: Bold begins and ends at a letter, so that `2 ** 3 ** 2` is none.
_OPENS: Final = re.compile(r"\*\*(?=\S)|(?<!\w)__(?=\S)")
_CLOSES: Final = {"**": re.compile(r"(?<=\S)(?=\*\*)"), "__": re.compile(r"(?<=\S)(?=__(?!\w))")}
_MARK_CHARS: Final = 2
#: Emphasis that is less than bold is not shown, nor are its marks.
_THREE_STARS: Final = re.compile(r"\*{3}(?=\S)|(?<=\S)\*{3}")
_ONE_STAR: Final = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*]*[^\s*])\*(?![*\w])")
#: Where code was, while bold is looked for: a private character, which no text has afterwards.
_CODE: Final = "\ue000"


class Style(StrEnum):
    """How a part of a line looks."""

    PLAIN = "plain"
    BOLD = "bold"
    CODE = "code"


@dataclass(frozen=True)
class Run:
    """A part of a line that looks the same."""

    text: str
    style: Style = Style.PLAIN


def runs(line: str) -> tuple[Run, ...]:
    """Return the parts of a line; no empty ones. Marks that are not closed are text."""
    text, codes = _without_code(_BLANKS.sub(" ", line).replace(_CODE, "").strip())
    text = _ONE_STAR.sub(r"\1", _THREE_STARS.sub("**", text))
    return tuple(_runs(text, iter(codes)))


def _runs(text: str, codes: Iterator[str]) -> Iterator[Run]:
    after = 0
    for begin, end in _bold(text):
        yield from _around_code(text[after:begin], Style.PLAIN, codes)
        yield from _around_code(text[begin + _MARK_CHARS : end], Style.BOLD, codes)
        after = end + _MARK_CHARS
    yield from _around_code(text[after:], Style.PLAIN, codes)


def _around_code(text: str, style: Style, codes: Iterator[str]) -> Iterator[Run]:
    for number, part in enumerate(text.split(_CODE)):
        if number:
            yield Run(next(codes), Style.CODE)
        if part:
            yield Run(part, style)


def _without_code(line: str) -> tuple[str, list[str]]:
    """Return a line with one character in the place of each code, and the codes. As many ticks end it as begin it."""
    ticks = [match.span() for match in _TICKS.finditer(line)]
    by_length: dict[int, list[int]] = {}
    for begin, end in ticks:
        by_length.setdefault(end - begin, []).append(begin)
    parts, codes, after = list[str](), list[str](), 0
    for begin, end in ticks:
        same = by_length[end - begin]
        place = bisect_left(same, end)
        if begin < after or place == len(same):
            continue
        code = line[end : same[place]]
        parts += [line[after:begin], _CODE]
        codes.append(code.strip() or code)
        after = same[place] + end - begin
    return "".join([*parts, line[after:]]), codes


def _bold(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each bold part has its first and its last mark."""
    closes = {mark: [match.start() for match in pattern.finditer(text)] for mark, pattern in _CLOSES.items()}
    after = 0
    for match in _OPENS.finditer(text):
        ends = closes[match.group()]
        place = bisect_left(ends, match.end() + 1)
        if match.start() >= after and place < len(ends):
            yield match.start(), ends[place]
            after = ends[place] + _MARK_CHARS
