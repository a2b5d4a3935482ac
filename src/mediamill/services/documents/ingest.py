"""Reading the document: its text, and by their looks the pages that have none."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from mediamill import Child, Context, PermanentError, Result, Stages, Tell
from mediamill.media.documents import Passage, Survey, cutting, passages, scan, survey, survey_text
from mediamill.media.documents.rows import sheets_in
from mediamill.media.documents.scanning import Models
from mediamill.services.documents import service
from mediamill.services.documents.languages import Language, language_of
from mediamill.services.documents.params import Ocr, Params
from mediamill.services.documents.stages import Stage

#: A page takes about a second: as many as one job reads before another worker could take some of them.
SCANNED_HERE: Final = 4
#: Pages of one child at most, and at least: beside their seconds, what a job costs is little.
SCANNED_EACH: Final = 8
_LEAST_EACH: Final = 3
#: A document is shared by so many children where it has the pages for it: few machines have more slots.
_SHARES: Final = 4
#: What is cut out of a document for all children together: so many times its size, and so much besides.
_MOST_CUT: Final = 4
_ANY_CUT_BYTES: Final = 256 * 1024 * 1024
#: The file that a child leaves.
LINES: Final = "lines.jsonl"
#: So much of a document tells its language.
_SAMPLE_CHARS: Final = 20_000
_HEAD_CHARS: Final = 400
_MOST_HEADS: Final = 2_000
#: The name of a file may be longer than what `cards.json` has room for; other titles are not.
_LONGEST_TITLE: Final = 200
#: What an upload without a name is called, and a text that was put aside.
_NAMELESS: Final = frozenset({"upload", "file"})


@dataclass(frozen=True)
class Source:
    """A document that was read. survey: with what was read of pages by their looks. kept: a file of its passages."""

    survey: Survey
    language: Language
    kept: Path
    scanned: tuple[Path, ...] = ()

    @property
    def scanned_pages(self) -> int:
        """How many pages were read by their looks."""
        return sum(not sheet.scan for path in self.scanned for sheet in sheets_in(path))

    def passages(self) -> Iterator[Passage]:
        """Yield what it says, from its beginning, as often as asked."""
        with self.kept.open(encoding="utf-8") as file:
            for line in file:
                yield Passage(*json.loads(line))


def ingest(params: Params, ctx: Context, stages: Stages) -> Source:
    """Read the document. Raises Later while other workers read scanned pages; PermanentError, as `survey` does."""
    read = _surveyed(params, ctx, stages.teller(Stage.READING))
    ctx.log("document.read", kind=read.kind, pages=read.pages, characters=read.chars, scans=len(read.scans))
    if params.ocr is Ocr.NEVER or not read.scans:
        stages.leave_out(Stage.SCANS)
        return _in_its_language(read, (), ctx)
    if read.chars >= _SAMPLE_CHARS:
        language_of(_written(passages(read), ctx).sample)  # before hours are spent on its pictures
    path = ctx.input("file")
    assert path is not None, "only a file has pages"  # noqa: S101 - for mypy
    source = _in_its_language(read, _looked_at(path, read, ctx, stages), ctx)
    ctx.log("document.scanned", pages=source.scanned_pages, of=len(read.scans))
    return source


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


def _looked_at(path: Path, read: Survey, ctx: Context, stages: Stages) -> tuple[Path, ...]:
    """Return what is on the pages without text. Where other pages have some, those are enough when none can be read."""
    try:
        Models.here(ctx.scratch)
        if len(read.scans) <= SCANNED_HERE:
            return _scanned_here(path, read, ctx, stages.teller(Stage.SCANS))
        return _scanned(path, read, ctx, stages.span(Stage.SCANS)[1])
    except PermanentError as failed:
        if not read.chars:
            raise
        ctx.log("document.not_scanned", pages=len(read.scans), code=failed.code)
        return ()


def _scanned_here(path: Path, read: Survey, ctx: Context, tell: Tell) -> tuple[Path, ...]:
    with cutting(path, read.digest, ctx) as cut:
        few = cut(read.scans)
    return (scan(few, read.scans, ctx, lambda fraction: tell(fraction, "")),)


def _scanned(path: Path, read: Survey, ctx: Context, share: float) -> tuple[Path, ...]:
    """Have the pages read by jobs of their own, on every worker there is. Raises Later until they are.

    What one of them could not read is left out, as a page is. Raises PermanentError where none could, and PARSER_LIMIT
    as `check_cut`.
    share: of this job's progress, what lies with them.
    """
    each = min(max(-(-len(read.scans) // _SHARES), _LEAST_EACH), SCANNED_EACH)
    starts = range(0, len(read.scans), each)
    children, cut_bytes = list[Child](), 0
    with cutting(path, read.digest, ctx) as cut:
        for pages in (read.scans[start : start + each] for start in starts):
            few = cut(pages)
            cut_bytes += few.stat().st_size
            check_cut(cut_bytes, path.stat().st_size)
            children.append(ctx.submit(service, Params(scan=pages), inputs={"file": few}, share=share / len(starts)))
    ended = [child.outcome() for child in children]
    lines = tuple(result.files[LINES] for result in ended if isinstance(result, Result))
    if not lines:
        children[0].result()
    return lines


def check_cut(cut_bytes: int, whole_bytes: int) -> None:
    """Raise PermanentError, PARSER_LIMIT, where what is cut out of a document is far more than the document.

    Pages that share a picture each bring it along: 5,000 of them would make 30 GB of 50 MiB.
    """
    if cut_bytes > _MOST_CUT * whole_bytes + _ANY_CUT_BYTES:
        raise PermanentError(
            "the pages of the PDF share pictures, so that they cannot be read apart; print it as another PDF",
            code="PARSER_LIMIT",
        )


def _in_its_language(read: Survey, scanned: tuple[Path, ...], ctx: Context) -> Source:
    written = _written(passages(read, scanned), ctx)
    if not any(sign.isalpha() for sign in written.sample):
        raise PermanentError(f"there is nothing to read in the document: {_lack(read, scanned)}", code="NO_TEXT")
    whole = replace(read, title=read.title or written.heading or _called(ctx)[:_LONGEST_TITLE], chars=written.chars)
    return Source(whole, language_of(written.sample), written.path, scanned)


def _lack(read: Survey, scanned: tuple[Path, ...]) -> str:
    if not read.scans:
        return "no letter was found"
    return (
        "no letter was found in the pictures on its pages"
        if scanned
        else "its pages are pictures, and `ocr` is `never`"
    )


def _called(ctx: Context) -> str:
    """Return what the file is called, as a title: decks without one are hard to tell apart."""
    path = ctx.input("file")
    return "" if path is None or path.stem in _NAMELESS else " ".join(path.stem.replace("_", " ").split())


class _Written(NamedTuple):
    """A file of passages. sample: from all over it. heading: the first one."""

    path: Path
    sample: str
    heading: str
    chars: int


def _written(found: Iterable[Passage], ctx: Context) -> _Written:
    """Write the passages, which are made of lines once and read several times; memory does not grow with them."""
    path = ctx.scratch / "passages.jsonl"
    heads, step, chars, heading = list[str](), 1, 0, ""
    with path.open("w", encoding="utf-8") as file:
        for number, passage in enumerate(found):
            file.write(json.dumps(passage) + "\n")
            chars += len(passage.text)
            heading = heading or passage.heading
            if number % step == 0:
                heads.append(passage.text[:_HEAD_CHARS])
            if len(heads) > _MOST_HEADS:  # every other one will do, from here on as well
                del heads[1::2]
                step *= 2
    thin = max(1, sum(map(len, heads)) // _SAMPLE_CHARS)
    return _Written(path, "\n".join(heads[::thin]), heading, chars)
