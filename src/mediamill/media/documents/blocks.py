"""The blocks of a document."""

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Text of one look. code: in a font whose letters have one width."""

    text: str
    bold: bool = False
    code: bool = False


@dataclass(frozen=True)
class Heading:
    """level: 1 to 6."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Words of one paragraph."""

    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Item:
    """One of a list. depth: 0 for the outermost list. number: None where it has a dot or a dash."""

    spans: tuple[Span, ...]
    depth: int
    number: int | None


@dataclass(frozen=True)
class Code:
    """Lines of a program, indented as they were."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The rows, the first of them the head; all have as many cells."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Note:
    """A footnote. mark: its number."""

    mark: str
    spans: tuple[Span, ...]


Block = Heading | Paragraph | Item | Code | Table | Note
