"""Vietnamese in fonts from before Unicode, whose letters have the numbers of others: `TiÕng ViÖt` is Tiếng Việt.

Offices wrote so until about 2005, and their PDFs are still passed on. Sources: TCVN 5712:1993, table VN3 (the ABC
fonts); VNI Software's table for Windows.
"""

import re
import unicodedata
from enum import Enum
from types import MappingProxyType
from typing import Final

_ABC_NAME: Final = re.compile(r"\A[#.]*\.Vn[A-Z0-9]", re.IGNORECASE)
_ABC_CAPITALS: Final = re.compile(r"\A[#.]*\.Vn\w*?H(?:[^a-z]|\Z)")
_VNI_NAME: Final = re.compile(r"\AVNI[-_ ]", re.IGNORECASE)
#: Letters of Unicode's Vietnamese: the file says what its signs are, whatever its fonts' names say.
_TODAY: Final = re.compile("[\u0102\u0103\u0110\u0111\u01a0-\u01b0\u1ea0-\u1ef9]")

_ABC: Final = MappingProxyType(
    str.maketrans(
        "¡¢§£¤¥¦¨©®ª«¬\u00adµ\u03bc\u00b8¶·¹»¾¼½ÆÇÊÈÉËÌÐÎÏÑÒÕÓÔÖ\u00d7ÝØÜÞßãáâäåèæçéêíëìîïóñòôõøö÷ùúýûüþ",
        "ĂÂĐÊÔƠƯăâđêôơưààáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ",
    )
)

#: A hyphen that touches a letter and is not before a capital, as that of `Việt-Nam` and a dash at a line's start are.
_HYPHEN_U: Final = re.compile(r"(?:(?<=[^\W\d_])-|-(?=[^\W\d_]))(?![A-ZĂÂĐÊÔƠƯ])")

#: Alone, and behind a vowel, of which VNI writes the marks as letters of their own.
_VNI_ALONE: Final = MappingProxyType(str.maketrans("ñÑôÔöÖæÆóÓòÒîÎ", "đĐơƠưƯỉỈĩĨịỊỵỴ"))
_VNI_MARKS: Final = MappingProxyType(
    {
        "ù": "\u0301",
        "ø": "\u0300",
        "û": "\u0309",
        "õ": "\u0303",
        "ï": "\u0323",
        "ê": "\u0306",
        "é": "\u0306\u0301",
        "è": "\u0306\u0300",
        "ú": "\u0306\u0309",
        "ü": "\u0306\u0303",
        "ë": "\u0306\u0323",
        "â": "\u0302",
        "á": "\u0302\u0301",
        "à": "\u0302\u0300",
        "å": "\u0302\u0309",
        "ã": "\u0302\u0303",
        "ä": "\u0302\u0323",
    }
)
_VNI: Final = re.compile(r"([aeouyôö])([ùøûõïêéèúüëâáàåãä])|[ñôöæóòî]", re.IGNORECASE)


class Legacy(Enum):
    """A way of writing Vietnamese with the numbers of other letters."""

    ABC = "abc"
    ABC_CAPITALS = "abc-capitals"
    VNI = "vni"

    @classmethod
    def of(cls, font: str) -> "Legacy | None":
        """Return that of a font's name, or None."""
        if _ABC_NAME.match(font):
            return cls.ABC_CAPITALS if _ABC_CAPITALS.match(font) else cls.ABC
        return cls.VNI if _VNI_NAME.match(font) else None

    def decoded(self, text: str) -> str:
        """Return the words that a reader of the page sees."""
        if _TODAY.search(text):
            return text
        match self:
            case Legacy.ABC:
                return _abc(text)
            case Legacy.ABC_CAPITALS:
                return _abc(text).upper()
            case Legacy.VNI:
                return _VNI.sub(_vni, text)


def _abc(text: str) -> str:
    """Return the words of an ABC font. Its ư is where a soft hyphen is elsewhere, and pdfium tells it as a hyphen."""
    return _HYPHEN_U.sub("ư", text.translate(_ABC))


def _vni(found: re.Match[str]) -> str:
    letter, mark = found.group(1), found.group(2)
    if letter is None:
        return found.group().translate(_VNI_ALONE)
    return unicodedata.normalize("NFC", letter.translate(_VNI_ALONE) + _VNI_MARKS[mark.lower()])
