"""One spelling for what may be written in several ways: "$3.50" and "three dollars and fifty cents".

Both sides of a comparison go through it, the reading that a person wrote down and what was heard. It knows nothing of
how mediamill reads. The standard library only: the judge has an environment of its own.
"""

import re
from collections.abc import Callable
from typing import Final

# fmt: off
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_BIG: Final = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_WORDS: Final = {
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "prof": "professor",
    "etc": "et cetera",
    "ok": "okay",
    "vs": "versus",
    "kg": "kilograms",
    "km": "kilometers",
    "ft": "feet",
    "lbs": "pounds",
    "hp": "horsepower",
    "kb": "kilobytes",
    "gb": "gigabytes",
    "mph": "miles per hour",
    "hrs": "hours",
    "litres": "liters",
    "metres": "meters",
    "kilometres": "kilometers",
    "oh": "zero",
    "o": "zero",
    "maths": "math",
}
_MONEY: Final = {"$": ("dollars", "cents"), "€": ("euros", "cents"), "£": ("pounds", "pence")}
_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_AND: Final = re.compile(
    rf"\b(hundred|thousand|million|dollars|euros|pounds) and (?=(?:{'|'.join((*_ONES, *_TENS))})\b)"
)
_ROMAN: Final = {"ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "xiv": 14}
_KINGS: Final = "elizabeth|henry|louis"
_FIRST_YEAR, _LAST_YEAR = 1_010, 2_099


def canonical(text: str) -> str:
    """Return the words of a text in lower case, numbers written out, without marks."""
    text = text.lower().replace("\u2019", "'").replace(",000,000", " million")
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    words = re.sub(r"[^a-z' ]", " ", text).replace("'clock", "clock").split()
    bare = (word.strip("'") for word in words)
    joined = " ".join(_WORDS.get(word, word) for word in bare if word)
    return _AND.sub(r"\1 ", joined)


def _number(value: int) -> str:
    if value < len(_ONES):
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    size, name = next(each for each in _BIG if value >= each[0])
    head, rest = divmod(value, size)
    return f"{_number(head)} {name}" + (f" {_number(rest)}" if rest else "")


def _year(value: int) -> str:
    head, rest = divmod(value, 100)
    if value % 1_000 < 10:
        return _number(value)
    if rest == 0:
        return f"{_number(head)} hundred"
    return f"{_number(head)} {'zero ' if rest < 10 else ''}{_number(rest)}"


def _ordinal(value: int) -> str:
    *head, last = _number(value).split()
    return " ".join(
        [*head, _ORDINALS.get(last, f"{last.removesuffix('y')}ieth" if last.endswith("y") else f"{last}th")]
    )


def _money(found: re.Match[str]) -> str:
    whole, part = found["whole"].replace(",", ""), found["part"]
    names = _MONEY[found["sign"]]
    if found["big"]:
        return f" {whole}{'.' + part if part else ''} {found['big']} {names[0]} "
    return f" {whole} {names[0]} " + (f"{int(part)} {names[1]} " if part and int(part) else "")


def _plain(found: re.Match[str]) -> str:
    digits = found[0].replace(",", "")
    value = int(digits)
    if digits.startswith("0") and len(digits) > 1:
        return _digits(digits)
    year = "," not in found[0] and _FIRST_YEAR <= value <= _LAST_YEAR
    return f" {_year(value) if year else _number(value)} "


def _digits(digits: str) -> str:
    return f" {' '.join(_ONES[int(digit)] for digit in digits)} "


def _decimal(found: re.Match[str]) -> str:
    whole = _number(int(found[1].replace(",", "")))
    return f" {whole} point {_digits(found[2])} "


def _decade(found: re.Match[str]) -> str:
    *head, last = _year(int(found[1])).split()
    return f" {' '.join(head)} {last.removesuffix('y')}{'ies' if last.endswith('y') else 's'} "


def _time(found: re.Match[str]) -> str:
    minutes = int(found[2])
    told = "" if minutes == 0 else ("zero " * (minutes < 10)) + _number(minutes)
    return f" {_number(int(found[1]))} {told} "


_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"\b([ap])\.? ?m\b\.?"), r" \1m "),
    (re.compile(r"\b(\d{1,2})\.(\d{2})(?= +[ap]m\b)"), r"\1:\2"),
    (re.compile(rf"\b({_MONTHS}) (\d{{1,2}})\b(?!:)"), lambda found: f"{found[1]} {_ordinal(int(found[2]))}"),
    (re.compile(rf"\b({_KINGS}) ({'|'.join(_ROMAN)})\b"), lambda found: f"{found[1]} the {_ordinal(_ROMAN[found[2]])}"),
    (re.compile(r"\bworld war ii\b"), "world war two"),
    (re.compile(r"\bi\. ?e\.(?!\w)"), "that is"),
    (re.compile(r"\bst\.?$"), "street"),
    (re.compile(r"\bst\.? (?=[a-z])"), "saint "),
    (re.compile(r"\bno\.? (?=\d)"), "number "),
    (re.compile(r"\b(?:km²|km2|sq\.? km)"), "square kilometers"),
    (re.compile(r"@"), " at "),
    (re.compile(r"\.com\b"), " dot com"),
    (re.compile(r"\b(\d{3})-(\d{4})\b"), lambda found: _digits(found[1] + found[2])),
    (re.compile(r"\b(\d{4})-(?=\d{4}\b)"), r"\1 to "),
    (re.compile(r"(\d) ?m\b"), r"\1 meters"),
    (re.compile(r"(?P<sign>[$€£])(?P<whole>\d[\d,]*)(?:\.(?P<part>\d+))?(?: (?P<big>million|billion))?"), _money),
    (re.compile(r"(\d) ?%"), r"\1 percent"),
    (re.compile(r"(\d) ?°c\b"), r"\1 degrees celsius"),
    (re.compile(r"(\d) ?°f\b"), r"\1 degrees fahrenheit"),
    (re.compile(r"(?<![\w.])-(?=\d)"), "minus "),
    (re.compile(r"&"), " and "),
    (re.compile(r"(?<=\d) ?(?:1/2\b|½)"), " and a half "),
    (re.compile(r"\b1/2\b|½"), " one half "),
    (re.compile(r"\b3/4\b|¾"), " three quarters "),
    (re.compile(r"\b(\d{1,2}):(\d{2})\b"), _time),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda found: f" {_ordinal(int(found[1]))} "),
    (re.compile(r"\b(\d{3}0)'?s\b"), _decade),
    (re.compile(r"\b(\d{1,3}(?:,\d{3})+|\d+)\.(\d+)"), _decimal),
    (re.compile(r"\d{1,3}(?:,\d{3})+|\d+"), _plain),
    (re.compile(r"-"), " "),
)
