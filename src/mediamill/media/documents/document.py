"""A document that was read."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a document was."""

    TEXT = "text"
    MARKDOWN = "markdown"
    PDF = "pdf"
    DOCX = "docx"


@dataclass(frozen=True)
class Document:
    r"""A document as Markdown (CommonMark with tables), in NFC, with lines that end in LF.

    markdown: at least one letter or digit. What only looks like a mark, in a text that has none, is escaped (`\*`).
    title: "" where it has none.
    pages: None for what has none.
    """

    markdown: str
    title: str
    kind: Kind
    pages: int | None = None
