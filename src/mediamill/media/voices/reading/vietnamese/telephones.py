"""Numbers that are dialled, and others whose digits are said one by one."""

import re
from itertools import pairwise
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import digits
from mediamill.media.voices.reading.vietnamese.reader import Reader, before

#: Behind these a number is a name: its digits are said one by one.
_CALLED: Final = re.compile(
    r"\b(?:hotline|tổng đài|đường dây nóng|điện thoại|sđt|đt|tel|tài khoản|stk|cccd|cmnd|căn cước|chứng minh|otp|mã số"
    r"|mã pin|mã|biển số|số hiệu|chuyến bay|boeing|imei|serial|cảnh sát|cấp cứu|cứu hỏa)"
    r"(?:\s+(?:số|là|theo|vào|ngay|tới|đến|khẩn cấp|thuế|cá nhân))*\s*:?\s*\Z"
)
_EMERGENCY: Final = re.compile(
    r"\b(?:(?:gọi|số|báo cháy)(?: (?:số|đến|tới|ngay))*\s*|11[1-5]\s?(?:,|và|hoặc|hay)\s?)\Z"
)

EMERGENCY_NUMBERS: Final = frozenset({"110", "111", "112", "113", "114", "115", "911", "1022", "1080"})
_CODE_BEFORE: Final = re.compile(r"\b(?:số|mã|đuôi)\s*\Z")
_LONG_CODE_DIGITS: Final = 4
_MOBILE_DIGITS: Final = 10
_LEAST_DIGITS: Final = 9
_MOST_DIGITS: Final = 11
#: ITU-T E.164.
_MOST_ABROAD: Final = 15


def row(code: str) -> str:
    """Return a long row of digits one by one, with a short pause behind each third."""
    if len(code) <= _LONG_CODE_DIGITS:
        return digits(code)
    cuts = [0, *range(3, len(code) - 1, 3), len(code)]
    return ", ".join(digits(code[begin:end]) for begin, end in pairwise(cuts))


def _telephone(found: re.Match[str]) -> str | None:
    """Return a telephone number in the groups it is written in; one without groups gets them."""
    groups = re.findall(r"[0-9]+", found.group())
    whole = "".join(groups)
    international = found.group().lstrip("(").startswith("+")
    if not _LEAST_DIGITS <= len(whole) <= (_MOST_ABROAD if international else _MOST_DIGITS):
        return None
    if len(groups) == 1:
        groups = _grouped(whole, international=international)
    plus = "cộng " if international else ""
    return plus + ", ".join(digits(group) for group in groups)


def _grouped(whole: str, *, international: bool) -> list[str]:
    """Return 0912 345 678 and 024 3825 1234 as people say them; a country's code stands apart."""
    if international:
        return [whole[:2], *_grouped(whole[2:], international=False)]
    cuts = (0, 3, 7, len(whole)) if len(whole) > _MOBILE_DIGITS else (0, len(whole) - 6, len(whole) - 3, len(whole))
    return [whole[begin:end] for begin, end in pairwise(cuts)]


def _service_number(found: re.Match[str]) -> str | None:
    """Return 1900 1234; with a dash it is one only where one is spoken of, for 1900-1945 are years."""
    if "-" in found.group() and not _CALLED.search(before(found)):
        return None
    return ", ".join(digits(group) for group in re.findall(r"[0-9]{4}(?=[0-9])|[0-9]+", found.group()))


def is_called(written: str, said_before: str) -> bool:
    """Whether a row of digits names something: an account, a flight, the fire brigade."""
    if len(written) > len("99") and _CALLED.search(said_before):
        return True
    if written in EMERGENCY_NUMBERS and _EMERGENCY.search(said_before):
        return True
    return written.startswith("0") and written != "0" and bool(_CODE_BEFORE.search(said_before))


#: Of telephone numbers; before dates, which look like the shorter ones.
READERS: Final = (
    Reader(re.compile(r"\(?\+[0-9]{1,3}\)?(?:[ .-]?\(?[0-9]{1,4}\)?){2,5}(?![0-9])"), _telephone),
    Reader(re.compile(r"0[0-9]{9,10}(?![0-9])"), _telephone),
    Reader(re.compile(r"\(?0[0-9]{1,3}\)?(?:[ .-][0-9]{2,4}){2,4}(?![0-9])"), _telephone),
    Reader(
        re.compile(r"1[89]00(?:[ .-]?[0-9]{4}(?:[0-9]{2})?|[ .-][0-9]{2,3}[ .-][0-9]{2,3})(?![0-9]|[.,][0-9])"),
        _service_number,
    ),
)
