# ruff: noqa: RUF001 - primes are what is read
"""Times of day."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import cardinal
from mediamill.media.voices.reading.vietnamese.reader import Reader, after, before

_RATIO: Final = re.compile(r"\b(?:tỷ lệ|tỉ lệ|tỷ số|tỉ số|khung hình|kích thước|bản đồ)\b[^,.;]{0,12}\Z")
_HOUR: Final = r"(?P<hour>[01]?[0-9]|2[0-4])"
_EVENING: Final = 6
_NOON: Final = 12


def _time(found: re.Match[str]) -> str:
    """Return 14h30, 7:05 or 14h30'20"; full hours have no minutes."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    said = f"{cardinal(hour)} giờ"
    if minute or second:
        said += f" {cardinal(minute)} phút"
    if second:
        said += f" {cardinal(second)} giây"
    return said


def _time_with_colon(found: re.Match[str]) -> str | None:
    if _RATIO.search(before(found)) or re.match(r"\s?=", after(found)):
        return None
    part = (found["half"] or "").lower().replace(".", "")
    said = _time(found)
    return f"{said} {_half(part, int(found['hour']))}" if part else said


def _half(part: str, hour: int) -> str:
    """Return what a.m. and p.m. are, which is one of four parts of the day."""
    if part == "am":
        return "đêm" if hour == _NOON else "sáng"
    if hour == _NOON:
        return "trưa"
    return "chiều" if hour < _EVENING else "tối"


READERS: Final = (
    Reader(
        re.compile(
            rf"{_HOUR}(?:h|g|giờ)(?P<minute>[0-5]?[0-9])"
            r"(?:\s?(?:phút|ph|p|['’′])?\s?(?P<second>[0-5]?[0-9])\s?(?:giây|s|[\"”″]|''))?(?:\s?(?:phút|ph|p|['’′]))?(?!\w)"
        ),
        _time,
    ),
    Reader(
        re.compile(
            rf"{_HOUR}:(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?"
            r"(?:\s?(?P<half>[AaPp](?:\.[Mm]\.|[Mm]\b)))?(?![\w:])"
        ),
        _time_with_colon,
    ),
)
