# ruff: noqa: RUF001, RUF002 - typographic marks and phonetic letters are what this file is about
"""How single words are to be said, as the client wants them: a respelling, or sounds in IPA.

A pronunciation is a word, or a phrase of several, and what is said for it: `{"SQL": "sequel"}`, or
between slashes its sounds: `{"SQL": "/ˈsiːkwəl/"}`.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices import reading
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.reading import ipa
from mediamill.media.voices.utterance import Span, Utterance

MOST: Final = 500
LONGEST_WORD_CHARS: Final = 64
LONGEST_VALUE_CHARS: Final = 200

#: Words are written without blanks between them in these scripts: each character may begin one.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|\s+|.", re.DOTALL)
_IPA: Final = re.compile(r"/([^/]*)/")
_POSSESSIVE: Final = re.compile(r"['’]s\b", re.IGNORECASE)

#: The first token of a word -> the words that begin with it, longest first, and what is said for them.
_Known = Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]


def utterance(text: str, language: str, pronunciations: Mapping[str, str], *, normalize: bool) -> Utterance:
    """Return a sentence as an engine is to say it.

    Each whole word or phrase of `pronunciations` is replaced, the longest first, whatever its case: a
    respelling becomes part of the text, IPA a span of its own. normalize: the text, with its
    respellings, is read out by `reading.spoken`; else it stays as written.
    pronunciations: as `check` lets pass. Takes time linear in the length of the text.
    """
    spans: list[Span] = []
    written = ""
    for part in _replaced(text, _known(frozenset(pronunciations.items()))):
        if isinstance(part, str):
            written += part
        else:
            spans += [*_read(written, language, normalize=normalize), part]
            written = ""
    spans += _read(written, language, normalize=normalize)
    return tuple(spans) or (Span(""),)


def respellings(pronunciations: Mapping[str, str]) -> dict[str, str]:
    """Return those that are no IPA, which every voice can follow."""
    return {word: value for word, value in pronunciations.items() if not _IPA.fullmatch(value.strip())}


def check(pronunciations: Mapping[str, str]) -> None:
    """Raise InvalidInput, with the field `pronunciations`, for what is no pronunciation or too much."""
    if len(pronunciations) > MOST:
        raise _refused(f"there are {len(pronunciations)} pronunciations; the limit is {MOST}")
    seen: dict[tuple[str, ...], str] = {}
    for word, value in pronunciations.items():
        _check_word(word)
        _check_value(word, value)
        twin = seen.setdefault(_tokens(word), word)
        if twin is not word:
            raise _refused(f"{twin!r} and {word!r} are the same word, for case does not count; leave one of them out")


def _check_word(word: str) -> None:
    if not normalise.plain(word):
        raise _refused("a word is empty; wanted is what stands in the text")
    if len(word) > LONGEST_WORD_CHARS:
        raise _refused(f"{word[:20]!r}... has {len(word)} characters; a word has {LONGEST_WORD_CHARS} at most")


def _check_value(word: str, value: str) -> None:
    sounds = _IPA.fullmatch(value.strip())
    if not normalise.plain(value) or (sounds and not sounds.group(1).strip()):
        raise _refused(f"there is nothing to say for {word!r}; wanted is a respelling, or IPA as in /ˈsiːkwəl/")
    if len(value) > LONGEST_VALUE_CHARS:
        raise _refused(f"{word!r} is said in {len(value)} characters; the limit is {LONGEST_VALUE_CHARS}")
    if sounds and (strangers := ipa.strangers(sounds.group(1))):
        raise _refused(f"{value!r} for {word!r} is no IPA because of {_named(strangers)}; wanted is such as /ˈsiːkwəl/")


def _named(characters: str) -> str:
    names = (f"{each!r} ({unicodedata.name(each, 'no name').lower()})" for each in characters[:5])
    return ", ".join(names)


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="pronunciations")


@functools.lru_cache(maxsize=16)
def _known(pronunciations: frozenset[tuple[str, str]]) -> _Known:
    known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for word, value in pronunciations:
        tokens = _tokens(word)
        known.setdefault(tokens[0], []).append((tokens, normalise.plain(value)))
    return MappingProxyType(
        {first: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for first, entries in known.items()}
    )


def _tokens(word: str) -> tuple[str, ...]:
    return tuple(_folded(token) for token in _TOKEN.findall(normalise.plain(word)))


def _folded(token: str) -> str:
    return " " if token.isspace() else token.casefold().replace("’", "'")


def _replaced(text: str, known: _Known) -> Iterator[str | Span]:
    """Yield the text in parts: as it is to be read, or as it is to sound."""
    if not known:
        yield text
        return
    tokens = _TOKEN.findall(text)
    folded = [_folded(token) for token in tokens]
    place = 0
    while place < len(tokens):
        word, value = _found(folded, place, tokens, known)
        if not word:
            yield tokens[place]
            place += 1
            continue
        written = "".join(tokens[place : place + len(word)])
        # "ASP.NET" with ".NET" said as "dot net" is no word of nine letters.
        seam = " " if place and tokens[place - 1][-1].isalnum() and value[0].isalnum() else ""
        place += len(word)
        sounds = _IPA.fullmatch(value)
        if sounds is None:
            yield f"{seam}{value}"
            continue
        ending = _POSSESSIVE.fullmatch("".join(tokens[place : place + 2]))
        said = ipa.charted(sounds.group(1).strip())
        yield Span(written + (ending.group(0) if ending else ""), said + _z(said, ending))
        place += 2 if ending else 0


def _found(folded: list[str], place: int, tokens: list[str], known: _Known) -> tuple[tuple[str, ...], str]:
    """Return the longest known word at a place and what is said for it, or an empty one."""
    for word, value in known.get(folded[place], ()):
        end = place + len(word)
        if tuple(folded[place:end]) == word and not (end < len(tokens) and _is_mark(tokens[end])):
            return word, value
    return (), ""


def _is_mark(token: str) -> bool:
    """Whether it sits on the letter before, as the vowel signs of Hindi do; then the word goes on."""
    return unicodedata.category(token[0])[0] == "M"


def _z(sounds: str, possessive: re.Match[str] | None) -> str:
    """Return how 's sounds behind other sounds."""
    if possessive is None:
        return ""
    last = sounds[-1]
    return "ɪz" if last in "szʃʒʧʤ" else "s" if last in "ptkfθ" else "z"


def _read(written: str, language: str, *, normalize: bool) -> list[Span]:
    """Return a stretch without IPA as a span, with the blanks that part it from its neighbours."""
    if not written.strip():
        return []
    words = reading.spoken(written, language) if normalize else written
    lead = " " if written[0].isspace() and not words[:1].isspace() else ""
    tail = " " if written[-1].isspace() and not words[-1:].isspace() else ""
    return [Span(f"{lead}{words}{tail}")] if words.strip() else []
