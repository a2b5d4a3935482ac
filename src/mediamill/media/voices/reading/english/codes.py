"""English numbers that are names: of telephones, versions, network addresses, models."""

import re
from typing import Final

from mediamill.media.voices.reading.english.numbers import (
    cardinal,
    decimal,
    is_year,
    oh,
    pairs,
    plural,
    spelled,
    year,
)
from mediamill.media.voices.reading.rules import rule, table

_PART: Final = re.compile(r"\d+\.\d+|\d+|[^\W\d_]+")
_LONGEST_GROUP: Final = 4
_HUNDREDS: Final = re.compile("[1-9]00")

#: What has parts with points between them: 3.11 is "three point eleven".
_VERSIONED: Final = (
    "[Vv]ersions?|[Rr]elease|[Ss]ections?|[Cc]hapters?|[Ff]igures?|[Tt]ables?|[Cc]lauses?|[Aa]rticles?|[Pp]aragraph"
    "|Python|Ubuntu|Debian|Node(?:\\.js)?|Java|PHP|Ruby|Go|Rust|Django|Rails|React|Kubernetes|Postgres(?:QL)?|MySQL"
    "|Redis|Valkey|Windows|macOS|iOS|Android|Linux|Firefox|Chrome|Safari"
)
_BOOKS: Final = (
    "Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Ezra|Nehemiah|Esther|Job"
    "|Psalms?|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Lamentations|Ezekiel|Daniel|Hosea|Joel|Amos|Micah|Matthew|Mark|Luke"
    "|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Thessalonians|Timothy|Titus|Hebrews"
    "|James|Peter|Revelation"
)
#: Groups of capitals that would be read as a word: "CO two" is no company.
_SPELLED: Final = table("CO=C.O SO=S.O NO=N.O")


def _phone(found: re.Match[str]) -> str:
    """Read a telephone number in its groups: "one, eight hundred, five five five, ..."."""
    written = found.group(0)
    groups = [group for part in re.findall(r"\d+|[A-Za-z]+", written) for group in _groups(part)]
    said = ", ".join(_group(group) for group in groups)
    return f"plus {said}" if written.startswith("+") else said


def _groups(figures: str) -> list[str]:
    """Cut a long group from its end into threes."""
    if len(figures) <= _LONGEST_GROUP or not figures.isdecimal():
        return [figures]
    head = len(figures) % 3 or 3
    return [figures[:head], *(figures[place : place + 3] for place in range(head, len(figures), 3))]


def _group(group: str) -> str:
    if not group.isdecimal():
        return group.capitalize()
    return cardinal(group) if _HUNDREDS.fullmatch(group) else spelled(group)


def _chain(found: re.Match[str]) -> str:
    return ", ".join(spelled(group) for group in re.findall(r"\d+", found.group(0)))


def _address(found: re.Match[str]) -> str:
    said = " dot ".join(pairs(part) for part in found.group(1).split("."))
    if found.group(3):
        return f"{said} port {pairs(found.group(3))}"
    return f"{said} slash {cardinal(found.group(2))}" if found.group(2) else said


def _version(found: re.Match[str]) -> str:
    """Read `v2.0`, `3.11.2`, `Python 3.11`."""
    before, numbers = found.groups()
    said = " point ".join(_short(part) or cardinal(part) for part in numbers.split("."))
    return f"version {said}" if before in {"v", "V"} else before + said


def _short(part: str) -> str:
    """Return "oh four" for the `04` of Ubuntu 22.04 and of S01E04, "" for any other number."""
    return oh(int(part)) if part[0] == "0" and len(part) == len("04") else ""


def _model(found: re.Match[str]) -> str:
    """Read letters and figures that are one name: `MP3`, `COVID-19`, `A380`, `H2O`."""
    parts = _PART.findall(found.group(0))
    if len(parts) > 1 and parts[-1] == "s" and parts[-2].isdecimal():  # B-52s
        parts[-2:] = [plural(cardinal(parts[-2]))]
    return " ".join(_part_of_model(part) for part in parts)


def _part_of_model(part: str) -> str:
    if "." in part:
        return decimal(part)
    if not part.isdecimal():
        return _SPELLED.get(part, part)
    return _short(part) or (year(part) if is_year(part) else pairs(part))


def _team(found: re.Match[str]) -> str:
    """Read `49ers`."""
    number = cardinal(found.group(1))
    return f"{number}rs" if number.endswith("e") else f"{number}ers"


_OVER: Final = r"(?![\w-]|[.,]\d)"
_VANITY: Final = "[A-Z][A-Za-z]"

RULES: Final = (
    # +1 555 123 4567; (555) 123-4567; 1-800-555-1234, 1-800-FLOWERS; 555-1234; 020 7946 0958; 0912345678
    rule(r"(?<![\w.])\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?![\w-])", _phone, where="+"),
    rule(r"(?<![\w.-])(?:1[\s.-]?)?\(\d{2,4}\)\s?\d{3,4}[\s.-]\d{3,4}(?![\w-])", _phone, where="("),
    rule(rf"(?<![\w.-])(?:1[-. ])?\d{{3}}([-. ])\d{{3}}\1\d{{4}}{_OVER}", _phone, where="-. "),
    rule(
        rf"(?<![\w.-])1-8\d\d-(?:{_VANITY}{{2,11}}|\d{{3}})(?:-(?:{_VANITY}{{1,11}}|\d{{4}}))?(?![\w-])",
        _phone,
        where="-",
    ),
    rule(rf"(?<![\w.-])[2-9]\d\d-\d{{4}}{_OVER}", _phone, where="-"),
    rule(rf"(?<![\w.,-])(?<!\d )0\d{{2,4}}[ .-]\d{{3,4}}(?:[ .-]?\d{{3,4}})?{_OVER}", _phone, where="0"),
    rule(rf"(?<![\w.,-])0\d{{8,10}}{_OVER}", _phone, where="0"),
    # Of books, cards and people
    rule(r"(?<![\w.,/-])\d{1,8}(?:-\d{1,8}){2,6}(?![\w/-]|[.,]\d)", _chain, where="-"),
    rule(r"(?<![\w.,/-])\d{4}(?: \d{4}){2,4}(?![\w/-]|[.,]\d)", _chain, where=" "),
    # 10.0.0.1:8080; v2.0, v2, 3.11.2, Python 3.11; John 3:16
    rule(rf"(?<![\w.-])((?:\d{{1,3}}\.){{3}}\d{{1,3}})(?:/(\d{{1,3}})|:(\d{{1,5}}))?{_OVER}", _address, where="."),
    rule(r"\b(v|V|[Vv]\.|[Vv]ersion )(\d{1,6}(?:\.\d{1,6}){1,4})(?!\d)", _version, where="."),
    rule(r"\b(v)(\d{1,3})(?!\w|[.,]\d)", _version, where="v"),
    rule(r"(?<![\w.,$£€-])()(\d{1,6}(?:\.\d{1,6}){2,5})(?!\d|%)", _version, where="."),
    rule(rf"\b((?:{_VERSIONED}) )(\d{{1,4}}\.\d{{1,4}})(?!\d|%|,\d)", _version, where="."),
    rule(
        rf"\b({_BOOKS}) (\d{{1,3}}):(\d{{1,3}})(?![\w:])",
        lambda found: f"{found.group(1)} {cardinal(found.group(2))} {cardinal(found.group(3))}",
        where=":",
    ),
)

#: After amounts, which letters behind a number are more often: 5km.
MODELS: Final = (
    # Q1-Q3; the 49ers; B2B; COVID-19, B-52s; a 401(k)
    rule(r"\b(([A-Z])\d)\s?[-\N{EN DASH}]\s?(?=\2\d\b)", lambda found: f"{found.group(1)} to ", where="-\N{EN DASH}"),
    rule(r"\b(\d{2})ers\b", _team, where="e"),
    rule(r"\b([BCDP])2([BCGP])\b", lambda found: f"{found.group(1)} to {found.group(2)}", where="2"),
    rule(r"(?<![\w.-])[^\W\d_]{1,20}-\d{1,4}s?(?!\w|[.,]\d)", _model, where="-"),
    rule(r"\b(40[13])\(([kb])\)", lambda found: f"{pairs(found.group(1))} {found.group(2)}", where="("),
    # MP3, A380, 4K, 802.11ax
    rule(r"(?<![^\W_])(?<!\d\.)(?:[^\W\d_]{1,30}\d{1,12}|\d{1,12}(?:\.\d{1,6})?[^\W\d_]{1,30})[^\W_]{0,40}", _model),
)
