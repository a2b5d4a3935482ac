"""Which language a document is written in."""

from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from mediamill import PermanentError
from mediamill.media.voices.prose.language import language_seen
from mediamill.services.documents.languages.english import English
from mediamill.services.documents.languages.language import Language

_LANGUAGES: Final[MappingProxyType[str, Language]] = MappingProxyType({each.code: each for each in (English(),)})
#: How much of the sample is judged at once, and how many such pieces of it.
_PIECE_CHARS: Final = 1_000
_PIECES: Final = 8
#: What a message calls the languages that documents are often written in; others are told by their codes.
_NAMES: Final = MappingProxyType(
    {
        "ar": "Arabic",
        "cs": "Czech",
        "de": "German",
        "en": "English",
        "es": "Spanish",
        "fr": "French",
        "hi": "Hindi",
        "id": "Indonesian",
        "it": "Italian",
        "ja": "Japanese",
        "ko": "Korean",
        "la": "Latin",
        "ms": "Malay",
        "nl": "Dutch",
        "pl": "Polish",
        "pt": "Portuguese",
        "ru": "Russian",
        "sv": "Swedish",
        "th": "Thai",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "vi": "Vietnamese",
        "zh": "Chinese",
    }
)


def language_of(sample: str) -> Language:
    """Return the language that most of a document is written in.

    sample: some of its text: of a long document, from its beginning, middle and end. What might be anything, as notes,
    formulas and code do, is taken for English.
    Raises PermanentError with code WRONG_LANGUAGE for a language that no flashcards can be made of.
    """
    letters: Counter[str] = Counter()
    for piece in _pieces(sample):
        letters[language_seen(piece)] += sum(character.isalpha() for character in piece)
    code = max(letters, key=lambda seen: (letters[seen], seen in _LANGUAGES))
    found = _LANGUAGES.get(code)
    if found is None:
        known = ", ".join(map(_named, _LANGUAGES))
        raise PermanentError(
            f"the document is in {_named(code)}; flashcards are made of documents in {known}", code="WRONG_LANGUAGE"
        )
    return found


def _pieces(sample: str) -> Iterator[str]:
    """Yield pieces of the whole sample, as far from each other as they can be."""
    if len(sample) <= _PIECES * _PIECE_CHARS:
        last = max(len(sample), 1)
        starts = range(0, last, _PIECE_CHARS)
    else:
        starts = range(0, len(sample) - _PIECE_CHARS + 1, (len(sample) - _PIECE_CHARS) // (_PIECES - 1))
    return (sample[start : start + _PIECE_CHARS] for start in starts)


def _named(code: str) -> str:
    return f"{_NAMES[code]} ({code})" if code in _NAMES else f"{code!r}"
