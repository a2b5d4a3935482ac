"""At which level learners meet a word as which part of speech, as cefrpy has it (MIT; from Words-CEFR-Dataset)."""

import functools
import struct
from bisect import bisect_left
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_CACHED: Final = 32_768
#: Behind the letters of a word: its tag and its level.
_BEHIND: Final = 2
#: Steps of a level.
_STEPS: Final = 50
#: Penn's tags, by their numbers there.
TAGS: Final = (
    *("CC", "CD", "DT", "IN", "JJ", "JJR", "JJS", "MD", "NN", "NNS", "NNP", "NNPS", "PRP", "RB", "RBR", "RBS", "RP"),
    *("TO", "UH", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "WDT", "WP", "WRB"),
)


@functools.lru_cache(_CACHED)
def grades(word: str) -> Mapping[str, float]:
    """Return the level, 1 (A1) to 6 (C2), of a word in small letters for each of its tags, as Penn's treebank has them.

    172,000 words have some, as they are written: "run" as NN, VB and JJ, "runs" as NNS and VB. About 4 us each.
    """
    return _gradings().of(word)


class _Gradings:
    """cefrpy's file, 2.5 MB: rows of a word's letters, a tag and a level; short words first, each length in order.

    cefrpy's own search compares letter by letter, in three times the time, and misses the last words of each length;
    importing it takes 0.15 CPU seconds, for it looks at every byte of the file.
    """

    def __init__(self, file: Path) -> None:
        whole = file.read_bytes()
        lengths = whole[0]
        self._ends = struct.unpack_from(f"={lengths}I", whole, 1)
        self._rows = whole[1 + 4 * lengths :]

    def of(self, word: str) -> Mapping[str, float]:
        """Return the level for each tag."""
        length, rows = len(word), self._rows
        if not (0 < length < len(self._ends) and word.isascii()):
            return {}
        letters, size = word.encode(), length + _BEHIND
        places = range(self._ends[length - 1], self._ends[length], size)
        graded = {}
        for place in places[bisect_left(places, letters, key=lambda place: rows[place : place + length]) :]:
            if not rows.startswith(letters, place):
                break
            tag, level = rows[place + length], rows[place + length + 1]
            graded[TAGS[tag]] = level / _STEPS + 1
        return graded


@functools.cache
def _gradings() -> _Gradings:
    package = find_spec("cefrpy")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("cefrpy is not installed", name="cefrpy")
    return _Gradings(Path(package.origin).with_name("data.bin"))
