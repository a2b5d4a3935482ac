"""How often words are met, by wordfreq's lists: books, subtitles, Wikipedia, news, the web."""

import functools
import re
from typing import Final

_CACHED: Final = 65_536
#: Of a bucket of wordfreq's lists: bucket `n` has the words whose frequency is 10 ** (-n / 100).
_STEPS: Final = 100
_PARTS: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
#: What wordfreq gives to a word that it does not have.
NEVER: Final = 0.0
#: Frequency of one in a billion words, as the Zipf scale has it.
_BILLION: Final = 9


@functools.lru_cache(_CACHED)
def zipf(text: str) -> float:
    """Return how often a word is met: 7 `the`, 5 `water`, 4 `muscle`, 3 `sprocket`, 2 `isomorphism`; NEVER if unknown.

    It is the logarithm (base 10) of its number in a billion words, by the method of van Heuven et al. (2014). A text
    of several words, or with hyphens, is rarer than its rarest part: as if the parts met by chance.
    """
    words = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    bucket = _buckets().get(words)
    if bucket is not None:
        return _BILLION - bucket / _STEPS
    parts = _PARTS.findall(words)
    if not parts or parts == [words]:
        return NEVER
    return _together([zipf(part) for part in parts])


def _together(parts: list[float]) -> float:
    """Return the rarity of words met together, as wordfreq reckons it: half of the harmonic mean for two."""
    if NEVER in parts:
        return NEVER
    from math import log10  # noqa: PLC0415 - a rare question

    return -log10(sum(10**-part for part in parts))


@functools.cache
def _buckets() -> dict[str, int]:
    """Return the bucket of each of 321,000 words.

    wordfreq's own dictionary has a float for each of them, and its own question divides each text into words by a
    pattern of all scripts: three times the memory, twenty times the time.
    """
    import wordfreq  # noqa: PLC0415 - 0.2 CPU seconds

    lists = wordfreq.get_frequency_list("en", "large")
    return {word: bucket for bucket, words in enumerate(lists) for word in words}
