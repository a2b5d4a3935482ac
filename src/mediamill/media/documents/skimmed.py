"""Our end of skimming a PDF: a range of pages after the other, by pdfium; by pypdf what that does not survive."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.core.context import Context, Coprocess
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.documents.ends import Bounds, of_file
from mediamill.media.documents.parsers import read_by
from mediamill.media.documents.rows import sheets_in

SKIMMER: Final = "mediamill.media.documents.skimmer"
FALLBACK: Final = "mediamill.media.documents.reader_fallback"
#: So many pages are asked for at once: what a crash can cost.
RANGE_PAGES: Final = 50
#: A file in which more ranges end the process is no document; each costs up to two minutes.
_MOST_FALLBACKS: Final = 3
BOUNDS: Final = Bounds(memory_bytes=512 * 1024 * 1024, cpu_s=300, file_bytes=64 * 1024 * 1024)
#: Of one range. A request's own limit of the processor's time ends it long before, unless the machine is busy.
WALL_S: Final = 600
#: Ends that another parser may not come to.
ENDS: Final = frozenset({"PROGRAM_CRASHED", "PROGRAM_CPU", "PROGRAM_MEMORY", "PROGRAM_TIMEOUT"})

Request = Mapping[str, Path | int]


class About(NamedTuple):
    """What a PDF says of itself. outline: levels, titles and pages, from 1."""

    pages: int
    title: str
    outline: list[tuple[int, str, int]]


class Skimmed:
    """An open PDF. digest: of the file, by which what was read is kept."""

    def __init__(self, path: Path, digest: str, ctx: Context, skimmer: Coprocess) -> None:
        self._path, self._ctx, self._skimmer = path, ctx, skimmer
        self._key = f"lines:{read_by('pypdfium2', 'pypdf')}:{digest}"
        self._fallbacks = 0

    def about(self) -> About:
        """Return what it says of itself. Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES, PARSER_LIMIT."""
        kept = self._ctx.cached(f"{self._key}:about", lambda to: self._ask({"to": to}))
        return About(*json.loads(kept.read_text(encoding="utf-8")))

    def part(self, first: int, last: int, tell: Callable[[float], None]) -> Path:
        """Return a file of these pages, from 1; see `rows`. Raises PermanentError: MALFORMED, PARSER_LIMIT."""
        request = {"first": first, "last": last}
        return self._ctx.cached(f"{self._key}:{first}-{last}", lambda to: self._ask({**request, "to": to}, tell))

    def _ask(self, request: Request, tell: Callable[[float], None] | None = None) -> None:
        try:
            ask(self._skimmer, self._path, request, tell)
        except (PermanentError, RetryableError) as failed:
            self._fallbacks += 1
            if failed.code not in ENDS or self._fallbacks > _MOST_FALLBACKS:
                raise _told(failed) from failed
            self._ctx.log("document.fallback", code=failed.code, first=request.get("first", 0))
            self._ask_again(request, tell, _told(failed))

    def _ask_again(
        self, request: Request, tell: Callable[[float], None] | None, ended: PermanentError | RetryableError
    ) -> None:
        """Ask pypdf. Raises `ended`, what the first one came to, where this one finds nothing either."""
        with self._ctx.coprocess(FALLBACK, **BOUNDS._asdict()) as fallback:
            try:
                ask(fallback, self._path, request, tell)
            except PermanentError as failed:
                raise ended from failed
        made = request["to"]
        if "first" in request and isinstance(made, Path) and all(sheet.broken for sheet in sheets_in(made)):
            raise ended


@contextmanager
def skimmed(path: Path, digest: str, ctx: Context) -> Iterator[Skimmed]:
    """Open a PDF; its process begins with the first page that nobody has read before."""
    with ctx.coprocess(SKIMMER, **BOUNDS._asdict()) as skimmer:
        yield Skimmed(path, digest, ctx, skimmer)


def ask(parser: Coprocess, path: Path, request: Request, tell: Callable[[float], None] | None) -> None:
    """Ask a process that skims; see its module for the request, of which paths are made absolute here."""
    told = {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in request.items()}
    parser.ask({"path": str(path.absolute()), **told}, timeout_s=WALL_S, on_progress=tell)


def _told(failed: PermanentError | RetryableError) -> PermanentError | RetryableError:
    """Return what the file's sender is told: that a hang is one of the file, where another parser hangs too."""
    if failed.code == "PROGRAM_TIMEOUT":
        return PermanentError(
            f"a part of the PDF takes more than {WALL_S} s to read; split it, or save it anew", code="PARSER_LIMIT"
        )
    return of_file(failed, BOUNDS, "PDF") if isinstance(failed, PermanentError) else failed
