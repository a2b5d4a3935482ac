"""What a page is made of."""

from dataclasses import dataclass
from typing import Final

#: Stands in what is spoken for a formula that nobody can say.
UNSPEAKABLE: Final = "\ue000"


@dataclass(frozen=True)
class Words:
    """Running text. spoken: as it is read out, its lines kept; shown: as slides write it, with `**` and backticks.

    formulas: the LaTeX in it.
    """

    spoken: str
    shown: str
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """level: 1 to 6; BOLD_LEVEL: a paragraph that is all bold."""

    words: Words
    level: int


BOLD_LEVEL: Final = 7


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    words: Words


@dataclass(frozen=True)
class Entry:
    """One of a list. inner: of the lists in it."""

    words: Words
    inner: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A list. ordered: its entries have numbers."""

    entries: tuple[Entry, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """Plain text in rows, each as wide as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """language: lowercase, "" when the page does not say. text: without its fence, not blank."""

    language: str
    text: str


@dataclass(frozen=True)
class Formula:
    """LaTeX that stands on its own, in one line, without dollars."""

    latex: str


Block = Heading | Prose | Listing | Table | Code | Formula
#: What something can be drawn of.
Drawn = Listing | Table | Code | Formula

#: What a picture counts for beside the words of a page, characters.
_PICTURE_CHARS: Final = 120


def size_of(block: Block) -> int:
    """Return how much there is to tell, about characters."""
    match block:
        case Heading() | Prose():
            return len(block.words.spoken)
        case Listing():
            return sum(
                len(entry.words.spoken) + sum(len(words.spoken) for words in entry.inner) for entry in block.entries
            )
        case Table() | Code() | Formula():
            return _PICTURE_CHARS
