"""The process that reads pages by their looks (OCR), in which what a hostile picture does to a decoder stays."""

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress, answer
from mediamill.media.documents.rows import Row, Sheet, write_sheets

# Threads of Tesseract's own wait for each other more than they read: pages are shared among processes instead.
os.environ["OMP_THREAD_LIMIT"] = "1"

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import tesserocr  # type: ignore[import-untyped]

#: Finer costs more and reads no better, down to letters of 8 points: measured, docs/decisions/0021.
_DPI: Final = 150
_POINTS_PER_INCH: Final = 72
#: Two pages of a newspaper, and no more memory than that.
_MOST_PIXELS: Final = 20_000_000
_LEAST_PIXELS: Final = 32
#: Of a line, percent: what is below is a picture that looks like letters.
_LEAST_CONFIDENCE: Final = 40
#: Of the size of letters: less than headings are larger by.
_NEARLY: Final = 0.12


class Scanner:
    """Answers with one page after another, with its model at hand from the first on."""

    def __init__(self) -> None:
        self._api: tesserocr.PyTessBaseAPI | None = None

    def __call__(self, request: Mapping[str, Any], _: OnProgress) -> Mapping[str, object]:
        """Write what stands on the page `index` (from 0) of the PDF at `path` to `to`, as the page `number`.

        models: the folder of the languages' models; languages: as Tesseract names them, `eng+vie`.

        Raises PermanentError: MALFORMED.
        """
        sheet = self._read(request)
        write_sheets([sheet], Path(request["to"]))
        return {"lines": len(sheet.rows)}

    def _read(self, request: Mapping[str, Any]) -> Sheet:
        number = request["number"]
        try:
            pdf = pdfium.PdfDocument(request["path"])
            page = pdf[request["index"]]
        except pdfium.PdfiumError as broken:
            raise PermanentError(f"page {number} of the PDF is broken", code="MALFORMED") from broken
        width, height = page.get_size()
        scale = min(_DPI / _POINTS_PER_INCH, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
        if min(width, height) * scale < _LEAST_PIXELS:
            return Sheet(number, height, ())
        api = self._model(request["models"], request["languages"])
        api.SetImage(page.render(scale=scale, grayscale=True).to_pil())
        api.SetSourceResolution(round(scale * _POINTS_PER_INCH))
        api.Recognize()
        rows = _of_one_size(list(_rows(api, scale, height)))
        api.Clear()
        return Sheet(number, round(height, 1), rows)

    def _model(self, folder: str, languages: str) -> tesserocr.PyTessBaseAPI:
        if self._api is None:
            self._api = tesserocr.PyTessBaseAPI(
                path=folder, lang=languages, psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
            )
        return self._api


def _rows(api: tesserocr.PyTessBaseAPI, scale: float, height: float) -> Iterator[Row]:
    """Yield the lines in the order of reading. scale: pixels of a point; height: of the page, points."""
    found, line = api.GetIterator(), tesserocr.RIL.TEXTLINE
    while found is not None and not found.Empty(line):
        text = " ".join(found.GetUTF8Text(line).split())
        if text and found.Confidence(line) >= _LEAST_CONFIDENCE:
            size = found.RowAttributes()["row_height"] / scale
            (left, base), (right, _) = found.Baseline(line)
            y = round(height - base / scale, 1)
            yield Row(
                text,
                size=round(size, 1),
                bold=False,
                x0=round(left / scale, 1),
                x1=round(right / scale, 1),
                y=y,
                tail=y,
            )
        if not found.Next(line):
            return


def _of_one_size(rows: list[Row]) -> list[Row]:
    """Return lines of which those that are nearly as large as most are as large: they differ by a pixel or two."""
    if not rows:
        return rows
    size = median(row.size for row in rows for _ in row.text)
    return [row._replace(size=size) if abs(row.size - size) < _NEARLY * size else row for row in rows]


if __name__ == "__main__":
    answer(Scanner())
