# ruff: noqa: RUF001 - dashes of titles
"""Titles as a video shows them: short, without numbers of chapters, marks and emoji."""

import re
from typing import Final

#: Longer ones are shortened: they have to fit above a picture, in large letters.
LONGEST_CHARS: Final = 72
_SHORTEST_CHARS: Final = 8

_EMOJI: Final = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")
#: "3. ", "2.1 ", "IV. ", "b) "; but not "3 ways to", and not "A list".
_NUMBER: Final = re.compile(
    r"(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.):]|[IVX]{1,6}[.):]|[A-Za-z]\)|§\s?\d{1,4})\s+(?=\S)"
)
_CHAPTER: Final = re.compile(
    r"(?:chapter|section|part|appendix|lesson|unit|chương|phần|mục|bài|điều|phụ lục)"
    r"\s+(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}|[A-Z])\s*[.:–—-]+\s*(?=\S)",
    re.IGNORECASE,
)
_APPENDIX: Final = re.compile(r"(?:appendix|phụ lục)\s+(?:\d{1,2}|[A-Z])\s+(?=[^\W\d_])", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\S+@\S+\.\w|https?://", re.IGNORECASE)
_MARKS: Final = re.compile(r"[*_`#|$\[\]{}<>\\]+")
_LOOSE_ENDS: Final = " .,:;–—-/"
#: Where a long title may be left: its first half names the thing.
_HALF: Final = re.compile(r"\s*(?:[:;|]\s|\s[–—-]\s|\s\(|[.?!]\s)")


def cleaned(heading: str) -> str:
    """Return the title of a heading; "" when nothing is left, or it is an address. At most LONGEST_CHARS characters."""
    title = " ".join(_MARKS.sub(" ", _EMOJI.sub(" ", heading)).split())
    if _ADDRESS.search(title):
        return ""
    for pattern in (_CHAPTER, _APPENDIX, _NUMBER, _NUMBER):
        found = pattern.match(title)
        title = title[found.end() :] if found else title
    title = title.strip(_LOOSE_ENDS)
    return shortened(title) if any(map(str.isalnum, title)) else ""


def shortened(title: str, longest: int = LONGEST_CHARS) -> str:
    """Return a title that fits: its first half, else as many words as there is room for, and an ellipsis."""
    if len(title) <= longest:
        return title
    halves = (found.start() for found in _HALF.finditer(title))
    end = next((end for end in halves if _SHORTEST_CHARS <= end <= longest), 0)
    if end:
        return title[:end].strip(_LOOSE_ENDS)
    end = title.rfind(" ", longest // 2, longest - 1)
    return f"{title[: end if end > 0 else longest - 1].rstrip(_LOOSE_ENDS)}…"
