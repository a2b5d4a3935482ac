"""A line of text with `**bold**` and `code` in it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Code first: stars within it are its own. Bold begins and ends at a letter, so that `2 ** 3 ** 2` is none.
_MARKED: Final = re.compile(
    r"(?P<fence>`+)(?P<code>.+?)(?<!`)(?P=fence)(?!`)|\*\*(?=\S)(?P<bold>.+?)(?<=\S)\*\*|__(?=\S)(?P<heavy>.+?)(?<=\S)__(?!\w)"
)
#: Blanks of every kind, also those that no font draws; a tab is a space.
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f\u200b\u2060\ufeff]+")


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
    line = _BLANKS.sub(" ", line).strip()
    found, after = list[Run](), 0
    for match in _MARKED.finditer(line):
        found.append(Run(line[after : match.start()]))
        found.append(_marked(match))
        after = match.end()
    found.append(Run(line[after:]))
    return tuple(run for run in found if run.text)


def _marked(match: re.Match[str]) -> Run:
    code = match["code"]
    if code is not None:
        return Run(code.strip() or code, Style.CODE)
    return Run(match["bold"] or match["heavy"], Style.BOLD)
