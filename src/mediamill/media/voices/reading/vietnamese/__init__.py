# ruff: noqa: RUF001 - typographic marks are what is read
"""How Vietnamese is read out: one way through a sentence, at each place by the first rule that knows what is there.

A rule (`reader.Reader`) sees the text as it was written, never what another rule made of
it, so that the order of the rules decides only which of them is asked first. What no rule knows comes
out as it was; English words do too, for the voice to say in its own way.

Written here rather than left to the package vietnormalizer, which replaces one pattern after the
other: each reads what the last one wrote ("ngày ngày mười lăm"), it deletes addresses and every sign
that it does not know, loses the first zero of a telephone number, and lower-cases all names. Of the
golden rows it reads one in five.
"""

import re
import unicodedata
from typing import Final

from mediamill.media.voices.reading import common
from mediamill.media.voices.reading.vietnamese import (
    amounts,
    codes,
    dashes,
    dates,
    roman,
    shares,
    short,
    signs,
    telephones,
    times,
)
from mediamill.media.voices.reading.vietnamese.reader import LATIN, LOWER, UPPER, one_of

_FIGURES: Final = (
    *telephones.READERS,
    *codes.NUMBER_READERS,
    *dates.READERS,
    *times.READERS,
    *shares.READERS,
    *amounts.READERS,
    *codes.FIGURE_READERS,
    *amounts.NUMBER_READERS,
)
_LETTERS: Final = (
    *signs.LETTER_READERS,
    *amounts.MONEY_READERS,
    *roman.READERS,
    *codes.READERS,
    *short.READERS,
)
_SIGNS: Final = (
    *telephones.READERS,
    *amounts.MONEY_READERS,
    *dashes.READERS,
    *signs.READERS,
)

#: Ordinary words with the blanks and stops around them; nothing in it is asked about.
_WORD: Final = rf"[{UPPER}]?[{LOWER}]+"
_PLAIN: Final = re.compile(
    rf"(?:[\s,;:!?…\"“”‘’«»\[\]{{}})]|\((?![+0-9])|\.(?!\w)|[\u0400-\u1dff\u3041-\u318f\u3400-\ud7ff]"
    rf"|(?!(?:{one_of(short.LOWER_CASE)})(?!\w)|x\s[0-9]){_WORD}(?:-{_WORD}){{0,5}}+(?![\w&'’/+#@°$%*<>=^-]|\.\w))+"
)
#: A word to its end, for no rule begins in the middle of one.
_UNKNOWN: Final = re.compile(rf"[{LATIN}]+")
#: Digits of other scripts, and those of H₂O.
_OTHER_DIGIT: Final = re.compile("(?![0-9])[\\d₀-₉]")
_STOPS: Final = ".,;:!?…)]}"
#: What is left of an item in a list, and of a sign before a stop that is not said.
_BULLETS_AND_BLANKS: Final = re.compile(r"\A(?:[-–—−+]+\s)+|(?<=\w)\s+(?=[,.;:!?…)\]}”’»])")


def spoken(text: str) -> str:
    """Return one sentence as a voice should read it out; without a digit. See `reading.spoken`."""
    text = common.spoken(unicodedata.normalize("NFC", " ".join(text.split())), "vi")
    text = _OTHER_DIGIT.sub(lambda digit: str(unicodedata.digit(digit.group())), text)
    text = " ".join(signs.UNSAID.sub(" ", text).split())
    said = _Sentence()
    place = 0
    while place < len(text):
        if plain := _PLAIN.match(text, place):
            said.keep(plain.group())
            place = plain.end()
        else:
            place = _read(text, place, said)
    return said.text()


def _read(text: str, place: int, said: "_Sentence") -> int:
    """Read what stands at `place`, which is nothing ordinary, and return where it ends."""
    first = text[place]
    readers = _FIGURES if first.isdecimal() else _LETTERS if first.isalpha() else _SIGNS
    for reader in readers:
        if (found := reader.pattern.match(text, place)) and (words := reader.read(found)) is not None:
            said.say(words)
            return found.end()
    unknown = _UNKNOWN.match(text, place)
    end = unknown.end() if unknown else place + 1
    said.keep(text[place:end])
    return end


class _Sentence:
    """What is said so far. A reading stands apart from the words on both sides of it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._read = False

    def keep(self, written: str) -> None:
        """Append what is said as it is written."""
        if self._read and written[0].isalnum():
            self._pieces.append(" ")
        self._read = self._read and written in _STOPS
        self._pieces.append(written)

    def say(self, words: str) -> None:
        """Append a reading; an empty one parts the words around it."""
        last = self._pieces[-1][-1:] if self._pieces else ""
        if last.isalnum() or (last in _STOPS and (last != "." or self._read)):
            self._pieces.append(" ")
        self._pieces.append(words or " ")
        self._read = True

    def text(self) -> str:
        """Return all of it, blanks being single."""
        return _BULLETS_AND_BLANKS.sub("", " ".join("".join(self._pieces).split()))
