# ruff: noqa: RUF001 - marks of quotation are meant
"""Where a sentence ends."""

import re
from collections.abc import Iterator
from typing import Final

#: A mark that may end a sentence, with what closes after it; and what begins the next one.
_END: Final = re.compile(r"""[.!?…]+[)\]"'”’]*(?=\s+["'“‘(\[]*[A-Z0-9])|\n\s*\n""")
#: Who ends with a full stop without ending a sentence, before a capital or a figure.
_SHORT: Final = frozenset(
    """
    e.g i.e cf vs viz al approx dept est ed eds vol vols no nos fig figs eq eqs sec secs ch chap p pp para ref
    refs tab app dr mr mrs ms prof st sr jr rev hon gen col capt lt sgt gov sen rep pres mt ft ave blvd messrs
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - a list of 60 strings, each in a line of its own, reads worse
)
_LAST_WORD: Final = re.compile(r"([^\s(\[\"'“‘]+)\.\Z")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a passage, in order, without space around them."""
    start = 0
    for mark in _END.finditer(text):
        end = mark.end()
        if mark.group() == "." and _goes_on(text[start:end]):
            continue
        sentence = text[start:end].strip()
        if sentence:
            yield sentence
        start = end
    rest = text[start:].strip()
    if rest:
        yield rest


def _goes_on(sentence: str) -> bool:
    word = _LAST_WORD.search(sentence)
    return word is not None and (word[1].lower() in _SHORT or (len(word[1]) == 1 and word[1].isupper()))
