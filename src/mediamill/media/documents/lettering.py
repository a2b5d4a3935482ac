"""How large the letters of a scan are, told from how wide and how high its words are.

Tesseract's own measure of a line is off by half as often as not. Words are many letters wide, so that a pixel more or
less does not matter: that tells a heading from the text. Their heights tell a heading from words in wide letters, as
programs are printed in.
"""

import string
import unicodedata
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

#: Of Times, in thousandths of its size. Another face is wider or narrower, and all of its letters about as much so.
_SIGNS: Final = {
    264: ".,:;!'|",
    278: "ijlt",
    333: "frI",
    350: '()[]-"',
    389: "sJ",
    444: "acez",
    500: "bdghknopquvxy",
    556: "FPS",
    611: "ELTZ",
    667: "BCR",
    722: "wADGHKNOQUVXY",
    778: "m",
    889: "M",
    944: "W",
}
_WIDTHS: Final = {sign: width for width, signs in _SIGNS.items() for sign in signs}
#: Digits and what is left.
_OTHER: Final = 500
_TALL: Final = frozenset(string.ascii_uppercase + string.digits + "bdfhkl")
_DEEP: Final = frozenset("gjpqy")
#: In parts of the size: above the base line, and below it.
_RISE, _TALL_RISE, _DEPTH = 0.47, 0.68, 0.21


class Word(NamedTuple):
    """A word as it was seen: the box around its ink, in any unit."""

    text: str
    width: float
    height: float


def size_of(words: Sequence[Word]) -> float:
    """Return the size of the letters of a line, in the unit of its words; 0 where there are none.

    Within 3 % from line to line of one face, and within 10 % for a line of a word or two.
    """
    seen = [word for word in words if any(sign.isalnum() for sign in word.text)]
    if not seen:
        return 0.0
    by_width = 1000 * sum(word.width for word in seen) / sum(_width_of(word.text) for word in seen)
    return min(by_width, median(word.height / _height_of(word.text) for word in seen))


def _width_of(text: str) -> int:
    return sum(_WIDTHS.get(sign, _OTHER) for sign in _unmarked(text))


def _height_of(text: str) -> float:
    letters = set(_unmarked(text))
    rise = _TALL_RISE if letters & _TALL or not text.isascii() else _RISE
    return rise + (_DEPTH if letters & _DEEP else 0.0)


def _unmarked(text: str) -> str:
    """Return a word without its marks, which take no room beside their letters."""
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
