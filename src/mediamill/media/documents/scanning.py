"""Reading pages by their looks (OCR): our end of it."""

import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

from mediamill.core.context import Context, Coprocess
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.digests import digest_of
from mediamill.media.documents.ends import Bounds, of_file
from mediamill.media.documents.rows import Sheet, sheets_in, write_sheets
from mediamill.media.makers import made_by

SCANNER: Final = "mediamill.media.documents.scanner"
CUTTER: Final = "mediamill.media.documents.cutter"
#: Tesseract takes 85 MB for a page, and a picture of 20 megapixels as much again; the processor's time is of all pages.
BOUNDS: Final = Bounds(memory_bytes=1024 * 1024 * 1024, cpu_s=3_600, file_bytes=64 * 1024 * 1024)
#: A page takes a second or two.
PAGE_S: Final = 120.0
CUT_S: Final = 120.0

#: What one page can do to the process, and the next one need not. That somebody else ended it says nothing of a page.
_OF_PAGE: Final = frozenset(
    {"MALFORMED", "PROGRAM_CRASHED", "PROGRAM_MEMORY", "PROGRAM_CPU", "PROGRAM_FILE_SIZE", "PROGRAM_TIMEOUT"}
)
_HERE: Final = Path(__file__).parent
_MAKERS: Final = (_HERE / "scanner.py", _HERE / "lettering.py", _HERE / "rows.py")
#: As Tesseract names them, in the order in which it tries them.
_LANGUAGES: Final = ("eng", "vie")
#: Where Debian, Ubuntu and Fedora keep its models.
_SYSTEM_FOLDERS: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/share/tessdata",
)


@dataclass(frozen=True)
class Models:
    """What Tesseract has learned. folder: all of it in one place. languages: as Tesseract wants them, `eng+vie`."""

    folder: Path
    languages: str

    @property
    def key(self) -> str:
        """What tells these models from others: their names and sizes."""
        paths = [self.folder / f"{language}.traineddata" for language in self.languages.split("+")]
        return ",".join(f"{path.stem}:{path.stat().st_size}" for path in paths)

    @classmethod
    def here(cls, scratch: Path, folders: Sequence[Path] | None = None) -> Self:
        """Return what is installed here, linked into `scratch` where it lies in several places.

        folders: where to look instead of where packages and systems put models. Of two, the first one's counts.

        Raises PermanentError with code NO_TEXT where there is none.
        """
        places = _folders() if folders is None else folders
        found = {name: path for name in _LANGUAGES if (path := _model(name, places))}
        if not found:
            raise PermanentError(
                "the pages are pictures, and no model that reads them is installed: mediamill[documents] brings one",
                code="NO_TEXT",
            )
        if len(parents := {path.parent for path in found.values()}) == 1:
            return cls(parents.pop(), "+".join(found))
        folder = scratch / "tessdata"
        folder.mkdir(exist_ok=True)
        for path in found.values():
            if not (link := folder / path.name).exists():
                link.symlink_to(path)
        return cls(folder, "+".join(found))


@contextmanager
def cutting(path: Path, digest: str, ctx: Context) -> Iterator[Callable[[Sequence[int]], Path]]:
    """Return what takes pages, from 1 and growing, out of a PDF, as a PDF of their own, kept by `ctx.cached`.

    One process takes all of them out; it begins with the first that nobody has taken before.
    digest: of the file, SHA-256. Taking raises PermanentError: MALFORMED, PARSER_LIMIT.
    """
    whole = {"path": str(path.absolute())}
    maker = made_by(_HERE / "cutter.py", libraries=("pypdfium2",))
    with ctx.coprocess(CUTTER, **BOUNDS._asdict()) as cutter:

        def cut(pages: Sequence[int]) -> Path:
            def make(to: Path) -> None:
                try:
                    cutter.ask({**whole, "to": str(to.absolute()), "pages": list(pages)}, timeout_s=CUT_S)
                except PermanentError as failed:
                    raise of_file(failed, BOUNDS, "PDF") from failed

            return ctx.cached(f"cut:{maker}:{digest}:{','.join(map(str, pages))}", make)

        yield cut


def scan(
    path: Path, pages: Sequence[int], ctx: Context, tell: Callable[[float], None], models: Models | None = None
) -> Path:
    """Read the pages of a PDF by their looks; return a file of lines for `passages`. Each page is kept by `ctx.cached`.

    path: as `cutting` took it out. pages: what its pages are in the whole document, from 1. tell: told how much is
    read, 0..1. models: others than those that are installed.
    A page whose picture takes more than reading may, or is broken, has no lines.

    Raises PermanentError with code NO_TEXT where no model of Tesseract's is installed.
    """
    models = models or Models.here(ctx.scratch)
    maker = made_by(*_MAKERS, libraries=("pypdfium2", "tesserocr"))
    key = f"scan:{maker}:{models.key}:{digest_of(path)}"
    sheets = list[Sheet]()
    with ctx.coprocess(SCANNER, **BOUNDS._asdict()) as scanner:
        for place, number in enumerate(pages):
            sheets += _sheets(_Page(path, place, number), models, scanner, key, ctx)
            tell((place + 1) / len(pages))
    to = ctx.scratch / f"lines-{pages[0]}.jsonl"
    write_sheets(sheets, to)
    return to


class _Page(NamedTuple):
    """place: in the file, from 0. number: in the whole document, from 1."""

    path: Path
    place: int
    number: int


def _sheets(page: _Page, models: Models, scanner: Coprocess, key: str, ctx: Context) -> list[Sheet]:
    """Return what is on a page; an empty sheet is not kept of one that cannot be read: the machine may be to blame."""

    def make(to: Path) -> None:
        request = {
            "path": str(page.path.absolute()),
            "index": page.place,
            "number": page.number,
            "to": str(to.absolute()),
            "models": str(models.folder),
            "languages": models.languages,
        }
        scanner.ask(request, timeout_s=PAGE_S)

    try:
        return list(sheets_in(ctx.cached(f"{key}:{page.place}:{page.number}", make)))
    except (PermanentError, RetryableError) as failed:
        if failed.code not in _OF_PAGE:
            raise
        ctx.log("page.unread", page=page.number, code=failed.code)
        return [Sheet(page.number, 0.0, (), scan=True)]


def _model(language: str, folders: Sequence[Path]) -> Path | None:
    return next((path for folder in folders if (path := folder / f"{language}.traineddata").is_file()), None)


def _folders() -> list[Path]:
    """Return where models may lie: beside our packages, and where systems keep them."""
    return [Path(sysconfig.get_path("data")) / "share/tessdata", *map(Path, _SYSTEM_FOLDERS)]
