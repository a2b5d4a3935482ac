# ruff: noqa: RUF001, RUF002 - signs of the IPA are meant
"""How English texts are pronounced, in the signs of the International Phonetic Alphabet, by espeak-ng."""

import ctypes
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from mediamill.media import espeak

_IPA: Final = 0x02
#: Where espeak-ng turns to another language for a word, it says so: "(fr)", "(en)".
_TURNS: Final = re.compile(r"\([a-z]{2,3}(?:-[a-z-]+)?\)")
#: What joins or parts two signs, and says nothing to who reads: ties, and joiners of no width.
_UNSEEN: Final = re.compile("[\u0361\u035c\u200b-\u200d\u2060\ufeff]")
#: Finer signs than dictionaries for learners have: sounds that a learner hears as the other one.
_PLAINER: Final = str.maketrans({"\u0250": "\u0259", "\u1d7b": "\u026a", "\u027e": "t", "\u0294": "t"})
#: A consonant that is a syllable by itself: "button".
_SYLLABIC: Final = re.compile("(.)\u0329")
_CONSONANTS: Final = "bdfhjklmnprstvwxzðŋɡɬɹʃʒθ"
#: The last sound of "happy", for which older British dictionaries write the vowel of "hip".
_LAST: Final = re.compile(rf"(?<=[{_CONSONANTS}])ɪ\Z")
#: A mark of stress, which espeak-ng puts before the vowel, and the consonants before it.
_STRESS: Final = re.compile(rf"(\A|[^{_CONSONANTS}]?)([{_CONSONANTS}]*)([ˈˌ])")
#: What an English syllable may begin with beside one consonant.
_ONSETS: Final = frozenset(
    """
    bj bl bɹ dj dw dɹ dʒ fj fl fɹ hj kj kl kw kɹ lj mj nj pj pl pɹ sf sk sl sm sn sp st sw tj tw tɹ tʃ vj ɡl ɡw ɡɹ ɡj θw
    θɹ ʃɹ skj skl skw skɹ spj spl spɹ stj stɹ
    """.split()  # noqa: SIM905 - fifty strings in lines of their own read worse
)


class Accent(StrEnum):
    """Whose pronunciation, by the name of espeak-ng's voice."""

    US = "en-us"
    #: That of British dictionaries: the library's "en" says "dance" as the north of England does.
    UK = "en-gb-x-rp"


def ipa(texts: Sequence[str], accent: Accent) -> list[str]:
    """Return the pronunciation of each text, words parted by a space, as dictionaries for learners write it.

    Marks of stress stand before their syllables: "ɪɡˈzɑːmpəl". 0.04 CPU seconds for 1,000 words. Safe in threads, which
    take turns. Raises PermanentError with code ENGINE_BROKEN or ENGINE_REFUSED where espeak-ng does not work.
    """
    with espeak.lock:
        espeak.choose(accent)
        return [_clean(_told(text)) for text in texts]


def _told(text: str) -> str:
    """Return what the library says of a text, clause by clause."""
    library = espeak.library()
    raw = ctypes.create_string_buffer(text.replace("\0", " ").encode())
    rest = ctypes.cast(raw, ctypes.c_char_p)
    clauses = []
    while rest.value:
        told = library.espeak_TextToPhonemes(ctypes.byref(rest), espeak.CHARS_UTF8, _IPA)
        clauses.append((told or b"").decode("utf-8", "replace"))
    return " ".join(clauses)


def _clean(told: str) -> str:
    plain = _SYLLABIC.sub("\u0259\\1", _UNSEEN.sub("", _TURNS.sub("", told))).translate(_PLAINER)
    return " ".join(_STRESS.sub(_before_its_syllable, _LAST.sub("i", word)) for word in plain.split())


def _before_its_syllable(found: re.Match[str]) -> str:
    """Put a mark of stress before the consonants that its syllable begins with."""
    before, consonants, mark = found.groups()
    if before == "":  # the word begins with them
        return f"{mark}{consonants}"
    start = len(consonants)
    while start > 0 and (len(consonants) - start == 0 or consonants[start - 1 :] in _ONSETS):
        start -= 1
    return f"{before}{consonants[:start]}{mark}{consonants[start:]}"
