"""The text of a picture, before its kind reads it."""

import unicodedata
from typing import Final

from mediamill.core.errors import InvalidInput

#: A message shows so much of what was sent.
_SHOWN_CHARS: Final = 40
#: They steer too, but some scripts need them within a word.
_JOINERS: Final = frozenset("\u200c\u200d")
#: Cc: control, Cs: half of a character, Co: private, Cn: none.
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})


def plain(text: str) -> str:
    r"""Return `text` composed (NFC), with `\n` between lines.

    Marks that only steer (of direction, of order, of width 0) are left out: they could show one text and mean another.
    Raises InvalidInput for characters that are none.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    for character in set(lines):
        if character not in "\n\t" and unicodedata.category(character) in _NO_TEXT:
            raise InvalidInput(f"the content has a character that cannot be drawn: U+{ord(character):04X}")
    return "".join(letter for letter in lines if letter in _JOINERS or unicodedata.category(letter) != "Cf")


def shown(text: str) -> str:
    """Return `text` in quotes for a message, shortened where it is long."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _SHOWN_CHARS else f"{flat[: _SHOWN_CHARS - 1]}…")


def unfenced(lines: list[str]) -> list[str]:
    """Return the lines without a fence of three backticks around them, as language models write."""
    return [line for line in lines if not line.lstrip().startswith("```")]
