"""What can be said of a page: sentences, in the order in which they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mediamill.media.voices.prose.normalise import speakable
from mediamill.services.videos.writer.blocks import (
    UNSPEAKABLE,
    Block,
    Code,
    Entry,
    Formula,
    Heading,
    Listing,
    Prose,
    Table,
)
from mediamill.services.videos.writer.phrases import Phrases
from mediamill.services.videos.writer.pointers import hands_over, points, without_asides, without_pointers
from mediamill.services.videos.writer.wording import LONGEST_SENTENCE, capital, has_word, sentence_of, whole_sentences

#: "Methods . . . . . 12": a table of contents.
_LEADERS: Final = re.compile(r"(?:\.\s?){6}")
#: Entries of a list that is said in one sentence.
_SHORT_ENTRY_WORDS: Final = 4
_SHORT_ENTRY_CHARS: Final = 36
_MOST_ENTRIES: Final = 12
#: Shorter ones, "The steps:", are no sentences.
_SHORTEST_LEAD: Final = 40
_MARKS_INSIDE: Final = re.compile(r"[,;:.!?]\s|\n| [–—-] ")  # noqa: RUF001 - dashes


@dataclass(frozen=True)
class Saying:
    """A sentence that can be said.

    place: of its block. leads: it is the first of its paragraph; opens: the first under a heading.
    listed: it is in a list, and so is likely to be seen. points: at something that a listener does not see.
    """

    text: str
    place: int
    leads: bool = False
    opens: bool = False
    listed: bool = False
    points: bool = False


def sayings(blocks: Sequence[Block], phrases: Phrases) -> list[Saying]:
    """Return what can be said of some blocks, in order. Of code, formulas and tables nothing can."""
    said = list[Saying]()
    opens = True
    for place, block in enumerate(blocks):
        if isinstance(block, Heading):
            opens = True
        elif isinstance(block, Prose):
            following = blocks[place + 1] if place + 1 < len(blocks) else None
            new = [replace(each, place=place) for each in _of_prose(block, following, phrases)]
            if new and opens:
                new[0] = replace(new[0], opens=True)
                opens = False
            said += new
        elif isinstance(block, Listing):
            lead = _lead_in(blocks[place - 1]) if place else ""
            texts = (each for text in _of_listing(block, lead, phrases) for each in _bearable(text, phrases))
            said += (Saying(text, place, listed=True) for text in texts if speakable(text))
    return said


def as_they_stand(blocks: Sequence[Block], phrases: Phrases) -> Iterator[Saying]:
    """Yield what blocks say, whether or not it makes a sentence: for pages that say nothing else, such as `To do:`."""
    for place, block in enumerate(blocks):
        entries = block.entries if isinstance(block, Listing) else ()
        for words in [block.words] if isinstance(block, Prose) else [entry.words for entry in entries]:
            text = sentence_of(words.spoken.replace(UNSPEAKABLE, " "), phrases)
            yield from (Saying(each, place) for each in _bearable(text, phrases) if speakable(each))


def _of_prose(block: Prose, following: Block | None, phrases: Phrases) -> Iterator[Saying]:
    if not has_word(block.words.spoken):  # such as a line of a formula, from a PDF
        return
    written = whole_sentences(without_asides(block.words.spoken))
    if written and written[-1].endswith(":") and _is_said_elsewhere(written, following):
        written.pop()
    for number, sentence in enumerate(written):
        left = without_pointers(sentence)
        text = sentence_of(left, phrases)
        if UNSPEAKABLE not in sentence and speakable(text) and not _LEADERS.search(sentence):
            first, *others = _bearable(text if left is sentence else capital(text), phrases)
            yield Saying(first, 0, leads=number == 0, points=points(left))
            yield from (Saying(other, 0, points=points(left)) for other in others if speakable(other))


def _bearable(sentence: str, phrases: Phrases) -> list[str]:
    """Return a sentence, or the clauses of one that is too long now that its signs are words."""
    if len(sentence) <= LONGEST_SENTENCE:
        return [sentence]
    return [sentence_of(clause, phrases) for clause in whole_sentences(sentence)]


def _is_said_elsewhere(written: Sequence[str], following: Block | None) -> bool:
    """Whether the last sentence, which ends in a colon, belongs to what follows."""
    drawn = isinstance(following, Code | Formula | Table) and len(written) > 1
    return drawn or isinstance(following, Listing) or hands_over(written[-1])


def _lead_in(block: Block) -> str:
    """Return the sentence that hands over to a list, without its colon; "": there is none."""
    if not isinstance(block, Prose) or not block.words.spoken.endswith(":"):
        return ""
    *_, last = whole_sentences(without_asides(block.words.spoken))
    return "" if UNSPEAKABLE in last else last.rstrip(" :")


def _of_listing(listing: Listing, lead: str, phrases: Phrases) -> Iterator[str]:
    """Yield sentences that say what is in a list: one for all when they are short, else one each."""
    entries = [text for entry in listing.entries[:_MOST_ENTRIES] if (text := _of_entry(entry, phrases))]
    begun = capital if not any(entry.words.shown.startswith("`") for entry in listing.entries) else str
    if len(entries) > 1 and all(map(_is_short, entries)):
        together = phrases.enumerated([entry.rstrip(".;, ") for entry in entries])
        yield sentence_of(f"{lead}: {together}" if lead else begun(together), phrases)
        return
    if entries and len(lead) >= _SHORTEST_LEAD and not hands_over(f"{lead}:"):
        yield sentence_of(lead, phrases)
    for entry in entries:
        yield from (begun(sentence_of(sentence, phrases)) for sentence in whole_sentences(entry))


def _of_entry(entry: Entry, phrases: Phrases) -> str:
    text = without_asides(entry.words.spoken).strip()
    if UNSPEAKABLE in text or not speakable(text):
        return ""
    inner = [words.spoken.rstrip(".;, ") for words in entry.inner if UNSPEAKABLE not in words.spoken]
    short = [words for words in inner if speakable(words) and _is_short(words)]
    return f"{text.rstrip(' .:;')}: {phrases.enumerated(short)}" if short else text


def _is_short(entry: str) -> bool:
    few = len(entry.split()) <= _SHORT_ENTRY_WORDS or len(entry) <= _SHORT_ENTRY_CHARS // 2
    return few and len(entry) <= _SHORT_ENTRY_CHARS and not _MARKS_INSIDE.search(entry)
