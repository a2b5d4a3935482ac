"""Our end of the reading of a PDF: ask the process that reads, keep what it answers, and say what was wrong."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Final

from mediamill.core.context import Context
from mediamill.core.errors import PermanentError
from mediamill.media.answering import OnProgress
from mediamill.media.documents.document import Document, Kind
from mediamill.media.documents.ends import Bounds, of_file

#: Changes when the same file would give another text.
VERSION: Final = "1"
READER: Final = "mediamill.media.documents.reader"

#: A book of 2,000 pages takes 50 s and 160 MB.
BOUNDS: Final = Bounds(memory_bytes=512 * 1024 * 1024, cpu_s=300, file_bytes=64 * 1024 * 1024)
WALL_S: Final = 1_200


def read_pdf(path: Path, ctx: Context, on_progress: OnProgress | None = None) -> Document:
    """Return the text of a PDF.

    on_progress: told how much of it is read, 0..1, page by page, unless it was read before.
    Raises PermanentError as `read`; RetryableError PROGRAM_TIMEOUT after WALL_S.
    """
    key = f"document:{VERSION}:{version('pypdfium2')}:{_digest(path)}"
    told = json.loads(ctx.cached(key, lambda to: _ask(path, to, ctx, on_progress)).read_text(encoding="utf-8"))
    return Document(told["markdown"], told["title"], Kind.PDF, told["pages"])


def _ask(path: Path, to: Path, ctx: Context, on_progress: OnProgress | None) -> None:
    request = {"path": str(path.absolute()), "to": str(to.absolute())}
    try:
        with ctx.coprocess(READER, **BOUNDS._asdict()) as reader:
            told = reader.ask(request, timeout_s=WALL_S, on_progress=on_progress)
    except PermanentError as failed:
        raise of_file(failed, BOUNDS, "PDF") from failed
    ctx.log("document.read", **told)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
