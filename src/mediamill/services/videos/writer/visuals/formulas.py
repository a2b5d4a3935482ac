"""Formulas as a picture."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mediamill import InvalidInput
from mediamill.media.pictures import contents
from mediamill.media.pictures.slide import Kind
from mediamill.services.videos.writer.blocks import Block, Formula, Listing, Prose

_MOST: Final = 3
_LONGEST: Final = 300
#: What makes a formula in a sentence worth a picture.
_RELATION: Final = re.compile(r"=|\\(?:le|ge|leq|geq|approx|propto|equiv|to|rightarrow|Rightarrow)\b|[<>≤≥≈]")
_SHORTEST_EQUATION: Final = 5
_NUMBERED: Final = re.compile(r"\\(?:tag|label)\{[^{}]*\}|\\(?:nonumber|notag)\b")


def displayed(blocks: Sequence[Block]) -> str | None:
    """Return the formulas that stand on their own, in the form that is drawn; None: there are none."""
    return _drawable(block.latex for block in blocks if isinstance(block, Formula))


def mentioned(blocks: Sequence[Block]) -> str | None:
    """Return the equations that stand in sentences; None: there are none."""
    words = [block.words for block in blocks if isinstance(block, Prose)]
    words += [entry.words for block in blocks if isinstance(block, Listing) for entry in block.entries]
    found = (formula for each in words for formula in each.formulas)
    return _drawable(formula for formula in found if len(formula) >= _SHORTEST_EQUATION and _RELATION.search(formula))


def _drawable(formulas: Iterable[str]) -> str | None:
    lines = list[str]()
    for formula in formulas:
        line = " ".join(_NUMBERED.sub("", formula).split())
        if line not in lines and len(line) <= _LONGEST and _can_be_drawn(line):
            lines.append(line)
        if len(lines) == _MOST:
            break
    return "\n".join(lines) or None


def _can_be_drawn(line: str) -> bool:
    try:
        contents.check(Kind.FORMULA, line)
    except InvalidInput:
        return False
    return True
