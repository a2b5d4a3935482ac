# ruff: noqa: RUF001 - typographic marks are what this file is about
"""A long text in passages: its chapters, or stretches of long ones, one at a time.

A Markdown text has chapters at its headings of the first two levels. A plain one has them at lines of
their own such as `Chapter 4`, `CHAPTER IV. The storm`, `Part Two`, `Chương 3: Mưa`, `PHẦN THỨ NHẤT` or
`Epilogue`, with an empty line before them.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mediamill.media.voices.prose import markdown, titles
from mediamill.media.voices.prose.markdown import Paragraph
from mediamill.media.voices.prose.normalise import plain, speakable

#: About an hour of speech. A longer chapter comes in several passages.
LONGEST_CHARS: Final = 50_000
_PARAGRAPH_CHARS: Final = LONGEST_CHARS // 4
_TITLE_LEVELS: Final = 2
_LONGEST_TITLE_CHARS: Final = 200


_BETWEEN: Final = "\n\n"
#: A line that ends so is the end of a paragraph where paragraphs are lines.
_ENDS: Final = ".!?…。！？\"'”’»)]」』*-–—"
#: Where a plain text may be cut into stretches that are made plain one by one.
_STRETCH_CHARS: Final = 65_536
_EMPTY_LINE: Final = re.compile(r"\n[^\S\n]*\n|[\f\v\u2029]")


@dataclass(frozen=True)
class Passage:
    """A part of a text that can be read on its own.

    title: of the chapter that begins with it; "" where none begins: before the first one, and in what
        follows of a chapter in several passages.
    level: 1 for a part or a Markdown heading of the first level, 2 for a chapter or one of the second;
        0 without a title.
    text: plain, at most LONGEST_CHARS characters; the title is its first paragraph, and is read like
        the others. There is something to say in it.
    """

    title: str
    level: int
    text: str


def passages(text: str, check: Callable[[], None] | None = None) -> Iterator[Passage]:
    """Yield a text in passages, in order. Together they are all that is read of it.

    text: plain or Markdown, of any length; memory does not grow with it, nor does the time for each
    character. Whether it is Markdown is decided by `markdown.is_markdown`. A text without anything to
    say has no passage. check: called every few seconds at least, also while nothing is found to be read; what it
    raises ends the reading.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = _of_markdown(text, check) if markdown.is_markdown(text) else _of_plain(text, check)
    title, level = "", 0
    kept: list[str] = []
    length = 0
    for paragraph in paragraphs:
        full = length + len(paragraph.text) + len(_BETWEEN) > LONGEST_CHARS
        if kept and (paragraph.level or full):
            yield Passage(title, level, _BETWEEN.join(kept))
            title, level, kept, length = "", 0, [], 0
        if paragraph.level:
            title, level = paragraph.text.replace("\n", ": ")[:_LONGEST_TITLE_CHARS], paragraph.level
        kept.append(paragraph.text)
        length += len(paragraph.text) + len(_BETWEEN)
    if kept:
        yield Passage(title, level, _BETWEEN.join(kept))


def _of_markdown(text: str, check: Callable[[], None] | None) -> Iterator[Paragraph]:
    for paragraph in markdown.paragraphs(text, check):
        yield from _leveled(plain(paragraph.text), paragraph.level if paragraph.level <= _TITLE_LEVELS else 0)


def _of_plain(text: str, check: Callable[[], None] | None) -> Iterator[Paragraph]:
    for stretch in _stretches(text):
        if check is not None:
            check()
        for written in plain(stretch).split(_BETWEEN):
            for paragraph in _headed(written.split("\n")):
                yield from _leveled(paragraph.text, paragraph.level)


def _headed(lines: list[str]) -> Iterator[Paragraph]:
    """Take the titles of chapters out of the lines of a paragraph."""
    levels = [titles.level_of(line) for line in lines]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        if levels[place] and _stands_alone(lines, levels, place):
            yield from _joined(kept)
            named = titles.is_bare(lines[place]) and place + 2 == len(lines) and titles.is_name(lines[place + 1])
            yield Paragraph("\n".join(lines[place : place + 1 + named]), levels[place])
            kept, place = [], place + 1 + named
        else:
            kept.append(lines[place])
            place += 1
    yield from _joined(kept)


def _joined(lines: list[str]) -> Iterator[Paragraph]:
    if lines:
        yield Paragraph("\n".join(lines))


def _stands_alone(lines: list[str], levels: list[int], place: int) -> bool:
    """Whether a title has no other beside it, as in a table of contents, and no sentence runs through it."""
    in_contents = any(levels[max(0, place - 1) : place] + levels[place + 1 : place + 2])
    return not in_contents and (place == 0 or lines[place - 1][-1:] in _ENDS)


def _leveled(text: str, level: int) -> Iterator[Paragraph]:
    for number, part in enumerate(_parts(text)):
        yield Paragraph(part, 0 if number else level)


def _parts(paragraph: str) -> Iterator[str]:
    """Cut a paragraph that is so long that a passage would be filled badly."""
    while len(paragraph) > _PARAGRAPH_CHARS:
        end = _last_place(paragraph, _PARAGRAPH_CHARS // 2, _PARAGRAPH_CHARS)
        if speakable(paragraph[:end]):
            yield paragraph[:end].strip()
        paragraph = paragraph[end:]
    if speakable(paragraph):
        yield paragraph.strip()


def _last_place(text: str, begin: int, end: int) -> int:
    """Return the best place to cut between two others: behind a line, else a sentence, else a word, else the end."""
    places = (text.rfind(sign, begin, end) for sign in ("\n", ". ", " "))
    return next((place + 1 for place in places if place > begin), end)


def _stretches(text: str) -> Iterator[str]:
    """Cut a text at an empty line every so often; without one, at a line's end, else a sentence's, else anywhere."""
    begin = 0
    while len(text) - begin > _STRETCH_CHARS:
        latest = begin + _STRETCH_CHARS
        ends = deque((found.end() for found in _EMPTY_LINE.finditer(text, begin + 1, latest)), maxlen=1)
        end = ends[0] if ends else _last_place(text, begin, latest)
        yield text[begin:end]
        begin = end
    yield text[begin:]
