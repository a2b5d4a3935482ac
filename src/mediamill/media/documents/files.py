"""Reading a file as Markdown, by what is in it, whatever its name says."""

from pathlib import Path

from mediamill.core.context import Context
from mediamill.media.answering import OnProgress
from mediamill.media.documents.asking import read_docx, read_pdf
from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.plain import from_file
from mediamill.media.documents.types import kind_of


def read(path: Path, ctx: Context, on_progress: OnProgress | None = None) -> Document:
    """Return what is in a .txt, .md, .pdf or .docx file; what a process of its own has read is kept by `ctx.cached`.

    on_progress: told how much of it is read, 0..1, where that takes long: of a PDF that was not read before.

    Raises PermanentError: NO_TEXT (empty, or a PDF of pictures), UNSUPPORTED_TYPE, MALFORMED, ENCRYPTED,
    TOO_MANY_PAGES, TOO_LARGE, PARSER_LIMIT. The message is for who sent the file.
    """
    ctx.check()
    match kind_of(path):
        case Kind.PDF:
            return read_pdf(path, ctx, on_progress)
        case Kind.DOCX:
            return read_docx(path, ctx, on_progress)
        case _:
            return from_file(path)
