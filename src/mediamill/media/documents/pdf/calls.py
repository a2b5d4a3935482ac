"""Functions of pdfium's that are asked for every letter or line, as plain numbers."""

import ctypes
from collections.abc import Callable
from typing import Any, Final

from pypdfium2 import raw  # type: ignore[import-untyped]


def _plain(function: Any, *arguments: Any, result: Any = ctypes.c_int) -> Callable[..., Any]:  # noqa: ANN401 - of C
    """Return a function of pdfium's that takes and gives plain numbers: an eighth of the time, a letter at a time."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(address)


unicode_of: Final = _plain(raw.FPDFText_GetUnicode, ctypes.c_int, result=ctypes.c_uint)
unmapped: Final = _plain(raw.FPDFText_HasUnicodeMapError, ctypes.c_int)
text_object: Final = _plain(raw.FPDFText_GetTextObject, ctypes.c_int, result=ctypes.c_void_p)
origin: Final = _plain(raw.FPDFText_GetCharOrigin, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
box: Final = _plain(raw.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_void_p)
matrix: Final = _plain(raw.FPDFText_GetMatrix, ctypes.c_int, ctypes.c_void_p)
font_size: Final = _plain(raw.FPDFText_GetFontSize, ctypes.c_int, result=ctypes.c_double)
index_of: Final = _plain(raw.FPDFText_GetCharIndexFromTextIndex, ctypes.c_int)
font: Final = _plain(raw.FPDFTextObj_GetFont, result=ctypes.c_void_p)
render_mode: Final = _plain(raw.FPDFTextObj_GetTextRenderMode)
font_name: Final = _plain(raw.FPDFFont_GetBaseFontName, ctypes.c_char_p, ctypes.c_size_t, result=ctypes.c_size_t)
font_flags: Final = _plain(raw.FPDFFont_GetFlags)
font_weight: Final = _plain(raw.FPDFFont_GetWeight)
