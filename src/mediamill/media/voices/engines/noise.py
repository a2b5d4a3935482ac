"""The noise of breath and of consonants, drawn once."""

import functools
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

#: 6.4 s of hibari's frames: longer than most sentences, and nobody hears noise repeat.
_COLUMNS: Final = 2 * 512


class KeptNoise:
    """Stands where a numpy Generator is wanted for normally distributed noise, and always gives the same.

    To draw it anew for each sentence would take a seventh of the time in which hibari says it.
    """

    @staticmethod
    def standard_normal(shape: tuple[int, int], dtype: DTypeLike) -> NDArray[np.float32]:
        """Return noise of a shape (rows, columns), float32, which the caller may overwrite.

        Rows do not depend on each other; columns repeat after 1,024.
        """
        if np.dtype(dtype) != np.float32:
            raise TypeError(f"kept noise is float32, not {np.dtype(dtype)}")
        rows, columns = shape
        if columns > _COLUMNS:
            return np.tile(_drawn(rows), (1, -(-columns // _COLUMNS)))[:, :columns]
        return _drawn(rows)[:, :columns].copy()


@functools.cache
def _drawn(rows: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).standard_normal((rows, _COLUMNS), dtype=np.float32)
