"""The letters of a PDF and where they stand, by pdfium."""

import ctypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.dots import with_dots
from mediamill.media.documents.pdf.fonts import Font
from mediamill.media.documents.pdf.glyph import Glyph
from mediamill.media.documents.pdf.looks import Look, Looks
from mediamill.media.documents.pdf.opening import opened, title_of
from mediamill.media.documents.pdf.pdfium import Broken
from mediamill.media.documents.pdf.pdfium import Page as OpenPage

MOST_PAGES: Final = 2_000
#: A page of a newspaper has some 20,000.
MOST_GLYPHS: Final = 200_000

#: Of the letters of a text, at least so many are small ones.
_SMALL_LETTERS: Final = 0.5
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
        self.count = self._pdf.count

    @property
    def title(self) -> str:
        """The title in the file's own words about itself, or ""."""
        return title_of(self._pdf)

    def __iter__(self) -> Iterator[Page | None]:
        """Yield the pages in order; None for one that is broken."""
        for number in range(self.count):
            try:
                with self._pdf.page(number) as page:
                    yield _Reading(page).page()
            except Broken:
                yield None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._pdf.close()


class _Placed(NamedTuple):
    """A letter as it stands in the file's own coordinates. guessed: its font does not say that it is this one."""

    text: str
    look: Look
    left: float
    bottom: float
    right: float
    top: float
    x: float
    y: float
    guessed: bool


class _Reading:
    """One page being read."""

    def __init__(self, page: OpenPage) -> None:
        self._page, self._text, self._edges = page, page.text, page.edges
        self._count = min(page.letters, MOST_GLYPHS)
        self._looks = Looks(page.text)
        self._unknown = 0

    def page(self) -> Page:
        placed = self._believed(list(self._placed()))
        turns = Counter(each.look.turn for each in placed if each.look.turn is not None)
        turn = turns.most_common(1)[0][0] if turns else 0
        glyphs = [_upright(each, turn) for each in placed if each.look.turn == turn]
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
                guessed[each.look.font] += 1
                small[each.look.font] += each.text.islower()
        wrong = {font for font, count in guessed.items() if small[font] < _SMALL_LETTERS * count}
        self._unknown += sum(guessed[font] for font in wrong)
        return [each for each in placed if not (each.guessed and each.look.font in wrong)] if wrong else placed

    def _placed(self) -> Iterator[_Placed]:
        text, box = self._text, calls.Rect()
        x, y = ctypes.c_double(), ctypes.c_double()
        at_box, at_x, at_y = ctypes.addressof(box), ctypes.addressof(x), ctypes.addressof(y)
        left, bottom, right, top = self._edges
        before, look = 0, None
        for index in range(self._count):
            owner = calls.text_object(text, index)
            if not owner:
                continue  # pdfium's own blanks and line ends; ours are by what is between the letters
            if owner != before:
                before, look = owner, self._looks.of(index, owner)
            if look is None or not look.legible:
                continue
            if not (calls.box(text, index, at_box) and calls.origin(text, index, at_x, at_y)):
                continue
            if not (left <= (box.left + box.right) / 2 <= right and bottom <= y.value <= top):
                continue
            if sign := self._sign(index):
                guessed = calls.unmapped(text, index) == 1
                yield _Placed(sign, look, box.left, box.bottom, box.right, box.top, x.value, y.value, guessed)

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
    return Glyph(placed.text, x0, x1, y, placed.look.size, placed.look.font)
