"""Opening a PDF by pdfium, or saying why it cannot be opened; and what it says of itself."""

from contextlib import suppress
from pathlib import Path

from mediamill.core.errors import PermanentError
from mediamill.media.documents.pdf import calls
from mediamill.media.documents.pdf.pdfium import Pdf, Unopened
from mediamill.media.documents.pdf.titles import given_title


def opened(path: Path, most_pages: int) -> Pdf:
    """Return an open PDF. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES."""
    try:
        pdf = Pdf(path)
    except Unopened as refused:
        raise _refusal(refused) from refused
    if pdf.count > most_pages:
        raise PermanentError(
            f"the PDF has {pdf.count} pages; the limit is {most_pages}: split it", code="TOO_MANY_PAGES"
        )
    return pdf


def title_of(pdf: Pdf) -> str:
    """Return the title in the file's own words about itself; "" where there is none that anybody gave."""
    with suppress(UnicodeError):
        return given_title(pdf.title())
    return ""


def _refusal(refused: Unopened) -> PermanentError:
    match refused.code:
        case calls.ERR_PASSWORD:
            return PermanentError(
                "the PDF is encrypted with a password; save it without one and send it again", code="ENCRYPTED"
            )
        case calls.ERR_SECURITY:
            return PermanentError(
                "the PDF is encrypted in a way that is not known here; save it without encryption and send it again",
                code="ENCRYPTED",
            )
    return PermanentError("the PDF is broken or cut off: it cannot be opened", code="MALFORMED")
