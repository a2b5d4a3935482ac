"""The process that takes some pages out of a PDF."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress, answer


def cut(request: Mapping[str, Any], _: OnProgress) -> Mapping[str, object]:
    """Write the `pages`, from 1, of the PDF at `path` to `to`, a PDF. Raises PermanentError: MALFORMED."""
    try:
        whole, some = pdfium.PdfDocument(request["path"]), pdfium.PdfDocument.new()
        some.import_pages(whole, [number - 1 for number in request["pages"]])
        some.save(Path(request["to"]))
    except pdfium.PdfiumError as broken:
        raise PermanentError("the PDF is broken: its pages cannot be taken out", code="MALFORMED") from broken
    return {}


if __name__ == "__main__":
    answer(cut)
