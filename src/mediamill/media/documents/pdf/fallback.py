"""The lines of a PDF's pages by pypdf: thirty times slower than pdfium, but no pit is in both.

It is Python: what is wrong in a page ends in an exception, and not in the end of the process.
"""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pypdf import PageObject, PdfReader, overwrite_configuration

from mediamill.core.errors import PermanentError
from mediamill.media.documents.pdf.outline import Outline
from mediamill.media.documents.pdf.titles import given_title
from mediamill.media.documents.rows import MOST_CHARS, MOST_PAGES, Row, Sheet

#: Of a letter's size: as wide as letters are on the average.
_LETTER_WIDTH: Final = 0.5
#: Of a page's unpacked content: a drawing of more is no text, and Python would take minutes for it.
_LARGEST_STREAM_BYTES: Final = 16 * 1024 * 1024
_BOLD: Final = ("bold", "black", "heavy", "demi")


class Fallback:
    """An open PDF, as Skim. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES."""

    def __init__(self, path: Path) -> None:
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        overwrite_configuration(
            zlib_maximum_output_length=_LARGEST_STREAM_BYTES, stream_decoding_work_maximum_length=_LARGEST_STREAM_BYTES
        )
        try:
            self._pdf = PdfReader(path)
            locked = self._pdf.is_encrypted and not self._pdf.decrypt("")
            self.count = 0 if locked else len(self._pdf.pages)
        except MemoryError:
            raise
        except Exception as wrong:  # a parser of broken files raises whatever it meets
            raise PermanentError("the PDF is broken: it cannot be opened", code="MALFORMED") from wrong
        if locked:
            raise PermanentError(
                "the PDF is encrypted with a password; save it without one and send it again", code="ENCRYPTED"
            )
        if not self.count:
            raise PermanentError("the PDF has no pages", code="MALFORMED")
        if self.count > MOST_PAGES:
            raise PermanentError(
                f"the PDF has {self.count} pages; the limit is {MOST_PAGES}: split it", code="TOO_MANY_PAGES"
            )

    @property
    def title(self) -> str:
        """The title in the file's own words about itself, or ""."""
        try:
            about = self._pdf.metadata
            return given_title(str(about.title or "")) if about else ""
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as above
            return ""

    def outline(self) -> Iterator[Outline]:
        """Yield nothing: letters' sizes tell the headings."""
        yield from ()

    def sheet(self, number: int) -> Sheet:
        """Return a page, from 1; one whose text raises an error is broken."""
        try:
            page = self._pdf.pages[number - 1]
            lines = _Lines(page)
            page.extract_text(visitor_text=lines.visit)
            return Sheet(number, lines.height, lines.rows())
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as above
            return Sheet(number, 0.0, (), broken=True)


class _Lines:
    """What pypdf tells of a page, run by run; a run may have several lines, and a line several runs."""

    def __init__(self, page: PageObject) -> None:
        bottom, top = float(page.mediabox.bottom), float(page.mediabox.top)
        self.height = round(max(top - bottom, 1.0), 1)
        self._bottom = bottom
        self._rows: list[Row] = []
        self._text: list[str] = []
        self._size, self._bold = 0.0, False
        self._x = self._y = 0.0
        self._chars = 0

    def visit(
        self, text: str, of_page: Sequence[float], of_text: Sequence[float], font: Mapping[str, Any] | None, size: float
    ) -> None:
        for place, part in enumerate(text.split("\n")):
            if place:
                self._end()
            if part.strip() and self._chars < MOST_CHARS:
                if not self._text:
                    self._begin(of_page, of_text, font, size)
                self._text.append(part)
                self._chars += len(part)

    def rows(self) -> list[Row]:
        self._end()
        return self._rows

    def _begin(
        self, of_page: Sequence[float], of_text: Sequence[float], font: Mapping[str, Any] | None, size: float
    ) -> None:
        x, y = of_text[4], of_text[5]
        self._x = x * of_page[0] + y * of_page[2] + of_page[4]
        self._y = x * of_page[1] + y * of_page[3] + of_page[5] - self._bottom
        scale = math.hypot(of_text[2], of_text[3]) * math.hypot(of_page[2], of_page[3])
        self._size = abs(size * scale)
        name = str((font or {}).get("/BaseFont", "")).casefold()
        self._bold = any(word in name for word in _BOLD)

    def _end(self) -> None:
        words = "".join(sign for sign in "".join(self._text) if sign.isprintable()).strip()
        if words and all(map(math.isfinite, (self._size, self._x, self._y))):
            end = self._x + _LETTER_WIDTH * self._size * len(words)
            x0, x1, y = (round(each, 1) for each in (self._x, end, self._y))
            self._rows.append(Row(words, round(self._size, 1), self._bold, x0, x1, y, y))
        self._text = []
