"""How wide the words of a diagram are, and where they break into lines."""

import functools
import unicodedata
from typing import TYPE_CHECKING, Final

from mediamill.media.pictures import fonts

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: The font's size at which widths are measured: its units are a thousandth of it.
_MEASURED_AT: Final = 1_000
#: What the font lacks is drawn in another one, and may be as wide as this, em.
_UNKNOWN_EM: Final = 0.7


@functools.cache
def _font() -> "FreeTypeFont":
    from PIL.ImageFont import Layout, truetype  # noqa: PLC0415 - at the door nothing is measured

    return truetype(str(fonts.file("BeVietnamPro-Medium.ttf")), _MEASURED_AT, layout_engine=Layout.BASIC)


@functools.cache
def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    known = unicodedata.category(letter)[0] in "LNPSZ" and ord(letter) < 0x2100 and not 0x0370 <= ord(letter) < 0x1E00  # noqa: PLR2004 - Latin
    return _font().getlength(letter) / _MEASURED_AT if known else _UNKNOWN_EM


@functools.cache
def width_em(text: str) -> float:
    """Return how wide a text is on one line, em, in the weight of boxes."""
    return sum(_letter(letter) for letter in text)


def wrapped(text: str, most_em: float) -> tuple[str, ...]:
    """Return the lines of a text, none wider than `most_em`, as few as there can be and of about one width."""
    words = [piece for word in text.split() for piece in _pieces(word, most_em)]
    count = len(_greedy(words, most_em))
    low, high = 0.0, most_em
    while high - low > 0.1:  # noqa: PLR2004 - em, less than a letter
        middle = (low + high) / 2
        lines = _greedy(words, middle)
        if len(lines) <= count and all(width_em(line) <= middle for line in lines):
            high = middle
        else:
            low = middle
    return tuple(_greedy(words, high))


def _pieces(word: str, most_em: float) -> list[str]:
    """Return a word, in pieces where it is wider than a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_em(pieces[-1] + letter) > most_em:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _greedy(words: list[str], most_em: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and width_em(f"{lines[-1]} {word}") <= most_em:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
