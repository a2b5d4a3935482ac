"""The text of a file in any encoding that people still have: Unicode, else the ones of Windows."""

import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Final

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media.text import read_text

#: A UTF-8 file with fewer broken signs than this, of those that are not ASCII, is one that somebody has cut.
_FEW: Final = 0.02
#: Vietnamese of Windows writes its tones as signs of their own behind a vowel: in so many of its other letters.
_TONES: Final = 0.1
#: Western text has few letters that are not ASCII; what has more is in no encoding that is known here.
_MOST_SPECIAL: Final = 0.4
_REPLACEMENT: Final = "\ufffd"
_READ: Final = "a document is a PDF, a Word document (.docx), Markdown or plain text"


def text_in(path: Path) -> str:
    """Return the text of a file; lines end in LF. Raises PermanentError, UNSUPPORTED_TYPE, for what is none."""
    try:
        return read_text(path)
    except InvalidInput as refused:
        if not isinstance(refused.__cause__, UnicodeDecodeError):
            raise PermanentError(f"{refused.message}; {_READ}", code="UNSUPPORTED_TYPE") from refused
        text = _of_windows(path.read_bytes())
        if text is None:
            raise PermanentError(f"{refused.message}; {_READ}", code="UNSUPPORTED_TYPE") from refused
        return text.replace("\r\n", "\n").replace("\r", "\n")


def _of_windows(raw: bytes) -> str | None:
    text = raw.decode("utf-8", "replace")
    special = sum(not sign.isascii() for sign in text)
    if text.count(_REPLACEMENT) < _FEW * special:
        return text.replace(_REPLACEMENT, "")
    if sum(byte > 0x7F for byte in raw) > _MOST_SPECIAL * len(raw):  # noqa: PLR2004 - the last of ASCII
        return None
    vietnamese = raw.decode("cp1258", "replace")
    special = sum(not sign.isascii() for sign in vietnamese)
    tones = sum(unicodedata.combining(sign) > 0 and before.isalpha() for before, sign in pairwise(vietnamese))
    if tones > _TONES * special:
        return unicodedata.normalize("NFC", vietnamese.replace(_REPLACEMENT, ""))
    return raw.decode("cp1252", "replace").replace(_REPLACEMENT, "")
