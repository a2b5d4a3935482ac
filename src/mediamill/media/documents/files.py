"""Reading a file by what is in it, whatever its name says."""

import codecs
from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.media.answering import OnProgress
from mediamill.media.documents.asking import read_pdf
from mediamill.media.documents.document import Document
from mediamill.media.documents.plain import from_file

_PDF: Final = b"%PDF-"
#: A PDF may have so much before its mark, as Acrobat and others read it.
_HEAD_BYTES: Final = 1024
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"


def read(path: Path, ctx: Context, on_progress: OnProgress | None = None) -> Document:
    """Return what is in a .txt, .md or .pdf file; a PDF's text is kept by `ctx.cached`.

    on_progress: told how much of it is read, 0..1, where that takes long: of a PDF that was not read before.

    Raises PermanentError: NO_TEXT (empty, or a PDF of pictures), UNSUPPORTED_TYPE, MALFORMED, ENCRYPTED,
    TOO_MANY_PAGES, TOO_LARGE, PARSER_LIMIT. The message is for who sent the file.
    """
    ctx.check()
    return read_pdf(path, ctx, on_progress) if is_pdf(path) else from_file(path)


def is_pdf(path: Path) -> bool:
    """Whether a file is a PDF by its beginning. A text with a PDF's mark in it is one only if its name says so."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    called_pdf = path.suffix.lower() == ".pdf"
    return head.lstrip(_BLANKS).startswith(_PDF) or (_PDF in head and (called_pdf or not _is_text(head)))


def _is_text(head: bytes) -> bool:
    """Whether it may be the beginning of a text. Most PDFs have bytes behind their mark that no text has."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head
