"""The sentences of a document, with where they stand; without those that are none."""

import re
from collections.abc import Iterable, Iterator
from string import ascii_letters, ascii_uppercase
from typing import Final, NamedTuple

from mediamill.media.documents import Passage
from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.count import Count

#: A sentence of so many words can be understood by itself. Others have words to count, and show nothing.
_FEWEST_WORDS: Final = 5
_MOST_WORDS: Final = 100
#: One of so many words needs no mark at its end: points of a list have none.
_CLEAR_WORDS: Final = 10
#: Text without an end of a sentence is cut here, that no document makes a sentence of megabytes.
_LONGEST_CHARS: Final = 2_000
#: Below this share of letters it is a table, a formula or code.
_LEAST_LETTERS: Final = 0.6
#: Above this share of them it is written in capitals.
_SHOUTED: Final = 0.6
#: Above this share of words with a capital it is a title, where capitals say nothing of names.
_TITLED: Final = 0.6
#: Signs of code: more than one for so many characters, and it is none of the language.
_CHARS_PER_SIGN: Final = 30
#: Sentences that are remembered, to count repeated ones once. 64 bits each: two different ones of a million are taken
#: for the same with a chance of 1 in 10 million.
_REMEMBERED: Final = 200_000

_SIGN: Final = re.compile(r"[{}<>|=\\_#^~*@$%&+]|::|\(\)|/\w+/")
_BEGINS: Final = re.compile(r"[\"'“\u2018(\[]*[A-ZÀ-Ý]")
_ENDS: Final = re.compile(r"[.!?:;][\"'”\u2019)\]]*\Z")
_PLAIN_LETTERS: Final = ascii_letters.encode()
_PLAIN_CAPITALS: Final = ascii_uppercase.encode()
_OTHERS: Final = re.compile(r"[^\x00-\x7f]")


class Line(NamedTuple):
    """A sentence, or what stands in its place: an item of a list, a cell.

    words: the text as it should be read; other than the text where that is written in capitals.
    whole: it can be understood by itself. cased: capitals inside of it are those of names.
    """

    text: str
    words: str
    heading: str
    page: int | None
    whole: bool
    cased: bool


def lines(passages: Iterable[Passage], language: Language, count: Count) -> Iterator[Line]:
    """Yield what can be read of the passages, each once however often it is repeated; in order."""
    seen = set[int]()
    for passage in passages:
        for sentence in language.sentences(passage.text):
            for text in _pieces(sentence):
                line = _line(text, passage, count)
                if line is None:
                    continue
                mark = hash(text)
                if mark in seen:
                    count.drop("repeated")
                    continue
                if len(seen) < _REMEMBERED:
                    seen.add(mark)
                count.keep()
                yield line


def _pieces(sentence: str) -> Iterator[str]:
    start = 0
    while len(sentence) - start > _LONGEST_CHARS:
        end = sentence.rfind(" ", start + _LONGEST_CHARS // 2, start + _LONGEST_CHARS)
        end = end if end > 0 else start + _LONGEST_CHARS
        yield sentence[start:end].lstrip()
        start = end
    yield sentence[start:].lstrip()


def _line(text: str, passage: Passage, count: Count) -> Line | None:
    written = text.split()
    letters, capitals = _letters(text)
    if letters < _LEAST_LETTERS * (len(text) - len(written) + 1):
        count.drop("no_words")
        return None
    if len(_SIGN.findall(text)) * _CHARS_PER_SIGN > len(text) + _CHARS_PER_SIGN:
        count.drop("code")
        return None
    shouted = capitals > _SHOUTED * letters and letters > len(written) + 2
    whole = (
        _FEWEST_WORDS <= len(written) <= _MOST_WORDS
        and _BEGINS.match(text) is not None
        and (len(written) >= _CLEAR_WORDS or _ENDS.search(text) is not None)
    )
    return Line(
        text=text,
        words=text.lower() if shouted else text,
        heading=passage.heading,
        page=passage.page,
        whole=whole,
        cased=whole and not shouted and sum(word[0].isupper() for word in written) <= _TITLED * len(written),
    )


def _letters(text: str) -> tuple[int, int]:
    """Return how many letters there are, and how many capitals; plain ones are counted without a look at each."""
    plain = text.encode("ascii", "ignore")
    letters = len(plain) - len(plain.translate(None, _PLAIN_LETTERS))
    capitals = len(plain) - len(plain.translate(None, _PLAIN_CAPITALS))
    if len(plain) == len(text):
        return letters, capitals
    others = _OTHERS.findall(text)
    return letters + sum(map(str.isalpha, others)), capitals + sum(map(str.isupper, others))
