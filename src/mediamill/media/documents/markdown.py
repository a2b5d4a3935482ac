"""Blocks written as Markdown. What would be taken for a mark, and is none, is escaped."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mediamill.media.documents.blocks import Block, Code, Heading, Item, Note, Paragraph, Span, Table

_BLANKS: Final = re.compile(r"\s+")
#: Marks within a line: only where CommonMark would see one. `2 * 3`, `snake_case` and `a < b` need no escape.
_INLINE: Final = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\*(?=\S)|(?<=\S)\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)|~~|<(?=[A-Za-z/!?])|\](?=\()|"
    r"&(?=#?\w{1,30};)|\$(?=[^\s$][^$\n]{0,300}\$)"
)
_START: Final = re.compile(r"(?:#{1,6}|>|[-+]|={2,}|-{3,})(?=\s|\Z)|>|~~~|\||\[(?=[^\]]{1,100}\]:)")
_NUMBERED: Final = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_BACKTICKS: Final = re.compile(r"`+")


def written(blocks: Sequence[Block]) -> str:
    """Return the document."""
    return "\n".join(_lines(blocks)).strip("\n") + "\n"


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    before: Block | None = None
    indents: list[int] = []
    for block in blocks:
        if not (isinstance(block, Item) and isinstance(before, Item)):
            indents = []
        if before is not None and not (isinstance(block, Item) and isinstance(before, Item)):
            yield ""
        match block:
            case Heading(level, text):
                yield f"{'#' * level} {_escaped(text)}"
            case Paragraph(spans):
                yield _started(inline(spans))
            case Item(spans, depth, number):
                sign = "-" if number is None else f"{number}."
                indents = [*indents[:depth], len(sign) + 1]
                yield " " * sum(indents[:depth]) + f"{sign} {_started(inline(spans))}"
            case Code(lines):
                yield from _fenced(lines)
            case Table(rows):
                yield from _table(rows)
            case Note(mark, spans):
                yield f"[^{mark}]: {_started(inline(spans))}"
        before = block


def inline(spans: Iterable[Span]) -> str:
    """Return text of one paragraph with its bold words and its code."""
    parts: list[str] = []
    for span in spans:
        text = _BLANKS.sub(" ", span.text)
        words = text.strip()
        if not words or not (span.code or span.bold):
            parts.append(_escaped(text))
            continue
        marked = _code(words) if span.code else f"**{_escaped(words)}**"
        parts.append(f"{' ' * text.startswith(' ')}{marked}{' ' * text.endswith(' ')}")
    return "".join(parts).strip()


def _escaped(text: str) -> str:
    return _INLINE.sub(lambda found: "\\" + found.group(0)[0] + found.group(0)[1:], text)


def _started(line: str) -> str:
    """Return a line that begins no heading, list, quote or table."""
    if found := _START.match(line):
        return f"\\{line}" if found.group(0) else line
    return _NUMBERED.sub(r"\1\\\2", line, count=1) if _NUMBERED.match(line) else line


def _code(text: str) -> str:
    fence = "`" * (max(map(len, _BACKTICKS.findall(text)), default=0) + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(longest + 1, 3)
    yield from (fence, *lines, fence)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *others = rows
    yield _row(head)
    yield f"|{' --- |' * len(head)}"
    for row in others:
        yield _row(row)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell).replace("|", "\\|") for cell in cells) + " |"
