"""What of a long document a language model reads: all headings, and the beginning of each section."""

import re
from collections.abc import Sequence
from typing import Final

from mediamill.media import fences

#: What stands where something was left out.
GAP: Final = "[...]"
_HEADING: Final = re.compile(r"#{1,6} ")
#: Where a section is cut: behind a paragraph or a line, else a sentence, else a word.
_ENDS: Final = ("\n\n", "\n", ". ", " ")
#: A cut does not give up more of its room than this to end well.
_LEAST_KEPT: Final = 0.6
#: A section of fewer characters says nothing.
_LEAST_CHARS: Final = 120


def excerpt(markdown: str, most: int) -> str:
    """Return a document of at most `most` characters, whole where it is no longer.

    Each section gets the same room, and what short ones do not need is shared by the long ones, which keep their
    beginning: there a text says what it is about. Of more sections than there is room for, some are left out, evenly.
    """
    if len(markdown) <= most:
        return markdown
    sections = _thinned(_sections(markdown), most // _LEAST_CHARS)
    room = _room([len(section) for section in sections], most - len(sections) * (len(GAP) + 4))
    return "\n\n".join(_cut(section, room) for section in sections)[:most]


def _sections(markdown: str) -> list[str]:
    """Split before headings; a `#` within a fence is none."""
    starts, place, fence = [0], 0, ""
    for line in markdown.split("\n"):
        if not fence and _HEADING.match(line):
            starts.append(place)
        fence = fences.open_behind(line, fence)
        place += len(line) + 1
    ends = [*starts[1:], len(markdown)]
    pieces = (markdown[start:end].strip() for start, end in zip(starts, ends, strict=True))
    return [piece for piece in pieces if piece]


def _thinned(sections: Sequence[str], most: int) -> Sequence[str]:
    if len(sections) <= most:
        return sections
    return [sections[number * len(sections) // most] for number in range(most)]


def _room(lengths: Sequence[int], most: int) -> int:
    """Return how long a section may be, so that all of them together have `most` characters."""
    left = most
    for done, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - done)
        if length > share:
            return max(share, 0)
        left -= length
    return most


def _cut(section: str, room: int) -> str:
    if len(section) <= room:
        return section
    kept = section[:room]
    for end in _ENDS:
        place = kept.rfind(end)
        if place >= room * _LEAST_KEPT:
            kept = kept[: place + len(end)]
            break
    return f"{kept.rstrip()}\n\n{GAP}"
