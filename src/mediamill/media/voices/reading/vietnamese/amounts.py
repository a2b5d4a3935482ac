# ruff: noqa: RUF001 - typographic dashes and primes are what is read
"""Numbers and what is counted: units, money, ordinals."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.numbers import NUMBER, cardinal, digits, number, ordinal
from mediamill.media.voices.reading.vietnamese.reader import THU, Reader, after, before, one_of
from mediamill.media.voices.reading.vietnamese.syllables import is_syllable
from mediamill.media.voices.reading.vietnamese.telephones import is_called, row
from mediamill.media.voices.reading.vietnamese.units import ALL_UNITS, MONEY, SIGN_UNITS, UNIT

#: "50k" is money, "nhóm 5 K" is not.
_STUCK: Final = frozenset({"k", "K", "Đ", "p", "t"})
_CLOCK_BEFORE: Final = re.compile(r"\b(?:lúc|hồi|từ|đến|trước|sáng|trưa|chiều|tối)\s*\Z")
#: "720p" and "1080p" are no minutes.
_LONGEST_MINUTES_DIGITS: Final = 2
_MONEY: Final = frozenset({*MONEY, "đ", "Đ", *"$€£¥₫₩₽₹฿"})
#: A longer row of digits that begins with 0 is said in groups.
_LONGEST_WITH_ZEROS: Final = 4
_SCALE: Final = r"nghìn tỷ|nghìn tỉ|nghìn|ngàn|triệu|tỷ|tỉ"
_SCALES: Final = {"k": "nghìn", "K": "nghìn", "tr": "triệu", "M": "triệu", "m": "triệu", "B": "tỷ", "bn": "tỷ"}
_PREFIX: Final = {
    "US$": "đô la Mỹ",
    "A$": "đô la Úc",
    "S$": "đô la Xinh ga po",
    "HK$": "đô la Hồng Kông",
    **{sign: words for sign, words in SIGN_UNITS.items() if sign in "$€£¥₫₩₽₹฿"},
    **{code: words for code, words in MONEY.items() if code.isupper()},
}

#: Behind these a full stop is not a decimal mark.
_NUMBERED: Final = re.compile(
    r"\b(?:phiên bản|bản|mục|hình|bảng|biểu đồ|điều|khoản|chương|bài|phần|câu|version|ver\.?|web|ios|android"
    r"|windows|macos|linux|ubuntu|python|java|php|chrome|firefox|bluetooth|usb|http|gpt|claude|gemini|llama)[ -]?\Z"
)
_NAME_BEFORE: Final = re.compile(r"([A-Z][A-Za-z]+)[ -]?\Z")
_COUNTED_AFTER: Final = re.compile(rf"\s?(?:{_SCALE}|{UNIT}|[a-zà-ỹ]+\b)")
_DONG_AFTER: Final = re.compile(r"\s?đồng\b")
_HEADING_AFTER: Final = re.compile(r"\.?\s+[A-ZÀ-ỸĐ]")


def _row(found: re.Match[str]) -> str:
    """Return digits that are too many for a number one by one."""
    return digits(found.group())


def _english_ordinal(found: re.Match[str]) -> str:
    return f"thứ {ordinal(int(found['number']))}"


def _with_part(found: re.Match[str]) -> str:
    """Return 1m75, 2tr5 and 1k5: the unit stands in the middle."""
    names = {**ALL_UNITS, "tỷ": "tỷ", "tỉ": "tỷ", "triệu": "triệu"}
    return f"{cardinal(int(found['whole']))} {names[found['unit']]} {cardinal(int(found['part']))}"


def _quantity(found: re.Match[str]) -> str | None:
    """Return a number and its unit."""
    written, unit = found["number"], found["unit"]
    said = number(_dollars(written) if unit in _MONEY else written)
    if found["blank"] and unit in _STUCK:
        return None
    return f"{said} {_unit(unit, written, found)}"


def _unit(unit: str, written: str, found: re.Match[str]) -> str:
    """Return the words for a unit; some letters mean different things in different places."""
    if unit == "K" and written in {"2", "4", "8"}:
        return "ca"
    if unit == "g" and _CLOCK_BEFORE.search(before(found)):
        return "giờ"
    if unit == "t" and after(found)[:1] in {",", ")", ";"}:
        return "tuổi"
    if unit == "p" and len(written) > _LONGEST_MINUTES_DIGITS:
        return "pê"
    return ALL_UNITS[unit]


def _minutes(found: re.Match[str]) -> str | None:
    """Return 45' unless the mark closes a quotation."""
    said_before = before(found)
    if re.search(r"(?:^|[\s(])['‘’][^'’]*\Z", said_before):
        return None
    said = number(found["number"])
    return said if re.search(r"\bphút\b[\s\d+,'’′và]*\Z", said_before) else f"{said} phút"


def _pace(found: re.Match[str]) -> str:
    """Return 5'30'', the time of a run."""
    return f"{cardinal(int(found['minute']))} phút {cardinal(int(found['second']))} giây"


def _inches(found: re.Match[str]) -> str | None:
    """Return 6.7" of a screen."""
    screen = r"\b(?:màn hình|inch|tivi|ti vi|tv|laptop|máy tính bảng|mâm|ống|vành|lốp|bánh)\b[^,.;]{0,20}\Z"
    return f"{number(found['number'])} inh" if re.search(screen, before(found)) else None


def _arc(found: re.Match[str]) -> str:
    """Return 21°01'42"B, a place on a globe."""
    sides = {"B": "bắc", "N": "bắc", "S": "nam", "Đ": "đông", "E": "đông", "T": "tây", "W": "tây", None: ""}
    second = f" {number(found['second'])} giây" if found["second"] else ""
    side = sides[found["side"]]
    return f"{number(found['degree'])} độ {cardinal(int(found['minute']))} phút{second} {side}".rstrip()


def _money(found: re.Match[str]) -> str:
    """Return $5.99, US$1,5 tỷ or VND 500.000: what is paid in is written first and said last."""
    amount = number(_dollars(found["number"]))
    if found["until"]:
        amount += f" đến {number(_dollars(found['until']))}"
    scale = found["scale"] or ""
    scale = f" {_SCALES.get(scale, scale)}" if scale else ""
    return f"{amount}{scale} {_PREFIX[found['money']]}"


def _dollars(written: str) -> str:
    """Return 1,250 without its comma: behind a sign of money it is for thousands."""
    return written.replace(",", "") if re.fullmatch(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+", written) else written


def _number(found: re.Match[str]) -> str:
    """Return any other number."""
    written, said_before = found.group(), before(found)
    if _DONG_AFTER.match(after(found)):
        return number(_dollars(written))
    if written.isdigit():
        if THU.search(said_before):
            return ordinal(int(written))
        if is_called(written, said_before) or (written.startswith("0") and len(written) > _LONGEST_WITH_ZEROS):
            return row(written)
    if "." in written and _is_numbered(found, said_before):
        return number(written, "chấm")
    return number(written)


def _is_numbered(found: re.Match[str], said_before: str) -> bool:
    """Whether the full stop in it is said as one: versions, names such as USB 3.0, headings."""
    if _NUMBERED.search(said_before):
        return True
    said_after = after(found)
    if not said_before.strip() and _HEADING_AFTER.match(said_after):
        return True
    if found.group().endswith(".0"):
        return not re.match(rf"\s?(?:{_SCALE}|{UNIT})", said_after)
    name = _NAME_BEFORE.search(found.string[max(0, found.start() - 24) : found.start()])
    return bool(name and not is_syllable(name[1].lower()) and not _COUNTED_AFTER.match(said_after))


_MONEY_PATTERN: Final = (
    rf"(?P<money>{one_of(_PREFIX)})\s?(?P<number>{NUMBER})(?:\s?[-–—]\s?(?:{one_of(_PREFIX)})?(?P<until>{NUMBER}))?"
    rf"(?:\s?(?P<scale>{_SCALE}|tr|bn|[KkMmB])(?!\w))?"
)

#: Of money whose name or sign is written before the amount.
MONEY_READERS: Final = (Reader(re.compile(_MONEY_PATTERN), _money),)


READERS: Final = (
    Reader(
        re.compile(
            r"(?P<degree>[0-9]{1,3})\s?[°º]\s?(?P<minute>[0-5]?[0-9])['’′]"
            r"(?:(?P<second>[0-5]?[0-9](?:[.,][0-9]{1,3})?)[\"”″])?\s?(?:(?P<side>[BNSĐETW])(?!\w))?"
        ),
        _arc,
    ),
    Reader(re.compile(r"(?P<minute>[0-9]{1,3})['’′](?P<second>[0-5]?[0-9])(?:''|[\"”″])?(?![\w'])"), _pace),
    Reader(re.compile(r"(?P<number>[0-9]{1,9})(?:st|nd|rd|th)(?!\w)"), _english_ordinal),
    Reader(
        re.compile(r"(?P<whole>[0-9]{1,4})(?:(?P<unit>m(?![23](?!\w))|tr|triệu|tỷ|tỉ|k))(?P<part>[0-9]{1,3})(?!\w)"),
        _with_part,
    ),
    Reader(re.compile(rf"(?P<number>{NUMBER})(?P<blank>\s?)(?P<unit>{UNIT})"), _quantity),
    Reader(re.compile(r"(?P<number>[0-9]{1,3})['’′](?!\w)"), _minutes),
    Reader(re.compile(rf"(?P<number>{NUMBER})\s?[\"”″](?!\w)"), _inches),
)

#: Of all numbers that nothing else took.
NUMBER_READERS: Final = (
    Reader(re.compile(NUMBER), _number),
    Reader(re.compile(r"[0-9]+"), _row),
)
