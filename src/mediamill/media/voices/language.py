# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Which language a sentence is in. Cheap to import; the model comes when letters do not decide."""

import functools
import re
import unicodedata
from collections import Counter
from types import MappingProxyType
from typing import Any, Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.catalog import LANGUAGES

#: Letters that, in NFC, only Vietnamese uses.
_VIETNAMESE: Final = frozenset("ơưảạắằẳẵặấầẩẫậẻẽẹếềểễệỉĩịỏọốồổỗộớờởỡợủũụứừửữựỳỷỹỵ")
#: Half of the words of running Vietnamese have such a letter; a name or two in an English sentence stay below.
_VIETNAMESE_SHARE: Final = 0.3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

_ENGLISH_WORDS: Final = _words(
    "the of and to in is that it was for on are as with his they at be this from have or had by not but "
    "what all were when we there can an your which their said if do will each about how up out them then "
    "she many some so these would other into has more her two like him see time could no make than been "
    "its who now my over did down only way after where most through back much before also around came "
    "because does well very just any you he our i"
)
_ENGLISH_SHARE: Final = 0.2
_WORDS_OF_ENGLISH: Final = 4

#: Scripts that one language among ours owns.
_OWNED: Final = MappingProxyType(
    {
        "GREEK": "el",
        "HEBREW": "he",
        "GURMUKHI": "pa",
        "GUJARATI": "gu",
        "ORIYA": "or",
        "TAMIL": "ta",
        "TELUGU": "te",
        "KANNADA": "kn",
        "MALAYALAM": "ml",
        "SINHALA": "si",
        "THAI": "th",
        "MYANMAR": "my",
        "GEORGIAN": "ka",
        "ARMENIAN": "hy",
        "ETHIOPIC": "am",
        "HANGUL": "ko",
        "HIRAGANA": "ja",
        "KATAKANA": "ja",
    }
)
#: Scripts that languages share; the first is taken when nothing else is known.
_SHARED: Final = MappingProxyType(
    {
        "CYRILLIC": ("ru", "be", "bg", "kk", "ky", "mk", "sr", "tt", "uk"),
        "ARABIC": ("ar", "fa", "ug", "ur"),
        "DEVANAGARI": ("hi", "mr", "ne"),
        "BENGALI": ("bn", "as"),
        "CJK": ("zh", "ja", "yue"),
    }
)
_ELSEWHERE: Final = {*_OWNED.values(), *(language for shared in _SHARED.values() for language in shared)} - {"sr"}
_LATIN: Final = ("en", *sorted({*LANGUAGES} - {"en"} - _ELSEWHERE))
_CANDIDATES: Final = MappingProxyType({"LATIN": _LATIN, **_SHARED})
#: Languages that the model knows, that many people write, and that no voice reads: to be told, not misread.
_UNREAD: Final = _words("fy gl ha ig jv lg ln mg mn oc ps rw sn so st tg tl xh yo zu")
_MODEL_NAMES: Final = MappingProxyType({"nn": "no", "wuu": "zh"})

#: How sure the model has to be, about a whole text and about one sentence that differs from its text.
_SURE_OF_TEXT: Final = 0.5
_SURE_OF_UNREAD: Final = 0.9
_SURE_OF_SENTENCE: Final = 0.95
_LETTERS_OF_A_SENTENCE: Final = 20
#: A shorter text in Latin letters is taken for English: the model would only guess.
_LETTERS_OF_A_TEXT: Final = 10
_SAMPLE_CHARS: Final = 4_000


def language_of_text(text: str) -> str:
    """Return the language most of a text is in. English for what might be anything.

    Raises InvalidInput, naming it, when no voice reads that language.
    """
    sample = text[:_SAMPLE_CHARS]
    check_script(sample)
    script = script_of(sample)
    if is_vietnamese(sample):
        return "vi"
    if script in _OWNED:
        return _OWNED[script]
    plainly_english = script == "LATIN" and (_is_english(sample) or _letters(sample) < _LETTERS_OF_A_TEXT)
    return "en" if plainly_english or not script else _guessed_language(sample, _CANDIDATES[script])


def _guessed_language(text: str, candidates: tuple[str, ...]) -> str:
    language, sure = _guess(text)
    if language in _UNREAD and sure >= _SURE_OF_UNREAD:
        raise InvalidInput(f"the text seems to be in {language!r}, which no voice reads; {_there_are()}", field="text")
    return language if language in candidates and sure >= _SURE_OF_TEXT else candidates[0]


def language_of_sentence(sentence: str, text_language: str, *, detect: bool = True) -> str:
    """Return the language of a sentence in a text of `text_language`, a base language such as `en`.

    Only strong signs take a sentence out of its text's language. Vietnamese letters are one even
    when `detect` is off, so that Vietnamese never comes to an English voice.
    """
    if is_vietnamese(sentence):
        return "vi"
    return _detected(sentence, text_language) if detect else text_language


def _detected(sentence: str, text_language: str) -> str:
    script = script_of(sentence)
    if script in _OWNED:
        return _OWNED[script]
    if script not in _CANDIDATES:
        return text_language
    candidates = _CANDIDATES[script]
    otherwise = text_language if text_language in candidates else candidates[0]
    if _letters(sentence) < _LETTERS_OF_A_SENTENCE:
        return otherwise
    if script == "LATIN" and _is_english(sentence):
        return "en"
    language, sure = _guess(sentence)
    return language if language in candidates and sure >= _SURE_OF_SENTENCE else otherwise


def check_script(text: str, *, field: str = "text") -> None:
    """Raise InvalidInput, naming it, when most letters are in a script that no voice reads. Cheap."""
    script = script_of(text)
    if script and script not in _OWNED and script not in _CANDIDATES:
        raise InvalidInput(f"no voice reads the script {script.lower()}; {_there_are()}", field=field)


def is_vietnamese(text: str) -> bool:
    """Whether at least three words in ten have a letter that only Vietnamese uses."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    marked = sum(not _VIETNAMESE.isdisjoint(word) for word in words)
    return marked > 0 and marked >= len(words) * _VIETNAMESE_SHARE


def script_of(text: str) -> str:
    """Return the script that most letters are in, by its Unicode name (`LATIN`); "" without letters."""
    counts = Counter(_script(character) for character in text[:_SAMPLE_CHARS] if character.isalpha())
    if not counts:
        return ""
    # Japanese mixes Han with kana; a fifth of kana makes it Japanese.
    kana = counts["HIRAGANA"] + counts["KATAKANA"]
    if kana * 5 >= sum(counts.values()):
        return "HIRAGANA"
    return counts.most_common(1)[0][0]


@functools.lru_cache(maxsize=4_096)
def _script(character: str) -> str:
    name = unicodedata.name(character, "LATIN")
    return name.split(" ", 1)[0].split("-", 1)[0].replace("FULLWIDTH", "LATIN")


def _is_english(text: str) -> bool:
    words = [word.lower() for word in _WORD.findall(text)]
    return (
        len(words) >= _WORDS_OF_ENGLISH and sum(word in _ENGLISH_WORDS for word in words) >= len(words) * _ENGLISH_SHARE
    )


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _there_are() -> str:
    return f"there are voices for {', '.join(sorted(LANGUAGES))}"


def _guess(text: str) -> tuple[str, float]:
    language, sure = _model().classify(text)
    return _MODEL_NAMES.get(language, language), float(sure)


@functools.cache
def _model() -> Any:  # noqa: ANN401 - py3langid has no types
    """Load py3langid: half a second and 60 MB, so texts that their letters give away never do."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped] # noqa: PLC0415

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    wanted = {*LANGUAGES, *_UNREAD, *_MODEL_NAMES}
    model.set_languages(sorted(wanted & set(model.labels)))
    return model
