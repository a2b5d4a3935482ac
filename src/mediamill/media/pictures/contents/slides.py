"""Lines of a slide: `- ` begins a bullet, `1. ` a numbered one, everything else is a paragraph."""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from mediamill.media.pictures.contents.runs import Run, Style, runs

#: Bullets below bullets; what is deeper stands at the last.
DEEPEST: Final = 2
_INDENT: Final = 2
_BULLET: Final = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•‣▪\N{EN DASH}]|(?P<number>\d{1,3}[.)]))[ \t]+(?P<text>\S.*)")
_HEADING: Final = re.compile(r"[ \t]*#{1,6}[ \t]+(?P<text>\S.*)")
#: What a dot stands for in `Block.mark`; any other mark is written as it is.
DOT: Final = "dot"
NO_MARK: Final = "none"


@dataclass(frozen=True)
class Block:
    """A bullet or a paragraph. mark: DOT, NO_MARK, or a number such as `1.`. level: of a bullet, from 0."""

    mark: str
    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Lines:
    """What a slide says."""

    blocks: tuple[Block, ...]


def parse(text: str) -> Lines:
    """Return the blocks of a text; none for a blank one. Lines that follow each other are one paragraph each."""
    return Lines(tuple(block for line in text.splitlines() if (block := _block(line)) is not None))


def verbatim(text: str) -> Lines:
    """Return the lines of a text as they are: what stands in for a picture that could not be drawn."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return Lines(tuple(Block(NO_MARK, 0, (Run(line),)) for line, _again in groupby(lines) if line))


def _block(line: str) -> Block | None:
    if bullet := _BULLET.fullmatch(line.rstrip()):
        level = len(bullet["indent"].replace("\t", " " * _INDENT)) // _INDENT
        return _filled(Block(bullet["number"] or DOT, min(level, DEEPEST), runs(bullet["text"])))
    if heading := _HEADING.fullmatch(line.rstrip()):
        return _filled(Block(NO_MARK, 0, tuple(Run(run.text, Style.BOLD) for run in runs(_unclosed(heading["text"])))))
    return _filled(Block(NO_MARK, 0, runs(line)))


def _unclosed(heading: str) -> str:
    """Return a heading without the marks that may stand behind it too."""
    return heading.rstrip("#").rstrip() or heading


def _filled(block: Block) -> Block | None:
    return block if block.runs else None
