# ruff: noqa: RUF001 - typographic signs are what is read
"""Signs: slashes, those of mathematics, bullets."""

import re
import unicodedata
from typing import Final

from mediamill.media.voices.reading.vietnamese.letters import spelled
from mediamill.media.voices.reading.vietnamese.numbers import cardinal
from mediamill.media.voices.reading.vietnamese.reader import LOWER, UPPER, Reader, after, before, one_of, table, words
from mediamill.media.voices.reading.vietnamese.units import ALL_UNITS, MONEY, PER, PRICES, UNIT

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
    Φ = phi
    ω = ô mê ga
    Ω = ôm
""")

#: Endings of the names of files.
_FILES: Final = words("""
    apk conf csv doc docx exe gif html ini jpg jpeg js json log md pdf png ppt pptx py rar sh sql svg toml txt xls xlsx
    xml yaml yml zip
""")

#: Decorations, faces made of signs, and what only a machine reads.
UNSAID: Final = re.compile(
    r"[_`\\®™•‣▪▫●○◦■□◆◇►▶▸➤➢✓✔✗✘✦✱✳♥♦♣♠¶†‡¤]|[*~](?!\s?[0-9])|(?<![0-9])(?<![0-9] )[★☆]"
    r"|(?<!\w)(?:[:;=]['-]?[()]+|(?:[:;=]D|\^_?\^|:v|<3)(?!\w))"
)

#: What begins with one of these is said.
SAID: Final = rf"(?:[\w<>#~−–-]|{one_of(SIGNS)})"
_GREEK: Final = "\u0370-\u03ff"

_UNIT_BEFORE: Final = re.compile(
    rf"(?:[0-9]|{UNIT.lower()}|(?<!\w)(?:{one_of([*PRICES, *PER])}|gam|ki lô gam|kỳ|mol|vòng|nhịp|lần|ca lo))\s?\Z"
)
_CURRENCY_BEFORE: Final = re.compile(rf"(?<![0-9\w])(?<![0-9] )(?:{one_of(code.lower() for code in MONEY)})\Z")
_PRICE_BEFORE: Final = re.compile(rf"(?:[0-9]|(?<!\w))(?:{one_of(PRICES)})\s?\Z")
_COUNTED_BEFORE: Final = re.compile(
    r"(?:[0-9%]|\b(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|trăm|nghìn|triệu|tỷ|vài|mấy|mỗi|nhiều|đồng)\b)"
    r"[^,.;:]{0,24}\Z"
)
#: "và/hoặc" and "P/E" are said without a pause.
_JOINED: Final = re.compile(r"(?i:\bvà)/|(?<!\w)[A-ZĐ]/[A-ZĐ](?!\w)")
_NUMBER_AFTER: Final = re.compile(r" [0-9][0-9.,]{0,30}(?P<equals>\s?=)?")
_WORD_AFTER: Final = re.compile(rf"([{LOWER}{UPPER}]+)")


def _per_unit(found: re.Match[str]) -> str | None:
    """Return "/kg" behind a price, "/h" behind a length and "/100km" behind a volume."""
    said_before = before(found)
    if not _UNIT_BEFORE.search(said_before):
        return None
    if found["unit"] in MONEY and _CURRENCY_BEFORE.search(said_before):
        return "so với " + ("đồng Việt Nam" if found["unit"] in {"VND", "VNĐ"} else MONEY[found["unit"]])
    count = f"{cardinal(int(found['count']))} " if found["count"] else ""
    one = "một" if _PRICE_BEFORE.search(said_before) and not count else "trên"
    return f"{one} {count}{ALL_UNITS[found['unit']]}"


def _slash(found: re.Match[str]) -> str | None:
    """Return any other slash: "lần/ngày", "nam/nữ", "và/hoặc", a path."""
    said_before, said_after = before(found), after(found)
    if re.search(r"[0-9] \Z", said_before) and (number := _NUMBER_AFTER.match(said_after)):
        return "chia" if number["equals"] else "trên"
    word = _WORD_AFTER.match(said_after)
    apart = said_before[-1:] in {"", " ", "("}
    counted = word and word[1] in PER and _COUNTED_BEFORE.search(said_before)
    if not apart and (counted or (word and word[1].islower() and _PRICE_BEFORE.search(said_before))):
        return "một"
    if re.search(r"[0-9][a-zđ]?\Z", said_before) and re.match("[0-9]", said_after):
        return ", " if re.search(r"[0-9]{7}\Z", said_before) else "trên"
    if apart or not said_after.strip():
        return "gạch chéo" if re.match(SAID, said_after) else None
    return "" if _JOINED.search(found.string[max(0, found.start() - 4) : found.end() + 2]) else ", "


def _compared(found: re.Match[str]) -> str:
    """Return < and >: between two things, or before one, as in ">50%"."""
    sides = {"<": ("nhỏ hơn", "dưới"), ">": ("lớn hơn", "trên")}[found["sign"]]
    if not after(found).strip():
        return ""
    said_before = before(found)
    alone = not said_before or (said_before[-1] in " (" and not found["blank"])
    if alone:
        return sides[1] if re.match(r"\s?[0-9]", after(found)) else ""
    return sides[0]


def _times(found: re.Match[str]) -> str | None:
    """Return x or * between two numbers."""
    return "nhân" if re.search(r"[0-9]\s?[a-zµ]{0,3}\s?\Z", before(found)) else None


def _plus(found: re.Match[str]) -> str:
    return "cộng" if before(found).strip() or re.match(r"[0-9]", after(found)) else ""


def _file(found: re.Match[str]) -> str:
    """Return the ending of a file's name."""
    ending = found["ending"]
    return f"chấm {ending if set(ending) & set('aeiou') else spelled(ending.upper())}"


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


#: Of letters that are signs.
LETTER_READERS: Final = (
    Reader(re.compile(r"[xX]\s?(?=[0-9])"), _times),
    Reader(re.compile(rf"(?<![{_GREEK}])[{''.join(sign for sign in SIGNS if sign.isalpha())}](?![{_GREEK}])"), _sign),
)

READERS: Final = (
    Reader(re.compile(rf"/\s?(?P<count>[0-9]{{1,4}}\s?)?(?P<unit>{UNIT})"), _per_unit),
    Reader(re.compile(r"/{1,4}"), _slash),
    Reader(re.compile(r"<->|<=>"), lambda _: "tương đương"),
    Reader(re.compile(r"<=|=<"), lambda _: "nhỏ hơn hoặc bằng"),
    Reader(re.compile(r">=(?!>)"), lambda _: "lớn hơn hoặc bằng"),
    Reader(re.compile(r"!=|<>"), lambda _: "khác"),
    Reader(re.compile(r"[=-]>"), lambda found: "suy ra" if found.group()[0] == "=" else "đến"),
    Reader(re.compile(r"(?P<sign>[<>])(?=(?P<blank>\s?))"), _compared),
    Reader(re.compile(r"[*]\s?(?=[0-9])"), _times),
    Reader(re.compile(r"={3,}"), lambda _: ""),
    Reader(re.compile(r"\+"), _plus),
    Reader(re.compile(r"#"), _hash),
    Reader(re.compile(rf"(?<=\w)\.(?P<ending>{one_of(_FILES)})(?!\w)"), _file),
    Reader(re.compile(r"\|"), lambda _: ", "),
    Reader(re.compile(rf"(?:{one_of(SIGNS)})"), _sign),
    Reader(re.compile(r"[*~★☆]"), lambda _: ""),
    Reader(re.compile(r"\S"), _figure),
)
