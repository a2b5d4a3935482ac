"""Opening a PDF by pdfium, or saying why it cannot be opened; and what it says of itself."""

from contextlib import suppress
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from mediamill.core.errors import PermanentError
from mediamill.media.documents.pdf.titles import given_title


def opened(path: Path, most_pages: int) -> pdfium.PdfDocument:
    """Return an open PDF. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES."""
    try:
        pdf = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as refused:
        raise _refusal(refused) from refused
    count = len(pdf)
    if not count:
        raise PermanentError("the PDF has no pages", code="MALFORMED")
    if count > most_pages:
        raise PermanentError(f"the PDF has {count} pages; the limit is {most_pages}: split it", code="TOO_MANY_PAGES")
    return pdf


def title_of(pdf: pdfium.PdfDocument) -> str:
    """Return the title in the file's own words about itself; "" where there is none that anybody gave."""
    with suppress(pdfium.PdfiumError, UnicodeError):
        return given_title(str(pdf.get_metadata_value("Title")))
    return ""


def _refusal(refused: pdfium.PdfiumError) -> PermanentError:
    match refused.err_code:
        case raw.FPDF_ERR_PASSWORD:
            return PermanentError(
                "the PDF is encrypted with a password; save it without one and send it again", code="ENCRYPTED"
            )
        case raw.FPDF_ERR_SECURITY:
            return PermanentError(
                "the PDF is encrypted in a way that is not known here; save it without encryption and send it again",
                code="ENCRYPTED",
            )
    return PermanentError("the PDF is broken or cut off: it cannot be opened", code="MALFORMED")
