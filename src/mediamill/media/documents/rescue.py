"""A PDF that its reader did not survive, as plain Markdown: headings and paragraphs of the lines that pypdf finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mediamill.core.context import Context
from mediamill.core.errors import PermanentError
from mediamill.media.documents.blocks import Block, Heading, Paragraph, Span
from mediamill.media.documents.layout.assembly import assembled
from mediamill.media.documents.layout.layout import sketched
from mediamill.media.documents.markdown import written
from mediamill.media.documents.passage import Passage
from mediamill.media.documents.rows import Sheet, sheets_in
from mediamill.media.documents.skimmed import BOUNDS, FALLBACK, RANGE_PAGES, About, ask


def rescue(path: Path, to: Path, ctx: Context) -> None:
    """Write what the process of a PDF's reader would have written.

    Raises what it ended by, where this one ends as well; PermanentError NO_TEXT where it finds no words.
    """
    with TemporaryDirectory(dir=ctx.scratch) as folder:
        about, sheets = _skimmed(path, Path(folder), ctx)
    blocks = list(_blocks(assembled(sheets, sketched(sheets))))
    if not blocks:
        raise PermanentError("the PDF is broken, and has no text that can be read", code="NO_TEXT")
    told = {"markdown": written(blocks), "title": about.title, "pages": about.pages}
    to.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _skimmed(path: Path, folder: Path, ctx: Context) -> tuple[About, list[Sheet]]:
    kept, sheets = folder / "rows.jsonl", list[Sheet]()
    with ctx.coprocess(FALLBACK, **BOUNDS._asdict()) as fallback:
        ask(fallback, path, {"to": kept}, None)
        about = About(*json.loads(kept.read_text(encoding="utf-8")))
        for first in range(1, about.pages + 1, RANGE_PAGES):
            last = min(first + RANGE_PAGES - 1, about.pages)
            ask(fallback, path, {"to": kept, "first": first, "last": last}, None)
            sheets.extend(sheets_in(kept))
    return about, sheets


def _blocks(passages: Iterator[Passage]) -> Iterator[Block]:
    heading = ""
    for passage in passages:
        if passage.heading != heading:
            heading = passage.heading
            yield Heading(2, heading)
        yield Paragraph((Span(passage.text),))
