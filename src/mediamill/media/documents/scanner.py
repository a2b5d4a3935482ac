"""The process that reads pages by their looks (OCR), in which what a hostile picture does to a decoder stays."""

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress, answer
from mediamill.media.documents.lettering import Word, size_of
from mediamill.media.documents.rows import Row, Sheet, write_sheets

# Threads of Tesseract's own wait for each other more than they read: pages are shared among processes instead.
os.environ["OMP_THREAD_LIMIT"] = "1"

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import tesserocr  # type: ignore[import-untyped]
from PIL import Image

#: Finer costs more and reads no better, down to letters of 8 points, whose full stops alone get lost: measured.
DPI: Final = 150
_POINTS_PER_INCH: Final = 72
#: Two pages of a newspaper, and no more memory than that.
_MOST_PIXELS: Final = 20_000_000
_LEAST_PIXELS: Final = 32
#: Of a line, percent: what is below is a picture that looks like letters; up to the second it may be one.
_LEAST_CONFIDENCE: Final = 40
_SURE: Final = 75
#: Of what a picture is taken for, most words have fewer letters.
_WORD_LETTERS: Final = 3
#: Of a page, percent: text that stands on its head is read as signs, with 30; text that does not, with 85 and more.
_DOUBTFUL: Final = 60
#: Of the size of letters: less than headings are larger by; and what a line of few letters is off by.
_NEARLY: Final = 0.08
_NEARLY_BY_LETTERS: Final = 0.4


class Scanner:
    """Answers with one page after another, with its model at hand from the first on."""

    def __init__(self) -> None:
        self._api: tesserocr.PyTessBaseAPI | None = None

    def __call__(self, request: Mapping[str, Any], _: OnProgress) -> Mapping[str, object]:
        """Write what stands on the page `index` (from 0) of the PDF at `path` to `to`, as the page `number`.

        models: the folder of the languages' models; languages: as Tesseract names them, `eng+vie`.

        Raises PermanentError: MALFORMED.
        """
        number = request["number"]
        try:
            sheet = self._read(request, number)
        except (pdfium.PdfiumError, RuntimeError) as broken:
            raise PermanentError(f"page {number} of the PDF is broken", code="MALFORMED") from broken
        write_sheets([sheet], Path(request["to"]))
        return {"lines": len(sheet.rows)}

    def _read(self, request: Mapping[str, Any], number: int) -> Sheet:
        page = pdfium.PdfDocument(request["path"])[request["index"]]
        width, height = page.get_size()
        scale = min(DPI / _POINTS_PER_INCH, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
        if min(width, height) * scale < _LEAST_PIXELS:
            return Sheet(number, height, ())
        api = self._model(request["models"], request["languages"])
        seen = _read(api, page.render(scale=scale, grayscale=True).to_pil(), scale)
        api.Clear()
        return Sheet(number, seen.height, _of_one_size(seen.rows))

    def _model(self, folder: str, languages: str) -> tesserocr.PyTessBaseAPI:
        if self._api is None:
            self._api = tesserocr.PyTessBaseAPI(
                path=folder, lang=languages, psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
            )
        return self._api


class _Seen(NamedTuple):
    """What was read of a picture. height: points, of the picture the right way up. confidence: percent, of its lines.

    doubtful: something was seen that may be text the wrong way up.
    """

    rows: list[Row]
    height: float
    confidence: float

    @property
    def doubtful(self) -> bool:
        return 0 < self.confidence < _DOUBTFUL


class _Line(NamedTuple):
    """What was read as a line. confidence: percent."""

    row: Row
    words: list[Word]
    confidence: float

    def is_text(self) -> bool:
        """Whether it is no part of a picture."""
        if self.confidence >= _SURE:
            return True
        long = sum(len(word.text) >= _WORD_LETTERS for word in self.words)
        return self.confidence >= _LEAST_CONFIDENCE and 2 * long >= len(self.words)


def _read(api: tesserocr.PyTessBaseAPI, picture: Image.Image, scale: float) -> _Seen:
    """Read a picture, whichever way it lies. scale: pixels of a point."""
    _show(api, picture, scale)
    if _lies_on_its_side(api):
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        _show(api, picture, scale)
    seen = _recognized(api, picture, scale)
    if not seen.doubtful:
        return seen
    picture = picture.transpose(Image.Transpose.ROTATE_180)
    _show(api, picture, scale)
    return max(seen, _recognized(api, picture, scale), key=lambda seen: seen.confidence)


def _show(api: tesserocr.PyTessBaseAPI, picture: Image.Image, scale: float) -> None:
    api.SetImage(picture)
    api.SetSourceResolution(round(scale * _POINTS_PER_INCH))


def _lies_on_its_side(api: tesserocr.PyTessBaseAPI) -> bool:
    """Whether most lines go from top to bottom. Recognizing goes on with what was found here: it costs nothing."""
    found, line = api.AnalyseLayout(), tesserocr.RIL.TEXTLINE
    lines = sideways = 0
    while found is not None and not found.Empty(line):
        _, direction, *_ = found.Orientation()
        lines += 1
        sideways += direction == tesserocr.WritingDirection.TOP_TO_BOTTOM
        if not found.Next(line):
            break
    return sideways > lines / 2


def _recognized(api: tesserocr.PyTessBaseAPI, picture: Image.Image, scale: float) -> _Seen:
    api.Recognize()
    height = picture.height / scale
    lines = list(_lines(api, scale, height))
    letters = sum(len(line.row.text) for line in lines)
    confidence = sum(line.confidence * len(line.row.text) for line in lines) / letters if letters else 0.0
    return _Seen([line.row for line in lines if line.is_text()], round(height, 1), confidence)


def _lines(api: tesserocr.PyTessBaseAPI, scale: float, height: float) -> Iterator[_Line]:
    """Yield the lines in the order of reading. height: of the page, points."""
    found, line, word = api.GetIterator(), tesserocr.RIL.TEXTLINE, tesserocr.RIL.WORD
    if found is None or found.Empty(word):
        return
    words, more = list[Word](), True
    while more:
        left, top, right, bottom = found.BoundingBox(word)
        if text := found.GetUTF8Text(word).strip():
            words.append(Word(text, (right - left) / scale, (bottom - top) / scale))
        if words and found.IsAtFinalElement(line, word):
            (x0, base), (x1, _) = found.Baseline(line)
            y = round(height - base / scale, 1)
            text, size = " ".join(each.text for each in words), round(size_of(words), 1)
            row = Row(text, size, bold=False, x0=round(x0 / scale, 1), x1=round(x1 / scale, 1), y=y, tail=y)
            yield _Line(row, words, found.Confidence(line))
            words = []
        more = found.Next(word)


def _of_one_size(rows: list[Row]) -> list[Row]:
    """Return lines of which those that are nearly as large as most are as large."""
    if not rows:
        return rows
    size = median(row.size for row in rows for _ in row.text)
    return [row._replace(size=size) if abs(row.size - size) < _nearly(row) * size else row for row in rows]


def _nearly(row: Row) -> float:
    return _NEARLY + _NEARLY_BY_LETTERS / len(row.text)


if __name__ == "__main__":
    answer(Scanner())
