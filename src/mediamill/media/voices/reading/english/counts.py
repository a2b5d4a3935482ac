# ruff: noqa: RUF001, RUF003 - dashes and signs of arithmetic
"""English numbers that count or compare: ranges, fractions, ratios, ordinals, and at last plain numbers."""

import re
from typing import Final

from mediamill.media.voices.reading.english.numbers import (
    NUMBER,
    cardinal,
    decimal,
    fraction,
    is_year,
    ordinal,
    pairs,
    plural,
    spelled,
    year,
)
from mediamill.media.voices.reading.rules import rule, table

_ALONE: Final = r"(?<![\w.,:/])"
_CURRENCY: Final = "$£€¥₹₩₫₽₺₪฿₱₦₴₿"
_WRITTEN_OUT: Final = table(
    "½=1/2 ⅓=1/3 ⅔=2/3 ¼=1/4 ¾=3/4 ⅕=1/5 ⅖=2/5 ⅗=3/5 ⅘=4/5 ⅙=1/6 ⅚=5/6 ⅐=1/7 ⅛=1/8 ⅜=3/8 ⅝=5/8 ⅞=7/8 ⅑=1/9 ⅒=1/10"
)
_VULGAR: Final = {sign: (int(part[0]), int(part[2:])) for sign, part in _WRITTEN_OUT.items()}
_FRACTIONS: Final = "".join(_VULGAR)
#: Denominators of fractions, and of marks: "8/10".
_PARTS: Final = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 32, 64})
_MARKS: Final = frozenset({10, 100})
_SAYINGS: Final = table("24/7=twenty-four_seven 9/11=nine_eleven 50/50=fifty-fifty 20/20=twenty-twenty")
_TWINS: Final = frozenset({"20", "50"})
_RATIO_FIGURES: Final = 3
_LONGEST_SIDE: Final = 2
_MEASURED: Final = re.compile(r"\s?(?:[a-zµ]{1,2}\b|inch|feet|meter)")

#: Words before a number that is a name, and is said in pairs of figures: "Room 305", "Boeing 747".
_NAMED: Final = (
    "[Rr]oom|Suite|Flight|Route|Highway|Interstate|Bus|Line|Channel|Apartment|Apt|Unit|Boeing|Airbus|Studio|Building"
    "|Area|Model|Series|Gate|Locker|Form|Level|Hwy|Rt|RTX|GTX|Ryzen"
)
#: Words before a number whose figures are read one by one.
_CODED: Final = "PIN|ZIP|code|extension|ext|password|serial number|account number|SKU"
_EMERGENCY: Final = "911|999|112|000|411|311|988"
_CALL: Final = "[Cc]all(?:ed|ing|s)?|[Dd]ial(?:ed|ing|s)?|[Rr]ing|rang"

#: Before these a number of four figures is an amount and no year: "1250 students".
_COUNTED: Final = r"(?=\s(?:people|men|women|children|[a-z]{3,30}(?<!s)(?<!u)s)\b)"
_OF_TIME: Final = r"(?<!\bin )(?<!\bof )(?<!\bby )(?<!\bthe )(?<!\bsince )(?<!\bearly )(?<!\blate )"
_LETTERS: Final = table("k=thousand K=thousand M=million B=billion bn=billion")
_COUNTED_NOUN: Final = re.compile(r" (?:people|[a-z]{2,30}s)\b")
#: Of pictures and of races.
_SIZES: Final = frozenset({"2K", "4K", "5K", "8K"})


def _mixed(found: re.Match[str]) -> str:
    """Read `2½` and `1 3/4`: "two and a half", "one and three quarters"."""
    whole, sign, above, below = found.groups()
    over, under = _VULGAR[sign] if sign else (int(above), int(below))
    part = fraction(over, under) if under > 1 else ""
    if over == 1:
        part = f"a {part.removeprefix('one ')}"
    return f"{cardinal(whole)} and {part}" if part else found.group(0)


def _vulgar(found: re.Match[str]) -> str:
    return f" {fraction(*_VULGAR[found.group(0)])} "


def _over(found: re.Match[str]) -> str:
    """Read `3/4` as a fraction, `8/10` as a mark, anything else with its slash."""
    written = found.group(0)
    if written in _SAYINGS:
        return _SAYINGS[written]
    if "." in found.group(1):
        return f"{decimal(found.group(1))} out of {cardinal(found.group(2))}"
    above, below = (int(number) for number in found.groups())
    if below in _MARKS and above <= below and not found.string.startswith(" of ", found.end()):
        return f"{cardinal(str(above))} out of {cardinal(str(below))}"
    if above < below and (below in _PARTS or below in _MARKS):
        return fraction(above, below)
    if above == 1 and below > 1:
        return fraction(above, below)
    return f"{cardinal(str(above))} over {cardinal(str(below))}"


def _size(found: re.Match[str]) -> str:
    """Read `1920x1080` and `3 x 4 m` as sizes, "5 times 3" as arithmetic; the last number waits for its unit."""
    *sides, last = re.split(r"\s?[x×]\s?", found.group(0))
    is_size = "x" in found.group(0) or len(last) > _LONGEST_SIDE or _MEASURED.match(found.string, found.end())
    joint = " by " if is_size else " times "
    said = [pairs(side) if side.isdecimal() and len(side) == len("1080") else side for side in [*sides, last]]
    return joint.join(said)


def _ratio(found: re.Match[str]) -> str:
    """Read `3:1`; a long number has no part in a ratio, as in `ISO 9001:2015`."""
    numbers = found.group(0).split(":")
    return (" to " if max(map(len, numbers)) <= _RATIO_FIGURES else ", ").join(cardinal(number) for number in numbers)


def _range(found: re.Match[str]) -> str:
    low, high = found.groups()
    if low == high in {"50", "20"}:
        return f"{cardinal(low)}-{cardinal(high)}"
    return f"{low} to {high}"


def _grouped(found: re.Match[str]) -> str:
    return found.group(0).replace(" ", "")


def _figures(found: re.Match[str]) -> str:
    return f"{found.group(1)} {spelled(found.group(2))}"


def _large(found: re.Match[str]) -> str:
    number, letter = found.groups()
    # "221B Baker Street" has no billions.
    is_name = letter == "B" and "." not in number and not _COUNTED_NOUN.match(found.string, found.end())
    if is_name or f"{number}{letter}" in _SIZES:
        return f"{decimal(number)} {letter}"
    return f"{decimal(number)} {_LETTERS[letter]}"


def _plain(found: re.Match[str]) -> str:
    written = found.group(0)
    return year(written) if is_year(written) else decimal(written)


RANGES: Final = (
    # 1 000 000, 10 000
    rule(r"(?<![\w.,:/ -])\d{1,3}(?:(?: \d{3}){2,5}| [05]00)(?![\w.,]*\d)(?! \d)", _grouped, where=" "),
    # 1920x1080, 3 × 4 m
    rule(rf"{_ALONE}\d++(?:\.\d++)?(?:(?:[x×]|\s[x×]\s)\d++(?:\.\d++)?){{1,3}}(?![x×])", _size, where="x×"),
    # 10-5=5 and 5 − 3 are arithmetic; 5-10 and -5 to -3 are not
    rule(rf"(?<=[\d)])\s?[-−–]\s?(?={NUMBER}\s?=)", " minus ", where="="),
    rule(r"(?<=[\d)])\s?−\s?(?=\.?\d)", " minus ", where="−"),
    # 10 / 2 = 5 is arithmetic; 9 / 10 is read without its blanks
    rule(rf"(?<=[\d)]) / (?={NUMBER}\s?=)", " divided by ", where="="),
    rule(
        r"(?<![\w.,/])(?<!/ )(\d{1,3}) / (?=\d{1,3}(?![\w/]|[.,]\d| /))", lambda found: f"{found.group(1)}/", where="/"
    ),
    rule(
        rf"(?<![\w.,:/{_CURRENCY}-])([-−]?{NUMBER})(?:\s?[–—]\s?|-| - )({NUMBER})(?![\w.,]*[-–/:]\d)(?!\.?\d|')",
        _range,
        where="-–—",
    ),
)

RULES: Final = (
    # 1½, 1 3/4, ½; 3/4, 8.5/10
    rule(rf"(?<![\w.,/])(\d++)(?:\s?([{_FRACTIONS}])|[ -](\d{{1,2}})[/⁄](\d{{1,3}})(?![\w/]))", _mixed),
    rule(f"[{_FRACTIONS}]", _vulgar, where=_FRACTIONS),
    rule(
        r"(?<![\w./,-])(\d{1,4}|\d{1,2}\.\d{1,2}(?=/(?:5|10|20|100)\b))[/⁄](\d{1,4})(?![\w/]|-\d|[.,]\d)",
        _over,
        where="/⁄",
    ),
    # 3:1, 1:2:1
    rule(rf"{_ALONE}\d++(?::\d++){{1,3}}(?![\w:])", _ratio, where=":"),
    # 2x, 1.5x-2x
    rule(
        rf"{_ALONE}({NUMBER})[x×]\s?[-–]\s?({NUMBER})(?=[x×](?!\w))",
        lambda found: f"{decimal(found.group(1))} to {found.group(2)}",
        where="x×",
    ),
    rule(rf"{_ALONE}({NUMBER})[x×](?!\w)", lambda found: f"{decimal(found.group(1))} times", where="x×"),
    # 21st; 10k; call 911, code 4021, Room 305; 1250 students
    rule(
        r"(?<![\w.,])(\d{1,3}(?:,\d{3})++|\d++)(?:st|nd|rd|th|ST|ND|RD|TH)\b",
        lambda found: ordinal(found.group(1)),
        where="tdTD",
    ),
    rule(rf"{_ALONE}({NUMBER})(k|K|M|B|bn)(?!\w)", _large, where="kKMBb"),
    rule(rf"\b({_CALL}) ({_EMERGENCY})\b", _figures),
    rule(rf"\b((?i:{_CODED}))(?:\.|:| is| number)? (\d{{2,12}})(?!\w)", _figures),
    rule(rf"\b({_NAMED})\.?[ -](\d{{3,4}})(?!\w|[.,]\d)", lambda found: f"{found.group(1)} {pairs(found.group(2))}"),
    rule(rf"{_OF_TIME}{_ALONE}1[1-8]\d\d(?!\w){_COUNTED}", lambda found: cardinal(found.group(0))),
)

#: After the names that have figures in them.
PLAIN: Final = (
    # in the 100s
    rule(r"(?<![\w.,])(\d++)s\b", lambda found: plural(cardinal(found.group(1))), where="s"),
    rule(r"(?<![\w.,)\]-])[-−](?=\.?\d)", "minus ", where="-−"),
    rule(r"(?<![\w.,+])\+(?=\.?\d)", "plus ", where="+"),
    rule(rf"(?<![\w.,]){NUMBER}(?!\w)", _plain),
)
