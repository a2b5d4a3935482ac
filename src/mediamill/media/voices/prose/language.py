"""Which language a sentence is in. Cheap to import; the model comes when letters do not decide."""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.catalog import LANGUAGES, languages
from mediamill.media.voices.prose.evidence import (
    borrows,
    cannot_be_vietnamese,
    is_english,
    is_short_english,
    is_vietnamese,
    may_be_vietnamese,
    without_names,
)
from mediamill.media.voices.prose.identifier import NAMES, UNREAD, identifier

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
#: Words that Cantonese is written with and Mandarin is not. Without any, Han is what most people write: Mandarin.
_CANTONESE: Final = re.compile("[唔佢哋喺嘅咗嚟冇啲嗰嘢咁噉乜畀攞]")

#: How sure the model has to be, about a whole text and about one sentence that differs from its text.
_SURE_OF_TEXT: Final = 0.5
_SURE_OF_UNREAD: Final = 0.9
_SURE_OF_SENTENCE: Final = 0.95
_LETTERS_OF_A_SENTENCE: Final = 20
#: A shorter text in Latin letters is taken for English: the model would only guess.
_LETTERS_OF_A_TEXT: Final = 10
_SAMPLE_CHARS: Final = 4_000
#: For a text that is too short for the model to be sure.
_SPANISH_MARKS: Final = frozenset("¿¡")


def language_of_text(text: str) -> str:
    """Return the language most of a text is in. English for what might be anything.

    Raises InvalidInput, naming it, when no voice reads that language.
    """
    sample = text[:_SAMPLE_CHARS]
    check_script(sample)
    language = language_seen(sample)
    if language in UNREAD:
        raise InvalidInput(f"the text seems to be in {language!r}, which no voice reads; {_there_are()}", field="text")
    return language


def language_seen(text: str) -> str:
    """Return the language most of a text is in, whether a voice reads it or not. English for what might be anything.

    Of a script that belongs to no language known here, its name: "tibetan". Looks at 4,000 characters.
    """
    sample = text[:_SAMPLE_CHARS]
    script = script_of(sample)
    return _by_letters(sample, script) or _by_model(sample, script)


def _by_letters(sample: str, script: str) -> str:
    """Return the language that letters and little words give away; "" where they do not."""
    letters = _letters(sample)
    if is_vietnamese(sample) or (letters < _LETTERS_OF_A_TEXT and script not in _OWNED and may_be_vietnamese(sample)):
        return "vi"
    if script and script not in _CANDIDATES:
        return _OWNED.get(script, script.lower())
    short = sample.isascii() and letters < _LETTERS_OF_A_TEXT
    return "en" if not script or (script == "LATIN" and (short or is_english(sample) or borrows(sample))) else ""


def _by_model(sample: str, script: str) -> str:
    language, sure = _guess(sample)
    if language in UNREAD and sure >= _SURE_OF_UNREAD:
        return language
    if may_be_vietnamese(sample):
        return "vi"
    otherwise = "es" if script == "LATIN" and set(sample) & _SPANISH_MARKS else _CANDIDATES[script][0]
    return language if language in _CANDIDATES[script] and sure >= _SURE_OF_TEXT else otherwise


def languages_of_paragraph(sentences: Sequence[str], text_language: str, *, detect: bool = True) -> list[str]:
    """Return the language of each sentence of a paragraph; short ones take the paragraph's.

    As `language_of_sentence`, but a paragraph that is plainly English needs no model for its
    sentences without accents, so that most English texts never load it.
    """
    paragraph = " ".join(sentences)
    # One Vietnamese sentence among English ones tells what "OK em." is.
    mixed = text_language == "vi" and any(map(is_vietnamese, sentences))
    around = "vi" if mixed else language_of_sentence(paragraph, text_language, detect=detect)
    plain = around == "en" and is_english(paragraph)
    return [
        language_of_sentence(sentence, around, detect=detect and not (plain and sentence.isascii()))
        for sentence in sentences
    ]


def language_of_sentence(sentence: str, text_language: str, *, detect: bool = True) -> str:
    """Return the language of a sentence amid text in `text_language`, a base language such as `en`.

    Only strong signs take a sentence out of its text's language. Vietnamese letters are one even
    when `detect` is off, so that Vietnamese never comes to an English voice.
    """
    if is_vietnamese(sentence) or (text_language == "en" and may_be_vietnamese(sentence)):
        return "vi"
    return _detected(sentence, text_language) if detect else text_language


def _detected(sentence: str, text_language: str) -> str:
    script = script_of(sentence)
    if script in _OWNED:
        return _OWNED[script]
    if script not in _CANDIDATES:
        return text_language
    if (text_language == "vi" and is_short_english(sentence)) or (text_language == "en" and borrows(sentence)):
        return "en"
    candidates = _CANDIDATES[script]
    alien = text_language not in candidates or (text_language == "vi" and cannot_be_vietnamese(sentence))
    otherwise = candidates[0] if alien else text_language
    if _letters(sentence) < _LETTERS_OF_A_SENTENCE:
        return otherwise
    if script == "LATIN" and is_english(sentence):
        return "en"
    language, sure = _guess(sentence)
    return language if language in candidates and sure >= _SURE_OF_SENTENCE else otherwise


def check_script(text: str, *, field: str = "text") -> None:
    """Raise InvalidInput, naming it, when most letters are in a script that no voice reads. Cheap."""
    script = script_of(text)
    if script and script not in _OWNED and script not in _CANDIDATES:
        raise InvalidInput(f"no voice reads the script {script.lower()}; {_there_are()}", field=field)


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


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _there_are() -> str:
    return f"there are voices for {', '.join(languages())}"


def _guess(text: str) -> tuple[str, float]:
    language, sure = identifier().classify(text)
    if language == "vi":
        # A few Vietnamese names lead the model astray; what is Vietnamese without them stays so.
        language, sure = identifier().classify(without_names(text))
    if language == "yue" and not _CANTONESE.search(text):
        language = "zh"
    return NAMES.get(language, language), float(sure)
