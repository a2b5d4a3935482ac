"""From a PDF to Markdown, page by page, then as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media.documents.blocks import Block, Heading
from mediamill.media.documents.markdown import written
from mediamill.media.documents.pdf.columns import ordered
from mediamill.media.documents.pdf.composing import composed
from mediamill.media.documents.pdf.furniture import without_furniture
from mediamill.media.documents.pdf.lines import Line, edged
from mediamill.media.documents.pdf.measures import Measures, body_size
from mediamill.media.documents.pdf.pages import Page, Pages
from mediamill.media.documents.pdf.titles import LONGEST_TITLE_CHARS
from mediamill.media.documents.pdf.words import pieces

#: Of the work, the pages.
_PAGES_SHARE: Final = 0.9
#: When so many of a document's letters are unknown, the others are not its words either.
_UNKNOWN: Final = 0.3
_OCR: Final = "optical character recognition (OCR) can make text of it"


@dataclass(frozen=True)
class Found:
    """What is in a PDF.

    unreadable_pages: how many are broken, and left out. wordless_pages: how many have no letter, as scanned ones among
    others.
    """

    markdown: str
    title: str
    pages: int
    unreadable_pages: int
    wordless_pages: int


def markdown_of(path: Path, on_progress: Callable[[float], None]) -> Found:
    """Return the text of a PDF.

    Raises PermanentError: MALFORMED, ENCRYPTED, TOO_MANY_PAGES, NO_TEXT.
    """
    with Pages(path) as pages:
        lines = list[list[Line]]()
        known = unknown = broken = wordless = 0
        for number, page in enumerate(pages):
            lines.append(_lines(page, number) if page else [])
            if page is None:
                broken += 1
            else:
                letters = sum(glyph.text.isalnum() for glyph in page.glyphs)
                known += letters
                wordless += not letters
                unknown += page.unknown
            on_progress(_PAGES_SHARE * (number + 1) / pages.count)
        _check(pages.count, known, unknown, broken)
        blocks = _blocks(lines)
        return Found(written(blocks), _title(pages.title, blocks), pages.count, broken, wordless)


def _lines(page: Page, number: int) -> list[Line]:
    found = ordered(pieces(page.glyphs), number)
    height = max(page.top - page.bottom, 1.0)
    for line in found:
        line.height = (line.y + line.size / 3 - page.bottom) / height
    return found


def _check(pages: int, known: int, unknown: int, broken: int) -> None:
    """Raise PermanentError where there are no words."""
    if broken == pages:
        raise PermanentError("the PDF is broken: none of its pages can be read", code="MALFORMED")
    if unknown > _UNKNOWN * (known + unknown):
        raise PermanentError(
            f"the PDF does not say which letters its signs are ({100 * unknown // (known + unknown)} % of them are "
            f"unknown): no words can be read; {_OCR}",
            code="NO_TEXT",
        )
    if not known:
        what = "its page is a picture" if pages == 1 else f"its {pages} pages are pictures"
        raise PermanentError(f"the PDF has no text: {what}, perhaps a scan, or empty; {_OCR}", code="NO_TEXT")


def _blocks(lines: Sequence[Sequence[Line]]) -> list[Block]:
    kept = without_furniture(lines, body_size(lines))
    if not any(sign.isalnum() for page in kept for line in page for sign in line.text):
        raise PermanentError(
            f"the PDF has no text but what stands around every page, as on a scan; {_OCR}",
            code="NO_TEXT",
        )
    for page in kept:
        edged(page)
    return composed(kept, Measures.of(kept))


def _title(metadata: str, blocks: Sequence[Block]) -> str:
    if metadata:
        return metadata
    headings = [block for block in blocks if isinstance(block, Heading)]
    first = next((each for each in headings if each.level == 1), headings[0] if headings else None)
    return first.text[:LONGEST_TITLE_CHARS] if first else ""
