"""The pulses of a voice, from its pitch: bit by bit what hibari's package computes, in less time."""

from typing import Final

import numpy as np
from hibari import dsp  # type: ignore[import-untyped]
from numpy.typing import NDArray

#: Up to the first there is no voice; above the second no harmonic is made. Hz, as `dsp.pulses` has them.
_LEAST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 11_000.0
#: Where the sine below the fraction is as small as this, the fraction is taken for its limit.
_NEARLY_NONE: Final = 2e-3


def pulses(pitch_hz: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a train of pulses, all harmonics at amplitude 1; 0 where there is no voice.

    pitch_hz: of each frame. `dsp.pulses` has the formula: the sum of cos(h t) for h <= H is
    sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2.
    """
    hz = _between(pitch_hz)
    silent = hz <= _LEAST_HZ
    np.maximum(hz, _LEAST_HZ, out=hz)
    phase = _phase(hz)
    highest = np.divide(_HIGHEST_HZ, hz, out=hz)
    np.floor(highest, out=highest)
    highest += 0.5
    train = highest * phase
    np.sin(train, out=train)
    phase *= 0.5
    below = np.sin(phase, out=phase)
    below *= 2
    none = np.flatnonzero(np.abs(below) <= _NEARLY_NONE)
    below[none] = 1
    train /= below
    train[none] = highest[none]
    train -= 0.5
    train[silent] = 0
    return train


def _between(pitch_hz: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pitch of each sample, on lines between the middles of frames."""
    around = np.pad(np.asarray(pitch_hz, np.float32), 1, mode="edge")
    behind, before = dsp._interp_w()  # noqa: SLF001 - hibari's weights
    half = dsp.HOP // 2
    hz = np.empty((len(pitch_hz), dsp.HOP), np.float32)
    np.multiply(around[:-2, None], before[:half], out=hz[:, :half])
    hz[:, :half] += around[1:-1, None] * behind[:half]
    np.multiply(around[1:-1, None], before[half:], out=hz[:, half:])
    hz[:, half:] += around[2:, None] * behind[half:]
    return hz.reshape(-1)


def _phase(hz: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the phase of each sample, 0 to 2 pi."""
    turns = np.cumsum(hz, dtype=np.float64)
    turns *= 1.0 / dsp.SR
    turns -= np.floor(turns)
    turns *= 2 * np.pi
    return turns.astype(np.float32)
