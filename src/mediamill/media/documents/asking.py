"""Our end of reading: ask the process that reads, keep what it answers, and say what was wrong."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.core.context import Context
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.answering import OnProgress
from mediamill.media.digests import digest_of
from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.ends import Bounds, of_file
from mediamill.media.documents.parsers import read_by
from mediamill.media.documents.rescue import rescue
from mediamill.media.documents.skimmed import ENDS


class _Reader(NamedTuple):
    """A module that reads. name: of the kind of file."""

    module: str
    name: str


_PDF: Final = _Reader("mediamill.media.documents.reader", "PDF")
_DOCX: Final = _Reader("mediamill.media.documents.docx_reader", "Word document")
READER: Final = _PDF.module

#: A book of 2,000 pages takes 50 s and 160 MB.
BOUNDS: Final = Bounds(memory_bytes=512 * 1024 * 1024, cpu_s=300, file_bytes=64 * 1024 * 1024)
WALL_S: Final = 1_200


def read_pdf(path: Path, ctx: Context, on_progress: OnProgress | None = None) -> Document:
    """Return the text of a PDF.

    on_progress: told how much of it is read, 0..1, page by page, unless it was read before.
    Raises PermanentError as `read`; RetryableError PROGRAM_TIMEOUT after WALL_S.
    """
    key = f"document:{read_by('pypdfium2', 'pypdf')}:{digest_of(path)}"
    return _document(ctx.cached(key, lambda to: _ask_pdf(path, to, ctx, on_progress)), Kind.PDF)


def read_docx(path: Path, ctx: Context, on_progress: OnProgress | None = None) -> Document:
    """As `read_pdf`, of a Word document."""
    key = f"document:{read_by('lxml')}:{digest_of(path)}"
    request = {"path": str(path.absolute()), "markdown": True}
    made = ctx.cached(key, lambda to: _ask(_DOCX, request, to, ctx, on_progress))
    return _document(made, Kind.DOCX)


def write_docx_prose(path: Path, to: Path, ctx: Context, on_progress: OnProgress) -> None:
    """Write the paragraphs of a Word document; see `prose`. Raises as `read_pdf`."""
    _ask(_DOCX, {"path": str(path.absolute()), "markdown": False}, to, ctx, on_progress)


def _ask_pdf(path: Path, to: Path, ctx: Context, on_progress: OnProgress | None) -> None:
    """Have a PDF read; once more, by another parser, where the first one did not survive it."""
    try:
        _ask(_PDF, {"path": str(path.absolute())}, to, ctx, on_progress)
    except PermanentError as refused:
        ended = refused.__cause__
        if not isinstance(ended, PermanentError) or ended.code not in ENDS:
            raise
        ctx.log("document.fallback", code=ended.code)
        try:
            rescue(path, to, ctx)
        except (PermanentError, RetryableError) as failed:
            if failed.code in {"ENCRYPTED", "TOO_MANY_PAGES"}:
                raise
            raise refused from failed


def _ask(by: _Reader, request: Mapping[str, object], to: Path, ctx: Context, on_progress: OnProgress | None) -> None:
    try:
        with ctx.coprocess(by.module, **BOUNDS._asdict()) as reader:
            told = reader.ask({**request, "to": str(to.absolute())}, timeout_s=WALL_S, on_progress=on_progress)
    except PermanentError as failed:
        raise of_file(failed, BOUNDS, by.name) from failed
    ctx.log("document.read", **told)


def _document(made: Path, kind: Kind) -> Document:
    told = json.loads(made.read_text(encoding="utf-8"))
    return Document(told["markdown"], told["title"], kind, told["pages"])
