"""What a formula is made of.

Each part tells its kind, so that the template, which gets them as JSON, builds each from typst's own functions: nothing
that a client sends is ever evaluated, as it would be with LaTeX translated into typst's markup.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Sign:
    """One sign, or the figures of a number."""

    text: str
    kind: Literal["sign"] = field(default="sign", init=False)


@dataclass(frozen=True)
class Ordinary:
    """A sign without the gaps that it has elsewhere: the comma in 3{,}14."""

    text: str
    kind: Literal["ordinary"] = field(default="ordinary", init=False)


@dataclass(frozen=True)
class Words:
    r"""Text in its own font: \text."""

    text: str
    style: Literal["", "bold", "italic"] = ""
    kind: Literal["words"] = field(default="words", init=False)


@dataclass(frozen=True)
class Space:
    """A gap, em; it may be below 0."""

    em: float
    kind: Literal["space"] = field(default="space", init=False)


@dataclass(frozen=True)
class Function:
    """A name in upright letters. limits: what is below it stands under it."""

    name: str
    limits: bool
    kind: Literal["function"] = field(default="function", init=False)


@dataclass(frozen=True)
class Row:
    """Parts beside each other."""

    parts: "tuple[Part, ...]"
    kind: Literal["row"] = field(default="row", init=False)


@dataclass(frozen=True)
class Fraction:
    """One above the other. bar: False for a binomial; size: "" as its place has it."""

    over: "Part"
    under: "Part"
    bar: bool = True
    size: Literal["", "display", "inline"] = ""
    kind: Literal["fraction"] = field(default="fraction", init=False)


@dataclass(frozen=True)
class Root:
    """A root; index None: the square one."""

    radicand: "Part"
    index: "Part | None"
    kind: Literal["root"] = field(default="root", init=False)


@dataclass(frozen=True)
class Scripts:
    """What is above and below a base. limits: None as the base has it, else over and under it or beside it."""

    base: "Part"
    above: "Part | None"
    below: "Part | None"
    primes: int = 0
    limits: bool | None = None
    kind: Literal["scripts"] = field(default="scripts", init=False)


@dataclass(frozen=True)
class Fenced:
    r"""\left and \right: signs as high as what they enclose; "": none."""

    left: str
    body: "Part"
    right: str
    kind: Literal["fenced"] = field(default="fenced", init=False)


@dataclass(frozen=True)
class Sized:
    r"""A delimiter of a size: \big. middle: as high as the fence around it."""

    text: str
    percent: int
    middle: bool = False
    kind: Literal["sized"] = field(default="sized", init=False)


@dataclass(frozen=True)
class Accent:
    """A mark above."""

    mark: str
    body: "Part"
    kind: Literal["accent"] = field(default="accent", init=False)


@dataclass(frozen=True)
class Styled:
    """In an alphabet, or with a line; style: a value of `symbols.STYLES`."""

    style: str
    body: "Part"
    kind: Literal["styled"] = field(default="styled", init=False)


@dataclass(frozen=True)
class Grid:
    """Rows of cells. columns: how each is aligned, "l", "c" or "r"; the last one's goes on."""

    rows: "tuple[tuple[Part, ...], ...]"
    left: str = ""
    right: str = ""
    columns: str = "c"
    gap_em: float = 1.0
    display: bool = False
    kind: Literal["grid"] = field(default="grid", init=False)


Part = (
    Sign
    | Ordinary
    | Words
    | Space
    | Function
    | Row
    | Fraction
    | Root
    | Scripts
    | Fenced
    | Sized
    | Accent
    | Styled
    | Grid
)


@dataclass(frozen=True)
class Formula:
    """Formulas under each other, each on a line of its own."""

    lines: tuple[Part, ...]
