# ruff: noqa: RUF001 - dashes are what joins dates
"""English dates, years and times of day.

`5/1/2024` is May first: the month comes first, as Americans write it; where it cannot, as in
`13/1/2024`, the day does. `5.1.2024` has the day first, as all write it who write it so.
"""

import re
from typing import Final

from mediamill.media.voices.reading.english.numbers import cardinal, oh, ordinal, plural, year
from mediamill.media.voices.reading.rules import rule, stop_of

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: By their first three letters.
_NAMES: Final = {name[:3]: name for name in _MONTHS}

_MONTH_NAMES: Final = "|".join(
    f"{name[:3]}(?:{name[3:]})?|{name.upper()[:3]}(?:{name.upper()[3:]})?" for name in _MONTHS
)
_MONTH: Final = rf"({_MONTH_NAMES}|Sept|SEPT)\b\.?"
_DAY: Final = r"(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_WEEKDAY: Final = r"(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_WEEKDAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_FOUR: Final = r"(?:1\d|20)\d\d"
_YEAR: Final = rf"({_FOUR})(?!\d|%|[.,]\d)"
_HALF: Final = r"\s?([AaPp])\.?\s?[Mm]\b\.?"
_DASH: Final = r"\s?[-–—]\s?"
_ALONE: Final = r"(?<![\w.,:/$£€-])"
#: No more of a number, and no part of something longer.
_OVER: Final = r"(?![\w/-]|[.,]\d)"

_CENTURY: Final = 100
#: Two figures of a year up to this are of our century; the past is written about more than the future.
_LAST_OF_OUR_CENTURY: Final = 40
_LONGEST_MONTH: Final = 31
_LARGEST_PART: Final = 8
_NOON: Final = 12
_LAST_HOUR: Final = 24
_MINUTES: Final = 60


def _month(written: str) -> str:
    return _NAMES[written[:3].capitalize()]


def _month_day(found: re.Match[str]) -> str:
    month, day, until, comma, in_year = found.groups()
    said = f"{_month(month)} {ordinal(day)}"
    if until:
        said += f" to {ordinal(until)}"
    return said + (f"{comma} {_two_or_four(in_year)}" if in_year else "")


def _day_month(found: re.Match[str]) -> str:
    article, day, until, month, comma, in_year = found.groups()
    said = f"{article or 'the'} {ordinal(day)}" + (f" to the {ordinal(until)}" if until else "")
    said += f" of {_month(month)}"
    return said + (f"{comma} {_two_or_four(in_year)}" if in_year else "") + stop_of(found)


def _month_year(found: re.Match[str]) -> str:
    return f"{_month(found.group(1))} {_two_or_four(found.group(2))}"


def _two_or_four(written: str) -> str:
    return year(written) if len(written) == len("1999") else oh(int(written[-2:]))


def _iso(found: re.Match[str]) -> str:
    written, month, day, hour, minute, zone = found.groups()
    said = _date(written, int(month), int(day))
    if not said:
        return found.group(0)
    if hour:
        said += f", {_clock(int(hour), int(minute))}"
    if zone:
        said += f" UTC{_offset(zone)}"
    return said


def _offset(zone: str) -> str:
    if zone[0] not in "+-":
        return ""
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return f" {'plus' if zone[0] == '+' else 'minus'} {cardinal(str(hours))}" + (f" {oh(minutes)}" if minutes else "")


def _in_figures(found: re.Match[str]) -> str:
    first, sign, second, written = found.groups()
    if sign != "/" and len(written) == len("99"):
        return found.group(0)
    month, day = (int(second), int(first)) if sign == "." else (int(first), int(second))
    if month > len(_MONTHS):
        month, day = day, month
    if len(written) == len("99"):
        written = ("19" if int(written) > _LAST_OF_OUR_CENTURY else "20") + written
    return _date(written, month, day) or found.group(0)


def _date(in_year: str, month: int, day: int) -> str:
    return f"{_MONTHS[month - 1]} {ordinal(str(day))}, {year(in_year)}" if _is_date(month, day) else ""


def _is_date(month: int, day: int) -> bool:
    return 1 <= month <= len(_MONTHS) and 1 <= day <= _LONGEST_MONTH


def _without_year(found: re.Match[str]) -> str:
    """Read `Tuesday, 3/14`. `by 3/4` is a part of something, but on a Tuesday."""
    before, month, day = found.group(1), int(found.group(2)), int(found.group(3))
    is_part = month < day <= _LARGEST_PART and not before.startswith(_DAYS)
    return (
        found.group(0) if is_part or not _is_date(month, day) else f"{before} {_MONTHS[month - 1]} {ordinal(str(day))}"
    )


def _weekdays(found: re.Match[str]) -> str:
    return " to ".join(next(day for day in _DAYS if day.startswith(name[:3])) for name in found.groups()) + stop_of(
        found
    )


def _years(found: re.Match[str]) -> str:
    since, sign, until = found.groups()
    if len(until) == len("99"):
        if int(until) <= int(since) % _CENTURY and sign == "-" and 1 <= int(until) <= len(_MONTHS):
            return f"{_MONTHS[int(until) - 1]} {year(since)}"
        last = oh(int(until))
    else:
        last = year(until)
    return f"{year(since)} {last}" if sign == "/" else f"{year(since)} to {last}"


def _heaps(found: re.Match[str]) -> str:
    return "tens" if found.group(1) else "hundreds" if found.group(2) else "thousands"


def _era(found: re.Match[str]) -> str:
    era = found.group(2).replace(".", "")
    return f"{year(found.group(1))} {era}{stop_of(found)}"


def _clock(hour: int, minute: int, half: str = "") -> str:
    """Return an hour and a minute as they are said; half: a or p, or "" for a clock of 24 hours."""
    if minute:
        said = f"{cardinal(str(hour))} {oh(minute)}"
    elif half:
        said = cardinal(str(hour))
    elif hour in {0, _LAST_HOUR}:
        said = "midnight"
    else:
        said = cardinal(str(hour)) + (" hundred" if hour > _NOON else " o'clock")
    return f"{said} {half.lower()}.m." if half else said


def _time(found: re.Match[str]) -> str:
    hour, minute, second, half = found.groups()
    if int(hour) > _LAST_HOUR or int(minute or 0) >= _MINUTES:
        return found.group(0)
    if not second:
        return _clock(int(hour), int(minute or 0), half or "")
    seconds = f"{cardinal(str(int(second)))} {'second' if int(second) == 1 else 'seconds'}"
    return f"{_clock(int(hour), int(minute))} and {seconds}" + (f" {half.lower()}.m." if half else "")


def _times(found: re.Match[str]) -> str:
    """Read `7-9 p.m.` and `9:00-17:00`; "5-7" alone are no times."""
    hour, minute, half, last_hour, last_minute, last_half = found.groups()
    first, last = (int(hour), int(minute or 0)), (int(last_hour), int(last_minute or 0))
    are_times = last_half or (minute and last_minute)
    if not are_times or max(first[0], last[0]) > _LAST_HOUR or max(first[1], last[1]) >= _MINUTES:
        return found.group(0)
    begin = _clock(*first, half or last_half or "")
    if last_half and not half:
        begin = begin.removesuffix(f" {last_half.lower()}.m.")
    return f"{begin} to {_clock(*last, last_half or '')}"


#: What has no figures.
SPANS: Final = (
    # Mon-Fri; January-March
    rule(rf"\b{_WEEKDAY}\.?{_DASH}{_WEEKDAY}(?:day)?\b\.?(?![-\w])", _weekdays, where="-–—"),
    rule(rf"(?<=day)[-–—](?={_WEEKDAY})|(?<=[a-z]{{2}})\s?[–—]\s?(?=(?:{_MONTH_NAMES})\b)", " to ", where="-–—"),
)

RULES: Final = (
    # 2024-01-05, 2024-01-05T10:30:00Z
    rule(
        rf"{_ALONE}(\d{{4}})[-/](\d\d)[-/](\d\d)"
        r"(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d{1,9})?)?\s?(Z\b|UTC\b|[+-]\d\d:?\d\d)?)?(?![\w/-])",
        _iso,
        where="-/",
    ),
    # 5/1/2024, 5/1/24, 5-1-2024, 5.1.2024
    rule(rf"{_ALONE}(\d\d?)([/.-])(\d\d?)\2(\d{{4}}|\d\d){_OVER}", _in_figures, where="-/."),
    # Jan. 5, January 5-7, 2024
    rule(rf"\b{_MONTH} {_DAY}(?:{_DASH}{_DAY})?(?:(,?) {_YEAR})?(?![\w%:]|[.,]\d)", _month_day),
    # 5 January 2024, the 5th of Jan.
    rule(rf"{_ALONE}(?:([Tt]he) )?{_DAY}(?:{_DASH}{_DAY})?(?: of)? {_MONTH}(?!\w)(?:(,?) {_YEAR})?", _day_month),
    # Tuesday, 3/14; due 12/5, which is no fraction
    rule(
        rf"\b({_WEEKDAYS},?|[Oo]n|[Bb]y|[Uu]ntil|[Bb]efore|[Aa]fter|[Ss]ince|[Dd]ue|[Dd]ated) (\d\d?)/(\d\d?){_OVER}",
        _without_year,
        where="/",
    ),
    # January 2024
    rule(rf"\b{_MONTH},? {_YEAR}", _month_year),
    # FY2023-24, 1990-1995, 1990-95, 2023/24; 2024-01 is a month
    rule(r"\bFY(?='?\d{2})", "FY ", where="F"),
    rule(rf"{_ALONE}({_FOUR})\s?([-–—/])\s?({_FOUR}|\d\d)(?![\w/%-]|[.,]\d)", _years, where="-–—/"),
    # 100s of people; 2019-present; 1980s-1990s
    rule(r"\b(?:(10)|(100)|1,?000)s(?= of\b)", _heaps, where="s"),
    rule(rf"(?<=\d){_DASH}(?=(?:[Pp]resent|[Tt]oday|[Nn]ow|date)\b)", " to ", where="-–—"),
    rule(rf"(?<=\d0s){_DASH}(?=\d{{2,4}}s)", " to ", where="-–—"),
    # the 1980s; in her 30s, the '90s; '99
    rule(r"(?<![\w.,:/$£€])((?:1\d|20)\d0)'?s\b", lambda found: plural(year(found.group(1))), where="s"),
    rule(
        r"\b((?:the|his|her|their|my|your|our|its|[Ee]arly|[Ll]ate|[Mm]id)[\s-]'?|(?<![\w'])')([2-9]0)'?s\b",
        lambda found: found.group(1).rstrip("'") + plural(cardinal(found.group(2))),
        where="s",
    ),
    rule(r"(?<![\w'])'(\d\d)(?![\w'%:]|[.,]\d)", lambda found: oh(int(found.group(1))), where="'"),
    # 44 BC, AD 79, circa 1066, by the year 2150
    rule(rf"{_ALONE}(\d{{1,4}}) ?(BCE?\b|B\.C\.(?:E\.)?|AD\b|A\.D\.|CE\b|C\.E\.)", _era, where="BAC"),
    rule(r"\bAD (\d{1,4})(?![\w,%:/-]|\.\d)", lambda found: f"AD {year(found.group(1))}", where="A"),
    rule(
        r"\b(circa|(?:[Ii]n|[Bb]y|[Ss]ince|[Uu]ntil|[Bb]efore|[Aa]fter) (?:the )?(?:year )?|[Yy]ears? )"
        r"\s?([1-9]\d{3})(?![\w,%:/-]|\.\d)(?! [a-z]{1,30}s\b)",
        lambda found: f"{found.group(1).rstrip()} {year(found.group(2))}",
    ),
    # 7-9 p.m., 9:00-17:00, then 3:30 pm, then 15:45
    rule(
        rf"{_ALONE}(\d\d?)(?:[:.](\d\d))?(?:{_HALF})?{_DASH}(\d\d?)(?:[:.](\d\d))?(?:{_HALF}|(?![\w:.-]))",
        _times,
        where="-–—",
    ),
    rule(rf"{_ALONE}(\d\d?)(?:[:.](\d\d)(?::([0-5]\d))?)?{_HALF}", _time, where="mM"),
    rule(rf"{_ALONE}([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?()(?![\w:]|[.,]\d)", _time, where=":"),
)
