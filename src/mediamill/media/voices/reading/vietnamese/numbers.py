"""Vietnamese numbers as words: "mười lăm", "hai mươi mốt", "một nghìn không trăm linh năm"."""

import re
from typing import Final

DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")

#: Longer rows of digits are read digit by digit.
LONGEST_DIGITS: Final = 18
_BILLION: Final = 10**9
_LONGEST_FRACTION: Final = 3
_TEN: Final = 10
_FOUR: Final = 4
_HUNDRED: Final = 100

_GROUPED: Final = r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5}(?:,[0-9]{1,9})?"
_ENGLISH: Final = r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5}\.[0-9]{1,9}|[1-9][0-9]{0,2}(?:,[0-9]{3}){2,5}"
_DECIMAL: Final = rf"[0-9]{{1,{LONGEST_DIGITS}}}[.,][0-9]{{1,18}}"
_BLANKS: Final = r"[1-9][0-9]{0,2}(?: [0-9]{3}){1,5}(?:,[0-9]{1,9})?"
_INTEGER: Final = rf"[0-9]{{1,{LONGEST_DIGITS}}}"
#: A number, for the middle of a pattern: 1.234,5 and 1 234 567 as Vietnamese texts write, but also 3.14 and 1,234.56.
NUMBER: Final = rf"(?:(?:{_GROUPED}|{_ENGLISH}|{_DECIMAL})(?![.,]?[0-9])|{_BLANKS}(?![ .,]?[0-9])|{_INTEGER}(?![0-9]))"

_ROMAN: Final = re.compile(r"(M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_DIGITS: Final = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
_ROMAN_AS_UNITS: Final = tuple(str.maketrans(letters, "IVX"[: len(letters)]) for letters in ("M", "CDM", "XLC", "IVX"))


def cardinal(number: int) -> str:
    """Return a number from 0 to 10**18 - 1 in words, as the north says it: "linh" and "nghìn"."""
    if number == 0:
        return DIGITS[0]
    billions, rest = divmod(number, _BILLION)
    words = [cardinal(billions), "tỷ"] if billions else []
    return " ".join(words + _below_a_billion(rest, full=bool(billions)))


def ordinal(number: int) -> str:
    """Return what follows "thứ": "nhất", "hai", "ba", "tư"."""
    return {1: "nhất", _FOUR: "tư"}.get(number) or cardinal(number)


def month(number: int) -> str:
    """Return what follows "tháng"; the fourth has a name of its own."""
    return "tư" if number == _FOUR else cardinal(number)


def digits(row: str) -> str:
    """Return a row of ASCII digits, one after the other."""
    return " ".join([DIGITS[int(digit)] for digit in row])


def number(written: str, mark: str = "phẩy") -> str:
    """Return what NUMBER found in words.

    mark: what stands between the whole and the fraction, "phẩy" or, in versions and headings, "chấm".
    """
    whole, fraction = _parts(written)
    said = _whole(whole)
    return f"{said} {mark} {_fraction(fraction)}" if fraction else said


def _parts(written: str) -> tuple[str, str]:
    """Return the digits of the whole and of the fraction.

    A mark between groups of three is for thousands: "1.500" is 1500, and so is "1,500", because nobody
    writes a fraction that ends in zeros; "1,250" is a fraction, and "0.125" is one as well.
    """
    written = written.replace(" ", "")
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return written, ""
    whole, mark, fraction = written[:last], written[last], written[last + 1 :]
    if _is_for_thousands(whole, mark, fraction):
        whole, fraction = whole + fraction, ""
    return whole.replace(".", "").replace(",", ""), fraction


def _is_for_thousands(whole: str, mark: str, rest: str) -> bool:
    if mark in whole:
        return True
    groups = len(rest) == _LONGEST_FRACTION and 0 < len(whole) <= _LONGEST_FRACTION and whole[0] != "0"
    return groups and (mark == "." or rest.endswith("00"))


def roman(letters: str) -> int:
    """Return the value of a Roman numeral; 0 for letters that are none."""
    found = _ROMAN.fullmatch(letters)
    if not found:
        return 0
    value = 0
    for group, as_units in zip(found.groups(), _ROMAN_AS_UNITS, strict=True):
        value = value * 10 + _ROMAN_DIGITS[group.translate(as_units)]
    return value


def _whole(row: str) -> str:
    """Return a whole number; one with zeros before it is a code, but for the "08" of official letters."""
    if len(row) > LONGEST_DIGITS or (row.startswith("0") and (len(row) > len("00") or row == "00")):
        return digits(row)
    return cardinal(int(row))


def _fraction(row: str) -> str:
    if row.startswith("0") or len(row) > _LONGEST_FRACTION:
        return digits(row)
    return cardinal(int(row))


def _below_a_billion(number: int, *, full: bool) -> list[str]:
    """full: whether something greater is said before it, so that missing hundreds are named."""
    millions, rest = divmod(number, 10**6)
    thousands, units = divmod(rest, 1_000)
    #: "một triệu năm trăm" would be heard as 1,500,000: the class that is missing has to be named.
    named = units >= _HUNDRED and thousands == 0
    words: list[str] = []
    for amount, name in ((millions, "triệu"), (thousands, "nghìn"), (units, "")):
        if amount:
            words += [*_below_a_thousand(amount, full=full), name]
            full = True
        elif name and named and full:
            words += [DIGITS[0], name]
    return [word for word in words if word]


def _below_a_thousand(number: int, *, full: bool) -> list[str]:
    hundreds, rest = divmod(number, _HUNDRED)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    tens, unit = divmod(rest, _TEN)
    if tens == 0:
        linh = ["linh"] if unit and words else []
        return words + linh + ([DIGITS[unit]] if unit else [])
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    return [*words, _unit_behind_tens(tens, unit)] if unit else words


def _unit_behind_tens(tens: int, unit: int) -> str:
    if tens > 1 and unit in {1, _FOUR}:
        return "mốt" if unit == 1 else "tư"
    return "lăm" if unit == DIGITS.index("năm") else DIGITS[unit]
