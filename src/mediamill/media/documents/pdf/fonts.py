"""What a font's name and flags say of it."""

import re
from typing import Final, NamedTuple, Self

from mediamill.media.documents.pdf.legacy import Legacy

_FIXED_PITCH: Final = 1 << 0
_FORCE_BOLD: Final = 1 << 18
_BOLD_WEIGHT: Final = 700
#: Before the plus a PDF says which letters of the font are in it.
_SUBSET: Final = re.compile(r"\A[A-Z]{6}\+")
_BOLD: Final = re.compile(
    r"bold|black|heavy|(?<![a-z])demi|semibd|\ACMB|\ASFBX|\ALM[A-Za-z]*-?Bold|\ANimbus\w*-Medi", re.IGNORECASE
)
#: A word in the name says more than the weight, which many programs write as they like.
_NOT_BOLD: Final = re.compile(r"regular|book|roman|light|medium|\ACM[RTSM]|\ASFR", re.IGNORECASE)
_MONO: Final = re.compile(
    r"mono|courier|consol|menlo|typewriter|inconsolata|fixed|terminal|\ACMTT|\ASFTT|\ALMT[TK]|SourceCode|FiraCode|"
    r"CascadiaCode|Andale|LucidaSansTyp|NimbusMon|cousine|hack-",
    re.IGNORECASE,
)
_NOT_MONO: Final = re.compile(r"monotype|monotone|lmmonoprop|monoprop", re.IGNORECASE)


class Font(NamedTuple):
    """A font. name: without the mark of a subset. legacy: how its letters are to be read, where they are others."""

    name: str
    bold: bool = False
    mono: bool = False
    legacy: Legacy | None = None

    @classmethod
    def of(cls, name: str, flags: int, weight: int, *, stroked: bool) -> Self:
        """Return the font of a name. stroked: its letters have an outline, as programs draw that have no bold."""
        name = _SUBSET.sub("", name)
        heavy = weight >= _BOLD_WEIGHT and not _NOT_BOLD.search(name)
        bold = stroked or heavy or bool(flags & _FORCE_BOLD) or _BOLD.search(name) is not None
        mono = bool(flags & _FIXED_PITCH) or _MONO.search(name) is not None
        return cls(name, bold, mono and not _NOT_MONO.search(name), Legacy.of(name))
