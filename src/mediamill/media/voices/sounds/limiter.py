"""What would clip is turned down around its peak, so that nothing is bent."""

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]


def limited(wave: Wave, ceiling: float, reach: int) -> Wave:
    """Return the wave with no sample above the ceiling; what is further than `reach` frames from a peak stays.

    wave: shape (frames,). reach: two periods of the lowest sound or more, or the gain would follow its shape.
    """
    if wave.size == 0 or max(wave.max(), -wave.min()) <= np.float32(ceiling):
        return wave
    excess = np.maximum(np.abs(wave) / np.float32(ceiling), np.float32(1))
    return np.asarray(np.clip(wave / eased(excess, reach), -ceiling, ceiling))


def eased(excess: Wave, reach: int) -> Wave:
    """Return a smooth curve that is nowhere below `excess`: it begins to rise `reach` frames before a peak.

    excess: by how much too high each frame is, 1 or more. A frame's value depends on `reach` frames on both sides.
    """
    half = reach // 4
    top = _highest(np.pad(excess, 4 * half, mode="edge"), 4 * half + 1)
    # Twice the mean of neighbours that all have seen the peak.
    return _mean(_mean(top, 2 * half + 1), 2 * half + 1)


def _highest(curve: Wave, length: int) -> Wave:
    """Return the highest of each `length` neighbours, by doubling."""
    width = 1
    while 2 * width <= length:
        curve = np.maximum(curve[:-width], curve[width:])
        width *= 2
    rest = length - width
    return np.maximum(curve[: curve.size - rest], curve[rest:])


def _mean(curve: Wave, length: int) -> Wave:
    """Return the mean of each `length` neighbours."""
    sums = np.cumsum(np.concatenate([[0.0], curve]), dtype=np.float64)
    return ((sums[length:] - sums[:-length]) / length).astype(np.float32)
