"""English numbers in words, as an American says them: "two hundred five", "nineteen eighty-four".

Written here rather than taken from a library: `inflect` takes 1.3 s of CPU to import, which every
process that speaks would pay.
"""

from typing import Final

from mediamill.media.voices.reading.rules import table

#: How a number is written: 1,234.5 or 1234.5 or .5. Possessive, so that a million figures are looked at once.
NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})++(?!\d)(?:\.\d++)?|\d++(?:\.\d++)?|\.\d++)"

_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
#: A longer number is no number to a listener: it is said figure by figure.
_LONGEST_FIGURES: Final = 3 * len(_SCALES)
_GROUP_FIGURES: Final = 3
_ORDINALS: Final = table("one=first two=second three=third five=fifth eight=eighth nine=ninth twelve=twelfth")
_PLURALS: Final = table("foot=feet half=halves inch=inches six=sixes")

_HUNDRED: Final = 100
_TWENTY: Final = 20


def cardinal(figures: str) -> str:
    """Return "twelve thousand five" for `12005` or `12,005`; figure by figure when it is long or begins with 0.

    figures: ASCII figures, with commas or without.
    """
    bare = figures.replace(",", "")
    if len(bare) > _LONGEST_FIGURES or (len(bare) > 1 and bare[0] == "0"):
        return spelled(bare)
    groups = []
    for scale in range((len(bare) - 1) // _GROUP_FIGURES, -1, -1):
        end = len(bare) - scale * _GROUP_FIGURES
        number = int(bare[max(0, end - _GROUP_FIGURES) : end])
        if number:
            groups.append(f"{_below_thousand(number)} {_SCALES[scale]}".strip())
    return " ".join(groups) or _ONES[0]


def spelled(figures: str) -> str:
    """Return figures one by one: "zero eight hundred" is `zero eight zero zero`."""
    return " ".join(_ONES[int(figure)] for figure in figures if figure.isdigit())


def decimal(number: str) -> str:
    """Return "three point one four" for `3.14`, "minus point five" for `-.5`. The point may be missing."""
    sign = "minus " if number[0] in "-\N{MINUS SIGN}" else "plus " if number[0] == "+" else ""
    whole, _, fraction = number.lstrip("+-\N{MINUS SIGN}").partition(".")
    said = cardinal(whole) if whole else ""
    if fraction:
        said = f"{said} point {spelled(fraction)}".strip()
    return sign + said


def ordinal(figures: str) -> str:
    """Return "twenty-first" for `21`, "one hundredth" for `100`."""
    return as_ordinal(cardinal(figures))


def as_ordinal(number: str) -> str:
    """Return the ordinal of a number in words: "twenty-one" gives "twenty-first"."""
    head, dash, last = number.rpartition("-") if "-" in number.rpartition(" ")[2] else number.rpartition(" ")
    if last.endswith("y"):
        return f"{head}{dash}{last[:-1]}ieth"
    return f"{head}{dash}{_ORDINALS.get(last, last + 'th')}"


def plural(word: str) -> str:
    """Return "twenties" for "twenty", "feet" for "foot": of numbers, fractions and units, not of every noun."""
    head, blank, last = word.rpartition(" ")
    if last in _PLURALS:
        return f"{head}{blank}{_PLURALS[last]}"
    if last.endswith("y") and last[-2] not in "aeou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def is_year(figures: str) -> bool:
    """Whether four figures without a comma are more likely a year than an amount, as from 1100 to 2099."""
    return len(figures) == len("1999") and figures.isdecimal() and "1100" <= figures <= "2099"


def year(figures: str) -> str:
    """Return "nineteen eighty-four" for `1984`, "two thousand five" for `2005`, "forty-four" for `44`."""
    number = int(figures)
    high, low = divmod(number, _HUNDRED)
    if not 10 <= high < _HUNDRED or (high % 10 == 0 and low < 10):  # noqa: PLR2004 - four figures, and no round thousand
        return cardinal(figures)
    if low == 0:
        return f"{_below_thousand(high)} hundred"
    return f"{_below_thousand(high)} {oh(low)}"


def oh(number: int) -> str:
    """Return "oh five" for 5, "fifteen" for 15: the last two figures of a year or a time."""
    return f"oh {_ONES[number]}" if number < 10 else _below_thousand(number)  # noqa: PLR2004 - one figure


def pairs(figures: str) -> str:
    """Return the number of a room, a bus or a model: `305` is "three oh five", `1080` "ten eighty"."""
    if len(figures) not in {3, 4} or figures[0] == "0" or figures.endswith("00"):
        return cardinal(figures)
    return f"{_below_thousand(int(figures[:-2]))} {oh(int(figures[-2:]))}"


def fraction(above: int, below: int) -> str:
    """Return "one half", "three quarters", "five eighths". below: at least 2."""
    part = {2: "half", 4: "quarter"}.get(below) or ordinal(str(below))
    return f"{cardinal(str(above))} {part if above == 1 else plural(part)}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, _HUNDRED)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    if rest >= _TWENTY:
        words.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
    elif rest or not words:
        words.append(_ONES[rest])
    return " ".join(words)
