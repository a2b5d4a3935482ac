"""Reading the document: its text, and by their looks the pages that have none."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill import Child, Context, PermanentError, Result, Stages, Tell
from mediamill.media.documents import Passage, Survey, cut, passages, scan, survey, survey_text
from mediamill.services.documents import service
from mediamill.services.documents.languages import Language, language_of
from mediamill.services.documents.params import Ocr, Params
from mediamill.services.documents.stages import Stage

#: A page takes about a second: as many as one job reads before another worker could take some of them.
SCANNED_HERE: Final = 4
#: Pages of one child: beside their seconds, what a job costs is little.
SCANNED_EACH: Final = 8
#: The file that a child leaves.
LINES: Final = "lines.jsonl"
#: So much of a document tells its language.
_SAMPLE_CHARS: Final = 20_000
_SAMPLE_PASSAGES: Final = 2_000


@dataclass(frozen=True)
class Source:
    """A document that was read. scanned: what was read of pages by their looks."""

    survey: Survey
    language: Language
    scanned: tuple[Path, ...] = ()

    @property
    def title(self) -> str:
        """What it is called, "" where nothing says that."""
        return self.survey.title

    def passages(self) -> Iterator[Passage]:
        """Yield what it says, from its beginning, as often as asked."""
        return passages(self.survey, self.scanned)


def ingest(params: Params, ctx: Context, stages: Stages) -> Source:
    """Read the document. Raises Later while other workers read scanned pages; PermanentError, as `survey` does."""
    read = _surveyed(params, ctx, stages.teller(Stage.READING))
    ctx.log("document.read", kind=read.kind, pages=read.pages, characters=read.chars, scans=len(read.scans))
    if params.ocr is Ocr.NEVER or not read.scans:
        return _in_its_language(read, ())
    if read.chars >= _SAMPLE_CHARS:
        language_of(_sample(passages(read)))  # before hours are spent on its pictures
    path = ctx.input("file")
    assert path is not None, "only a file has pages"  # noqa: S101 - for mypy
    if len(read.scans) <= SCANNED_HERE:
        scanned = _scanned_here(path, read, ctx, stages.teller(Stage.SCANS))
    else:
        scanned = _scanned(path, read, ctx, stages.span(Stage.SCANS)[1])
    ctx.log("document.scanned", pages=len(read.scans))
    return _in_its_language(read, scanned)


def scanned_pages(numbers: Sequence[int], ctx: Context) -> Result:
    """Read the pages of the uploaded file by their looks. numbers: what they are in the whole document, from 1."""
    path = ctx.input("file")
    if path is None:  # the door lets none of these in
        raise PermanentError("there is no file", code="NO_TEXT")
    lines = scan(path, numbers, ctx, lambda fraction: ctx.progress(fraction, "reading pages by their looks"))
    return Result({LINES: lines})


def _surveyed(params: Params, ctx: Context, tell: Tell) -> Survey:
    if params.text is not None:
        return survey_text(params.text, ctx)
    path = ctx.input("file")
    if path is None:  # the door lets none of these in
        raise PermanentError("there is neither a text nor a file", code="NO_TEXT")
    return survey(path, ctx, lambda fraction: tell(fraction, ""))


def _scanned_here(path: Path, read: Survey, ctx: Context, tell: Tell) -> tuple[Path, ...]:
    few = cut(path, read.digest, read.scans, ctx)
    return (scan(few, read.scans, ctx, lambda fraction: tell(fraction, "")),)


def _scanned(path: Path, read: Survey, ctx: Context, share: float) -> tuple[Path, ...]:
    """Have the pages read by jobs of their own, on every worker there is. Raises Later until they are.

    share: of this job's progress, what lies with them.
    """
    starts = range(0, len(read.scans), SCANNED_EACH)
    children = list[Child]()
    for pages in (read.scans[start : start + SCANNED_EACH] for start in starts):
        few = cut(path, read.digest, pages, ctx)
        children.append(ctx.submit(service, Params(scan=pages), inputs={"file": few}, share=share / len(starts)))
    return tuple(child.result().files[LINES] for child in children)


def _in_its_language(read: Survey, scanned: tuple[Path, ...]) -> Source:
    sample = _sample(passages(read, scanned))
    if not any(sign.isalpha() for sign in sample):
        why = "its pages are pictures, and `ocr` is `never`" if read.scans and not scanned else "no letter was found"
        raise PermanentError(f"there is nothing to read in the document: {why}", code="NO_TEXT")
    return Source(read, language_of(sample), scanned)


def _sample(found: Iterator[Passage]) -> str:
    """Return text from all over a document, as much as tells its language."""
    heads = [passage.text[:400] for passage in itertools.islice(found, 0, _SAMPLE_PASSAGES)]
    step = max(1, sum(map(len, heads)) // _SAMPLE_CHARS)
    return "\n".join(heads[::step])
