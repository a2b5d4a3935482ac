# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Lines of a slide: entries of lists, or what is at the core of sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mediamill.media.voices.prose.normalise import speakable
from mediamill.services.videos.writer.blocks import UNSPEAKABLE, Block, Heading, Listing, Table
from mediamill.services.videos.writer.pointers import leans_back, without_asides
from mediamill.services.videos.writer.titles import cleaned, shortened

MOST: Final = 6
_MOST_CORES: Final = 4
LONGEST_CHARS: Final = 90
_SHORTEST_CHARS: Final = 2
_FEWEST_WORDS: Final = 3
_LONGEST_TERM: Final = 40
_FEWEST_HEADINGS: Final = 3

_TERM: Final = re.compile(
    r"(?:\*\*(?P<bold>[^*]{1,60}?)[:.]?\*\*\s*[:–—-]?|(?P<term>[^:*`]{2,40}?)(?:\s[–—-]|:))\s+(?P<rest>\S.*)"
)
_LOOSE_ENDS: Final = " .;,:。；，："
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)")
#: Where the core of a sentence ends, the best places first; a comma is none.
_BREAKS: Final = (
    re.compile(r"[.!?…](?=\s)"),
    re.compile(r"\s*(?:;|\s[–—]\s|:\s)"),
    re.compile(
        r",?\s+(?:because|since|so that|although|though|while|whereas|which|who|where|when|unless|until|and then"
        r"|bởi vì|vì vậy|vì thế|vì|do đó|để|nhưng|trong khi|mặc dù|nên|khi|nếu|mà|rồi)\s",
        re.IGNORECASE,
    ),
    re.compile(r",\s+(?:but|so|nhưng|nên)\s", re.IGNORECASE),
)


def of_lists(blocks: Sequence[Block]) -> list[str]:
    """Return bullets of the lists in some blocks, else of their headings, else of tables of words; [] without any."""
    listings = [block for block in blocks if isinstance(block, Listing)]
    for listing in sorted(listings, key=lambda each: -len(each.entries)):
        found = list(_distinct(_of_entry(entry.words.shown) for entry in listing.entries))
        if len(found) > 1 or (found and len(listings) == 1):
            return found[:MOST]
    if headings := of_headings([cleaned(block.words.spoken) for block in blocks if isinstance(block, Heading)]):
        return headings
    tables = [block for block in blocks if isinstance(block, Table)]
    return list(_distinct(_of_entry(_of_row(row)) for table in tables for row in table.rows))[:MOST]


def of_headings(titles: Sequence[str]) -> list[str]:
    """Return bullets of what is told together; [] for one or two."""
    found = list(_distinct(titles))
    return found[:MOST] if len(found) >= _FEWEST_HEADINGS else []


def of_sentences(sentences: Iterable[str]) -> list[str]:
    """Return bullets of what sentences say, or ask; [] when fewer than two are short enough."""
    kept = [sentence for sentence in sentences if not leans_back(sentence)]
    questions = [sentence for sentence in kept if sentence.endswith("?")]
    if len(questions) > 1:
        return list(_distinct(map(core, questions)))[:MOST]
    found = list(_distinct(core(sentence) for sentence in kept if sentence not in questions))
    return found[:_MOST_CORES] if len(found) > 1 else []


def core(text: str, longest: int = LONGEST_CHARS) -> str:
    """Return what a sentence says first, without its full stop; "" where no clause of it is short enough."""
    text = " ".join(text.split()).rstrip(_LOOSE_ENDS)
    if len(text) <= longest:
        return text
    bare = _BRACKETS.sub("", text)
    if len(bare) <= longest:
        return bare
    for pattern in _BREAKS:
        ends = [found.start() for found in pattern.finditer(bare)]
        end = next((end for end in reversed(ends) if end <= longest), 0)
        head = bare[:end].rstrip(_LOOSE_ENDS)
        if len(head.split()) >= _FEWEST_WORDS and _is_balanced(head):
            return head
    return ""


def _is_balanced(text: str) -> bool:
    """Whether what begins in a text ends in it: brackets, quotations, bold words."""
    pairs = all(text.count(begin) == text.count(end) for begin, end in ("()", "“”", "«»", "[]"))
    return pairs and text.count('"') % 2 == 0 and text.count("**") % 2 == 0


def _distinct(bullets: Iterable[str]) -> Iterator[str]:
    seen = set[str]()
    for bullet in bullets:
        folded = bullet.casefold()
        if len(bullet) >= _SHORTEST_CHARS and speakable(bullet) and folded not in seen:
            seen.add(folded)
            yield bullet


def _of_entry(text: str) -> str:
    """Return a bullet of an entry: the term before its colon in bold, and as much behind it as fits."""
    text = " ".join(without_asides(text).replace(UNSPEAKABLE, "").split())
    found = _TERM.match(text)
    term = (found["bold"] or found["term"]).strip(" .:") if found else ""
    if found is None or len(term) > _LONGEST_TERM:
        return core(text) or shortened(text.replace("*", "").replace("`", ""), LONGEST_CHARS)
    rest = core(found["rest"].lstrip(" :–—-"), LONGEST_CHARS - len(term))
    return f"**{term}**: {rest}" if rest else f"**{term}**"


def _of_row(row: Sequence[str]) -> str:
    """Return a row as an entry: its name, and the cell that says most of it."""
    name, *others = [cell for cell in row if cell] or [""]
    return f"{name.replace(':', ' ')}: {max(others, key=len)}" if others else name
