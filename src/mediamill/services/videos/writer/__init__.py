"""The offline writer: a script from what a page says, in its own sentences and its own order."""

from collections.abc import Callable, Sequence
from typing import Final

from mediamill import InvalidInput, PermanentError
from mediamill.media.voices.prose.language import language_of_text
from mediamill.services.videos.script import Script
from mediamill.services.videos.writer.acts import Act, acts_of
from mediamill.services.videos.writer.blocks import Table
from mediamill.services.videos.writer.outline import Outline, outlined
from mediamill.services.videos.writer.page import read
from mediamill.services.videos.writer.phrases import phrases_in
from mediamill.services.videos.writer.scenes import scenes_of
from mediamill.services.videos.writer.speech import sayings

_SAMPLE_CHARS: Final = 4_000
_SAMPLE_BLOCKS: Final = 40


def write(markdown: str, *, language: str | None = None, check: Callable[[], None] = lambda: None) -> Script:
    """Return a script of 3 to 7 scenes.

    markdown: any text; one without headings is cut into stretches, whose titles are found in their sentences.
    language: of the text; None: found by itself, also of a scene that has another. The same text always gives the same
    script; 350 KB take about half a second. Where the page has one sentence only, the first scene just announces it,
    and the last one says goodbye. Links on their own, descriptions of pictures and notes are told where there is
    nothing else.
    check: called all along; what it raises ends the writing.

    Raises PermanentError: NO_TEXT where there is no word and nothing to draw; INVALID_INPUT for a language
    that no voice reads.
    """
    outline = outlined(read(markdown, check))
    check()
    acts = acts_of(outline)
    check()
    spoken_in = language or _language_of(outline, acts)
    scenes = scenes_of(acts, spoken_in, phrases_in(spoken_in), mixed=language is None)
    return Script(title=outline.title or scenes[0].title, language=spoken_in, scenes=tuple(scenes))


def _language_of(outline: Outline, acts: Sequence[Act]) -> str:
    blocks = [block for act in acts for block in act.blocks[:_SAMPLE_BLOCKS]]
    said = [saying.text for saying in sayings(blocks, phrases_in("en"))]
    titles = [outline.title, *(title for act in acts for title in act.titles)]
    cells = [" ".join(row) for table in blocks if isinstance(table, Table) for row in (table.head, *table.rows)]
    try:
        return language_of_text("\n".join([*said, *titles, *cells])[:_SAMPLE_CHARS])
    except InvalidInput as unread:
        raise PermanentError(unread.message, code=unread.code) from unread
