"""How loud a stream is, measured while it goes by."""

from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.sounds import loudness

#: BS.1770's blocks begin every 100 ms; so many of these steps are filtered at once.
_STEP_S: Final = loudness.BLOCK_S / loudness.BLOCKS_OVERLAPPING
_STEPS: Final = 24
_SIDES: Final = 2


class Meter:
    """Measures loudness as ITU-R BS.1770-4 has it. Keeps 80 bytes for each second of sound.

    A single channel counts twice: a film plays it on both sides.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._step = round(_STEP_S * rate_hz)
        # What both filters hear beyond the edges of what is measured.
        self._margin = round(loudness.PADDING_S * rate_hz)
        self._powers = array("d")
        self._held: NDArray[np.float32] | None = None

    def hear(self, wave: NDArray[np.float32]) -> None:
        """Take the next piece: shape (samples, channels)."""
        if self._held is None:
            self._held = np.zeros((self._margin, wave.shape[1]), np.float32)
        held = np.concatenate([self._held, wave])
        length = _STEPS * self._step
        while held.shape[0] >= length + 2 * self._margin:
            self._measure(held[: length + 2 * self._margin])
            held = held[length:]
        self._held = held

    def loudness(self) -> float | None:
        """Return the loudness of all that was heard, LUFS; None for silence. To be asked once, at the end."""
        if self._held is None:
            return None
        rest = self._held.shape[0] - self._margin
        self._measure(np.pad(self._held, ((0, self._margin), (0, 0))), rest - rest % self._step)
        steps = np.frombuffer(self._powers)
        if steps.size < loudness.BLOCKS_OVERLAPPING:
            return None
        window = np.full(loudness.BLOCKS_OVERLAPPING, 1 / loudness.BLOCKS_OVERLAPPING)
        return loudness.integrated(np.convolve(steps, window, "valid"))

    def _measure(self, wave: NDArray[np.float32], length: int | None = None) -> None:
        """Add the powers of a piece that has a margin on both sides. length: without them."""
        end = wave.shape[0] - self._margin if length is None else self._margin + length
        channels = np.ascontiguousarray(wave.T)
        power = sum(np.square(loudness.weighted(channel, self._rate_hz)[self._margin : end]) for channel in channels)
        self._powers.extend(np.asarray(power * _SIDES / len(channels)).reshape(-1, self._step).mean(axis=1))
