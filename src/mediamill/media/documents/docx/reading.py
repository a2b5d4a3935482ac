"""From a Word document to Markdown, or to paragraphs."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lxml import etree  # type: ignore[import-untyped]

from mediamill.core.errors import PermanentError
from mediamill.media.documents.blocks import Block, Code, Heading, Item, Note, Paragraph, Table
from mediamill.media.documents.document import Kind
from mediamill.media.documents.docx.body import Body
from mediamill.media.documents.docx.package import Package, broken
from mediamill.media.documents.markdown import written
from mediamill.media.documents.passage import Passage
from mediamill.media.documents.prose import Told, write_passages

_POINTER: Final = re.compile(r"\[\^[^\]]*\]")
_LONGEST_TITLE_CHARS: Final = 200


@contextmanager
def _opened(path: Path) -> Iterator[Body]:
    """Open a document; what is wrong with its ZIP or its XML, now or later, is MALFORMED."""
    try:
        with Package(path) as package:
            yield Body(package)
    except (etree.LxmlError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as wrong:
        raise broken from wrong


def markdown_of(path: Path, on_progress: Callable[[float], None]) -> tuple[str, str]:
    """Return the Markdown of a Word document, and its title. Raises PermanentError as `passages_of`."""
    with _opened(path) as body:
        blocks = list(body.blocks(on_progress))
        if not blocks:
            raise PermanentError("the Word document has no text", code="NO_TEXT")
        return written(blocks), (body.title or _title(blocks))[:_LONGEST_TITLE_CHARS]


def write_prose(path: Path, to: Path, on_progress: Callable[[float], None]) -> Told:
    """Write the paragraphs of a Word document; see `prose`. Memory does not grow with it.

    Raises PermanentError: NO_TEXT, MALFORMED, ENCRYPTED, UNSUPPORTED_TYPE, TOO_LARGE, PARSER_LIMIT.
    """
    with _opened(path) as body:
        return write_passages(passages_of(body.blocks(on_progress)), Kind.DOCX, body.title, to)


def passages_of(blocks: Iterable[Block]) -> Iterator[Passage]:
    """Yield the paragraphs, items and rows of blocks, below their headings."""
    heading = ""
    for block in blocks:
        match block:
            case Heading(_, text):
                heading = text
            case Paragraph(spans) | Item(spans, _, _):
                yield Passage(_plain("".join(span.text for span in spans)), heading)
            case Note(_, spans):
                yield Passage(_plain("".join(span.text for span in spans)))
            case Table(rows):
                for row in rows:
                    yield Passage(_plain(" | ".join(cell for cell in row if cell)), heading)
            case Code():
                pass


def _plain(text: str) -> str:
    return " ".join(_POINTER.sub("", text).split())


def _title(blocks: Iterable[Block]) -> str:
    return next((block.text for block in blocks if isinstance(block, Heading)), "")
