"""The noise of breath and of consonants, drawn once."""

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: 6.4 s of hibari's frames: longer than most sentences, and nobody hears noise repeat.
_FRAMES: Final = 512


def noise(first: int, count: int, bins: int) -> NDArray[np.complex64]:
    """Return normally distributed noise for so many frames, from a number on, which the caller may overwrite.

    Shape (count, bins); both parts of a number have a deviation of 1. Always the same; frames repeat after 512. To
    draw it anew for each sentence would take a seventh of the time in which hibari says it.
    """
    return _drawn(bins).take(range(first, first + count), axis=0, mode="wrap")


@functools.cache
def _drawn(bins: int) -> NDArray[np.complex64]:
    parts = np.random.default_rng(0).standard_normal((bins, 2 * _FRAMES), dtype=np.float32)
    return np.ascontiguousarray(parts.view(np.complex64).T)
