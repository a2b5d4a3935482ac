# ruff: noqa: RUF001 - typographic marks are what this file is about
"""What the words of a sentence give away of its language: English, and Vietnamese with or without its marks."""

import functools
import re
import unicodedata
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

#: Letters that, in NFC, only Vietnamese uses.
_VIETNAMESE: Final = frozenset("ơưảạắằẳẵặấầẩẫậẻẽẹếềểễệỉĩịỏọốồổỗộớờởỡợủũụứừửữựỳỷỹỵ")
#: Half of the words of running Vietnamese have such a letter; a name or two in an English sentence stay below.
_VIETNAMESE_SHARE: Final = 0.3
#: A Vietnamese word is one syllable; this is its shape without the tone, a little too wide.
_SYLLABLE: Final = re.compile(
    "(?:ngh?|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(?:ch|nh|ng|[cmnpt])?"
)
#: Vowels that no Vietnamese word has side by side: "eat", "see", "out".
_NO_VOWELS: Final = re.compile("ea|ee|ei|ae|(?<!u)ou")
#: Grave, acute, hook, tilde and dot below: a word has one of these tones at most.
_TONES: Final = re.compile("[\u0300\u0301\u0309\u0303\u0323]")
#: Words that hold Vietnamese sentences together, and are words of no other language. One of them outweighs all
#: the English terms of a sentence, but not English words of the same sort.
_VIETNAMESE_WORDS: Final = _words(
    "của được với những một ấy thế vậy rồi chưa cũng đều vẫn nữa lại về đến từ ở dưới giữa trước nếu nhưng bởi để tại "
    "hoặc hơn rất lắm bạn họ chị ạ ơi nhỉ hả hử đấy đây ừ cảm muốn phải cần biết thấy bị người giờ mỗi mọi cả tất mới "
    "hãy đừng chỉ đã đang đó đi đâu sẽ không nhé nhá giúp mình chúng này vào tôi gì làm"
)
#: The same without their marks, but for those that are English words as well.
_BARE_WORDS: Final = _words(
    "cua duoc voi nhung mot ay vay roi chua cung deu ve den duoi giua truoc neu boi hoac hon lam ai anh em toi khong "
    "nguoi nhu dang hom nay ngay troi dep qua chung biet muon noi nha hoc chao chuc mung gio dau hoi cai moi thoi "
    "nhieu khoe yeu thuong viec tien mua di gi la co xin loi cam vang xong nhe chau thay tuoi duong nuoc viet tieng "
    "sach choi uong buon vui dien thoai gia dinh thang tuan ngu rat lai cho"
)
_BARE_SHARE: Final = 0.4
_SYLLABLE_SHARE: Final = 0.7

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
_ENGLISH: Final = _ENGLISH_ONLY | _ENGLISH_TOO
#: Words that make clauses, and no terms: "check in muộn" and "back up lỗi" are Vietnamese all the same.
_ENGLISH_OF_CLAUSES: Final = _words(
    "i you he she it we they the this that these those is are am was were my your our their what where who"
)
_ENGLISH_SHARE: Final = 0.2
_WORDS_OF_ENGLISH: Final = 4
_WORDS_OF_SHORT_ENGLISH: Final = 3


def is_english(text: str) -> bool:
    """Whether it is plainly English, for at least one word in five only holds a sentence together."""
    words = _lowered(text)
    alone, shared = _english(words)
    return len(words) >= _WORDS_OF_ENGLISH and alone > 0 and alone + shared >= len(words) * _ENGLISH_SHARE


def is_short_english(text: str) -> bool:
    """Whether it is English amid Vietnamese: half of its words hold English sentences together.

    And one of them only English has, or it is longer than two words of which some have no Vietnamese
    shape; and none is likely Vietnamese.
    """
    words = _lowered(text)
    alone, shared = _english(words)
    foreign = alone > 0 or (len(words) >= _WORDS_OF_SHORT_ENGLISH and not all(map(_is_syllable, words)))
    return text.isascii() and foreign and (alone + shared) * 2 >= len(words) > 1 and _BARE_WORDS.isdisjoint(words)


def is_vietnamese(text: str) -> bool:
    """Whether it is Vietnamese by its marks, English terms in it or not.

    At least three words in ten are syllables with a letter that only Vietnamese uses, and not just
    names amid other words; or words that hold Vietnamese sentences together outweigh English ones.
    """
    written = _WORD.findall(unicodedata.normalize("NFC", text))
    # Short forms such as TP.HCM say nothing, unless all is in capitals.
    written = [word for word in written if not (word.isascii() and word.isupper())] or written
    words = [word.lower() for word in written]
    if sum(word in _VIETNAMESE_WORDS for word in words) > sum(_english(words)):
        return True
    marked = _marked(written)
    if not marked or len(marked) < len(words) * _VIETNAMESE_SHARE:
        return False
    return not _are_names(marked, written) and not borrows(text)


def borrows(text: str) -> bool:
    """Whether it is an English clause with a Vietnamese term or two in it: "I love phở.".

    Half of its words are English at least; and none of the Vietnamese ones is of those that hold sentences together.
    """
    # Of "it's" the first half.
    written = [re.split("['’]", word)[0] for word in _WORD.findall(unicodedata.normalize("NFC", text))]
    words = [word.lower() for word in written]
    if _ENGLISH_OF_CLAUSES.isdisjoint(words) or not _VIETNAMESE_WORDS.isdisjoint(words) or not _marked(written):
        return False
    terms = sum(not word.isascii() for word in words)
    foreign = sum(word.isascii() and (word in _ENGLISH or not _is_syllable(word)) for word in words)
    # In capitals it may be a title: "The Voice mở màn".
    said = any(word.islower() and word.isascii() and not _is_syllable(word) for word in written)
    return said and terms <= foreign and sum(_english(words)) >= len(words) * _ENGLISH_SHARE


def _marked(written: list[str]) -> list[str]:
    return [word for word in written if not _VIETNAMESE.isdisjoint(word.lower()) and _is_syllable(word.lower())]


def _are_names(marked: list[str], written: list[str]) -> bool:
    """Whether all that is marked begins with a capital, and something that is no Vietnamese syllable does not."""
    foreign = (word[0].islower() and not _is_syllable(word) for word in written)
    return all(word[0].isupper() for word in marked) and any(foreign)


def without_names(text: str) -> str:
    """Return a text without the words with marks, where each of them begins with a capital, as names do amid others."""
    names = [word for word in _WORD.findall(unicodedata.normalize("NFC", text)) if not word.isascii()]
    if not names or not all(name[0].isupper() for name in names):
        return text
    return _WORD.sub(lambda word: word.group(0) if word.group(0).isascii() else "", unicodedata.normalize("NFC", text))


def may_be_vietnamese(text: str) -> bool:
    """Whether it is Vietnamese by the shape of its words: all syllables, some with marks; or typed without any."""
    words = _lowered(text)
    syllables = sum(map(_is_syllable, words))
    if syllables == len(words) and any(not word.isascii() for word in words):
        return True
    bare = sum(word in _BARE_WORDS for word in words)
    typed = bare > 1 and bare >= len(words) * _BARE_SHARE and syllables >= len(words) * _SYLLABLE_SHARE
    return typed and bare > sum(_english(words))


def cannot_be_vietnamese(text: str) -> bool:
    """Whether there are words, none with a mark, and most not even of a Vietnamese shape."""
    words = _lowered(text)
    return text.isascii() and len(words) > 1 and sum(map(_is_syllable, words)) * 2 < len(words)


def _lowered(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def _english(words: list[str]) -> tuple[int, int]:
    """Return how many words only English has, and how many it shares with others."""
    return sum(word in _ENGLISH_ONLY for word in words), sum(word in _ENGLISH_TOO for word in words)


@functools.lru_cache(maxsize=8_192)
def _is_syllable(word: str) -> bool:
    bare, tones = _TONES.subn("", unicodedata.normalize("NFD", word))
    shaped = _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare))
    return tones <= 1 and shaped is not None and not _NO_VOWELS.search(word)
