# ruff: noqa: RUF001 - typographic signs are what is read
"""Signs: dashes, slashes, those of mathematics, bullets."""

import re
import unicodedata
from typing import Final

from mediamill.media.voices.reading.vietnamese_numbers import NUMBER, cardinal, value
from mediamill.media.voices.reading.vietnamese_reader import LOWER, UPPER, Reader, after, before, one_of, table
from mediamill.media.voices.reading.vietnamese_shares import in_equation, in_score
from mediamill.media.voices.reading.vietnamese_units import ALL_UNITS, PER, PRICES, UNIT

#: Signs between words or numbers; what stands around some of them is looked at first.
SIGNS: Final = table("""
    & = và
    @ = a còng
    = = bằng
    ≠ = khác
    ≈ = xấp xỉ
    ≃ = xấp xỉ
    ≡ = đồng nhất với
    ≤ = nhỏ hơn hoặc bằng
    ≥ = lớn hơn hoặc bằng
    ± = cộng trừ
    + = cộng
    × = nhân
    ÷ = chia
    √ = căn bậc hai của
    ∛ = căn bậc ba của
    ∞ = vô cùng
    ∑ = tổng
    ∫ = tích phân
    ∈ = thuộc
    ∉ = không thuộc
    ⊂ = là tập con của
    ∪ = hợp
    ∩ = giao
    ∅ = tập rỗng
    ∀ = với mọi
    ∃ = tồn tại
    ⇒ = suy ra
    ⇔ = tương đương
    → = đến
    ↔ = đến
    ² = bình phương
    ³ = lập phương
    ^ = mũ
    ° = độ
    º = độ
    § = mục
    № = số
    © = bản quyền
    % = phần trăm
    ‰ = phần nghìn
    $ = đô la
    € = ơ rô
    £ = bảng Anh
    ¥ = yên
    ₫ = đồng
    α = an pha
    β = bê ta
    γ = gam ma
    δ = đen ta
    Δ = đen ta
    ε = ép xi lon
    θ = tê ta
    λ = lam đa
    μ = muy
    µ = muy
    π = pi
    ρ = rô
    σ = xích ma
    Σ = xích ma
    τ = tô
    φ = phi
    ω = ô mê ga
    Ω = ôm
""")

#: Bullets, decorations and what only a machine reads.
SILENT: Final = "_`\\®™•‣▪▫●○◦■□◆◇►▶▸➤➢✓✔✗✘✦✱✳♥♦♣♠¶†‡¤"

_FIGURE_BEFORE: Final = re.compile(
    rf"(?<![\w.,])(?P<number>{NUMBER})\s?(?:{one_of(ALL_UNITS)}"
    r"|nghìn|ngàn|triệu|tỷ|tỉ|đồng|tuổi|giờ|phút|ngày|tháng|năm|người|mét)?\s?\Z"
)
_CLOCK_OR_DATE_BEFORE: Final = re.compile(r"[0-9][/:hg.][0-9]{0,4}\s?\Z")
_CLOCK_OR_DATE: Final = re.compile(r"[0-9]{1,2}[/:hg]")
_NUMBER: Final = re.compile(NUMBER)
_SCALED: Final = re.compile(r"\s?(?:nghìn|ngàn|triệu|tỷ|tỉ|tr|k)(?!\w)")
#: What begins with one of these is said.
_SAID: Final = rf"(?:[\w<>#~−–-]|{one_of(SIGNS)})"
_LARGEST_SCORE: Final = 30
_NAMED_TIME: Final = re.compile(r"\b(?:(?:thứ|ngày|tháng|quý|năm|tuần) [\w/]{1,10}|t[2-7])\s?\Z")

_UNIT_BEFORE: Final = re.compile(
    rf"(?:[0-9]|{UNIT.lower()}|(?<!\w)(?:{one_of([*PRICES, *PER])}|gam|ki lô gam|kỳ|mol|vòng|nhịp|lần|ca lo))\s?\Z"
)
_PRICE_BEFORE: Final = re.compile(rf"(?:[0-9]|(?<!\w))(?:{one_of(PRICES)})\s?\Z")
_COUNTED_BEFORE: Final = re.compile(
    r"(?:[0-9%]|\b(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|trăm|nghìn|triệu|tỷ|vài|mấy|mỗi|nhiều|đồng))\b[^,.;:/]{0,20}\Z"
)
_WORD_AFTER: Final = re.compile(rf"\s?([{LOWER}{UPPER}]+)(\s?/)?")


def _between(found: re.Match[str]) -> str | None:
    """Return a dash or a tilde before a number: of a range, a score, a difference, a negative number."""
    said_before, said_after = before(found), after(found)
    figure = _FIGURE_BEFORE.search(said_before)
    clock = _CLOCK_OR_DATE_BEFORE.search(said_before)
    if not figure and not clock:
        return _alone(found, said_before)
    if in_equation(found):
        return "trừ"
    if said_before.rstrip().endswith("30/4") and said_after.startswith("1/5"):
        return ", "
    if clock or not figure or _CLOCK_OR_DATE.match(said_after):
        return "đến"
    following = _NUMBER.match(said_after)
    if not following:
        return "đến"
    return _range(found, figure["number"], following)


def _range(found: re.Match[str], first: str, following: re.Match[str]) -> str:
    """Return "đến", but for scores: those never rise, or a match is spoken of."""
    last = following.group()
    small = first.isdigit() and last.isdigit() and max(int(first), int(last)) <= _LARGEST_SCORE
    if not small or _SCALED.match(after(found)[following.end() :]):
        return "đến"
    return "" if in_score(found) or value(last) <= value(first) else "đến"


def _alone(found: re.Match[str], said_before: str) -> str | None:
    """Return what a dash or a tilde means when no number is before it."""
    if found["sign"] == "~":
        return "" if re.search(r"\b(?:khoảng|chừng|gần|hơn|tầm)\s*\Z", said_before) else "khoảng"
    begins = not said_before[-1:].isalnum()
    return "âm" if begins and not found["blank"] and found["sign"] != "—" else None


def _until(found: re.Match[str]) -> str | None:
    """Return the dash of "thứ hai - thứ sáu" and "tháng 3 - tháng 5"."""
    return "đến" if _NAMED_TIME.search(before(found)) else None


def _minus(found: re.Match[str]) -> str | None:
    """Return a minus between letters of an equation: a - b."""
    return "trừ" if re.search(r"[\w)]\s?\Z", before(found)) and re.match(r"\s?[\w(]", after(found)) else None


def _bullet(found: re.Match[str]) -> str | None:
    """Return nothing for a dash that a word hangs on: of a list, or of an option."""
    return None if (last := before(found)[-1:]).isalnum() or (last and last in ")]}%") else ""


def _per_unit(found: re.Match[str]) -> str | None:
    """Return "/kg" behind a price, "/h" behind a length and "/100km" behind a volume."""
    said_before = before(found)
    if not _UNIT_BEFORE.search(said_before):
        return None
    count = f"{cardinal(int(found['count']))} " if found["count"] else ""
    one = "một" if _PRICE_BEFORE.search(said_before) and not count else "trên"
    return f"{one} {count}{ALL_UNITS[found['unit']]}"


def _slash(found: re.Match[str]) -> str | None:
    """Return any other slash: "lần/ngày", "nam/nữ", "và/hoặc", a path."""
    said_before, said_after = before(found), after(found)
    word = _WORD_AFTER.match(said_after)
    apart = said_before[-1:] in {"", " ", "("}
    if word and word[1] in PER and not word[2] and not apart and _COUNTED_BEFORE.search(said_before):
        return "một"
    if re.search(r"[0-9]\Z", said_before) and re.match("[0-9]", said_after):
        return "trên"
    if apart or not said_after.strip():
        return "gạch chéo" if re.match(_SAID, said_after) else None
    return "" if said_before.endswith("và") else ", "


def _compared(found: re.Match[str]) -> str:
    """Return < and >: between two things, or before one, as in ">50%"."""
    sides = {"<": ("nhỏ hơn", "dưới"), ">": ("lớn hơn", "trên")}[found["sign"]]
    if not after(found).strip():
        return ""
    said_before = before(found)
    alone = not said_before or (said_before[-1] in " (" and not found["blank"])
    if alone:
        return sides[1] if re.match("[0-9]", after(found)) else ""
    return sides[0]


def _times(found: re.Match[str]) -> str | None:
    """Return x or * between two numbers."""
    return "nhân" if re.search(r"[0-9](?:\s?(?:mm|cm|m|px))?\s?\Z", before(found)) else None


def _plus(found: re.Match[str]) -> str:
    return "cộng" if before(found).strip() or re.match(r"[0-9]", after(found)) else ""


def _hash(found: re.Match[str]) -> str:
    if re.match(r"\s?[0-9]", after(found)):
        return "số"
    return "thăng" if re.search(r"[A-Ga-g]\Z", before(found)) else ""


def _sign(found: re.Match[str]) -> str:
    return SIGNS[found.group()[0]]


def _figure(found: re.Match[str]) -> str | None:
    """Return other figures of Unicode: fractions, raised and lowered ones, ones in circles."""
    character = found.group()
    amount = unicodedata.numeric(character, None)
    if amount is None:
        return None
    if "\N{FRACTION SLASH}" in (parts := unicodedata.normalize("NFKC", character)):
        one, _, all_ = parts.partition("\N{FRACTION SLASH}")
        return f"{cardinal(int(one or 1))} phần {'tư' if all_ == '4' else cardinal(int(all_ or 1))}"
    if amount != int(amount) or not 0 <= amount < 10**18:
        return None
    raised = unicodedata.decomposition(character).startswith("<super>")
    return f"mũ {cardinal(int(amount))}" if raised else cardinal(int(amount))


#: Of a letter that is a sign.
TIMES_READERS: Final = (Reader(re.compile(r"[xX]\s?(?=[0-9])"), _times),)

READERS: Final = (
    Reader(re.compile(r"[-–—−]{2,}>?"), lambda found: "đến" if found.group()[-1] == ">" else " – "),
    Reader(re.compile(r"(?P<sign>[-–—−~])(?P<blank>\s?)(?=(?:US)?[$€£]?[0-9])"), _between),
    Reader(re.compile(r"[-–—]\s?(?=(?:thứ|chủ nhật|ngày|tháng|quý|năm) |T[2-7](?!\w)|CN(?!\w))"), _until),
    Reader(re.compile("−"), _minus),
    Reader(re.compile(rf"-+(?={_SAID})"), _bullet),
    Reader(re.compile(rf"/\s?(?P<count>[0-9]{{1,4}}\s?)?(?P<unit>{UNIT})"), _per_unit),
    Reader(re.compile(r"/+"), _slash),
    Reader(re.compile(r"<->|<=>"), lambda _: "tương đương"),
    Reader(re.compile(r"<=|=<"), lambda _: "nhỏ hơn hoặc bằng"),
    Reader(re.compile(r">=(?!>)"), lambda _: "lớn hơn hoặc bằng"),
    Reader(re.compile(r"!=|<>"), lambda _: "khác"),
    Reader(re.compile(r"[=-]>"), lambda found: "suy ra" if found.group()[0] == "=" else "đến"),
    Reader(re.compile(r"(?P<sign>[<>])(?P<blank>\s?)"), _compared),
    Reader(re.compile(r"[*]\s?(?=[0-9])"), _times),
    Reader(re.compile(r"={3,}"), lambda _: ""),
    Reader(re.compile(r"\+"), _plus),
    Reader(re.compile(r"#"), _hash),
    Reader(re.compile(r"\|"), lambda _: ", "),
    Reader(re.compile(rf"(?:{one_of(SIGNS)})"), _sign),
    Reader(re.compile(r"[*~★☆]"), lambda _: ""),
    Reader(re.compile(r"[^\w\s]|[^\W\d_]|\w"), _figure),
)
