"""Sound as the joiner needs it: one rate, one loudness, silence only where we put it."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices import loudness

Pcm = NDArray[np.int16]

#: Everything we hand out: mono, 16 bits, this rate.
RATE_HZ: Final = 24_000
#: Changes when the same engine's sound would come out of here differently.
VERSION: Final = "1"

#: -60 dB of full scale: below it, a padding; above it, the faintest consonants.
_SILENT: Final = 33
_ONSET_SHARE: Final = 0.01
_LEAD_S: Final = 0.01
_TAIL_S: Final = 0.06
_FADE_S: Final = 0.004
#: -0.5 dB of full scale leaves room for the overshoot of a lossy encoder.
_CEILING: Final = 30_934.0


def finished(wave: Pcm, rate_hz: int, gain_db: float | None) -> Pcm:
    """Return an engine's sentence at RATE_HZ, trimmed, faded at its edges, and louder by `gain_db`.

    wave: int16, shape (frames,), mono. gain_db: None where nobody measured the voice: then the sentence
    is brought to the loudness that measured ones have. A sentence that would clip is turned down as a whole.
    Empty when nothing in it can be heard.
    """
    heard = trimmed(wave, rate_hz)
    if heard.size == 0:
        return heard
    loud = resampled(heard.astype(np.float32), rate_hz, RATE_HZ)
    loud *= np.float32(10 ** ((loudness.gain_db(heard, rate_hz) if gain_db is None else gain_db) / 20))
    peak = float(np.abs(loud).max())
    if peak > _CEILING:
        loud *= np.float32(_CEILING / peak)
    _fade_edges(loud)
    return np.rint(loud).astype(np.int16)


def trimmed(wave: Pcm, rate_hz: int) -> Pcm:
    """Cut an engine's paddings, but for 10 ms before the first sound and 60 ms after the last."""
    heard = np.flatnonzero(np.abs(wave.astype(np.int32)) > _SILENT)
    if heard.size == 0:
        return wave[:0]
    first = max(0, int(heard[0]) - round(_LEAD_S * rate_hz))
    last = int(heard[-1]) + round(_TAIL_S * rate_hz)
    return wave[first : last + 1]


def onset(wave: Pcm) -> int:
    """Return the frame at which a finished sentence begins for the ear: 10 ms before it is at -40 dB of its peak.

    A breath or the first breeze of an "h" comes before; a caption should not.
    """
    loudness = np.abs(wave.astype(np.int32))
    first = int(np.argmax(loudness > loudness.max() * _ONSET_SHARE))
    return max(0, first - round(_LEAD_S * RATE_HZ))


def resampled(wave: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Return the wave at another rate, by Fourier: exact below the lower Nyquist frequency.

    Its edges should be silent, for the method takes the wave as periodic; we pad with zeros.
    scipy.signal would do the same, but takes a second to import.
    """
    if from_hz == to_hz:
        return wave
    common = math.gcd(from_hz, to_hz)
    up, down = to_hz // common, from_hz // common
    blocks = _fast_length(-(-wave.size // down) + 1)
    spectrum = np.fft.rfft(wave, n=blocks * down)
    kept = np.zeros(blocks * up // 2 + 1, dtype=spectrum.dtype)
    shared = min(kept.size, spectrum.size)
    kept[:shared] = spectrum[:shared]
    out = np.fft.irfft(kept, n=blocks * up) * (up / down)
    return out[: math.ceil(wave.size * up / down)].astype(np.float32)


def silence(seconds: float) -> Pcm:
    """Return a pause."""
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


def _fade_edges(wave: NDArray[np.float32]) -> None:
    """Take the edges to zero in place, so that no joint clicks."""
    length = min(round(_FADE_S * RATE_HZ), wave.size // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
    wave[:length] *= ramp
    wave[wave.size - length :] *= ramp[::-1]


def _fast_length(least: int) -> int:
    """Return the smallest number >= `least` without prime factors above 5: an FFT likes those."""
    best = 1 << (least - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            two = three << max(0, (-(-least // three) - 1).bit_length())
            best = min(best, two)
            three *= 3
        five *= 5
    return best
