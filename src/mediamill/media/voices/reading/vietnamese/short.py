# ruff: noqa: RUF001 - typographic dashes are what is read
"""What is written short: titles, places, offices, with the full stops, signs and hyphens in them."""

import re
from dataclasses import dataclass
from typing import Final

from mediamill.media.voices.reading.vietnamese.abbreviations import ABBREVIATIONS, DOTTED
from mediamill.media.voices.reading.vietnamese.letters import (
    CAPITALS,
    LETTERS,
    capitals,
    is_capitals,
    is_shouted,
    mixed,
)
from mediamill.media.voices.reading.vietnamese.reader import LATIN, UPPER, Reader, after, before
from mediamill.media.voices.reading.vietnamese.units import MONEY

_LONGEST_WORD: Final = 24
#: Abbreviations that look like words, in lower case or with one capital.
LOWER_CASE: Final = frozenset(
    word
    for word in [*DOTTED, *ABBREVIATIONS, *CAPITALS, *MONEY]
    if word.isalpha() and (word.islower() or word.istitle())
)
#: Between the parts of a chain, but not within "v.v".
_PARTS: Final = re.compile(r"(?<!\bv)[.&-]|[.&-](?!v\b)")
#: "P. Bến Nghé" is a place behind these words and at the start; elsewhere it is somebody's initial.
_PLACE_BEFORE: Final = re.compile(
    r"(?:^|[,(–-]|\b(?:ở|tại|đến|từ|thuộc|sang|về|của|và|quanh|trên|khu vực|địa bàn))\s*\Z"
)
_NAME_AFTER: Final = re.compile(rf"\s?[{UPPER}]")
_NUMBER_AFTER: Final = re.compile(r"\s?[0-9]")
_INITIALS: Final = frozenset("PQHXTĐ")
_NUMBERED: Final = frozenset({"P", "Q", "KP", "Kp", "Đ", "TP", "Tp", "tp", "tr", "Tr"})
_PAGES: Final = frozenset({"tr", "Tr", "No"})
#: These are something else unless a name follows.
_TITLES: Final = frozenset({"TS", "Ts", "KS", "Ks", "DS", "LS", "Ls", "NS", "TX", "Tx", "KP", "Kp"})
_TOWNS: Final = frozenset({"TT", "Tt"})
_ROOM: Final = re.compile(r"\s?[0-9]{3,4}(?![0-9])")
_COUNTED: Final = r"(?:[0-9]|tỷ|tỉ|triệu|nghìn|ngàn|trăm|mươi|một|hai|ba|bốn|năm)\s*"


@dataclass(frozen=True, slots=True)
class _Sense:
    """What an abbreviation means where `behind` ends what is before it and `ahead` begins what is after it."""

    words: str
    behind: str = ""
    ahead: str = ""

    def fits(self, found: re.Match[str]) -> bool:
        """Whether it stands there."""
        return bool(re.search(rf"(?:{self.behind})\Z", before(found)) and re.match(self.ahead, after(found)))


#: Abbreviations that mean several things, or something only in some places.
_SENSES: Final = {
    "VN": (_Sense("vê en", behind=r"chấm\s*"), _Sense("vê en", ahead="-[A-Z]?[0-9]")),
    "ĐT": (_Sense("đội tuyển", ahead=r"\s+(?:[A-ZĐ]|nữ\b|quốc gia|bóng)"),),
    "ĐC": (_Sense("địa chỉ", ahead=r"\s?:"),),
    "CP": (_Sense("cổ phần", behind=r"\b(?:công ty|cty)\s*"), _Sense("chính phủ")),
    "MTV": (_Sense("một thành viên", behind=r"\btnhh[\s-]*"),),
    "CN": (
        _Sense("chủ nhật", behind=r"\b(?:t7|bảy|thứ 7)[\s,và–-]*"),
        _Sense("công nguyên", behind=r"\b(?:trước|sau)\s*"),
    ),
    "TH": (_Sense("tiểu học", behind=r"\btrường\s*"),),
    "MN": (_Sense("mầm non", behind=r"\btrường\s*"),),
    "SN": (_Sense("sinh năm", ahead=r"\s+(?:19|20)[0-9]{2}"),),
    "DT": (_Sense("diện tích", ahead=r"\s?:?\s?[0-9]"),),
    "QL": (_Sense("quốc lộ", ahead=r"\s?[0-9]"),),
    "TL": (_Sense("tỉnh lộ", ahead=r"\s?[0-9]"),),
    "TK": (_Sense("thế kỷ", ahead=r"\s+[IVX]+\b"),),
    "BKS": (_Sense("biển kiểm soát", ahead=r"[:\s]*[0-9]{2}"),),
    "BTC": (_Sense("bê tê xê", behind=r"\b(?:giá|đồng|mua|bán)\s*"),),
    "VND": (_Sense("đồng", behind=_COUNTED), _Sense("đồng Việt Nam")),
    "VNĐ": (_Sense("đồng", behind=_COUNTED), _Sense("đồng Việt Nam")),
}


def _short(found: re.Match[str]) -> str | None:
    """Return GS.TS., KH&CN or TP.HCM in words; None when there is nothing short in it."""
    chunk, dot = found["chunk"], found["dot"] or ""
    words = _dotted(chunk, found) or _whole(chunk)
    if not words:
        words = _by_parts(chunk, found)
    if not words:
        return None
    last = _PARTS.split(chunk)[-1]
    return words if _takes_its_dot(chunk, last, found) else words + dot


def _takes_its_dot(chunk: str, last: str, found: re.Match[str]) -> bool:
    if chunk in DOTTED or last in DOTTED:
        return True
    return len(last) == 1 and (len(chunk) > 1 or bool(before(found).strip()))


def _whole(chunk: str) -> str:
    return ABBREVIATIONS.get(chunk, "") if len(chunk) > 1 and _PARTS.search(chunk) else ""


def _dotted(chunk: str, found: re.Match[str]) -> str:
    """Return the words for a title or a place, or "" where the same letters mean something else."""
    if chunk not in DOTTED:
        return ""
    name = bool(_NAME_AFTER.match(after(found)))
    numbered = bool(_NUMBER_AFTER.match(after(found)))
    if chunk.lower() == "đ/c" and after(found).startswith(":"):
        return "địa chỉ"
    if chunk in _PAGES and not (numbered and (found["dot"] or chunk != "No")):
        return ""
    if chunk in _INITIALS:
        return _place(chunk, found, name=name, numbered=numbered)
    if (chunk in _TITLES and not name) or (chunk in _TOWNS and not (name and found["dot"])):
        return ""
    return DOTTED[chunk]


def _place(letter: str, found: re.Match[str], *, name: bool, numbered: bool) -> str:
    if not found["dot"]:
        return ""
    if numbered and letter in _NUMBERED:
        return "phòng" if letter == "P" and _ROOM.match(after(found)) else DOTTED[letter]
    return DOTTED[letter] if name and _PLACE_BEFORE.search(before(found)) else ""


def _by_parts(chunk: str, found: re.Match[str]) -> str:
    """Return a chain such as PGS.TS.Nguyễn; "" when no part of it is short."""
    parts, signs = _PARTS.split(chunk), [*_PARTS.findall(chunk), ""]
    said = [_part(part, found, alone=len(parts) == 1) for part in parts]
    if parts[0] in _INITIALS and signs[0] == "." and parts[1][1:].islower() and _PLACE_BEFORE.search(before(found)):
        said[0] = DOTTED[parts[0]]
    if not any(said):
        return ""
    words = ""
    for part, word, sign, following in zip(parts, said, signs, [*said[1:], ""], strict=True):
        words += word or part
        if sign == "&":
            words += " và "
        elif sign:
            words += " " if word or following else sign
    return words


def _part(part: str, found: re.Match[str], *, alone: bool) -> str:
    """Return the words for a part of a chain, or "" when it is a word like others."""
    if len(part) == 1:
        return LETTERS.get(part, "")
    if alone and part.isupper() and is_shouted(found):
        return part.lower()
    if not alone and part in DOTTED and part not in _PAGES:
        return DOTTED[part]
    if known := _known(part, found):
        return known
    if is_capitals(part):
        return capitals(part)
    return "" if (said := mixed(part)) == part else said


def _known(word: str, found: re.Match[str]) -> str:
    """Return the words for an abbreviation, or ""; some mean different things in different places."""
    for sense in _SENSES.get(word, ()):
        if sense.fits(found):
            return sense.words
    return MONEY.get(word) or ABBREVIATIONS.get(word) or CAPITALS.get(word) or ""


_WORD: Final = rf"[{LATIN}]{{1,{_LONGEST_WORD}}}"
READERS: Final = (
    Reader(
        re.compile(
            rf"(?P<chunk>[vV]\.v|V/v|[Pp]/[sS](?!\w)|[Đđd]/[cC](?!\w)|{_WORD}(?:[.&-]{_WORD}){{0,6}})(?![{LATIN}0-9])(?P<dot>\.(?=\s?[\w(]|[,;:]))?"
        ),
        _short,
    ),
)
