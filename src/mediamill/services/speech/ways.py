"""Which way a text is read: in one go, as the section of a longer one, in chapters, or as a book."""

from typing import Final

from mediamill import Context, Result
from mediamill.media.voices.files.formats import Format
from mediamill.services.speech import text_of
from mediamill.services.speech.book import read_book, read_chapters
from mediamill.services.speech.params import Params
from mediamill.services.speech.section import read_section
from mediamill.services.speech.work import read_aloud

#: A shorter text is read in one go: a voice that runs a hundred times faster than real time takes ten seconds for it.
BOOK_CHARS: Final = 20_000


def read(params: Params, ctx: Context) -> Result:
    """Read the text of a request."""
    text = text_of(params, ctx.input("file"))
    if params.section is not None:
        return read_section(text, params, ctx)
    if params.stream:  # heard while it is made, so it is made from its beginning on, in one place
        return read_aloud(text, params, ctx)
    if len(text) >= BOOK_CHARS:
        return read_book(text, params, ctx)
    return read_chapters(text, params, ctx) if params.format is Format.M4B else read_aloud(text, params, ctx)
