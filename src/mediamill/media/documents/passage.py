"""A document as a row of paragraphs, for those who want its words and not its looks."""

from typing import Final, NamedTuple

#: What is longer is no heading, and it is written down again with each of its paragraphs.
LONGEST_HEADING_CHARS: Final = 200


class Passage(NamedTuple):
    """A paragraph, an item of a list, or a row of a table: in one line, in NFC.

    heading: of the section that it stands in, LONGEST_HEADING_CHARS at most, "" before the first.
    page: from 1; None where a document has none.
    """

    text: str
    heading: str = ""
    page: int | None = None
