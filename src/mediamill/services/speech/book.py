"""A long text: its sections are read by jobs of their own, on every worker there is, and bound here."""

import shutil
from collections.abc import Iterator, Sequence
from typing import Final

from mediamill import Child, Context, InvalidInput, PermanentError, Result
from mediamill.media.voices.files.joining import bytes_per_s, piece_format
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.language import language_of_text
from mediamill.media.voices.script import last_speaker
from mediamill.services.speech import service
from mediamill.services.speech.binding import Piece, bind
from mediamill.services.speech.chapters import Chapter, chapters
from mediamill.services.speech.params import Params, SectionOf
from mediamill.services.speech.section import read_section
from mediamill.services.speech.work import planned

#: A section of so many characters takes a fast voice three seconds: beside that, what a job costs is little, and two
#: workers seldom wait for each other at the end.
SECTION_CHARS: Final = 6_000
#: Of the job's progress, what lies with its sections; the rest is binding them.
READING: Final = 0.95
#: Characters that are said in a second, in English and Vietnamese prose. In other languages it may be half of that.
_CHARS_PER_S: Final = 16.0
_SAMPLE_CHARS: Final = 4_000


def read_book(text: str, params: Params, ctx: Context) -> Result:
    """Read a long text: ask for each section as a job, and bind them when all have been read.

    Raises Later meanwhile, so that it takes no slot. A stop keeps what has been read from the
    beginning on without a gap, and a sentence at least.
    """
    found = _chapters(text, SECTION_CHARS, params, ctx)
    _check_length(len(text), params)
    children = _asked_for(found, text[:_SAMPLE_CHARS], params, ctx)
    waiting = next((child for child in children if not child.finished), None)
    if waiting is not None and not ctx.stopping:
        _log_plan(found, len(text), params, ctx)
        waiting.result()
    pieces = _read(children)
    if waiting is children[0]:  # the user wants what there is, and there is nothing yet
        pieces = _read_here(found, params, ctx)
    return bind(found, pieces, params, ctx, begins_at=READING, chapter_files=params.chapters)


def read_chapters(text: str, params: Params, ctx: Context) -> Result:
    """Read a text that is not that long, chapter by chapter, in this job."""
    planned(normalise.prose(text), params)  # what is wrong with it is told for the whole text, not for a chapter
    found = _chapters(text, len(text), params, ctx)
    return bind(found, _read_here(found, params, ctx), params, ctx)


def _chapters(text: str, section_chars: int, params: Params, ctx: Context) -> list[Chapter]:
    found = chapters(text, section_chars, params.cast, check=ctx.check)
    if not found:
        raise PermanentError("there is nothing to say in the text: no letter and no digit", code="INVALID_INPUT")
    return found


def _asked_for(found: Sequence[Chapter], sample: str, params: Params, ctx: Context) -> list[Child]:
    """Ask for each section as a job. Its text goes with it as a file: the store is no place for books."""
    path = ctx.scratch / "section.txt"
    asked = list(_sections(found, sample, params))
    children = []
    for text, section in asked:
        path.write_text(text, encoding="utf-8")
        children.append(ctx.submit(service, section, inputs={"file": path}, share=READING / len(asked)))
    return children


def _sections(found: Sequence[Chapter], sample: str, params: Params) -> Iterator[tuple[str, Params]]:
    """Yield each section's text, and how it is read: all that decides how it sounds, so that it can be shared."""
    try:
        language = params.language or language_of_text(sample)
    except InvalidInput as unread:
        raise PermanentError(unread.message, code=unread.code) from unread
    speaker = ""
    for section in (section for chapter in found for section in chapter.sections):
        of = SectionOf(language=language, speaker=speaker, ending=section.ending)
        how = {"text": None, "format": piece_format(params.format), "chapters": True, "captions": True, "section": of}
        yield section.text, params.model_copy(update=how)
        speaker = last_speaker(section.text, params.cast, speaker)


def _read(children: Sequence[Child]) -> Iterator[Piece]:
    """Yield the sections that have been read, in order, up to the first that has not."""
    for child in children:
        if not child.finished:
            return
        yield Piece.of(child.result())


def _read_here(found: Sequence[Chapter], params: Params, ctx: Context) -> Iterator[Piece]:
    asked = list(_sections(found, "\n".join(section.text for section in found[0].sections), params))
    for number, (text, how) in enumerate(asked):
        if number and ctx.stopping:
            return

        def after_line(done: int, lines: int, number: int = number) -> None:
            ctx.progress((number + done / lines) / len(asked), f"section {number + 1} of {len(asked)}")

        yield Piece.of(read_section(text, how, ctx, name=f"section-{number + 1}", after_line=after_line))


def _check_length(chars: int, params: Params) -> None:
    """Raise PermanentError now where the format cannot hold so much by far: to find out takes hours."""
    longest_s, about_s = params.format.longest_s(params.sample_rate), _about_s(chars, params)
    if longest_s is not None and about_s / 2 > longest_s:
        raise PermanentError(
            f"the text is about {about_s / 3600:.0f} hours of speech, and {params.format} holds "
            f"{longest_s / 3600:.1f}: choose flac, which loses nothing either",
            code="SOUND_TOO_LONG",
        )


def _about_s(chars: int, params: Params) -> float:
    return chars / _CHARS_PER_S / params.speed


def _log_plan(found: Sequence[Chapter], chars: int, params: Params, ctx: Context) -> None:
    """Tell what it will come to, and what room there is. Whole and chapters are two copies, sections a third."""
    about_s = _about_s(chars, params)
    copies = 2 + (params.chapters and len(found) > 1)
    ctx.log(
        "speech.book",
        characters=chars,
        chapters=len(found),
        sections=sum(len(chapter.sections) for chapter in found),
        about_hours=round(about_s / 3600, 2),
        about_bytes=round(about_s * bytes_per_s(params.format, params.sample_rate) * copies),
        free_bytes=shutil.disk_usage(ctx.scratch).free,
    )
