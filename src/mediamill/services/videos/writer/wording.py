# ruff: noqa: RUF001 - typographic marks are what this file is about
"""Sentences in words that a voice can say: signs are put into words, and what only the eye understands goes."""

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from mediamill.media.voices.prose.normalise import plain
from mediamill.media.voices.prose.sentences import Ending, split
from mediamill.services.videos.writer.phrases import Phrases

#: A longer one is taken in its clauses: it would fill a scene.
LONGEST_SENTENCE: Final = 600

#: A text without any of these is said as it stands.
_UNUSUAL: Final = re.compile(r"[^\w\s.,;:!?'\"()%/&+-]|\w_|_\w|--|://|www\.")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S*[^\s.,:;!?)]", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:https?://)?(?:www\.)?([^/\s:?#]+)\S*", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*>|<!--|-->")
_MONEY: Final = re.compile(
    r"(?:US|USD\s?)?\$\s?(?P<sum>\d[\d.,]*\d|\d)"
    r"(?P<more>\s?(?:million|billion|trillion|thousand|triệu|tỷ|tỉ|nghìn|ngàn|bn|k|m)\b)?",
    re.IGNORECASE,
)
_SHORT_SUMS: Final = MappingProxyType({"bn": "billion", "k": "thousand", "m": "million"})
_SHARP: Final = re.compile(r"\b([A-G])#(?!\w)")
_NUMBER_SIGN: Final = re.compile(r"#(?=\d)")
_ARROW: Final = re.compile(r"\s*(?:-+>|=+>|→|⇒|➜|➔|⟶)\s*")
_BAR: Final = re.compile(r"\s*\|[\s|]*")
_EMPHASIS: Final = re.compile(r"[*_]{2,}|(?<!\w)_|_(?!\w)|\*|~~")
_RULE: Final = re.compile(r"-{3,}|={2,}|\.{4,}|~{2,}")
_SILENT: Final = re.compile("[`#$<>|\\\\{}^\ue000\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3]+")
#: `[pause 3s]` would be one, and `[name]` gives somebody the word.
_BRACKETS: Final = str.maketrans("[]", "()")
_LOOSE_MARK: Final = re.compile(r"\s+([,;.!?])(?=\s|\Z)")
_EMPTY_BRACKETS: Final = re.compile(r"\(\W*\)")
_LEADING_MARK: Final = re.compile(r"(?:[-*+•◦▪‣–—]+|\d{1,3}[.)](?=\s))\s+|[\s,;:.!?)\]]+(?=\w)")
_LOOSE_ENDS: Final = " ,;:–—-"
_ENDED: Final = re.compile(r"[.!?…。！？｡।؟۔።။][\"'”’»)\]」』]*\Z")
#: Letters alone: of two, or more; one is a word in CJK.
_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def whole_sentences(text: str) -> list[str]:
    """Return the sentences of a text, whole, those of a quotation together.

    Of one that is longer than LONGEST_SENTENCE, its clauses.
    """
    found, clauses = list[str](), list[str]()
    for piece in split(text):
        clauses.append(piece.text)
        whole = joined(clauses)
        quoting = _is_open(whole) and piece.ending is not Ending.PARAGRAPH and len(whole) <= LONGEST_SENTENCE
        if piece.ending is not Ending.CLAUSE and not quoting:
            found += [whole] if len(whole) <= LONGEST_SENTENCE else clauses
            clauses = []
    return found


def _is_open(text: str) -> bool:
    """Whether a quotation has begun and not ended."""
    return text.count('"') % 2 == 1 or text.count("“") > text.count("”") or text.count("«") > text.count("»")


def joined(sentences: Sequence[str]) -> str:
    """Return sentences one behind the other, with blanks between them where the language has any."""
    text = ""
    for sentence in sentences:
        # 。 is of those that have none, too.
        unspaced = text and (_CJK.search(text[-2:])) and _CJK.match(sentence)
        text += sentence if unspaced or not text else f" {sentence}"
    return text


def sentence_of(text: str, phrases: Phrases) -> str:
    """Return a sentence that can be said, with a full stop; "" where nothing is left."""
    text = text.replace("\n", " ")
    if _UNUSUAL.search(text):
        text = _in_words(text, phrases)
    text = _LEADING_MARK.sub("", text.strip(), count=1) if _LEADING_MARK.match(text.strip()) else text.strip()
    text = text.strip(_LOOSE_ENDS)
    if not text:
        return ""
    if _ENDED.search(text):
        return text
    return f"{text}{'。' if _CJK.match(text[-1]) else '.'}"


def has_word(text: str) -> bool:
    """Whether there is a word in a text: `2GMr`, `F =` and `d³` are none, nor is a letter, unless it is of CJK."""
    words = (word for word in _WORD.findall(text) if word.isalpha())  # without ³
    return any(_CJK.match(word) or word.islower() or word.istitle() or word.isupper() for word in words)


def capital(text: str) -> str:
    """Return a text that begins with a capital, unless its first word is a name that has its own: iOS, x86."""
    word = (text.split(maxsplit=1) or [""])[0].rstrip(".,;:!?")
    return text[:1].upper() + text[1:] if word.isalpha() and word.islower() else text


def _in_words(text: str, phrases: Phrases) -> str:
    text = _ADDRESS.sub(lambda found: _HOST.sub(r"\1", found.group(0)), text)
    text = _MONEY.sub(lambda found: _money(found, phrases), _TAG.sub(" ", text))
    text = _NUMBER_SIGN.sub(f"{phrases.number} ", _SHARP.sub(r"\1 sharp", text))
    text = _BAR.sub(", ", _ARROW.sub(f", {phrases.then} ", text))
    text = _RULE.sub(" ", _EMPHASIS.sub("", text)).translate(_BRACKETS)
    text = _EMPTY_BRACKETS.sub("", plain(_SILENT.sub("", text))).replace("\n", " ")
    return " ".join(_LOOSE_MARK.sub(r"\1", text).split())


def _money(found: re.Match[str], phrases: Phrases) -> str:
    more = (found.group("more") or "").strip()
    more = _SHORT_SUMS.get(more.lower(), more)
    return f"{found.group('sum')} {more} {phrases.dollars}" if more else f"{found.group('sum')} {phrases.dollars}"
