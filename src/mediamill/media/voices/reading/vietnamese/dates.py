# ruff: noqa: RUF001 - typographic dashes and primes are what is read
"""Dates, months and years."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import cardinal, month
from mediamill.media.voices.reading.vietnamese.reader import Reader, after, before

_D: Final = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_M: Final = r"(?P<month>0?[1-9]|1[0-2])"
_Y: Final = r"(?P<year>[12][0-9]{3})"
_UNNAMED_DATE: Final = r"(?:0?[1-9]|[12][0-9]|3[01])[/.-](?:0?[1-9]|1[0-2])"
_UNTIL: Final = r"(?P<first>0?[1-9]|[12][0-9]|3[01])\s?[-–—]\s?"
_END: Final = r"(?![0-9/]|[.,-][0-9])"

#: Behind these a date needs no "ngày".
_FEASTS: Final = "lễ|dịp|tết|quốc khánh|chiến thắng|thống nhất"
_PARTS_OF_A_DAY: Final = f"sáng|trưa|chiều|tối|đêm|khuya|{_FEASTS}"
_DAY: Final = "ngày|mùng|mồng|hôm"
_DAYS: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_DAYS_BEFORE: Final = rf"(?:{_DAY})\s(?:{_DAYS}\s?(?:,|và|hoặc|hay|đến|-|–)\s?){{1,6}}"
_NAMED: Final = re.compile(rf"\b(?:{_DAY}|{_FEASTS}|ngày [^\W\d][^\d,.;:()]{{1,40}}|{_DAYS_BEFORE})\s*\Z")
#: What tells that 5/8 is a day of a month: such a word, or another date beside it.
_DATE_BEFORE: Final = re.compile(
    rf"(?:\b(?:{_DAY}|{_PARTS_OF_A_DAY}|kỷ niệm|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|tuần|hạn|sinh)"
    r"(?:\s*\(|,)?\s*"
    r"|\b(?:nay|qua|mai|kia|trước|sau)\s?[(,]\s?"
    rf"|\b{_DAYS_BEFORE})\Z"
)
_NEXT_DATE: Final = re.compile(rf"{_UNNAMED_DATE}\s?(?:,|và|hoặc|hay|đến|-|–|—)\s?\Z")
_DAY_BEFORE: Final = re.compile(rf"\b(?:{_DAY}|{_PARTS_OF_A_DAY})\b")
_DATE_AFTER: Final = re.compile(rf"\s?(?:-|–|—|đến|tới)\s?(?:ngày )?{_UNNAMED_DATE}(?![0-9])")
#: What tells that it is a share or an address.
_NO_DATE_BEFORE: Final = re.compile(
    r"(?:\b(?:chiếm|khoảng|gần|hơn|được|đạt|bằng|giảm|tăng|có|mất|còn|cả|điểm|tỷ lệ|tỉ lệ|tổng|số|nhà|hẻm|ngõ|ngách"
    r"|kiệt|lô|ký hiệu|thửa|lớp|khối|tổ|điểm số)\s*:?|[=+×*÷])\s*\Z"
)
_NO_DATE_AFTER: Final = re.compile(
    r"\s?(?:[=+×*÷]|(?:số|dân|diện|điểm|sao|người|phiếu|tổng|quãng|thời|lượng|cốc|thìa|muỗng|chén|giá|chặng|mét|km|kg"
    r"|ly|bát|trận|vòng|câu|môn|tỉnh|huyện|xã|phường|hộ|doanh|nhóm|lớp|học|em|ca|mẫu|đại|thành|ý|tuổi|inch|giờ|ngày|tháng|năm)\b)"
)
#: "vào 1-8," is a date, "sau 1-8 tuổi" a range.
_ON: Final = re.compile(r"\b(?:vào|trước|sau|đến|hết|tới)\s*\Z")
#: "áp dụng từ 1-8," is a date, "chọn một số từ 1-8." a range: no number tells, unless it falls.
_SINCE: Final = re.compile(r"\btừ\s*\Z")
_BEGINS_BEFORE: Final = re.compile(
    r"\b(?:áp dụng|hiệu lực|thi hành|bắt đầu|bắt buộc|khởi công|khởi hành|khởi động|khởi chiếu|công chiếu|khai mạc"
    r"|khai trương|khai giảng|mở bán|mở cửa|mở lại|đóng cửa|diễn ra|tổ chức|nghỉ|nhập học|đi học|đi làm|làm việc"
    r"|tăng giá|giảm giá|phát sóng|phát hành|thực hiện|vận hành|hoạt động|đăng ký|kể|tính|ngay)\s\Z"
)
_CLAUSE_ENDS: Final = re.compile(rf"\s*(?:[,.;)!?]|\Z|đến (?:ngày )?{_UNNAMED_DATE}(?![0-9]))")
#: 2 September is written so everywhere, and two ninths nearly nowhere.
_HOLIDAY: Final = (2, 9)
_AROUND_THE_CLOCK: Final = (24, 7)
_ADDRESS: Final = re.compile(r"\b(?:số|nhà|hẻm|ngõ|ngách|kiệt|lô|thửa)\s*\Z")
_IN_A_YEAR: Final = re.compile(r"\b(?:quý|kỳ|kì|đợt|lần|khóa|khoá|phiên|tuần|vòng|tập|học kỳ)\s*\Z")


def _day_and_month(found: re.Match[str]) -> str:
    """Return them behind "ngày", unless such a word is there."""
    first = found.groupdict().get("first")
    days = f"{cardinal(int(first))} đến {cardinal(int(found['day']))}" if first else cardinal(int(found["day"]))
    named = "" if _NAMED.search(before(found)) else "ngày "
    return f"{named}{days} tháng {month(int(found['month']))}"


def _date(found: re.Match[str]) -> str | None:
    if _ADDRESS.search(before(found)):
        return None
    return f"{_day_and_month(found)} năm {cardinal(int(found['year']))}"


def _day(found: re.Match[str]) -> str | None:
    """Return 15/8 as a date when it is one: two numbers with a slash may be a share as well."""
    said_before, said_after = before(found), after(found)
    named = _DATE_BEFORE.search(said_before) or _NEXT_DATE.search(said_before) or _DATE_AFTER.match(said_after)
    return _day_and_month(found) if named or _looks_like_a_date(found, said_before, said_after) else None


def _looks_like_a_date(found: re.Match[str], said_before: str, said_after: str) -> bool:
    if found.groupdict().get("first"):
        return True
    if _NO_DATE_BEFORE.search(said_before) or _NO_DATE_AFTER.match(said_after):
        return False
    both = int(found["day"]), int(found["month"])
    return both == _HOLIDAY or (both[0] >= both[1] and both != _AROUND_THE_CLOCK)


def _day_with_dash(found: re.Match[str]) -> str | None:
    """Return 15-8 or 15.8 as a date only beside a word that says so: it may be a range or a fraction."""
    said_before = before(found)
    named = (
        _DATE_BEFORE.search(said_before)
        or (_NEXT_DATE.search(said_before) and _DAY_BEFORE.search(said_before))
        or (_CLAUSE_ENDS.match(after(found)) and _begins_a_time(found, said_before))
    )
    return _day_and_month(found) if named and not re.search(r"\bcác ngày\s*\Z", said_before) else None


def _begins_a_time(found: re.Match[str], said_before: str) -> bool:
    """Whether a word such as "trước" or "từ" is before it; a "từ" needs more, for ranges have it too.

    A number that falls; something that begins then; another date; or that the sentence begins with it: "Từ 1-8, giá".
    """
    since = _SINCE.search(said_before)
    if since is None:
        return _ON.search(said_before) is not None
    falls = int(found["day"]) >= int(found["month"])
    begins = not said_before[: since.start()].strip("“\"'( ") and after(found).startswith(",")
    begun = _BEGINS_BEFORE.search(said_before, 0, since.start())
    return falls or begins or begun is not None or _DATE_AFTER.match(after(found)) is not None


def _month_of_a_year(found: re.Match[str]) -> str | None:
    year = cardinal(int(found["year"]))
    said_before = before(found)
    if _IN_A_YEAR.search(said_before):
        return f"{cardinal(int(found['month']))} năm {year}"
    if _ADDRESS.search(said_before):
        return None
    named = re.search(r"\btháng\s*\Z", said_before)
    first = found.groupdict().get("first")
    until = f"{month(int(first))} đến tháng " if first else ""
    return f"{'' if named else 'tháng '}{until}{month(int(found['month']))} năm {year}"


def _month_with_dash(found: re.Match[str]) -> str | None:
    said_before = before(found)
    return _month_of_a_year(found) if re.search(r"\b(?:tháng|quý)\s*\Z", said_before) else None


def _named_month(found: re.Match[str]) -> str | None:
    """Return the number behind "tháng", but not that of "6 tháng 4 ngày"."""
    named = re.search(r"\btháng\s*\Z", before(found)) and not re.match(r"\s(?:ngày|tuần)\b", after(found))
    return month(int(found["month"])) if named else None


def _years(found: re.Match[str]) -> str | None:
    """Return 2023/24 and 2019-20, a season or a range within a century."""
    year, last = int(found["year"]), found["last"]
    until = int(last) if len(last) == len(found["year"]) else year // 100 * 100 + int(last)
    follows = until == year + 1 or (until == year - 99 and len(last) < len(found["year"]))
    if found["mark"] == "/" and not follows:
        return None
    if not follows and until <= year:
        return None
    return f"{cardinal(year)} đến {cardinal(int(last))}"


READERS: Final = (
    Reader(re.compile(rf"{_Y}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01]){_END}"), _date),
    Reader(re.compile(rf"(?:{_UNTIL})?{_D}(?P<mark>\s?[/.-]\s?){_M}(?P=mark){_Y}{_END}"), _date),
    Reader(re.compile(rf"{_D}/{_M}/(?P<year>[0-9]{{2}}){_END}"), _date),
    Reader(re.compile(rf"(?:(?P<first>0?[1-9]|1[0-2])\s?[-–]\s?)?{_M}\s?/\s?{_Y}{_END}"), _month_of_a_year),
    Reader(re.compile(rf"{_M}\s?-\s?{_Y}{_END}"), _month_with_dash),
    Reader(re.compile(rf"(?:{_UNTIL})?{_D}/{_M}{_END}"), _day),
    Reader(re.compile(rf"{_D}[-.]{_M}{_END}"), _day_with_dash),
    Reader(re.compile(rf"{_M}(?![0-9/]|[.,][0-9])"), _named_month),
    Reader(re.compile(rf"{_Y}(?P<mark>[/–-])(?P<last>[12][0-9]{{3}}|[0-9]{{2}}){_END}"), _years),
)
