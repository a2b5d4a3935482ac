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

#: Changes when the same file would give another text.
VERSION: Final = "1"
READER: Final = "mediamill.media.documents.reader"

#: What the process may use. A book of 2,000 pages takes 50 s and 160 MB.
MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_S: Final = 300
WALL_S: Final = 1_200
#: Of the text that it writes.
FILE_BYTES: Final = 64 * 1024 * 1024
_MIB: Final = 1024 * 1024

#: How the process can end, and what that says of the file.
_ENDS: Final = {
    "PROGRAM_CRASHED": ("DOCUMENT_UNREADABLE", "the PDF is broken: what reads it crashed"),
    "PROGRAM_MEMORY": (
        "DOCUMENT_TOO_LARGE",
        f"the PDF takes more than {MEMORY_BYTES // _MIB} MiB of memory to read; split it, or save it anew",
    ),
    "PROGRAM_CPU": (
        "DOCUMENT_TOO_LARGE",
        f"the PDF takes more than {CPU_S} s of the processor's time to read; split it, or save it anew",
    ),
    "PROGRAM_FILE_SIZE": ("DOCUMENT_TOO_LARGE", f"the PDF has more than {FILE_BYTES // _MIB} MiB of text; split it"),
}


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
        with ctx.coprocess(READER, memory_bytes=MEMORY_BYTES, cpu_s=CPU_S, file_bytes=FILE_BYTES) as reader:
            told = reader.ask(request, timeout_s=WALL_S, on_progress=on_progress)
    except PermanentError as failed:
        if failed.code not in _ENDS:
            raise
        code, message = _ENDS[failed.code]
        raise PermanentError(message, code=code) from failed
    ctx.log("document.read", **told)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
