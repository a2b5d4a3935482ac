"""What kind of file a document is, by what is in it and whatever its name says."""

import codecs
import mmap
import os
import re
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media.documents.document import Kind

_PDF: Final = b"%PDF-"
#: A PDF may have so much before its mark, as Acrobat and others read it.
_HEAD_BYTES: Final = 1024
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
#: Where most ZIP files have their list: at the end.
_LIST_BYTES: Final = 256 * 1024
_WORD: Final = b"word/"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Names within an old Office file, and in one that holds an encrypted new one.
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OLD_WORD: Final = "WordDocument".encode("utf-16-le")
_HTML: Final = re.compile(rb"<(?:!doctype html|html[\s>]|\?xml[^>]*>\s*<(?:!doctype html|html[\s>]))", re.IGNORECASE)
_READ: Final = "a document is a PDF, a Word document (.docx), Markdown or plain text"
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"


def kind_of(path: Path) -> Kind:
    """Return PDF, DOCX (any ZIP file: what reads it tells whether it is one), or TEXT for all that may be text.

    Raises PermanentError: UNSUPPORTED_TYPE for what is plainly none of them, ENCRYPTED for a Word document with a
    password.
    """
    if is_pdf(path):
        return Kind.PDF
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP):
        return Kind.DOCX
    if head.startswith(_OLD_OFFICE):
        raise _old_office(path)
    if _HTML.match(head.lstrip(_BLANKS)):
        raise PermanentError(
            f"the file is a page of HTML; {_READ}: print it as a PDF, or send its text", code="UNSUPPORTED_TYPE"
        )
    return Kind.TEXT


def is_docx(path: Path) -> bool:
    """Whether a file may be a Word document: a ZIP that has the name of one's text in its list."""
    with path.open("rb") as file:
        if not file.read(_HEAD_BYTES).startswith(_ZIP):
            return False
        file.seek(max(file.seek(0, os.SEEK_END) - _LIST_BYTES, 0))
        return _WORD in file.read()


def _old_office(path: Path) -> PermanentError:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_ENCRYPTED) >= 0:
            return PermanentError(
                "the document is encrypted with a password; save it without one and send it again", code="ENCRYPTED"
            )
        what = "Word document (.doc)" if content.find(_OLD_WORD) >= 0 else "Office file"
    return PermanentError(f"the file is an old {what}: save it as .docx or as a PDF", code="UNSUPPORTED_TYPE")


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
