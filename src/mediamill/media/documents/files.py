"""Reading a file by what is in it, whatever its name says."""

from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.media.documents.asking import read_pdf
from mediamill.media.documents.document import Document
from mediamill.media.documents.plain import from_file

_PDF: Final = b"%PDF-"
#: A file that calls itself a PDF may have so much before its mark, as Acrobat and others read it.
_HEAD_BYTES: Final = 1024
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"


def read(path: Path, ctx: Context) -> Document:
    """Return what is in a .txt, .md or .pdf file; a PDF's text is kept by `ctx.cached`.

    Raises PermanentError: DOCUMENT_EMPTY, DOCUMENT_UNREADABLE (broken, or neither a PDF nor text), DOCUMENT_ENCRYPTED,
    DOCUMENT_TOO_LARGE, DOCUMENT_WITHOUT_WORDS (a PDF of pictures). The message is for who sent the file.
    """
    ctx.check()
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    called_pdf = path.suffix.lower() == ".pdf"
    if head.lstrip(_BLANKS).startswith(_PDF) or (called_pdf and _PDF in head):
        return read_pdf(path, ctx)
    return from_file(path)
