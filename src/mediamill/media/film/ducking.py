"""Music makes room for the words, and comes back when they are over."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.film.pcm import RATE_HZ

#: Seconds. It is low when the first word sounds, for it goes down before; it waits for the next word, and comes back
#: slowly. In a shorter pause than _LONGEST_PAUSE_S it stays low: a bed that swells between two sentences is heard.
_ATTACK_S: Final = 0.35
_HOLD_S: Final = 0.4
_RELEASE_S: Final = 1.2
_LONGEST_PAUSE_S: Final = 2.5

assert _LONGEST_PAUSE_S > _ATTACK_S + _HOLD_S + _RELEASE_S, "two slopes would meet"  # noqa: S101 - constants of ours


class Ducking:
    """How much quieter the music is at each moment of a film.

    speaking: whether there are words in each cell of the film. cell_s: how long a cell is. depth_db: 0 or less.
    """

    def __init__(self, speaking: NDArray[np.bool_], cell_s: float, depth_db: float) -> None:
        self._depth_db = depth_db
        self._times, self._depths = _corners(_speeches(speaking, cell_s))

    def gain(self, at: int, count: int) -> NDArray[np.float32]:
        """Return what each of `count` samples, from sample `at` on, is multiplied by; at RATE_HZ."""
        depth = np.interp((at + np.arange(count)) / RATE_HZ, self._times, self._depths)
        # Without corners: dB as a smooth step.
        eased = depth * depth * (3 - 2 * depth)
        return np.power(10, self._depth_db / 20 * eased).astype(np.float32)


def _speeches(speaking: NDArray[np.bool_], cell_s: float) -> list[tuple[float, float]]:
    """Return where somebody speaks, with all short pauses, seconds."""
    edges = np.flatnonzero(np.diff(np.pad(speaking.astype(np.int8), 1))) * cell_s
    speeches = list[tuple[float, float]]()
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if speeches and begin - speeches[-1][1] < _LONGEST_PAUSE_S:
            speeches[-1] = (speeches[-1][0], end)
        else:
            speeches.append((begin, end))
    return speeches


def _corners(speeches: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return when the music begins and ends to move, and how low it is then, 0..1."""
    times, depths = [-1.0 - _ATTACK_S], [0.0]
    for begin, end in speeches:
        times += [begin - _ATTACK_S, begin, end + _HOLD_S, end + _HOLD_S + _RELEASE_S]
        depths += [0.0, 1.0, 1.0, 0.0]
    return times, depths
