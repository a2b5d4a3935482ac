"""Which characters pictures can show, and what becomes of the others.

Emoji are left out, as no font here has them. Of a script that no font has, such as Chinese, one box stands for each
word: it shows that something is missing, and a row of boxes would show no more; `undrawn` says which script it is.
"""

import functools
import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from mediamill.media.pictures import fonts

#: What stands for a word that cannot be shown.
BOX: Final = "\u25a1"
#: What the fonts inside typst have besides: Armenian, Hebrew, Arabic, Georgian, signs and mathematics; no emoji.
_INSIDE_TYPST: Final = re.compile(
    "[\u0531-\u058f\u0591-\u05f4\u0606-\u060c\u061b\u061f\u0621-\u063a\u0640-\u0655\u0660-\u066d\u0679\u067e\u0686"
    "\u0691\u0698\u06a4\u06a9\u06af\u06be\u06cc\u06f0-\u06f9\u10d0-\u10fa\u10fc-\u10ff\u20d0-\u20ef\u2100-\u2184"
    "\u2190-\u23ff\u2422\u2423\u2460-\u2606\u2609-\u262f\u2638-\u268b\u2690-\u269c\u26a0-\u26a7\u26aa-\u26af\u2701-\u2704"
    "\u2706-\u2709\u270c-\u2715\u2717-\u2726\u272a-\u274b\u274d\u274f-\u2752\u2756\u2758-\u275e\u2761-\u277f\u2794"
    "\u2798-\u27af\u27b1-\u27ff\u2801-\u2bff\ufb13-\ufb17\ufb1d-\ufb4f\ufe70-\ufefc\U0001d400-\U0001d7ff]"
)
#: Joiners, which some scripts need within a word.
_JOINERS: Final = frozenset("\u200c\u200d")
#: Skin tones, selectors, the cap of a key, letters of flags and tags: parts of emoji.
_PARTS: Final = re.compile("[\U0001f3fb-\U0001f3ff\ufe00-\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U000e0020-\U000e007f]")
#: Stands for what is left out, until the blanks around it are looked at.
_GONE: Final = "\ufffc"
_ROW: Final = re.compile(rf"{_GONE}[{_GONE}\u200d]*")
_BEFORE_A_STOP: Final = re.compile(rf"[ \t]*{_GONE}(?=[.,;:!?…)\]])")
_AFTER_A_BLANK: Final = re.compile(rf"(?m)(^|[ \t])(?:{_GONE}[ \t]?)+")
_UNICODE_TABLES: Final = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}


def showable(text: str) -> str:
    """Return the text as it can be shown: composed, without what no font has. Line ends and indents stay."""
    if text.isascii() and text.isprintable():
        return text
    shown = _ROW.sub(_GONE, "".join(_shown(_PARTS.sub(_GONE, unicodedata.normalize("NFC", text)))))
    return _AFTER_A_BLANK.sub(r"\1", _BEFORE_A_STOP.sub("", shown)).replace(_GONE, "")


def undrawn(text: str) -> Sequence[str]:
    """Return the scripts of letters that no font has, each once, in the order of the text: `["Hiragana", "Han"]`."""
    if text.isascii():
        return []
    letters = (letter for letter in unicodedata.normalize("NFC", text) if letter.isalnum() and not _has(letter))
    return list(dict.fromkeys(map(_script, letters)))


def _script(letter: str) -> str:
    """Return what the script of a letter is called: the first word of its name, and Han for CJK."""
    name = unicodedata.name(letter, "an unknown script").split()[0]
    return "Han" if name == "CJK" else name.capitalize()


def _shown(text: str) -> Iterator[str]:
    boxed = False  # whether a box stands for the word so far
    for letter in text:
        if letter in "\n\t" or _has(letter):
            boxed = boxed and unicodedata.category(letter) == "Mn"
            yield letter
        elif unicodedata.category(letter) == "So":
            yield _GONE
        elif letter.isalnum() and not boxed:
            boxed = True
            yield BOX


@functools.lru_cache(maxsize=8192)
def _has(letter: str) -> bool:
    category = unicodedata.category(letter)
    if category[0] == "Z":
        return category == "Zs"
    if category[0] == "C":  # controls, marks that only steer, halves of characters, private ones
        return letter in _JOINERS
    return ord(letter) in covered() or _INSIDE_TYPST.match(letter) is not None


@functools.cache
def covered() -> AbstractSet[int]:
    """Return the code points that the installed fonts have."""
    files = (file for family in fonts.families() for file in sorted(family.folder.iterdir()))
    upright = [file for file in files if file.suffix in {".ttf", ".otf"} and "Italic" not in file.name]
    named = {file.name.partition("-")[0]: file for file in upright}
    return frozenset(point for file in named.values() for point in code_points(file))


def code_points(file: Path) -> Iterator[int]:
    """Yield the code points for which a font has a glyph.

    Source: OpenType 1.9, table `cmap`, formats 4 and 12. Raises ValueError or struct.error for no font.
    """
    font = file.read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    offsets = {
        name: offset
        for name, _sum, offset, _length in (struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(tables))
    }
    if b"cmap" not in offsets:
        raise ValueError(f"{file.name} has no characters")
    cmap = offsets[b"cmap"]
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)
        if (platform, encoding) in _UNICODE_TABLES:
            yield from _points(font, cmap + offset)


def _points(font: bytes, at: int) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", font, at)
    if form == 4:  # noqa: PLR2004 - its number
        yield from _points_in_segments(font, at)
    elif form == 12:  # noqa: PLR2004 - its number
        (groups,) = struct.unpack_from(">I", font, at + 12)
        for number in range(groups):
            first, last, _glyph = struct.unpack_from(">III", font, at + 16 + 12 * number)
            yield from range(first, last + 1)


def _points_in_segments(font: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    row = f">{twice // 2}H"
    last, first, delta, place = (
        struct.unpack_from(row, font, at + 14 + step) for step in (0, twice + 2, 2 * twice + 2, 3 * twice + 2)
    )
    for number in range(twice // 2):
        for point in range(first[number], min(last[number], 0xFFFE) + 1):
            glyph = point
            if place[number]:
                where = at + 16 + 3 * twice + 2 * number + place[number] + 2 * (point - first[number])
                (glyph,) = struct.unpack_from(">H", font, where)
            if glyph and (glyph + delta[number]) & 0xFFFF:
                yield point
