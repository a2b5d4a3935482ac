"""A document as a row of paragraphs, for those who want its words and not its looks."""

from typing import NamedTuple


class Passage(NamedTuple):
    """A paragraph, an item of a list, or a row of a table: in one line, in NFC.

    heading: of the section that it stands in, "" before the first. page: from 1; None where a document has none.
    """

    text: str
    heading: str = ""
    page: int | None = None
