# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Which language a sentence is in. Cheap to import; the model comes when letters do not decide."""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from mediamill.core.errors import InvalidInput
from mediamill.media.voices.catalog import LANGUAGES, languages

#: Letters that, in NFC, only Vietnamese uses.
_VIETNAMESE: Final = frozenset("ơưảạắằẳẵặấầẩẫậẻẽẹếềểễệỉĩịỏọốồổỗộớờởỡợủũụứừửữựỳỷỹỵ")
#: Half of the words of running Vietnamese have such a letter; a name or two in an English sentence stay below.
_VIETNAMESE_SHARE: Final = 0.3
#: A Vietnamese word is one syllable; this is its shape without the tone, a little too wide.
_SYLLABLE: Final = re.compile(
    "(?:ngh?|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(?:ch|nh|ng|[cmnpt])?"
)
#: Grave, acute, hook, tilde and dot below: a word has one of these tones at most.
_TONES: Final = re.compile("[\u0300\u0301\u0309\u0303\u0323]")
#: So many words of Vietnamese shape and no English ones among them: Vietnamese typed without its marks.
_SYLLABLES_OF_VIETNAMESE: Final = 4


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

#: Words that are frequent in English and no word elsewhere, and those that others have as well.
_ENGLISH_ONLY: Final = _words(
    "the and that with his they from this have but what when there your which their said each about how "
    "them then she many some these would other into more him could make than been its who now did only "
    "after where through much before around because does very just any you our such never must may up out "
    "it were here while whose should until without every always again already although another between during "
    "enough going having however might nothing often something though thought together upon year years"
)
_ENGLISH_TOO: Final = _words(
    "he has had my not a i of to in is was for on are as at be or by we an if will all do no so me her us "
    "one two can over down back way like well also most see time those must old new little still even"
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
    plainly_english = _is_english(sample) or (sample.isascii() and _letters(sample) < _LETTERS_OF_A_TEXT)
    if not script or (script == "LATIN" and plainly_english):
        return "en"
    language, sure = _guess(sample)
    if language in _UNREAD and sure >= _SURE_OF_UNREAD:
        raise InvalidInput(f"the text seems to be in {language!r}, which no voice reads; {_there_are()}", field="text")
    if language in _CANDIDATES[script] and sure >= _SURE_OF_TEXT:
        return language
    return "vi" if _may_be_vietnamese(sample) else _CANDIDATES[script][0]


def languages_of_paragraph(sentences: Sequence[str], text_language: str, *, detect: bool = True) -> list[str]:
    """Return the language of each sentence of a paragraph; short ones take the paragraph's.

    As `language_of_sentence`, but a paragraph that is plainly English needs no model for its
    sentences without accents, so that most English texts never load it.
    """
    paragraph = " ".join(sentences)
    around = language_of_sentence(paragraph, text_language, detect=detect)
    plain = around == "en" and _is_english(paragraph)
    return [
        language_of_sentence(sentence, around, detect=detect and not (plain and sentence.isascii()))
        for sentence in sentences
    ]


def language_of_sentence(sentence: str, text_language: str, *, detect: bool = True) -> str:
    """Return the language of a sentence amid text in `text_language`, a base language such as `en`.

    Only strong signs take a sentence out of its text's language. Vietnamese letters are one even
    when `detect` is off, so that Vietnamese never comes to an English voice.
    """
    if is_vietnamese(sentence) or (text_language == "en" and _may_be_vietnamese(sentence)):
        return "vi"
    return _detected(sentence, text_language) if detect else text_language


def _detected(sentence: str, text_language: str) -> str:
    script = script_of(sentence)
    if script in _OWNED:
        return _OWNED[script]
    if script not in _CANDIDATES:
        return text_language
    candidates = _CANDIDATES[script]
    alien = text_language not in candidates or (text_language == "vi" and _cannot_be_vietnamese(sentence))
    otherwise = candidates[0] if alien else text_language
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
    """Whether at least three words in ten are syllables with a letter that only Vietnamese uses."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    marked = sum(not _VIETNAMESE.isdisjoint(word) and _is_syllable(word) for word in words)
    return marked > 0 and marked >= len(words) * _VIETNAMESE_SHARE


def _may_be_vietnamese(text: str) -> bool:
    """Whether all words have the shape of Vietnamese ones, and a mark or their number makes chance unlikely."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not all(_is_syllable(word) for word in words):
        return False
    return any(not word.isascii() for word in words) or (
        len(words) >= _SYLLABLES_OF_VIETNAMESE and not _is_english(text)
    )


def _cannot_be_vietnamese(text: str) -> bool:
    """Whether there are words, none with a mark, and most not even of a Vietnamese shape."""
    words = _WORD.findall(text.lower())
    return text.isascii() and len(words) > 1 and sum(_is_syllable(word) for word in words) * 2 < len(words)


@functools.lru_cache(maxsize=8_192)
def _is_syllable(word: str) -> bool:
    bare, tones = _TONES.subn("", unicodedata.normalize("NFD", word))
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)) is not None


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
    """Whether it is plainly English, for at least one word in five only holds a sentence together."""
    words = [word.lower() for word in _WORD.findall(text)]
    alone = sum(word in _ENGLISH_ONLY for word in words)
    shared = sum(word in _ENGLISH_TOO for word in words)
    return len(words) >= _WORDS_OF_ENGLISH and alone > 0 and alone + shared >= len(words) * _ENGLISH_SHARE


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)


def _there_are() -> str:
    return f"there are voices for {', '.join(languages())}"


def _guess(text: str) -> tuple[str, float]:
    language, sure = _model().classify(text)
    return _MODEL_NAMES.get(language, language), float(sure)


@functools.cache
def _model() -> Any:  # noqa: ANN401 - py3langid has no types
    """Load py3langid: half a second and 65 MB, so texts that their letters give away never do."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped] # noqa: PLC0415

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    wanted = {*LANGUAGES, *_UNREAD, *_MODEL_NAMES}
    model.set_languages(sorted(wanted & set(model.labels)))
    # 28 MB of languages that were just left out, kept only for a later choice of others.
    model._full_model = None  # noqa: SLF001 - it has no other way to forget them
    return model
