"""How the letters of a page look, as pdfium tells: their size, their font, which way they stand."""

import ctypes
import math
from typing import Final, NamedTuple

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.fonts import Font

_NAME_BYTES: Final = 256
_STROKED: Final = frozenset({calls.FILL_STROKE, calls.STROKE})
_QUARTER: Final = math.pi / 2
#: How far from upright a letter may lean and be part of the text, radians; a watermark leans further.
_LEANING: Final = 0.1
#: Points: of letters that somebody reads. What is no number is not between them either.
_LEAST_SIZE: Final = 0.5
_MOST_SIZE: Final = 5_000.0


class Look(NamedTuple):
    """How a letter looks. size: points. turn: quarters that it is turned by; None: aslant."""

    size: float
    font: Font
    turn: int | None

    @property
    def legible(self) -> bool:
        """Whether somebody can read it."""
        return _LEAST_SIZE <= self.size <= _MOST_SIZE


class Fonts:
    """The fonts of an open page, each looked at once: its handle means nothing when the page is closed."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, bool], Font] = {}

    def of(self, owner: int) -> Font:
        """Return the font of a text object; of what has none, one without a name."""
        font = calls.font(owner)
        if not font:
            return Font("")
        key = (font, calls.render_mode(owner) in _STROKED)
        if key not in self._found:
            name = ctypes.create_string_buffer(_NAME_BYTES)
            length = calls.font_name(font, name, _NAME_BYTES)
            words = name.value.decode("utf-8", "replace") if length <= _NAME_BYTES else ""
            self._found[key] = Font.of(words, calls.font_flags(font), calls.font_weight(font), stroked=key[1])
        return self._found[key]


class Looks:
    """How the letters of an open page look. text: its handle."""

    def __init__(self, text: int) -> None:
        self._text = text
        self._matrix = calls.Matrix()
        self._at_matrix = ctypes.addressof(self._matrix)
        self.fonts = Fonts()

    def of(self, index: int, owner: int) -> Look | None:
        """Return the look of a letter, which the text object `owner` has; None where it cannot be told."""
        if not calls.matrix(self._text, index, self._at_matrix):
            return None
        matrix = self._matrix
        size = calls.font_size(self._text, index) * math.hypot(matrix.c, matrix.d)
        return Look(abs(size), self.fonts.of(owner), _turn_of(matrix)) if math.isfinite(size) else None


def _turn_of(matrix: calls.Matrix) -> int | None:
    if matrix.b == 0 and matrix.a > 0:  # nearly all are
        return 0
    quarters = math.atan2(matrix.b, matrix.a) / _QUARTER
    turn = round(quarters)
    return None if abs(quarters - turn) * _QUARTER > _LEANING else turn % 4
