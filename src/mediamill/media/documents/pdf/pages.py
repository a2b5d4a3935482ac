"""The letters of a PDF and where they stand, by pdfium."""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.dots import with_dots
from mediamill.media.documents.pdf.fonts import Font
from mediamill.media.documents.pdf.glyph import Glyph
from mediamill.media.documents.pdf.opening import opened, title_of

MOST_PAGES: Final = 2_000
#: A page of a newspaper has some 20,000.
MOST_GLYPHS: Final = 200_000

_NAME_BYTES: Final = 256
_QUARTER: Final = math.pi / 2
#: How far from upright a letter may lean and be part of the text, radians; a watermark leans further.
_LEANING: Final = 0.1
#: Points: of letters that somebody reads. What is no number is not between them either.
_LEAST_SIZE: Final = 0.5
_MOST_SIZE: Final = 5_000.0
#: Of the letters of a text, at least so many are small ones.
_SMALL_LETTERS: Final = 0.5
_STROKED: Final = frozenset({raw.FPDF_TEXTRENDERMODE_FILL_STROKE, raw.FPDF_TEXTRENDERMODE_STROKE})
#: pdfium's sign for a hyphen at the end of a line.
_LINE_HYPHEN: Final = 2
_REPLACEMENT: Final = 0xFFFD
_PRIVATE: Final = range(0xE000, 0xF900)
#: A letter of a higher plane comes in two halves, as in UTF-16.
_HIGH: Final = range(0xD800, 0xDC00)
_LOW: Final = range(0xDC00, 0xE000)
_PLANE: Final = 0x10000
_HALF_BITS: Final = 10
_BLANKS: Final = (0x09, 0x0A, 0x0D)
#: Where fonts of symbols have their signs: bullets above all.
_SYMBOLS: Final = range(0xF020, 0xF100)
_FIRST_SIGN: Final = 0x20


@dataclass(frozen=True)
class Page:
    """The letters of a page in the order of the file. bottom, top: its edges, points.

    unknown: how many signs have no letter that anybody knows, for their font does not say it.
    """

    glyphs: list[Glyph]
    bottom: float
    top: float
    unknown: int


class Pages:
    """An open PDF. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES."""

    def __init__(self, path: Path) -> None:
        self._pdf = opened(path, MOST_PAGES)
        self.count = len(self._pdf)

    @property
    def title(self) -> str:
        """The title in the file's own words about itself, or ""."""
        return title_of(self._pdf)

    def __iter__(self) -> Iterator[Page | None]:
        """Yield the pages in order; None for one that is broken."""
        for number in range(self.count):
            try:
                page = self._pdf[number]
            except pdfium.PdfiumError:
                yield None
                continue
            try:
                yield _read(page)
            finally:
                page.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._pdf.close()


def _read(page: pdfium.PdfPage) -> Page | None:
    try:
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return None
    try:
        return _Reading(page, text).page()
    finally:
        text.close()


class _Run(NamedTuple):
    """What the letters of one text object have in common. turn: quarters that they are turned by, or None: aslant."""

    font: Font
    size: float
    turn: int | None


class _Placed(NamedTuple):
    """A letter as it stands in the file's own coordinates. guessed: its font does not say that it is this one."""

    text: str
    run: _Run
    left: float
    bottom: float
    right: float
    top: float
    x: float
    y: float
    guessed: bool


class _Reading:
    """One page being read."""

    def __init__(self, page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> None:
        self._page = page
        self._text = ctypes.cast(text.raw, ctypes.c_void_p).value
        self._count = min(text.count_chars(), MOST_GLYPHS)
        self._edges = page.get_bbox()
        self._fonts: dict[tuple[int, bool], Font] = {}
        self._unknown = 0

    def page(self) -> Page:
        placed = self._believed(list(self._placed()))
        turns = Counter(each.run.turn for each in placed if each.run.turn is not None)
        turn = turns.most_common(1)[0][0] if turns else 0
        glyphs = [_upright(each, turn) for each in placed if each.run.turn == turn]
        if turn == 0:
            glyphs = with_dots(self._page, glyphs)
        left, bottom, right, top = self._edges
        bottom, top = ((bottom, top), (-right, -left), (-top, -bottom), (left, right))[turn]
        return Page(glyphs, bottom, top, self._unknown)

    def _believed(self, placed: list[_Placed]) -> list[_Placed]:
        """Return letters without those that were guessed, unless they look like words.

        They do in the fonts of old LaTeX, whose signs have ASCII's numbers; where signs have numbers of their own,
        what comes out is `$5FGHU`.
        """
        guessed, small = Counter[Font](), Counter[Font]()
        for each in placed:
            if each.guessed and not each.text.isspace():
                guessed[each.run.font] += 1
                small[each.run.font] += each.text.islower()
        wrong = {font for font, count in guessed.items() if small[font] < _SMALL_LETTERS * count}
        self._unknown += sum(guessed[font] for font in wrong)
        return [each for each in placed if not (each.guessed and each.run.font in wrong)] if wrong else placed

    def _placed(self) -> Iterator[_Placed]:
        text, box = self._text, raw.FS_RECTF()
        x, y = ctypes.c_double(), ctypes.c_double()
        at_box, at_x, at_y = ctypes.addressof(box), ctypes.addressof(x), ctypes.addressof(y)
        left, bottom, right, top = self._edges
        before, run = 0, None
        for index in range(self._count):
            owner = calls.text_object(text, index)
            if not owner:
                continue  # pdfium's own blanks and line ends; ours are by what is between the letters
            if owner != before or run is None:
                before, run = owner, self._run(index, owner)
            if not _LEAST_SIZE <= run.size <= _MOST_SIZE:
                continue
            if not (calls.box(text, index, at_box) and calls.origin(text, index, at_x, at_y)):
                continue
            if not (left <= (box.left + box.right) / 2 <= right and bottom <= y.value <= top):
                continue
            if sign := self._sign(index):
                guessed = calls.unmapped(text, index) == 1
                yield _Placed(sign, run, box.left, box.bottom, box.right, box.top, x.value, y.value, guessed)

    def _sign(self, index: int) -> str:
        """Return the letter, or "" for what is none."""
        code = calls.unicode_of(self._text, index)
        if _FIRST_SIGN <= code < _HIGH.start:
            return chr(code)
        if code in _HIGH and (low := calls.unicode_of(self._text, index + 1)) in _LOW:
            code = _PLANE + (code - _HIGH.start << _HALF_BITS) + low - _LOW.start
            return chr(code) if chr(code).isprintable() else ""
        if code == _LINE_HYPHEN:
            return "-"
        if code in _SYMBOLS or _PRIVATE.stop <= code < _REPLACEMENT:
            return chr(code)
        if code in _BLANKS:
            return " "
        # The second half of a letter was taken with the first.
        self._unknown += code not in _LOW
        return ""

    def _run(self, index: int, owner: int) -> _Run:
        matrix = raw.FS_MATRIX()
        if not calls.matrix(self._text, index, ctypes.addressof(matrix)):
            matrix.a = matrix.d = 1.0
        size = calls.font_size(self._text, index) * math.hypot(matrix.c, matrix.d)
        if not math.isfinite(size):
            return _Run(self._font(owner), 0.0, None)
        quarters = math.atan2(matrix.b, matrix.a) / _QUARTER
        turn = round(quarters)
        aslant = abs(quarters - turn) * _QUARTER > _LEANING
        return _Run(self._font(owner), abs(size), None if aslant else turn % 4)

    def _font(self, owner: int) -> Font:
        font = calls.font(owner)
        if not font:
            return Font.of("", 0, 0, stroked=False)
        key = (font, calls.render_mode(owner) in _STROKED)
        if key not in self._fonts:
            name = ctypes.create_string_buffer(_NAME_BYTES)
            length = calls.font_name(font, name, _NAME_BYTES)
            words = name.value.decode("utf-8", "replace") if length <= _NAME_BYTES else ""
            self._fonts[key] = Font.of(words, calls.font_flags(font), calls.font_weight(font), stroked=key[1])
        return self._fonts[key]


def _upright(placed: _Placed, turn: int) -> Glyph:
    """Return the letter as a reader sees it who has turned the page."""
    match turn:
        case 0:
            x0, x1, y = placed.left, placed.right, placed.y
        case 1:
            x0, x1, y = placed.bottom, placed.top, -placed.x
        case 2:
            x0, x1, y = -placed.right, -placed.left, -placed.y
        case _:
            x0, x1, y = -placed.top, -placed.bottom, placed.x
    return Glyph(placed.text, x0, x1, y, placed.run.size, placed.run.font)
