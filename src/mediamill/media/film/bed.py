"""What is heard below the words."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.film.ducking import Ducking
from mediamill.media.film.pcm import RATE_HZ, Wave, factor
from mediamill.media.film.tune import Loop

#: At both ends of the film; of a short one a quarter.
_FADE_IN_S: Final = 0.6
_FADE_OUT_S: Final = 2.5


class Bed:
    """Music for a whole film: repeated, faded at both ends, low where somebody speaks.

    gain_db: what it is raised by where nobody does. frames: of the film.
    """

    def __init__(self, loop: Loop, ducking: Ducking, gain_db: float, frames: int) -> None:
        self._loop = loop
        self._ducking = ducking
        self._gain = factor(gain_db)
        self._frames = frames
        self._fade_in = max(1, min(round(_FADE_IN_S * RATE_HZ), frames // 4))
        self._fade_out = max(1, min(round(_FADE_OUT_S * RATE_HZ), frames // 4))

    def read(self, at: int, count: int) -> Wave:
        """Return `count` samples from sample `at` of the film on, of two channels."""
        wave = self._loop.read(at, count)
        wave *= (self._gain * self._ducking.gain(at, count) * self._fades(at, count))[:, None]
        return wave

    def _fades(self, at: int, count: int) -> NDArray[np.float32]:
        since = at + np.arange(count, dtype=np.float32)
        shown = np.minimum(since / self._fade_in, (self._frames - since) / self._fade_out)
        return np.square(np.sin(np.clip(shown, 0, 1) * np.float32(np.pi / 2)))
