"""How loud a sentence is, for voices whose loudness nobody measured beforehand."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Of every voice: the loudest sentences reach it without clipping.
TARGET_LUFS: Final = -22.0
#: What is further away is no speech, or hardly any: a breath is not made as loud as a voice.
_MOST_DB: Final = 18.0
_SHORTEST_S: Final = 0.1
_FULL_SCALE: Final = 32_768.0

#: BS.1770 looks at blocks of 400 ms, four of which begin in that time; what is below -70 LUFS or 10 LU below the
#: mean of the others is a pause. A word may be shorter than a block; then it is the one block there is.
BLOCK_S: Final = 0.4
BLOCKS_OVERLAPPING: Final = 4
_SILENT_LUFS: Final = -70.0
_PAUSE_LU: Final = 10.0
_OFFSET_DB: Final = -0.691
#: After so long both filters are silent.
PADDING_S: Final = 0.1


def gain_db(wave: NDArray[np.int16], rate_hz: int) -> float:
    """Return by how many dB a sentence is to be raised to TARGET_LUFS, -18..18.

    wave: int16, shape (frames,), mono, without paddings. 0 for what is too short or too faint to be measured.
    """
    if wave.size < _SHORTEST_S * rate_hz:
        return 0.0
    found = loudness(wave, rate_hz)
    return 0.0 if found is None else max(-_MOST_DB, min(TARGET_LUFS - found, _MOST_DB))


def loudness(wave: NDArray[np.int16], rate_hz: int) -> float | None:
    """Return integrated loudness, LUFS, or None for silence.

    wave: int16, shape (frames,), mono; not empty. Source: ITU-R BS.1770-4, annex 1. pyloudnorm says the
    same within 0.1 dB, but loads scipy for it: 1.3 s and 79 MB in every process that speaks.
    """
    block = min(round(BLOCK_S * rate_hz), wave.size)
    energy = np.concatenate(
        [[0.0], np.cumsum(weighted(wave.astype(np.float32) / np.float32(_FULL_SCALE), rate_hz) ** 2)]
    )
    starts = np.arange(0, wave.size - block + 1, max(1, block // BLOCKS_OVERLAPPING))
    return integrated((energy[starts + block] - energy[starts]) / block)


def integrated(blocks: NDArray[np.float64]) -> float | None:
    """Return the loudness of a whole, LUFS, from the weighted powers of its blocks; None for silence.

    blocks: of BLOCK_S, BLOCKS_OVERLAPPING of which begin in that time; of several channels the sum.
    """
    heard = blocks[_lufs(blocks) > _SILENT_LUFS]
    if heard.size == 0:
        return None
    spoken = heard[_lufs(heard) > _lufs(heard.mean()) - _PAUSE_LU]
    return float(_lufs(spoken.mean()))


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(_OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-12)))


def weighted(wave: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return the wave, -1..1, as BS.1770's two filters leave it; by Fourier, which leaves every part in its place.

    What is within PADDING_S of an edge hears the silence behind it.
    """
    padded = wave.size + round(PADDING_S * rate_hz)
    size = 1 << (padded - 1).bit_length()
    # Scaled at once, and back by the weights: what numpy does not scale it works out in 64 bits.
    spectrum = np.fft.rfft(wave, n=size, norm="forward")
    return np.asarray(np.fft.irfft(spectrum * _weights(size, rate_hz), n=size)[: wave.size], dtype=np.float64)


@lru_cache(maxsize=4)
def _weights(size: int, rate_hz: int) -> NDArray[np.float32]:
    """Return what each frequency is multiplied by: a shelf, as a head hears high sounds louder, and no rumble.

    And by `size`, for a spectrum that was divided by it.
    Source of the numbers: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", 2018.
    """
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    above = 1j * hz / 1_681.974450955533
    gain = 10 ** (3.999843853973347 / 20)
    shelf = (gain * above**2 + gain**0.4996667741545416 * above / 0.7071752369554196 + 1) / (
        above**2 + above / 0.7071752369554196 + 1
    )
    below = 1j * hz / 38.13547087602444
    rumble = below**2 / (below**2 + below / 0.5003270373238773 + 1)
    weights: NDArray[np.float32] = (size * np.abs(shelf * rumble)).astype(np.float32)
    return weights
