# ruff: noqa: RUF001 - typographic dashes are what is read
"""Letters and figures together: roads, plates, laws, H5N1, 5G."""

import re
from typing import Final

from mediamill.media.voices.reading.vietnamese.abbreviations import ABBREVIATIONS, DOCUMENTS, DOTTED
from mediamill.media.voices.reading.vietnamese.letters import CAPITALS, mixed, spelled
from mediamill.media.voices.reading.vietnamese.numbers import cardinal, digits, month, number, ordinal
from mediamill.media.voices.reading.vietnamese.reader import LATIN, LOWER, SPELLED, Reader, after, before
from mediamill.media.voices.reading.vietnamese.units import UNITS

_ROADS: Final = {
    "QL": "quốc lộ",
    "TL": "tỉnh lộ",
    "ĐT": "đường tỉnh",
    "HL": "hương lộ",
    "Km": "ki lô mét",
    "KM": "ki lô mét",
}
_PLACES: Final = {"Q": "quận", "P": "phường"}
_PARTS: Final = re.compile(rf"[0-9]+(?:[.,][0-9]+)?|[{SPELLED}]+(?![{LOWER}])|[{LATIN}]+")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
#: "mp3" is spelled as "MP3" is.
_VOWELLESS: Final = re.compile("[b-df-hj-np-tv-xz]{1,4}")
_READ_AS_NUMBER_DIGITS: Final = 2
_MONTHS: Final = 12
_PLACE_BEFORE: Final = re.compile(r"(?:[,(]|\b(?:ở|tại|từ|đến|qua|sang|về|khu vực))\s*\Z")
_TERMINAL: Final = re.compile(r"\b(?:ga|nhà ga|terminal|cảng)\s*\Z")


def _plate(found: re.Match[str]) -> str:
    """Return 29A-123.45 as it is told to the police."""
    head = [digits(found["province"]), spelled(found["series"]), *map(digits, found["more"] or "")]
    return f"{' '.join(head)}, {digits(found['number'].replace('.', ''))}"


def _document(found: re.Match[str]) -> str:
    """Return 100/2019/NĐ-CP: "một trăm trên hai nghìn không trăm mười chín trên nghị định chính phủ"."""
    first, *parts = re.split("/", found.group())
    said = [" ".join(_document_word(word) for word in part.split("-")) for part in (first, *parts)]
    return " trên ".join(said)


def _document_word(word: str) -> str:
    letters = word.rstrip("0123456789")
    if known := DOCUMENTS.get(letters) or ABBREVIATIONS.get(letters):
        return f"{known} {number(word[len(letters) :])}" if len(letters) < len(word) else known
    return " ".join(number(part) if part[0].isdigit() else spelled(part) for part in _PARTS.findall(word))


def _quarter(found: re.Match[str]) -> str:
    return f"quý {cardinal(int(found['number']))} năm {cardinal(int(found['year']))}"


def _month(found: re.Match[str]) -> str | None:
    if not 1 <= int(found["number"]) <= _MONTHS:
        return None
    return f"tháng {month(int(found['number']))} năm {cardinal(int(found['year']))}"


def _weekday(found: re.Match[str]) -> str | None:
    """Return T2 to T7, days of the week, unless it is a terminal of an airport."""
    return None if _TERMINAL.search(before(found)) else f"thứ {ordinal(int(found['number']))}"


def _place(found: re.Match[str]) -> str | None:
    """Return Q1 or P5 as parts of an address where one is; Q1 to Q4 are quarters of a year elsewhere."""
    place = _PLACE_BEFORE.search(before(found)) or re.match(r"\s*,", after(found))
    if not place and found["letter"] == "Q" and found["number"] in {"1", "2", "3", "4"}:
        return f"quý {number(found['number'])}"
    return f"{_PLACES[found['letter']]} {number(found['number'])}" if place else None


def _code(found: re.Match[str]) -> str:
    """Return letters and figures part by part."""
    if found.group() in UNITS:
        return UNITS[found.group()]
    parts = _PARTS.findall(found.group())
    return " ".join(
        _figure(part, behind=parts[i - 1] if i else "") if part[0].isdigit() else _letters(part)
        for i, part in enumerate(parts)
    )


def _figure(row: str, behind: str) -> str:
    """Return a number, or digit by digit a long one behind capitals: MH370, but CES 2024."""
    long = len(row) > _READ_AS_NUMBER_DIGITS and behind.isupper() and not _YEAR.fullmatch(row)
    return digits(row) if row.isdigit() and (long or row.startswith("0")) else number(row)


def _letters(part: str) -> str:
    if part in _ROADS:
        return _ROADS[part]
    if part in CAPITALS:
        return CAPITALS[part]
    if part.isupper() or _VOWELLESS.fullmatch(part):
        return spelled(part.upper())
    return DOTTED.get(part) or ABBREVIATIONS.get(part) or mixed(part)


def _variant(found: re.Match[str]) -> str | None:
    """Return XBB.1.5, a variant of a virus, but not TP.3."""
    letters = found["letters"]
    if letters in DOTTED or letters in ABBREVIATIONS:
        return None
    return f"{spelled(letters)} {' '.join(f'chấm {number(part)}' for part in found['numbers'][1:].split('.'))}"


def _generation(found: re.Match[str]) -> str:
    """Return 5G: this letter alone has another name here."""
    return f"{cardinal(int(found['number']))} gờ"


_CODE_TAIL: Final = rf"[{LATIN}0-9]{{1,32}}(?:[.-](?=[0-9A-ZĐ])[{LATIN}0-9]{{1,16}}){{0,4}}"

#: Of plates and laws; before dates and ranges.
NUMBER_READERS: Final = (
    Reader(
        re.compile(
            r"(?P<province>[0-9]{2})-?(?P<series>[A-ZĐ]{1,2})(?P<more>[0-9])?\s?[-–. ]\s?"
            r"(?P<number>[0-9]{3}\.?[0-9]{2}|[0-9]{4})(?!\w)"
        ),
        _plate,
    ),
    Reader(
        re.compile(
            r"[0-9]{1,5}(?:/[12][0-9]{3}/[A-ZĐ]|/[A-ZĐ]{2}|-[A-ZĐ]{1,4}/[A-ZĐ]{2})\w{0,12}"
            r"(?:[/-][A-ZĐ]\w{0,12}){0,4}(?!\w)"
        ),
        _document,
    ),
)

#: Of codes that begin with a figure and may be other things as well.
FIGURE_READERS: Final = (
    Reader(re.compile(r"(?P<number>[2-6])G(?!\w)"), _generation),
    Reader(re.compile(rf"[0-9]{{1,6}}(?=[{SPELLED}]){_CODE_TAIL}"), _code),
)

#: Of codes that begin with a letter.
READERS: Final = (
    Reader(re.compile(r"Q(?P<number>[1-4])\s?[/ -]\s?(?P<year>20[0-9]{2})(?![0-9])"), _quarter),
    Reader(re.compile(r"T(?P<number>[0-9]{1,2})\s?[/-]\s?(?P<year>20[0-9]{2})(?![0-9])"), _month),
    Reader(re.compile(r"T(?P<number>[2-7])(?![\w])"), _weekday),
    Reader(re.compile(r"(?P<letter>[QP])(?P<number>[0-9]{1,2})(?![\w])"), _place),
    Reader(re.compile(r"(?P<letters>[A-Z]{2,5})(?P<numbers>(?:\.[0-9]{1,3}){1,3})(?![\w])"), _variant),
    Reader(re.compile(rf"[{LATIN}]{{1,24}}-?(?=[0-9]){_CODE_TAIL}"), _code),
)
