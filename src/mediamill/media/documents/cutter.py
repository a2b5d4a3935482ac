"""The process that takes pages out of a PDF."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress, answer


class Cutter:
    """Takes pages out of the PDF at `path`, which it keeps open from one request to the next."""

    def __init__(self) -> None:
        self._path = ""
        self._whole: pdfium.PdfDocument | None = None

    def __call__(self, request: Mapping[str, Any], _: OnProgress) -> Mapping[str, object]:
        """Write the `pages`, from 1, to `to`, a PDF. Raises PermanentError: MALFORMED."""
        try:
            with closing(pdfium.PdfDocument.new()) as some:
                some.import_pages(self._opened(request["path"]), [number - 1 for number in request["pages"]])
                some.save(Path(request["to"]))
        except pdfium.PdfiumError as broken:
            raise PermanentError("the PDF is broken: its pages cannot be taken out", code="MALFORMED") from broken
        return {}

    def _opened(self, path: str) -> pdfium.PdfDocument:
        if self._whole is None or self._path != path:
            self._whole, self._path = pdfium.PdfDocument(path), path
        return self._whole


if __name__ == "__main__":
    answer(Cutter())
