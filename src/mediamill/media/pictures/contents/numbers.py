# ruff: noqa: RUF001 - dashes, and the marks that languages put between figures
"""Numbers as people write them in tables, and how they are written out in a language."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

#: Beyond it a float no longer tells one from the next, and an axis has no room for it.
LARGEST: Final = 1e15
SMALLEST: Final = 1e-9
LONGEST_UNIT: Final = 12

_MULTIPLES: Final = MappingProxyType(
    {
        **dict.fromkeys(("nghìn", "ngàn", "k", "thousand"), 1e3),
        **dict.fromkeys(("triệu", "tr", "m", "mn", "mio", "million", "millions"), 1e6),
        **dict.fromkeys(("tỷ", "tỉ", "b", "bn", "billion", "billions"), 1e9),
        **dict.fromkeys(("nghìn tỷ", "nghìn tỉ", "ngàn tỷ", "trillion", "trillions"), 1e12),
    }
)
_CURRENCIES: Final = "$€£¥₫₹₩₽฿"
_DASHES: Final = "-−–"
_NUMBER: Final = re.compile(
    rf"""(?P<sign>[{_DASHES}+]?)\s*
         (?P<before>(?:[A-Z]{{0,3}}[{_CURRENCIES}])?)\s*
         (?P<sign2>[{_DASHES}+]?)
         (?P<figures>\d[\d.,'’ \u00a0\u202f]*|[.,]\d+)
         (?P<power>(?:[eE][+-]?\d{{1,3}})?)
         \s*(?P<after>\D*)""",
    re.VERBOSE,
)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
#: An empty cell, in the ways in which people say so.
_EMPTY: Final = frozenset({"", "-", "–", "—", "n/a", "na", "none", "null", "…", "..."})

Mark = Literal[".", ","]


@dataclass(frozen=True)
class Unit:
    """What a number counts, as it was written before or after it: "$", "%", "km"; "": nothing."""

    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.before or self.after


@dataclass(frozen=True)
class Figures:
    """A number whose decimal mark is not settled yet: 1.234 may be a thousand or little more than one."""

    text: str
    negative: bool
    times: float
    unit: Unit

    @property
    def told(self) -> Mark | None:
        """The decimal mark that this number shows; None: it fits both."""
        marks = [character for character in self.text if character in ".,"]
        if not marks:
            return None
        other: Mark = "," if marks[-1] == "." else "."
        last: Mark = "." if marks[-1] == "." else ","
        if len(set(marks)) > 1:
            return last
        if len(marks) > 1:
            return other
        return None if _GROUPED.fullmatch(self.text) else last

    def value(self, mark: Mark) -> float:
        """Return the number. Raises ValueError where it is none with that decimal mark."""
        group = "," if mark == "." else "."
        text = self.text
        if group in text and not re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+(?:\{mark}\d*)?(?:[eE].*)?", text):
            raise ValueError(text)
        number = float(text.replace(group, "").replace(mark, ".")) * self.times
        if not math.isfinite(number) or abs(number) > LARGEST:
            raise ValueError(text)
        return -number if self.negative else number


def empty(cell: str) -> bool:
    """Tell whether a cell says that there is no number."""
    return cell.strip().lower() in _EMPTY


def figures(cell: str) -> Figures | None:
    """Read a cell such as 1.234,5, 1 234, 12 %, $1,200, 3,5 triệu or (5); None: it is no number."""
    text = unicodedata.normalize("NFKC", cell).strip()
    bracketed = text.startswith("(") and text.endswith(")")
    found = _NUMBER.fullmatch(text[1:-1].strip() if bracketed else text)
    if found is None or (found["sign"] and found["sign2"]):
        return None
    unit = found["after"].strip()
    times = 1.0
    for words in (2, 1):
        head = unit.lower().split()[:words]
        known = _MULTIPLES.get(" ".join(head))
        if known is not None and (len(head[0]) > 1 or unit[0] != "m"):  # 5 m are metres, 5 M are millions
            times, unit = known, " ".join(unit.split()[len(head) :])
            break
    if len(unit) > LONGEST_UNIT or any(character in ":;" for character in unit):
        return None
    blanks = re.sub(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3}(?!\d))", "", found["figures"].strip())
    if re.search(r"[^\d.,]", blanks):
        return None
    negative = bracketed or any(found[sign] and found[sign] in _DASHES for sign in ("sign", "sign2"))
    text = blanks.rstrip(".,") + found["power"]
    return Figures(text, negative, times, Unit(found["before"], unit)) if text else None


def decimal_mark(numbers: Iterable[Figures], language: str) -> Mark:
    """Return the decimal mark of a table: what its numbers show, else what its language has."""
    told = [number.told for number in numbers]
    if "," in told:
        return ","
    if "." in told:
        return "."
    return "," if Notation.of(language).mark == "," else "."


# ---- writing


@dataclass(frozen=True)
class Notation:
    """How a language writes numbers. scales: names of thousands, millions...; none: all figures are written."""

    mark: Mark
    group: str
    scales: tuple[tuple[float, str], ...] = ()

    @classmethod
    def of(cls, language: str) -> "Notation":
        """Return that of a language tag such as `vi` or `en-GB`; English's, where it is not known."""
        return _NOTATIONS.get(language.lower().partition("-")[0], _ENGLISH)

    def number(self, value: float, places: int) -> str:
        """Return a number with so many decimal places."""
        whole = f"{abs(value):,.{places}f}"
        signs = {",": self.group if abs(value) >= self._grouped_from else "", ".": self.mark}
        written = "".join(signs.get(character, character) for character in whole)
        return f"−{written}" if value < 0 and any(figure in "123456789" for figure in whole) else written

    @property
    def _grouped_from(self) -> float:
        """Languages with a blank between thousands write 1234 and 12 345."""
        return 10_000 if self.group == "\u202f" else 1_000


_ENGLISH: Final = Notation(".", ",", ((1e12, "T"), (1e9, "B"), (1e6, "M")))
_VIETNAMESE: Final = Notation(",", ".", ((1e12, " nghìn tỷ"), (1e9, " tỷ"), (1e6, " triệu")))
_NOTATIONS: Final = MappingProxyType(
    {
        "en": _ENGLISH,
        "vi": _VIETNAMESE,
        **dict.fromkeys(("de", "es", "it", "id", "nl", "da", "tr", "el", "hr", "sl", "ro"), Notation(",", ".")),
        "pt": Notation(",", "."),
        **dict.fromkeys(
            ("fr", "ru", "pl", "cs", "sk", "sv", "nb", "no", "fi", "uk", "bg", "hu"), Notation(",", "\u202f")
        ),
    }
)


@dataclass(frozen=True)
class Scale:
    """How the numbers of one chart are written, all alike. by: what they are divided by, name: how that is called."""

    notation: Notation
    unit: Unit
    by: float = 1.0
    name: str = ""

    @classmethod
    def of(cls, values: Sequence[float], unit: Unit, language: str) -> "Scale":
        """Return the scale at which the largest of `values` is short."""
        notation = Notation.of(language)
        largest = max((abs(value) for value in values), default=0.0)
        for by, name in notation.scales:
            if largest >= by:
                return cls(notation, unit, by, name)
        return cls(notation, unit)

    def write(self, value: float, places: int) -> str:
        """Return a value with its unit: $1.2M, 1,2 triệu, 35%."""
        number = self.notation.number(value / self.by, places)
        sign, figures_ = (number[0], number[1:]) if number.startswith("−") else ("", number)
        blank = "" if self.unit.after in ("%", "‰", "°", "°C", "°F", "") else " "
        name = self.name if value else ""
        return f"{sign}{self.unit.before}{figures_}{name}{blank}{self.unit.after}"

    def places(self, values: Iterable[float], most: int = 2) -> int:
        """Return how many decimal places tell all of `values`, at most `most`."""
        for places in range(most):
            if all(math.isclose(round(v / self.by, places), v / self.by, rel_tol=1e-9, abs_tol=1e-12) for v in values):
                return places
        return most
