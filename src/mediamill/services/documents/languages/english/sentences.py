# ruff: noqa: RUF001, SIM905 - marks of quotation are meant; lists of forty strings, a line for each, read worse
"""Where a sentence ends."""

import re
from collections.abc import Iterator
from typing import Final

from mediamill.services.documents.languages.english.grammar import CLASSES

#: What may end a sentence: a mark with all that closes after it, where what begins is no small letter; an empty line;
#: a line that begins a point of a list. Each run of marks is tried once, however long it is.
_END: Final = re.compile(
    r"""
    (?<! [.!?…] ) [.!?…]++ [)\]"'”’]*+ (?= \s+ ["'“‘(\[—–-]* [^\W_a-z] )
    | \n (?= \s*\n | \s*(?:[-*•–] | \d{1,3}[.)]) \s )
    """,
    re.VERBOSE,
)
#: Who stands before a name: "Dr. Smith".
_TITLES: Final = frozenset("dr mr mrs ms mx prof st sr jr rev hon gen col capt lt sgt gov sen rep pres messrs".split())
#: Who stands before a number: "Fig. 3". Some are words too: "He said no. Then he left."
_COUNTED: Final = frozenset(
    "no nos fig figs eq eqs sec secs sect ch chap p pp para vol vols ref refs tab art app ed v ver approx ca".split()
)
#: Who may stand before anything, and may end a sentence as well.
_SHORT: Final = frozenset(
    """
    e.g i.e cf vs viz al etc dept est ed eds inc corp ltd co bros dist univ mt ft ave blvd rm
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri
    """.split()
)
_INITIALS: Final = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_LAST: Final = re.compile(r"([^\s(\[\"'“‘—]+)\.\Z")
_NEXT: Final = re.compile(r"\W*(\w+)")
#: What is looked at before a full stop, and behind it: no word that is asked for is as long.
_AROUND_CHARS: Final = 40
#: "5." and "A." begin a point of a list.
_POINT: Final = re.compile(r"\W*(?:\d{1,3}|[A-Za-z]|[ivxIVX]+)\.")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a passage, in order, without space around them."""
    start = 0
    for mark in _END.finditer(text):
        end = mark.end()
        before, after = text[max(start, end - _AROUND_CHARS) : end], text[end : end + _AROUND_CHARS]
        if mark.group() == "." and _goes_on(before, after):
            continue
        sentence = text[start:end].strip()
        if sentence:
            yield sentence
        start = end
    rest = text[start:].strip()
    if rest:
        yield rest


def _goes_on(before: str, after: str) -> bool:
    """Whether the full stop belongs to its word, and the sentence goes on after it. before: its end, as yet."""
    last, following = _LAST.search(before), _NEXT.match(after)
    if last is None or following is None:
        return False
    word, beginning = last[1].lower(), following[1]
    if word in _TITLES or _POINT.fullmatch(before):
        return True
    if word in _COUNTED and beginning[0].isdecimal():
        return True
    # "the U.S. Constitution", but "in the U.S. The ..."
    return (word in _SHORT or _INITIALS.fullmatch(word) is not None) and beginning.lower() not in CLASSES
