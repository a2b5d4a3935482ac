# ruff: noqa: RUF001 - typographic dashes are what is read
"""Dashes: of ranges, scores, differences, negative numbers, bullets."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import NUMBER
from mediamill.media.voices.reading.vietnamese.reader import Reader, after, before, one_of
from mediamill.media.voices.reading.vietnamese.shares import in_equation, in_score
from mediamill.media.voices.reading.vietnamese.signs import SAID
from mediamill.media.voices.reading.vietnamese.units import ALL_UNITS

_FIGURE_BEFORE: Final = re.compile(
    rf"(?<![\w,])(?<![0-9]\.)(?P<number>{NUMBER})\s?(?:{one_of(ALL_UNITS)}"
    r"|nghìn|ngàn|triệu|tỷ|tỉ|đồng|tuổi|giờ|phút|ngày|tháng|năm|người|mét)?\s?\Z"
)
_CLOCK_OR_DATE_BEFORE: Final = re.compile(r"[0-9](?:[/:hg.m]|tr)[0-9]{0,4}\s?\Z")
_CLOCK_OR_DATE: Final = re.compile(r"[0-9]{1,2}[/:hg]")
_TELEPHONE: Final = re.compile(r"0[0-9]{1,3}(?:[ .-]?[0-9]{2,4}){2,3}(?![0-9])")
_MODEL_BEFORE: Final = re.compile(r"\b(?:boeing|airbus|model) \w{1,8}\s?\Z")
_NUMBER: Final = re.compile(NUMBER)
_SCALED: Final = re.compile(r"\s?(?:nghìn|ngàn|triệu|tỷ|tỉ|tr|k)(?!\w)")
_LARGEST_SCORE: Final = 30
_VARIABLE_BEFORE: Final = re.compile(r"(?:(?<!\w)[a-z]|[²³)])\s?\Z")
_AROUND_CHARS: Final = 24
_NAMED_TIME: Final = re.compile(r"\b(?:(?:thứ|ngày|tháng|quý|tuần) [\w/]{1,10}|năm [0-9]{4}|t[2-7])\s?\Z")


def _between(found: re.Match[str]) -> str | None:
    """Return a dash or a tilde before a number: of a range, a score, a difference, a negative number."""
    said_before, said_after = before(found), after(found)
    figure = _FIGURE_BEFORE.search(said_before)
    clock = _CLOCK_OR_DATE_BEFORE.search(said_before)
    if not figure and not clock:
        return "trừ" if _in_formula(found) else _alone(found, said_before)
    if in_equation(found):
        return "trừ"
    if _TELEPHONE.match(said_after) or (said_before.rstrip().endswith("30/4") and said_after.startswith("1/5")):
        return ", "
    following = _NUMBER.match(said_after)
    if clock or not figure or not following or _CLOCK_OR_DATE.match(said_after):
        return "đến"
    return _range(found, figure["number"], following)


def _range(found: re.Match[str], first: str, following: re.Match[str]) -> str:
    """Return "đến", but for scores: those never rise, or a match is spoken of."""
    last = following.group()
    if _MODEL_BEFORE.search(before(found)):
        return ""
    small = first.isdigit() and last.isdigit() and max(int(first), int(last)) <= _LARGEST_SCORE
    if not small or _SCALED.match(after(found)[following.end() :]):
        return "đến"
    return "" if in_score(found) or int(last) <= int(first) else "đến"


def _in_formula(found: re.Match[str]) -> bool:
    """Whether it stands behind a letter or a power, in a line with other signs: x² - 4x + 7."""
    around = found.string[max(0, found.start() - _AROUND_CHARS) : found.end() + _AROUND_CHARS]
    return bool(_VARIABLE_BEFORE.search(before(found)) and re.search("[=+]", around))


def _alone(found: re.Match[str], said_before: str) -> str | None:
    """Return what a dash or a tilde means when no number is before it."""
    if found["sign"] == "~":
        return "" if re.search(r"\b(?:khoảng|chừng|gần|hơn|tầm)\s*\Z", said_before) else "khoảng"
    if said_before.endswith(" âm "):
        return ""
    begins = not said_before[-1:].isalnum()
    return "âm" if begins and not found["blank"] and found["sign"] != "—" else None


def _until(found: re.Match[str]) -> str | None:
    """Return the dash of "thứ hai - thứ sáu" and "tháng 3 - tháng 5"."""
    return "đến" if _NAMED_TIME.search(before(found)) else None


def _minus(found: re.Match[str]) -> str | None:
    """Return a minus between letters of an equation: a - b."""
    return "trừ" if before(found).strip() and re.match(rf"\s?(?:{SAID}|\()", after(found)) else None


def _row(found: re.Match[str]) -> str:
    """Return several dashes in a row: an arrow, or one long dash."""
    if found.group()[-1] == ">":
        return "đến"
    return " – " if before(found) else ""


def _bullet(found: re.Match[str]) -> str | None:
    """Return nothing for a dash that a word hangs on: of a list, or of an option."""
    return None if (last := before(found)[-1:]).isalnum() or (last and last in ")]}%") else ""


READERS: Final = (
    Reader(re.compile(r"[-–—−]{2,}>?"), _row),
    Reader(re.compile(r"(?P<sign>[-–—−~])(?P<blank>\s?)(?=(?:US)?[$€£]?[0-9])"), _between),
    Reader(
        re.compile(r"[-–—]\s?(?=(?:[Tt]hứ|ngày|tháng|quý) |năm [0-9]|[Cc]hủ [Nn]hật|T[2-7](?!\w)|CN(?!\w))"), _until
    ),
    Reader(re.compile("−"), _minus),
    Reader(re.compile(rf"-+(?={SAID})"), _bullet),
)
