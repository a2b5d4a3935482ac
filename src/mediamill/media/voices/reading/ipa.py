# ruff: noqa: RUF001, RUF002 - phonetic letters look like others
"""The International Phonetic Alphabet: which characters are of it, and how hibari's model writes English sounds.

Sources: the chart of the International Phonetic Association, 2020; hibari-tts 0.2.1, `assets/vocab.json`;
misaki 0.9.4, whose alphabets of American and British English (`US_VOCAB`, `GB_VOCAB`) its models were trained on.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CONSONANTS: Final = "pbtdʈɖcɟkɡgqɢʔmɱnɳɲŋɴʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟɫʍwɥʜʢʡɕʑɺɧʦʣʧʤʨʥʘǀǃǂǁɓɗʄɠʛ"
_VOWELS: Final = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝᵻᵊ"
_MARKS: Final = (
    "ˈˌːˑ.|‖‿͜͡ʼ˞ʰʷʲˠˤⁿˡ˥˦˧˨˩↗↘↓↑ꜜꜛ"
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0308\u030a\u030b\u030c\u030f\u0318\u0319\u031a\u031c\u031d\u031e\u031f\u0320"
    "\u0324\u0325\u0329\u032a\u032c\u032f\u0330\u0334\u0339\u033a\u033b\u033c\u033d"
)
#: Sounds that the alphabet of hibari and Kokoro writes as one capital letter, and people who know it do as well.
_CAPITALS: Final = MappingProxyType({"A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "T": "ɾ", "W": "aʊ", "Y": "ɔɪ"})
SYMBOLS: Final = frozenset(_CONSONANTS + _VOWELS + _MARKS + "".join(_CAPITALS))

#: American English as hibari's model heard it. What the chart has and this lacks is said as the nearest of it.
_NEAREST: Final = """
    eɪ=A aɪ=I oʊ=O əʊ=O aʊ=W ɔɪ=Y tʃ=ʧ dʒ=ʤ ɝ=ɜɹ ɚ=əɹ ə˞=əɹ ɜ˞=ɜɹ n̩=ᵊn l̩=ᵊl m̩=ᵊm ɹ̩=əɹ r̩=əɹ
    A=A I=I O=O Q=O T=T W=W Y=Y
    r=ɹ g=ɡ ɾ=T ʔ=t ɫ=l ɭ=l ɮ=l ʟ=l ɬ=l ɺ=l ɱ=m ɳ=n ɴ=ŋ ɲ=nj ʎ=lj ʈ=t ɖ=d c=k ɟ=ɡ q=k ɢ=ɡ ʙ=b ⱱ=v ɽ=ɹ ɻ=ɹ
    ʁ=ɹ ʀ=ɹ ɸ=f β=v ʂ=ʃ ʐ=ʒ ɕ=ʃ ʑ=ʒ ʝ=j ç=h x=h χ=h ɣ=ɡ ħ=h ɦ=h ʜ=h ʋ=v ʍ=w ɥ=w ɧ=ʃ ʦ=ts ʣ=dz ʨ=ʧ ʥ=ʤ
    ɓ=b ɗ=d ʄ=ʤ ɠ=ɡ ʛ=ɡ
    a=ɑ ɒ=ɑ ɐ=ə e=ɛ o=O y=u ø=ɜ œ=ɜ ɯ=u ɤ=ʌ ɵ=ə ʉ=u ɨ=ᵻ ɘ=ə ɞ=ɜ ʏ=ɪ ɶ=æ
"""
#: British English differs in these, and knows length.
_BRITISH_NEAREST: Final = "oʊ=Q əʊ=Q O=Q Q=Q ɝ=ɜː ɚ=ə ə˞=ə ɜ˞=ɜː ɹ̩=ə r̩=ə ɾ=t T=t ɒ=ɒ a=a ɐ=ə o=ɔː ɨ=ɪ ᵻ=ɪ ː=ː"
_ITS_OWN: Final = "bdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧθᵊᵻˈˌ "


def _letters(*nearest: str) -> Mapping[str, str]:
    of_others = dict(pair.split("=") for pair in " ".join(nearest).split())
    return MappingProxyType({letter: letter for letter in _ITS_OWN} | of_others)


_AMERICAN: Final = _letters(_NEAREST)
_BRITISH: Final = _letters(_NEAREST, _BRITISH_NEAREST)
_SOUND: Final = re.compile("|".join(sorted(map(re.escape, _BRITISH), key=len, reverse=True)) + "|.", re.DOTALL)
_VOWEL: Final = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵊᵻ"
#: The chart puts a stress before its syllable, the model before the syllable's vowel.
_STRESS: Final = re.compile(f"([ˈˌ])([^ˈˌ {_VOWEL}]*)(?=[{_VOWEL}])")
_FIRST_VOWEL: Final = re.compile(rf"(?<!\S)([^\s{_VOWEL}]*)(?=[{_VOWEL}])")


def strangers(ipa: str) -> str:
    """Return the characters that are no IPA, each once, in order. Blanks part words and are none."""
    found = (character for character in _decomposed(ipa) if character not in SYMBOLS and not character.isspace())
    return "".join(dict.fromkeys(found))


def charted(ipa: str) -> str:
    """Return IPA without the capital letters of hibari and Kokoro: `həlˈO` is `həlˈoʊ`."""
    return "".join(_CAPITALS.get(letter, letter) for letter in ipa)


def american(ipa: str) -> str:
    """Return IPA in hibari's letters for American English: `ˈsiːkwəl` is `sˈikwəl`. Never raises.

    Length, tone, voice quality and syllable breaks are left out, for the model knows none. Where no
    stress is marked, each word's first vowel has it: words without any are mumbled.
    """
    return _written(ipa, _AMERICAN)


def british(ipa: str) -> str:
    """As `american`, for British English, of which the model knows length: `ˈsiːkwəl` is `sˈiːkwəl`."""
    return _written(ipa, _BRITISH)


def _written(ipa: str, letters: Mapping[str, str]) -> str:
    bare = re.sub("[͜͡]", "", _decomposed(" ".join(ipa.split())))
    sounds = _SOUND.sub(lambda sound: letters.get(sound.group(0), ""), bare)
    if "ˈ" not in sounds and "ˌ" not in sounds:
        return _FIRST_VOWEL.sub(r"\1ˈ", sounds)
    return _STRESS.sub(r"\2\1", sounds)


def _decomposed(ipa: str) -> str:
    """Take letters and marks apart where the chart has no letter with the mark on it, as it has ç."""
    whole = unicodedata.normalize("NFC", ipa)
    return "".join(each if each in SYMBOLS else unicodedata.normalize("NFD", each) for each in whole)
