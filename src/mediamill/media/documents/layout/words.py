"""Lines joined to running text: words that a line's end cut are whole again."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from mediamill.media.documents.rows import CUT

_HYPHENS: Final = ("-", "\u2010", CUT)
#: No word is longer; what is, is no word.
_LONGEST_WORD_CHARS: Final = 40
_LAST_PART: Final = re.compile(r"[^\W\d_]+\Z")
#: Before these a hyphen stays: it is the writer's as likely as the typesetter's, and a reader knows both.
_COMPOUND: Final = re.compile(
    "all|cross|ex|first|full|half|high|large|left|long|low|mid|multi|near|non|open|quasi|real|right|second|self|semi|"
    "short|single|small|so|third|two|three|four|five|six|well|wide|zero|one",
    re.IGNORECASE,
)
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_LIGATURE: Final = re.compile("[\ufb00-\ufb06]")
_LIGATURES: Final = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


def joined(lines: Sequence[str]) -> str:
    """Return lines of a paragraph as one, in NFC."""
    parts = [part for line in lines for part in _parts(line)]
    made = [_ended(part, after, last=last) for (part, last), (after, _) in pairwise(parts)]
    text = "".join([*made, parts[-1][0]]) if parts else ""
    if _LIGATURE.search(text):
        text = text.translate(_LIGATURES)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def letters_of(words: str) -> str:
    """Return the letters of a heading, by which it is the same wherever it stands, with its number or without."""
    return _NO_LETTERS.sub("", words.casefold())


def _parts(line: str) -> list[tuple[str, bool]]:
    """Return a line, parted where pdfium has put a cut word together, and of each part whether it ends the line."""
    if CUT not in line:
        return [(line, True)] if line else []
    *parts, end = line.split(CUT)
    return [(part + CUT, False) for part in parts] + ([(end, True)] if end else [])


def _ended(text: str, after: str, *, last: bool) -> str:
    """Return a part as it is before the next one, with a blank where one belongs. last: of its line."""
    if not text.endswith(_HYPHENS):
        return text if not last or text[-1] in "/_" else f"{text} "
    part = _LAST_PART.search(text[-_LONGEST_WORD_CHARS - 1 : -1])
    if part is None:
        return f"{text[:-1]}-" if text[-2:-1].isalnum() and after[:1].isalnum() else f"{text} "
    if not after[:1].islower() or _COMPOUND.fullmatch(part.group()):
        return f"{text[:-1]}-"
    return text[:-1]
