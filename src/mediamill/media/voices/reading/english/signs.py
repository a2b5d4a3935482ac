# ruff: noqa: RUF001 - signs are what this file is about
"""English names of signs: + & = < > ° § ², Greek letters; and what is left of any other."""

import re
import unicodedata
from typing import Final

from mediamill.media.voices.reading.english.numbers import cardinal, spelled
from mediamill.media.voices.reading.rules import either, rule, table

_RAISED_SIGNS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_POWERS: Final = table("2=squared 3=cubed")
_BOUNDS: Final = table("≤=at_most ≥=at_least")
_EQUALS: Final = "equals"
_NAMES: Final = table(
    "&=and +=plus @=at %=percent ‰=per_mille ±=plus_or_minus ×=times ⋅=times ÷=divided_by ≠=is_not_equal_to ≈=is_about",
    "≤=is_at_most ≥=is_at_least →=to ⇒=implies √=the_square_root_of ∞=infinity §=section ¶=paragraph ©=copyright",
    "°=degrees ℃=degrees_Celsius ℉=degrees_Fahrenheit ∑=the_sum_of ∫=the_integral_of ∆=delta ∈=in ∪=union ∩=and",
    "№=number ♯=sharp ♭=flat $=dollar £=pound €=euro ¥=yen ¢=cent",
)
#: Signs that have a name wherever they stand.
_NAMED: Final = "".join(_NAMES) + "="
#: Signs that nothing is said for.
_UNSAID: Final = r"*_#~^`\{}<>[]®™•†‡←↔/"
_GREEK_LETTERS: Final = "αβγδεζηθικλμνξοπρςστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
_GREEK: Final = {letter: unicodedata.name(letter).rpartition(" ")[2].lower() for letter in _GREEK_LETTERS}
_ALTERNATIVES: Final = table(
    "he/she=he_or_she she/he=she_or_he s/he=he_or_she his/her=his_or_her him/her=him_or_her and/or=and_or",
    "either/or=either_or yes/no=yes_or_no m/s=meters_per_second km/h=kilometers_per_hour",
)
#: Figures of other scripts, fractions and Roman numerals as one sign, figures in circles.
_OTHER_FIGURES: Final = re.compile(r"(?![0-9])\d|[\u2150-\u218b\u2460-\u24ff\u2776-\u2793\u3220-\u32bf]")


def figures(text: str) -> str:
    """Return a text with its figures in ASCII: those of other scripts, full width, lowered and in circles."""
    return text if text.isascii() else _OTHER_FIGURES.sub(_figure, text.translate(_LOWERED))


def _figure(found: re.Match[str]) -> str:
    sign = found.group(0)
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if "VULGAR FRACTION" in unicodedata.name(sign, ""):
        return sign
    return f" {unicodedata.normalize('NFKC', sign).strip('().')} "


def _power(found: re.Match[str]) -> str:
    raised = (found.group(1) or found.group(2)).translate(_RAISED).strip("()")
    if raised in _POWERS:
        return f" {_POWERS[raised]}"
    sign = "minus " if raised[0] in "-−" else ""
    power = raised.lstrip("+-−")
    return f" to the power of {sign}{cardinal(power) if power.isdecimal() else power}"


def _alternative(found: re.Match[str]) -> str:
    """Read `and/or`, `Yes/No`; other words with a slash between them just follow each other."""
    known = _ALTERNATIVES.get(found.group(0).lower())
    if known is None:
        return f"{found.group(1)} {found.group(2)}"
    return known.capitalize() if found.group(0)[0].isupper() else known


def _left_over(found: re.Match[str]) -> str:
    number = found.group(0)
    return f" {spelled(number) if number[0] == '0' else cardinal(number)} "


#: Before amounts are read: signs that belong to a number.
BEFORE: Final = (
    # ~5, (≈ 5, ≤5
    rule(r"(?:(?<=\s)|\A|(?<=[(\[]))~\s?(?=[\d$£€.])|(?:\A|(?<=[(\[]))≈\s?", "about ", where="~≈"),
    rule(r"(?:\A|(?<=\())([≤≥])\s?", lambda found: f"{_BOUNDS[found.group(1)]} ", where="≤≥"),
    # 2) in a list
    rule(r"\A(\d{1,3})\)(?=\s)", lambda found: f"{found.group(1)}.", where=")"),
    rule(r"(?:#|№\s?)(?=\d)", "number ", where="#№"),
    rule(r"§§?\s?(?=\d)", "section ", where="§"),
    # A note's mark behind a word, as in an encyclopedia: "Rome.[12]"
    rule(r"(?<=[\w.,;:!?)\"'”])\[\d{1,3}\]", "", where="["),
)

#: After units, which say their powers in their own way: square meters.
POWERS: Final = (
    # A note's mark behind a word too long for a formula
    rule(rf"(?<=[^\W\d_]{{4}})[{_RAISED_SIGNS}]{{1,3}}", "", where=_RAISED_SIGNS),
    rule(
        rf"(?<=[\w)\]])(?:\^(\([-−+]?\w{{1,12}}\)|[-−+]?\w{{1,12}})|([⁺⁻]?[{_RAISED_SIGNS}ⁿ]{{1,12}}))",
        _power,
        where=f"^{_RAISED_SIGNS}ⁿ",
    ),
    rule(f"[{_RAISED_SIGNS}]", lambda found: f" {found.group(0).translate(_RAISED)} ", where=_RAISED_SIGNS),
)

AFTER: Final = (
    rule(r"\b([^\W\d_]{1,30})/([^\W\d_]{1,30})\b", _alternative, where="/"),
    # y = -x is arithmetic, and ls -x is not
    rule(r"(?<=[=(*/+<>,]) ?-(?=[^\W\d_]\b)", " minus ", where="-"),
    rule(r"(?<!\S)-(?=[^\W\d_]\b)", "", where="-"),
    rule(r"\s?&&\s?", " and ", where="&"),
    rule(r"\s?\|\|\s?", " or ", where="|"),
    rule(r"[-=—–]>", " to ", where=">"),
    rule(r"(?<=\w)\s?<=\s?(?=\w)", " is at most ", where="<"),
    rule(r"(?<=\w)\s?>=\s?(?=\w)", " is at least ", where=">"),
    rule(r"(?<=\w)\s?!=\s?(?=\w)", " is not equal to ", where="!"),
    rule(r"(?<=\w)\s?={1,3}\s?(?=\w)", f" {_EQUALS} ", where="="),
    rule(r"(?:(?<=\w)|(?<=\s)|\A)\s?<\s?(?=\w)(?![^<>]{0,80}>)", " less than ", where="<"),
    rule(r"(?:(?<=\w)|(?<=\s)|\A)\s?>\s?(?=\w)", " greater than ", where=">"),
    rule(r"(?<=\w)\s[*·]\s(?=\w)", " times ", where="*·"),
    rule(r"\b([A-Z])\+(?!\w)", lambda found: f"{found.group(1)} plus", where="+"),
    rule(f"[{re.escape(_NAMED)}]", lambda found: f" {_NAMES.get(found.group(0), _EQUALS)} ", where=_NAMED),
    rule(rf"(?<!\w)(?:{either(_GREEK)})(?!\w)", lambda found: _GREEK[found.group(0)], where=_GREEK_LETTERS),
    rule(r"\s?\|\s?", ", ", where="|"),
    rule(f"[{re.escape(_UNSAID)}]", " ", where=_UNSAID),
    rule(r"\d++", _left_over),
)
