"""How often words are met, by wordfreq's lists: books, subtitles, Wikipedia, news, the web."""

import functools
import gzip
import re
from array import array
from bisect import bisect_left
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_CACHED: Final = 65_536
#: Of a bucket of wordfreq's lists, which has 800 or so: bucket `n` has the words whose frequency is 10 ** (-n / 100).
_STEPS: Final = 100
_PARTS: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
#: What wordfreq gives to a word that it does not have.
NEVER: Final = 0.0
_MOST_BUCKETS: Final = 1 << 10
_HASHES: Final = 1 << 64
#: Frequency of one in a billion words, as the Zipf scale has it.
_BILLION: Final = 9


@functools.lru_cache(_CACHED)
def zipf(text: str) -> float:
    """Return how often a word is met: 7 `the`, 5 `water`, 4 `muscle`, 3 `sprocket`, 2 `isomorphism`; NEVER if unknown.

    It is the logarithm (base 10) of its number in a billion words, by the method of van Heuven et al. (2014). A text
    of several words, or with hyphens, is rarer than its rarest part: as if the parts met by chance.
    """
    words = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    bucket = _buckets().of(words)
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


class _Buckets:
    """The bucket of each of 321,000 words, in 2.6 MB: a sorted row of numbers, each a mark of a word and its bucket.

    As dictionaries the lists take 40 MB, and importing wordfreq 0.2 CPU seconds besides. Marks have 54 bits: that a
    word which is not there has the mark of one that is happens once in 50 billion.
    """

    def __init__(self, file: Path) -> None:
        import msgpack  # type: ignore[import-untyped]  # noqa: PLC0415 - only where words are asked for

        rows = array("Q")
        with gzip.open(file) as packed:
            lists = msgpack.Unpacker(packed)
            many = lists.read_array_header()
            lists.unpack()  # its head
            for bucket in range(many - 1):
                rows.extend([_mark(word) + bucket for word in lists.unpack()])
        self._rows = array("Q", sorted(rows))

    def of(self, word: str) -> int | None:
        """Return the bucket of a word in small letters; None for one that is in no list."""
        mark, rows = _mark(word), self._rows
        place = bisect_left(rows, mark)
        found = rows[place] - mark if place < len(rows) else _MOST_BUCKETS
        return found if found < _MOST_BUCKETS else None


def _mark(word: str) -> int:
    """Return a number of 64 bits, the last ten of them 0."""
    # Of texts themselves, "kp" and "火" have the same hash: they are hashed by how they lie in memory.
    return hash(word.encode("utf-8", "surrogatepass")) % _HASHES & -_MOST_BUCKETS


@functools.cache
def _buckets() -> _Buckets:
    package = find_spec("wordfreq")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("wordfreq is not installed", name="wordfreq")
    return _Buckets(Path(package.origin).parent / "data" / "large_en.msgpack.gz")
