"""What a document is, and what is in it, in files: the second depth of reading, for those who want its words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mediamill.core.context import Context
from mediamill.core.errors import PermanentError
from mediamill.media.digests import digest_of
from mediamill.media.documents import prose
from mediamill.media.documents.asking import write_docx_prose
from mediamill.media.documents.document import Kind
from mediamill.media.documents.layout.assembly import assembled
from mediamill.media.documents.layout.layout import Layout, Sketch, sketched
from mediamill.media.documents.parsers import read_by
from mediamill.media.documents.passage import Passage
from mediamill.media.documents.plain import check_size
from mediamill.media.documents.rows import Sheet, sheets_in
from mediamill.media.documents.skimmed import RANGE_PAGES, skimmed
from mediamill.media.documents.types import kind_of

MOST_CHARS: Final = 100_000_000
#: What reads a kind of file besides our own code.
_LIBRARIES: Final = MappingProxyType({Kind.DOCX: ("lxml",)})


@dataclass(frozen=True)
class Survey:
    """A document that was looked through.

    digest: SHA-256 of the file, in hex. title: "" where it has none. pages: None for what has none.
    chars: of its text, pictures apart. scans: pages, from 1, that have pictures and no text that can be read.
    parts: what was read, in files of this attempt; `passages` reads them.
    """

    digest: str
    kind: Kind
    title: str
    pages: int | None
    chars: int
    scans: tuple[int, ...]
    parts: tuple[Path, ...]
    layout: Layout | None = field(default=None, repr=False)


def survey(path: Path, ctx: Context, tell: Callable[[float], None]) -> Survey:
    """Return what is in a .txt, .md, .pdf or .docx file of any size that is let in; pages are kept by `ctx.cached`.

    tell: told how much of it is read, 0..1.

    Raises PermanentError: NO_TEXT where there is neither a letter nor a page to scan, UNSUPPORTED_TYPE, MALFORMED,
    ENCRYPTED, TOO_MANY_PAGES, TOO_LARGE (bytes or characters), PARSER_LIMIT.
    """
    ctx.check()
    check_size(path)
    kind, digest = kind_of(path), digest_of(path)
    if kind is Kind.PDF:
        return _of_pdf(path, digest, ctx, tell)

    def make(to: Path) -> None:
        if kind is Kind.DOCX:
            write_docx_prose(path, to, ctx, tell)
        else:
            prose.write(path, to, ctx, tell)

    part = ctx.cached(f"passages:{read_by(*_LIBRARIES.get(kind, ()))}:{digest}", make)
    tell(1.0)
    told = prose.told_of(part)
    return Survey(digest, told.kind, told.title, None, told.chars, (), (part,))


def survey_text(text: str, ctx: Context) -> Survey:
    """As `survey`, of a text that came with the request."""
    path = ctx.scratch / "text.txt"
    path.write_text(text, encoding="utf-8")
    return survey(path, ctx, lambda _: None)


def passages(survey: Survey, scanned: Sequence[Path] = ()) -> Iterator[Passage]:
    """Yield the paragraphs of a document in order; memory does not grow with it. May be asked again.

    scanned: files of `scan`: of pages that had no text.
    """
    if survey.layout is None:
        for part in survey.parts:
            yield from prose.passages_in(part)
        return
    layout = sketched(_sheets(survey, scanned)) if scanned else survey.layout
    yield from assembled(_sheets(survey, scanned), layout)


def _sheets(survey: Survey, scanned: Sequence[Path]) -> Iterator[Sheet]:
    """Yield the pages in order, the scanned ones in the place of those without text."""
    seen = iter(sorted(chain.from_iterable(sheets_in(path) for path in scanned), key=lambda sheet: sheet.number))
    next_one = next(seen, None)
    for sheet in chain.from_iterable(sheets_in(part) for part in survey.parts):
        while next_one is not None and next_one.number < sheet.number:
            next_one = next(seen, None)
        yield next_one if next_one is not None and next_one.number == sheet.number else sheet


def _of_pdf(path: Path, digest: str, ctx: Context, tell: Callable[[float], None]) -> Survey:
    sketch, parts = Sketch(), list[Path]()
    with skimmed(path, digest, ctx) as pdf:
        about = pdf.about()
        for first in range(1, about.pages + 1, RANGE_PAGES):
            last = min(first + RANGE_PAGES - 1, about.pages)
            parts.append(pdf.part(first, last, _share(tell, (first - 1) / about.pages, last / about.pages)))
            for sheet in sheets_in(parts[-1]):
                sketch.add(sheet)
            _check_chars(sketch.chars)
            tell(last / about.pages)
    _check(sketch, about.pages)
    title, layout = about.title or sketch.title, sketch.layout(about.outline)
    return Survey(digest, Kind.PDF, title, about.pages, sketch.chars, tuple(sketch.scans), tuple(parts), layout)


def _share(tell: Callable[[float], None], begin: float, end: float) -> Callable[[float], None]:
    """Return what tells a part of the whole."""
    return lambda done: tell(begin + done * (end - begin))


def _check_chars(chars: int) -> None:
    if chars > MOST_CHARS:
        raise PermanentError(f"the PDF has more than {MOST_CHARS:,} characters; split it", code="TOO_LARGE")


def _check(sketch: Sketch, pages: int) -> None:
    if sketch.broken == pages:
        raise PermanentError("the PDF is broken: none of its pages can be read", code="MALFORMED")
    if not sketch.chars and not sketch.scans:
        raise PermanentError("the PDF has no text: its pages are empty", code="NO_TEXT")
