"""Where the clauses of a sentence begin in its sound, so that a long caption can be shown in parts."""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np

from mediamill.media.voices.files.captions import Clause
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm

#: A clause ends with one of these and a blank: no thousands, no time of day.
_CLAUSE: Final = re.compile(r"(?<=[,;:—\u2013…])\s+(?=\S)")
#: How much longer a syllable takes than a letter in it: English and Vietnamese keep time by their syllables.
_SYLLABLE: Final = 10
_BLOCK_S: Final = 0.01
#: Quiet: 34 dB below the loudest 10 ms. What is shorter is the stop of a "p" or a "t".
_QUIET_SHARE: Final = 0.02
_SHORTEST_S: Final = 0.05
#: Shorter ones, against the longest, are a part of speaking.
_LONG_SHARE: Final = 0.5
#: A pause that is this long is believed to be that of a clause a second away from where it was expected.
_PAUSE_FOR_A_SECOND_S: Final = 0.3


@dataclass(frozen=True)
class _Pause:
    """Where the voice is quiet. voiced_s: how long it has spoken until then, without long pauses."""

    length_s: float
    end_s: float
    voiced_s: float


def begins(text: str, spoken: str, wave: Pcm) -> tuple[Clause, ...]:
    """Return where clauses begin, in frames of `wave`, for those before which the voice is heard to pause.

    text: the sentence as it was written. spoken: as it was read out. wave: its finished sound, at RATE_HZ.
    Each place in the sound is the measured end of a pause; which pause belongs to which comma is the
    likeliest order of both: long pauses, near to where the comma would be if all syllables took the same time.
    """
    written, said = _places(text), _places(spoken)
    pauses = _pauses(wave)
    if not written or not pauses:
        return ()
    shares = _shares(spoken, said) if len(said) == len(written) else _shares(text, written)
    last = pauses[-1]
    voiced_s = last.voiced_s + wave.size / RATE_HZ - last.end_s
    pairs = _paired([share * voiced_s for share in shares], pauses)
    return tuple(Clause(written[i], round(pauses[j].end_s * RATE_HZ)) for i, j in pairs)


def _places(text: str) -> list[int]:
    return [mark.end() for mark in _CLAUSE.finditer(text)]


def _shares(text: str, places: list[int]) -> list[float]:
    """Return how much of the time of saying it comes before each place, 0..1."""
    weights = [0, *accumulate(itertools.starmap(_weight, itertools.pairwise(" " + text)))]
    return [weights[place] / max(1, weights[-1]) for place in places]


def _weight(before: str, sign: str) -> int:
    """Return how long it takes to say a sign behind another: a syllable begins with its first vowel."""
    if sign.isdigit():
        return _SYLLABLE + 1
    if not sign.isalpha():
        return 0
    return _SYLLABLE + 1 if _vowel(sign) and not _vowel(before) else 1


def _vowel(sign: str) -> bool:
    return unicodedata.normalize("NFD", sign)[0] in "aeiouyAEIOUY"


def _pauses(wave: Pcm) -> list[_Pause]:
    """Return the pauses within a sentence."""
    block = round(_BLOCK_S * RATE_HZ)
    blocks = wave[: wave.size // block * block].reshape(-1, block).astype(np.float32)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    quiet = level < level.max(initial=0.0) * _QUIET_SHARE
    edges = np.flatnonzero(np.diff(np.pad(quiet.astype(np.int8), 1)))
    runs = [
        (begin * _BLOCK_S, end * _BLOCK_S)
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if begin > 0 and end < quiet.size and (end - begin) * _BLOCK_S >= _SHORTEST_S
    ]
    longest_s = max((end_s - begin_s for begin_s, end_s in runs), default=0.0)
    pauses, paused_s = [], 0.0
    for begin_s, end_s in runs:
        length_s = end_s - begin_s
        pauses.append(_Pause(length_s, end_s, begin_s - paused_s))
        paused_s += length_s if length_s > _LONG_SHARE * longest_s else 0.0
    return pauses


def _paired(expected_s: list[float], pauses: list[_Pause]) -> list[tuple[int, int]]:
    """Return pairs of clause and pause, in order, whose worth is highest in sum; a pair without worth is none."""
    # best[j]: of all clauses so far and the first j pauses: the worth, and the pairs it comes from.
    best: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())] * (len(pauses) + 1)
    for i, due_s in enumerate(expected_s):
        row = [best[0]]
        for j, pause in enumerate(pauses):
            worth = pause.length_s - _PAUSE_FOR_A_SECOND_S * abs(pause.voiced_s - due_s)
            without = max(best[j + 1], row[j], key=lambda found: found[0])
            paired = (best[j][0] + worth, (*best[j][1], (i, j)))
            row.append(max(without, paired, key=lambda found: found[0]) if worth > 0 else without)
        best = row
    return list(best[-1][1])
