# ruff: noqa: RUF001 - typographic marks are what this file is about
"""A long text in chapters, and each of them in sections that can be read apart from each other."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from mediamill.media.voices.prose.normalise import speakable
from mediamill.media.voices.prose.passages import Passage, passages
from mediamill.media.voices.prose.sentences import Ending
from mediamill.media.voices.script import Cast, behind_pauses, without_marks

MOST_SECTIONS: Final = 400
#: A text with more titles than that is no book of chapters; then only those of the first level count, or none.
MOST_CHAPTERS: Final = 200
_LONGEST_TITLE_CHARS: Final = 100

_PARAGRAPH: Final = re.compile(r"\n\n+")
_SENTENCE: Final = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*\s+|[。！？]+[」』]*")
_BLANK: Final = re.compile(r"\s+")
_PAUSE: Final = "[pause"
#: The longest name that a voice can have, and its brackets.
_LONGEST_MARK_CHARS: Final = 130


@dataclass(frozen=True)
class Section:
    """A part of a chapter. ending: what it ends with; it decides how long the pause after it is."""

    text: str
    ending: Ending = Ending.PARAGRAPH


@dataclass(frozen=True)
class Chapter:
    """A chapter. title: as it stands in the text, or its first words."""

    title: str
    sections: tuple[Section, ...]


@dataclass
class _Draft:
    """A chapter while its text is gathered. title: empty for what comes before the first one."""

    title: str = ""
    level: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def chars(self) -> int:
        return sum(map(len, self.texts))


def chapters(
    text: str, section_chars: int, cast: Cast | None = None, *, check: Callable[[], None] | None = None
) -> list[Chapter]:
    """Return a text in its chapters; one where it has none. Empty when there is nothing to say in it.

    text: plain or Markdown. The sections are plain; each has something to say. section_chars: about how long they
    are; longer where there would be more than MOST_SECTIONS. cast: whose names, like pauses, are not said.
    check: as `passages` has it.
    """
    cast = cast or Cast({})
    drafts = _said(_few(_drafts(passages(text, check))), cast)
    total = sum(draft.chars for draft in drafts)
    chars = max(section_chars, ceil(total / max(1, MOST_SECTIONS - len(drafts))))
    return [Chapter(_title(draft, cast), tuple(_sections("\n\n".join(draft.texts), chars, cast))) for draft in drafts]


def _said(drafts: list[_Draft], cast: Cast) -> list[_Draft]:
    """Join what has nothing to say to what is before it: it may be a pause, or give somebody the word."""
    kept: list[_Draft] = []
    silent: list[str] = []
    for draft in drafts:
        if any(_speakable(text, cast) for text in draft.texts):
            draft.texts[:0] = silent
            silent = []
            kept.append(draft)
        elif kept:
            kept[-1].texts += draft.texts
        else:
            silent += draft.texts
    return kept


def _speakable(text: str, cast: Cast) -> bool:
    return speakable(without_marks(text, cast))


def _drafts(found: Iterator[Passage]) -> list[_Draft]:
    drafts: list[_Draft] = []
    for passage in found:
        if drafts and _only_title(drafts[-1]) and passage.title and drafts[-1].level <= passage.level:
            # "PART ONE", and below it "CHAPTER I": one chapter begins here, not two.
            above = f"{drafts[-1].title}. " if drafts[-1].level < passage.level else ""
            drafts[-1].title = f"{above}{passage.title}"
            drafts[-1].level = min(drafts[-1].level, passage.level)
        elif passage.title or not drafts:
            drafts.append(_Draft(passage.title, passage.level))
        drafts[-1].texts.append(passage.text)
    return drafts


def _only_title(draft: _Draft) -> bool:
    return bool(draft.title) and len(draft.texts) == 1 and draft.texts[0].replace("\n", ": ") == draft.title


def _few(drafts: list[_Draft]) -> list[_Draft]:
    """Join chapters whose titles do not count while there are too many."""
    for level in (1, 0):
        if len(drafts) <= MOST_CHAPTERS:
            break
        kept: list[_Draft] = []
        for draft in drafts:
            if not kept or 0 < draft.level <= level:
                kept.append(draft)
            else:
                kept[-1].texts += draft.texts
        drafts = kept
    return drafts


def _title(draft: _Draft, cast: Cast) -> str:
    title = draft.title or without_marks("\n".join(draft.texts), cast).lstrip().split("\n", 1)[0]
    title = " ".join(title.split())
    return title if len(title) <= _LONGEST_TITLE_CHARS else f"{title[: _LONGEST_TITLE_CHARS - 1].rstrip()}…"


def _sections(text: str, chars: int, cast: Cast) -> Iterator[Section]:
    """Cut a chapter into sections of about `chars` characters and of even length."""
    ready: Section | None = None
    kept = ""
    for section in _cut(text, max(1, round(len(text) / chars))):
        if ready is not None and not kept and not _speakable(section.text, cast):
            ready = Section(ready.text + section.text, section.ending)
            continue
        kept += section.text
        if not _speakable(kept, cast):
            continue
        if ready is not None:
            yield Section(ready.text.strip(), ready.ending)
        ready, kept = Section(kept, section.ending), ""
    if ready is not None:  # and behind it, a pause
        yield Section((ready.text + kept).strip(), Ending.PARAGRAPH if kept else ready.ending)


def _cut(text: str, count: int) -> Iterator[Section]:
    begin, length = 0, len(text) / count
    for number in range(1, count):
        end, ending = _place(text, round(number * length), round(length / 2))
        end = _behind_pauses(text, end)
        if end > begin:
            yield Section(text[begin:end], ending)
            begin = end
    yield Section(text[begin:])


def _behind_pauses(text: str, end: int) -> int:
    """Return where to cut so that a pause stays with what is before it: it stands for the usual one there.

    Not where a name behind it would come to begin a line, and give the word.
    """
    behind = behind_pauses(text, end)
    pauses = text[end:behind]
    return end if text.startswith("[", behind) and "\n" not in pauses[len(pauses.rstrip()) :] else behind


def _spoils_a_mark(text: str, cut: re.Match[str]) -> bool:
    """Whether a cut goes through `[pause 2s]` or `[John Smith]`, or makes a line begin with a name that did not."""
    end = cut.end()
    before = text[max(0, end - _LONGEST_MARK_CHARS) : end].rpartition("\n")[2]
    if before.rfind("[") > before.rfind("]"):
        return True
    names = text.startswith("[", end) and text[end : end + len(_PAUSE)].lower() != _PAUSE
    return names and "\n" not in cut.group()


def _place(text: str, wanted: int, reach: int) -> tuple[int, Ending]:
    """Return where to cut near `wanted`: behind a paragraph, else a sentence, else a word, else a letter."""
    for pattern, ending in ((_PARAGRAPH, Ending.PARAGRAPH), (_SENTENCE, Ending.SENTENCE), (_BLANK, Ending.CLAUSE)):
        found = pattern.finditer(text, max(0, wanted - reach), wanted + reach)
        ends = [cut.end() for cut in found if not _spoils_a_mark(text, cut)]
        if ends:
            return min(ends, key=lambda end: abs(end - wanted)), ending
    while unicodedata.category(text[wanted])[0] == "M":  # a mark stays with the letter that it sits on
        wanted -= 1
    return wanted, Ending.CLAUSE
