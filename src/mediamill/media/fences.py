"""Fenced code in Markdown, line by line: for texts of any length, of which no tree is made."""

import re
from typing import Final

_BEGINS: Final = re.compile(r" {0,3}(?P<mark>`{3,}(?=[^`]*\Z)|~{3,})")
_ENDS: Final = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})[ \t]*\Z")


def open_behind(line: str, fence: str = "") -> str:
    """Return the mark of the block of code that is open behind a line, with or without its line feed; "": none.

    fence: the mark of the one that is open before the line. Every line is code up to its end, which has the same mark,
    or a longer one, and nothing else; without an end, up to the last. Which list or quote a fence is in is not known.
    Source: CommonMark 0.31.2, section 4.5.
    """
    line = line.rstrip("\r\n")
    if not fence:
        begins = _BEGINS.match(line)
        return begins["mark"] if begins else ""
    ends = _ENDS.match(line)
    return "" if ends and ends["mark"].startswith(fence) else fence
