# ruff: noqa: RUF001 - typographic dashes are what is read
"""Roman numerals: centuries, chapters, congresses, kings."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.letters import is_shouted
from mediamill.media.voices.reading.vietnamese.numbers import cardinal, ordinal, roman
from mediamill.media.voices.reading.vietnamese.reader import THU, Reader, after, before

_BEFORE: Final = r"(?: thứ)?\s(?:[ivxlc]{1,8}(?:\s?[,–-]\s?| và | đến ))*\Z"
_CENTURY: Final = re.compile(rf"\b(?:thế kỷ|thế kỉ|tk){_BEFORE}")
#: Behind these a single letter is a numeral too.
_NUMBERED: Final = re.compile(
    r"\b(?:thế kỷ|thế kỉ|tk|chương|phần|mục|điều|khoản|quyển|tập|hồi|khóa|khoá|kỳ|kì|thứ|quý|đại hội|hội nghị|lần"
    r"|thế chiến|giai đoạn"
    r"|loại|hạng|cấp|độ|nhóm|bảng|khu|vùng|phụ lục|quân khu|liên khu|quân đoàn|sư đoàn|bài|bậc|đợt|tuyến|tiết"
    rf"|màn|cảnh|đời|đảng|trung ương|giải|vụ|vòng){_BEFORE}"
)
#: Behind these the letters L, C, D and M are figures; elsewhere MC, CD and CV are abbreviations.
_LONG_NUMBERED: Final = re.compile(rf"\b(?:thế kỷ|thế kỉ|tk|chương|điều|năm|phần|quyển){_BEFORE}")
_MONARCH: Final = re.compile(
    r"\b(?:(?:vua|nữ hoàng|hoàng đế|giáo hoàng|sa hoàng|quốc vương|nữ vương)\b[^,.;:]{1,32}"
    r"|elizabeth|charles|louis|napoléon|napoleon|henry|george|william|edward|philip|felipe|frederick|friedrich|wilhelm"
    r"|nicholas|nikolai|catherine|ekaterina|alexander|aleksandr|ramses|phaolô|benedict|benedictô|gioan|piô|leo|lêô|pius"
    r"|pyotr|carl|rama|mohammed|abdullah|margrethe|carlos)\s\Z"
)
_COUNTED_ON: Final = re.compile(r"\s?(?:,|và|hoặc|đến)\s?(?:II|IV|VI)(?!\w)")
_MONARCHS: Final = ("nhất", "nhị", "tam")
_LARGEST_WITHOUT_A_NAME: Final = 39
_EARLY_CENTURIES: Final = 10


def _roman(found: re.Match[str]) -> str | None:
    one, until = found["one"], found["until"]
    if not _is_numeral(found):
        return None
    said = _said(one, found)
    if until:
        said += f" đến {_said(until, found)}"
    return f"{said} năm {cardinal(int(found['year']))}" if found["year"] else said


def _is_numeral(found: re.Match[str]) -> bool:
    numerals = [letters for letters in (found["one"], found["until"]) if letters]
    said_before = before(found)
    if not all(map(roman, numerals)):
        return False
    if any(set(letters) & set("LCDM") for letters in numerals):
        return bool(_LONG_NUMBERED.search(said_before))
    if _NUMBERED.search(said_before) or _MONARCH.search(said_before):
        return True
    if _COUNTED_ON.match(after(found)):
        return True
    several = all(len(letters) > 1 and roman(letters) <= _LARGEST_WITHOUT_A_NAME for letters in numerals)
    return several and not is_shouted(found)


def _said(letters: str, found: re.Match[str]) -> str:
    value = roman(letters)
    said_before = before(found)
    if _CENTURY.search(said_before) and value <= _EARLY_CENTURIES:
        return ordinal(value) if THU.search(said_before) else f"thứ {ordinal(value)}"
    if THU.search(said_before):
        return ordinal(value)
    if _MONARCH.search(said_before) and not _NUMBERED.search(said_before):
        return f"đệ {_MONARCHS[value - 1]}" if value <= len(_MONARCHS) else f"thứ {ordinal(value)}"
    return cardinal(value)


READERS: Final = (
    Reader(
        re.compile(
            r"(?P<one>[IVXLCDM]{1,12})(?:\s?[-–]\s?(?P<until>[IVXLCDM]{1,12}))?(?![\w&])"
            r"(?:\s?[/-]\s?(?P<year>[12][0-9]{3})(?![0-9]))?"
        ),
        _roman,
    ),
)
