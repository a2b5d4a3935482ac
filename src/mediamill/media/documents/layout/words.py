"""Lines joined to running text: words that a line's end cut are whole again."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_HYPHENS: Final = "-\u2010\u00ad"
_CUT: Final = "\u00ad"
_LAST_PART: Final = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]\Z")
#: Before these a hyphen stays: it is the writer's as likely as the typesetter's, and a reader knows both.
_COMPOUND: Final = re.compile(
    "all|cross|ex|first|full|half|high|large|left|long|low|mid|multi|near|non|open|quasi|real|right|second|self|semi|"
    "short|single|small|so|third|two|three|four|five|six|well|wide|zero|one",
    re.IGNORECASE,
)
_INNER_CUT: Final = re.compile(rf"([^\W\d_]*){_CUT}(?=(\w?))")
_LIGATURES: Final = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


def joined(lines: Sequence[str]) -> str:
    """Return lines of a paragraph as one, in NFC."""
    text = ""
    for line in lines:
        text = f"{_ended(text, line)}{line}" if text else line
    text = _INNER_CUT.sub(_mended, text).translate(_LIGATURES)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def letters_of(words: str) -> str:
    """Return the letters of a heading, by which it is the same wherever it stands, with its number or without."""
    return "".join(sign for sign in words.casefold() if sign.isalpha())


def _ended(text: str, line: str) -> str:
    """Return a text as it is before the next line, with a blank where one belongs."""
    if text[-1] not in _HYPHENS:
        return text if text[-1] in "/_" else f"{text} "
    part = _LAST_PART.search(text)
    if part is None:
        return text if text[-2:-1].isalnum() and line[:1].isalnum() else f"{text} "
    if not line[:1].islower():
        return text[:-1] + "-"
    return text if _COMPOUND.fullmatch(part.group(1)) else text[:-1]


def _mended(found: re.Match[str]) -> str:
    """Return the part of a word before a cut that pdfium has seen, with its hyphen where that is the writer's."""
    before, after = found.group(1), found.group(2)
    stays = before and (_COMPOUND.fullmatch(before) or (after and not after.islower()))
    return f"{before}-" if stays else before
