"""The functions of pdfium that we ask, as plain numbers: handles are addresses, as in C, and 0 is none.

Importing pypdfium2 takes 60 ms of the processor's time for each process, for hundreds of functions and classes of its
own, and a call by its types eight times as long. Only its library is loaded here; who draws or writes PDFs imports it.
Names, arguments and numbers are those of pdfium's public headers (fpdfview.h, fpdf_text.h, fpdf_edit.h, fpdf_doc.h).
"""

import ctypes
import importlib.util
import sys
from collections.abc import Callable
from ctypes import Structure, c_char_p, c_double, c_float, c_int, c_size_t, c_uint, c_ulong, c_void_p
from pathlib import Path
from typing import Any, Final

#: Of FPDF_GetLastError.
ERR_PASSWORD: Final = 4
ERR_SECURITY: Final = 5
#: Of FPDFPageObj_GetType.
PART_PATH: Final = 2
PART_PICTURE: Final = 3
PART_FORM: Final = 5
#: Of FPDFTextObj_GetTextRenderMode.
STROKE: Final = 1
FILL_STROKE: Final = 2


class Rect(Structure):
    """FS_RECTF."""

    _fields_ = (("left", c_float), ("top", c_float), ("right", c_float), ("bottom", c_float))


class Matrix(Structure):
    """FS_MATRIX."""

    _fields_ = tuple((name, c_float) for name in "abcdef")


def _library() -> ctypes.CDLL:
    """Return the library that pypdfium2's wheel brings along, started."""
    package = importlib.util.find_spec("pypdfium2_raw")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypdfium2 is not installed", name="pypdfium2")
    name = "libpdfium.dylib" if sys.platform == "darwin" else "libpdfium.so"
    library = ctypes.CDLL(str(Path(package.origin).with_name(name)))
    library.FPDF_InitLibrary()
    return library


_pdfium: Final = _library()


def _call(name: str, *arguments: Any, result: Any = c_int) -> Callable[..., Any]:  # noqa: ANN401 - types of C
    function = _pdfium[name]
    function.argtypes, function.restype = arguments, result
    return function


open_file: Final = _call("FPDF_LoadDocument", c_char_p, c_char_p, result=c_void_p)
close_file: Final = _call("FPDF_CloseDocument", c_void_p, result=None)
last_error: Final = _call("FPDF_GetLastError", result=c_ulong)
count_pages: Final = _call("FPDF_GetPageCount", c_void_p)
about: Final = _call("FPDF_GetMetaText", c_void_p, c_char_p, c_void_p, c_ulong, result=c_ulong)

first_bookmark: Final = _call("FPDFBookmark_GetFirstChild", c_void_p, c_void_p, result=c_void_p)
next_bookmark: Final = _call("FPDFBookmark_GetNextSibling", c_void_p, c_void_p, result=c_void_p)
bookmark_title: Final = _call("FPDFBookmark_GetTitle", c_void_p, c_void_p, c_ulong, result=c_ulong)
bookmark_place: Final = _call("FPDFBookmark_GetDest", c_void_p, c_void_p, result=c_void_p)
page_of_place: Final = _call("FPDFDest_GetDestPageIndex", c_void_p, c_void_p)

open_page: Final = _call("FPDF_LoadPage", c_void_p, c_int, result=c_void_p)
close_page: Final = _call("FPDF_ClosePage", c_void_p, result=None)
page_box: Final = _call("FPDF_GetPageBoundingBox", c_void_p, c_void_p)
count_parts: Final = _call("FPDFPage_CountObjects", c_void_p)
part: Final = _call("FPDFPage_GetObject", c_void_p, c_int, result=c_void_p)
count_parts_of_form: Final = _call("FPDFFormObj_CountObjects", c_void_p)
part_of_form: Final = _call("FPDFFormObj_GetObject", c_void_p, c_ulong, result=c_void_p)
part_kind: Final = _call("FPDFPageObj_GetType", c_void_p)
part_bounds: Final = _call("FPDFPageObj_GetBounds", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)

open_text: Final = _call("FPDFText_LoadPage", c_void_p, result=c_void_p)
close_text: Final = _call("FPDFText_ClosePage", c_void_p, result=None)
count_letters: Final = _call("FPDFText_CountChars", c_void_p)
text: Final = _call("FPDFText_GetText", c_void_p, c_int, c_int, c_void_p)
text_index_of: Final = _call("FPDFText_GetTextIndexFromCharIndex", c_void_p, c_int)
index_of: Final = _call("FPDFText_GetCharIndexFromTextIndex", c_void_p, c_int)
unicode_of: Final = _call("FPDFText_GetUnicode", c_void_p, c_int, result=c_uint)
unmapped: Final = _call("FPDFText_HasUnicodeMapError", c_void_p, c_int)
text_object: Final = _call("FPDFText_GetTextObject", c_void_p, c_int, result=c_void_p)
origin: Final = _call("FPDFText_GetCharOrigin", c_void_p, c_int, c_void_p, c_void_p)
box: Final = _call("FPDFText_GetLooseCharBox", c_void_p, c_int, c_void_p)
matrix: Final = _call("FPDFText_GetMatrix", c_void_p, c_int, c_void_p)
font_size: Final = _call("FPDFText_GetFontSize", c_void_p, c_int, result=c_double)

font: Final = _call("FPDFTextObj_GetFont", c_void_p, result=c_void_p)
render_mode: Final = _call("FPDFTextObj_GetTextRenderMode", c_void_p)
font_name: Final = _call("FPDFFont_GetBaseFontName", c_void_p, c_void_p, c_size_t, result=c_size_t)
font_flags: Final = _call("FPDFFont_GetFlags", c_void_p)
font_weight: Final = _call("FPDFFont_GetWeight", c_void_p)
