"""Opening a PDF by pdfium, or saying why it cannot be opened; and what it says of itself."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from mediamill.core.errors import PermanentError

LONGEST_TITLE_CHARS: Final = 200
#: What programs write where nobody gave a title: the name of a file, or their own.
_NO_TITLE: Final = re.compile(
    r"untitled.*|document\d*|microsoft (?:word|powerpoint|excel)\b.*|slide ?\d*|"
    r".*\.(?:docx?|pptx?|xlsx?|tex|dvi|indd|pdf|odt|rtf|qxd|pages|html?|txt)|"
    r"(?:powerpoint )?pr[eé]sentation\d*|title|no title|print|[\W\d_]*|https?:.*",
    re.IGNORECASE,
)


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


def given_title(words: str) -> str:
    """Return a title of the metadata, unless a program wrote it and nobody else."""
    title = " ".join("".join(sign for sign in words if sign.isprintable()).split())
    return "" if _NO_TITLE.fullmatch(title) else title[:LONGEST_TITLE_CHARS]


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
