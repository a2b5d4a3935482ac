"""How loud a sentence is, for voices whose loudness nobody measured beforehand."""

import math
import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyloudnorm import Meter  # type: ignore[import-untyped]

#: Of every voice: the loudest sentences reach it without clipping.
TARGET_LUFS: Final = -22.0
#: What is further away is no speech, or hardly any: a breath is not made as loud as a voice.
_MOST_DB: Final = 18.0
_FULL_SCALE: Final = 32_768.0
#: BS.1770 looks at blocks of 400 ms; a word may be shorter.
_BLOCK_S: Final = 0.4
_SHORTEST_S: Final = 0.1


def gain_db(wave: NDArray[np.int16], rate_hz: int) -> float:
    """Return by how many dB a sentence is to be raised to TARGET_LUFS, -18..18.

    wave: int16, shape (frames,), mono, without paddings. 0 for what is too short or too faint to be measured.
    Source: ITU-R BS.1770-4, by pyloudnorm; of less than 400 ms the one block there is.
    """
    length_s = wave.size / rate_hz
    if length_s < _SHORTEST_S:
        return 0.0
    meter = _meter(rate_hz, min(_BLOCK_S, round(length_s - 0.005, 2)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of no blocks: all are below the gate
        found = float(meter.integrated_loudness(wave.astype(np.float64) / _FULL_SCALE))
    return max(-_MOST_DB, min(TARGET_LUFS - found, _MOST_DB)) if math.isfinite(found) else 0.0


@cache
def _meter(rate_hz: int, block_s: float) -> "Meter":
    from pyloudnorm import Meter  # noqa: PLC0415 - it loads scipy, which takes a second

    return Meter(rate_hz, block_size=block_s)
