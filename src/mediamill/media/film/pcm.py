"""Sound as the mixer has it: pieces of a stream, one after another."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: float32, shape (samples, channels), -1..1 where nothing is too loud.
Wave: TypeAlias = NDArray[np.float32]

#: Of all sound in a film.
RATE_HZ: Final = 48_000


def factor(gain_db: float) -> np.float32:
    """Return what a wave is multiplied by to be louder by so many dB."""
    return np.float32(10 ** (gain_db / 20))
