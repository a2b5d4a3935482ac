"""No peak of a film's sound is above the ceiling, not even between two samples."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.film.pcm import RATE_HZ, Wave, factor
from mediamill.media.voices.sounds.limiter import eased

#: dBTP. What players want is -1; an encoder overshoots by up to half a dB.
CEILING_DBTP: Final = -1.5
#: Around a peak that is too high: two periods of a low voice.
_REACH: Final = round(0.02 * RATE_HZ)

#: Between two samples the wave is looked at in three places (BS.1770-4, annex 2).
_PLACES: Final = (0.25, 0.5, 0.75)
_TAPS: Final = 24
#: No curve through samples is twice as high as the samples around it are, if it comes from a voice or an instrument:
#: where all are below half of the ceiling nothing is looked at.
_QUIET: Final = 0.5
_CELL: Final = 256


class Ceiling:
    """Turns a stream down around what would be too high, all channels alike, so that nothing moves sideways.

    What comes out is as long as what went in, and begins with its first sample.
    """

    def __init__(self, ceiling_dbtp: float = CEILING_DBTP) -> None:
        self._ceiling = float(factor(ceiling_dbtp))
        #: With what is before it, already given out, and what the next piece will decide about.
        self._held: Wave | None = None
        self._before = 0

    def of(self, wave: Wave) -> Wave:
        """Take the next piece; return what is ready, which lags behind by the reach."""
        held = wave if self._held is None else np.concatenate([self._held, wave])
        # Peaks are seen from _TAPS samples around them, and reach so far.
        ready = held.shape[0] - _REACH - _TAPS
        if ready <= self._before:
            self._held = held
            return held[:0]
        out = self._limited(held)[self._before : ready]
        kept = max(0, ready - _REACH - _TAPS)
        self._held, self._before = held[kept:], ready - kept
        return out

    def rest(self) -> Wave:
        """Return the end of the stream."""
        return np.zeros((0, 1), np.float32) if self._held is None else self._limited(self._held)[self._before :]

    def _limited(self, wave: Wave) -> Wave:
        peaks = np.max([_peaks(channel, self._ceiling) for channel in np.ascontiguousarray(wave.T)], axis=0)
        excess = np.maximum(peaks / np.float32(self._ceiling), np.float32(1))
        limited = wave.copy()
        for around in _around(excess):
            turned = wave[around] / eased(excess[around], _REACH)[:, None]
            limited[around] = np.clip(turned, -self._ceiling, self._ceiling)
        return limited


def _around(excess: NDArray[np.float32]) -> list[slice]:
    """Return the parts in which something is too high, and as much beside it as is turned down with it."""
    high = np.flatnonzero(excess > 1)
    if high.size == 0:
        return []
    runs = np.split(high, np.flatnonzero(np.diff(high) > 2 * _REACH) + 1)
    return [slice(max(0, int(run[0]) - _REACH), int(run[-1]) + _REACH + 1) for run in runs]


def _kernels() -> list[NDArray[np.float32]]:
    """Return the weights of the samples around each place: a sinc under Kaiser's window."""
    offsets = np.arange(_TAPS) - (_TAPS // 2 - 1)
    window = np.kaiser(_TAPS + 1, 7.0)
    at = np.arange(_TAPS + 1) - _TAPS / 2
    found = []
    for place in _PLACES:
        weights = np.sinc(offsets - place) * np.interp(offsets - place, at, window)
        found.append((weights / weights.sum()).astype(np.float32)[::-1])
    return found


_KERNELS: Final = _kernels()


def _peaks(channel: NDArray[np.float32], ceiling: float) -> NDArray[np.float32]:
    """Return how high the curve is around each sample, up to both of its neighbours."""
    peaks = np.abs(channel)
    for begin, end in _loud(peaks, _QUIET * ceiling):
        before, after = _TAPS // 2 - 1, _TAPS // 2
        around = np.pad(
            channel[max(0, begin - before) : end + after],
            (max(0, before - begin), max(0, end + after - channel.size)),
        )
        for kernel in _KERNELS:
            between = np.abs(np.convolve(around, kernel, "valid"))[: end - begin]
            np.maximum(peaks[begin:end], between, out=peaks[begin:end])
            upper = peaks[begin + 1 : end + 1]
            np.maximum(upper, between[: upper.size], out=upper)
    return peaks


def _loud(level: NDArray[np.float32], limit: float) -> list[tuple[int, int]]:
    """Return where the wave is not quiet, begin and end, in cells."""
    cells = np.pad(level, (0, -level.size % _CELL)).reshape(-1, _CELL).max(axis=1)
    loud = np.flatnonzero(cells > limit)
    if loud.size == 0:
        return []
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1)
    return [(int(run[0]) * _CELL, min(int(run[-1] + 1) * _CELL, level.size)) for run in runs]
