"""Which words have the shape of Vietnamese ones."""

import functools
import re
import unicodedata
from typing import Final

_ONSETS: Final = "ngh|ng|nh|gh|gi|g|kh|k|ph|p|th|tr|t|ch|c|qu|b|d|đ|h|l|m|n|r|s|v|x|"
#: Without a mark a syllable has the level tone, and such a one never ends in a stop: "bot" and "vat" are no words.
_LEVEL: Final = re.compile(
    rf"(?:{_ONSETS})(?:a|ai|ao|au|ay|am|an|ang|anh|e|eo|em|en|eng|i|ia|iu|im|in|inh|o|oa|oai|oan|oang|oanh|oay|oe|oen|oi|om|on"
    r"|ong|oong|u|ua|ui|um|un|ung|uy|uya|uynh|uyu|y)"
)
_LOOSE: Final = re.compile(rf"(?:{_ONSETS})[aeiouy]{{1,3}}(?:ch|nh|ng|[cmnpt])?")
_MARKS: Final = re.compile("[\u0300-\u036f]")


@functools.lru_cache(maxsize=4_096)
def is_syllable(word: str) -> bool:
    """Whether a word in lower case may be Vietnamese: one without marks only if it needs none."""
    if word.isascii():
        return _LEVEL.fullmatch(word) is not None
    return is_bare_syllable(bare(word))


def is_bare_syllable(word: str) -> bool:
    """Whether a word without marks may be a Vietnamese one that was typed without them."""
    return _LOOSE.fullmatch(word) is not None


def bare(word: str) -> str:
    """Return a word in lower case without tones and other marks; đ becomes d."""
    return _MARKS.sub("", unicodedata.normalize("NFD", word)).replace("đ", "d")
