# ruff: noqa: RUF001 - signs of mathematics are what is read
"""Numbers beside numbers: fractions, ratios, scores, lists, versions."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import NUMBER, cardinal, digits, number, ordinal
from mediamill.media.voices.reading.vietnamese.reader import THU, Reader, after, before
from mediamill.media.voices.reading.vietnamese.telephones import EMERGENCY_NUMBERS
from mediamill.media.voices.reading.vietnamese.units import ALL_UNITS, UNIT

_ADDRESS: Final = re.compile(r"\b(?:số|nhà|hẻm|ngõ|ngách|kiệt|lô|thửa|địa chỉ|đường|lớp|khối|tổ)\s*:?\s*\Z")
_MARKED: Final = re.compile(r"\b(?:đạt|được|điểm|chấm)\s*\Z")
_MEMBERS_AFTER: Final = re.compile(
    r"\s?(?:điểm|sao|câu|trận|môn|phiếu|tỉnh|huyện|xã|phường|quận|đại biểu|thành viên|em|ca|mẫu|doanh nghiệp|lớp|hộ)\b"
)
_EQUATION_AFTER: Final = re.compile(r"[\s\d.,+×x*:÷/()−-]{0,40}=")
_EQUATION_BEFORE: Final = re.compile(r"=[\s\d.,+×x*:÷/()−-]{0,40}\Z")
_SCORE: Final = re.compile(
    r"\b(?:tỷ số|tỉ số|thắng|thua|hòa|hoà|dẫn|gỡ|kết quả|chung cuộc)\b[^,.;]{0,30}"
    r"(?:[,;]\s[0-9]{1,2}[-–][0-9]{1,2}){0,4}(?:[,;]\s[0-9]{0,2}\s?)?\Z"
)
_RATIO: Final = re.compile(r"\b(?:tỷ lệ|tỉ lệ)\s*\Z")
_SMALL: Final = 10
_FEW: Final = 4
#: ISO 9001:2015.
_STANDARD: Final = re.compile(r"[0-9]{3,4}:(?:19|20)[0-9]{2}")
_MARKS: Final = frozenset({10, 100})
_WHOLES: Final = frozenset({100, 1_000})


def in_equation(found: re.Match[str]) -> bool:
    """Whether there is an equals sign after or before it, and only figures and signs between."""
    return bool(_EQUATION_AFTER.match(after(found)) or _EQUATION_BEFORE.search(before(found)))


def in_score(found: re.Match[str]) -> bool:
    """Whether a match is won, lost or drawn just before it."""
    return bool(_SCORE.search(before(found)))


def _dotted(found: re.Match[str]) -> str | None:
    """Return a version, an address of the internet or the number of a section."""
    groups = found.group().split(".")
    return None if re.fullmatch(NUMBER, found.group()) else " chấm ".join(number(group) for group in groups)


def _listed(found: re.Match[str]) -> str | None:
    """Return 1,2,3 as three numbers; 1,234,567 is one."""
    groups = found.group().split(",")
    return None if re.fullmatch(NUMBER, found.group()) else ", ".join(number(group) for group in groups)


def _joined(found: re.Match[str]) -> str:
    """Return 4-3-3, a line-up, and 2-4-6 behind "thứ", days of a week."""
    say = ordinal if THU.search(before(found)) else cardinal
    return " ".join(say(int(part)) for part in re.findall("[0-9]+", found.group()))


def _ratio(found: re.Match[str]) -> str | None:
    """Return 2:1; with blanks around it the colon may end a clause."""
    groups = [group.strip() for group in found.group().split(":")]
    apart = " " in found.group()
    if apart and not in_equation(found) and not _RATIO.search(before(found)):
        return None
    if len(groups) == len("ab") and _STANDARD.fullmatch(found.group()):
        return ", ".join(map(number, groups))
    between = " " if len(groups) > len("ab") or in_score(found) else " trên "
    return (" chia " if in_equation(found) else between).join(map(number, groups))


def _slashed(found: re.Match[str]) -> str:
    """Return 12/3/45, the number of a house in a lane, or 113/114/115."""
    groups = found.group().split("/")
    if EMERGENCY_NUMBERS.issuperset(groups):
        return ", ".join(map(digits, groups))
    return " trên ".join(map(number, groups))


def _share(found: re.Match[str]) -> str:
    """Return 2/3 as a fraction, and 35/63, 8/10 điểm or 24/7 as one number over another."""
    one, all_ = int(found["one"]), int(found["all"])
    if EMERGENCY_NUMBERS.issuperset({found["one"], found["all"]}):
        return f"{digits(found['one'])}, {digits(found['all'])}"
    if _is_fraction(found, one, all_):
        said = f"{cardinal(one)} phần {ordinal(all_) if all_ != 1 else cardinal(all_)}"
    else:
        said = f"{number(found['one'])} trên {number(found['all'])}"
    return f"{said} {ALL_UNITS[found['unit']]}" if found["unit"] else said


def _is_fraction(found: re.Match[str], one: int, all_: int) -> bool:
    if _ADDRESS.search(before(found)) or (all_ in _MARKS and _MARKED.search(before(found))):
        return False
    if _MEMBERS_AFTER.match(after(found)) and all_ > _FEW:
        return False
    if in_equation(found):
        return True
    return 0 < one < all_ and (one == 1 or all_ <= _SMALL or all_ in _WHOLES)


READERS: Final = (
    Reader(re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5}){2,5}(?![0-9])"), _dotted),
    Reader(re.compile(r"[0-9]{1,4}(?:,[0-9]{1,4}){2,12}(?![.,]?[0-9])"), _listed),
    Reader(re.compile(rf"[0-9]{{1,4}}(?:\s?:\s?{NUMBER}){{1,5}}"), _ratio),
    Reader(re.compile(r"[0-9]{1,2}(?:-[0-9]{1,2}){2,6}(?![\d-])"), _joined),
    Reader(re.compile(r"[0-9]{1,4}(?:/[0-9]{1,4}){2,5}(?![\d/])"), _slashed),
    Reader(
        re.compile(rf"(?P<one>[0-9]{{1,9}})/(?P<all>[0-9]{{1,9}})(?![\d/]|[.,][0-9])(?:\s?(?P<unit>{UNIT}))?"), _share
    ),
)
