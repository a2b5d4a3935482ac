"""Sound as the joiner needs it: one rate, one loudness, silence only where we put it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.sounds import limiter, loudness

Pcm = NDArray[np.int16]

#: Everything we hand out: mono, 16 bits, this rate.
RATE_HZ: Final = 24_000
#: Changes when the same engine's sound would come out of here differently.
VERSION: Final = "2"

#: -60 dB of full scale: below it, a padding; above it, the faintest consonants of a voice at full level.
_SILENT: Final = 33.0
#: Of a voice that is not: this share of its peak, -50 dB.
_SILENT_SHARE: Final = 0.003
#: A voice with noise behind it: as long and as steady as this at an edge it is noise, and no sound that dies away;
#: a sound is what stands out of it by the factor. From -34 dB of the peak on it may be speech.
_NOISE_S: Final = 0.06
_NOISE_FACTOR: Final = 1.5
_NOISE_SHARE: Final = 0.02
_ONSET_SHARE: Final = 0.01
_EAR_S: Final = 0.005
#: What a sum in 32 bits may be beside one in 64.
_SURELY: Final = 1.0001
_LEAD_S: Final = 0.01
_TAIL_S: Final = 0.06
#: Frames that are searched at once for the edge of a sound.
_LOOKED_AT: Final = 2_048
_FADE_S: Final = 0.004
#: -0.5 dB of full scale leaves room for the overshoot of a lossy encoder.
_CEILING: Final = 30_934.0
#: Around a peak that is too high: two periods of a low voice.
_REACH_S: Final = 0.02


def finished(wave: Pcm, rate_hz: int, gain_db: float | None) -> Pcm:
    """Return an engine's sentence at RATE_HZ, trimmed, faded at its edges, and louder by `gain_db`.

    wave: int16, shape (frames,), mono. gain_db: None where nobody measured the voice: then the sentence
    is brought to the loudness that measured ones have. Peaks that would clip are turned down.
    Empty when nothing in it can be heard.
    """
    heard = trimmed(wave, rate_hz)
    if heard.size == 0:
        return heard
    loud = resampled(heard.astype(np.float32), rate_hz, RATE_HZ)
    loud *= np.float32(10 ** ((loudness.gain_db(heard, rate_hz) if gain_db is None else gain_db) / 20))
    return sentence(loud)


def sentence(loud: NDArray[np.float32]) -> Pcm:
    """Return a sentence in 16 bits, its edges at zero, its peaks at -0.5 dB of full scale at most.

    loud: shape (frames,), mono, at RATE_HZ; may be above full scale. It is used up.
    """
    fitting = limiter.limited(loud, _CEILING, round(_REACH_S * RATE_HZ))
    _fade_edges(fitting)
    return np.rint(fitting).astype(np.int16)


def louder(wave: Pcm, volume_db: float) -> Pcm:
    """Return a finished sentence louder by `volume_db`, -20..20, as far as its peaks leave room.

    Where they do not, they are turned down by a limiter: at +20 dB a voice is about 11 dB louder.
    """
    return sentence(wave.astype(np.float32) * np.float32(10 ** (volume_db / 20))) if volume_db else wave


def trimmed(wave: Pcm, rate_hz: int) -> Pcm:
    """Cut an engine's paddings, but for 10 ms before the first sound and 60 ms after the last.

    A sound that dies away is followed down to 50 dB below the peak at least. Empty when nothing can be heard.
    """
    silent = _silent_below(wave, rate_hz)
    first, behind = _first_above(wave, silent), _first_above(wave[::-1], silent)
    if first is None or behind is None:
        return wave[:0]
    last = wave.size - 1 - behind + round(_TAIL_S * rate_hz)
    return wave[max(0, first - round(_LEAD_S * rate_hz)) : last + 1]


def _first_above(wave: Pcm, level: float) -> int | None:
    """Return the first frame above a level; it is looked for piece by piece, for it is near the edge."""
    for at in range(0, wave.size, _LOOKED_AT):
        piece = wave[at : at + _LOOKED_AT]
        heard = (piece > level) | (piece < -level)
        if heard.any():
            return at + int(heard.argmax())
    return None


def _silent_below(wave: Pcm, rate_hz: int) -> float:
    """Return what padding is not above: the noise of whichever edge has less of it, or nearly nothing."""
    peak = _level(wave)
    if peak <= _SILENT:
        return peak
    noise = _NOISE_FACTOR * _noise(wave, rate_hz)
    return max(min(_SILENT, _SILENT_SHARE * peak), noise if noise < _NOISE_SHARE * peak else 0.0)


def _noise(wave: Pcm, rate_hz: int) -> float:
    """Return the level of steady noise at the quieter edge, 0 when there is none."""
    length = round(_NOISE_S * rate_hz)
    found = []
    for edge in (wave[:length], wave[: -length - 1 : -1]):
        outer, all_of_it = _level(edge[: length // 3]), _level(edge)
        if all_of_it <= _NOISE_FACTOR * outer:
            found.append(all_of_it)
    return min(found, default=0.0)


def _level(wave: Pcm) -> float:
    return float(max(wave.max(initial=0), -float(wave.min(initial=0))))


def onset(wave: Pcm) -> int:
    """Return the frame at which a finished sentence begins for the ear: 10 ms before it is at -40 dB of its loudest.

    A breath, a click of the lips or the first breeze of an "h" comes before; a caption should not.
    """
    window = round(_EAR_S * RATE_HZ)
    spans = np.pad(wave, (0, -wave.size % window)).reshape(-1, window).astype(np.float32)
    energy = np.einsum("ij,ij->i", spans, spans)
    heard = _loudest(spans, energy) * _ONSET_SHARE**2
    # Not before the end of the first span that is surely heard by itself; up to there every frame is looked at.
    near = spans[: int(np.argmax(energy > heard * _SURELY)) + 1].ravel()
    first = int(np.argmax(_levels(np.pad(near, (window, 0)), window) > heard))
    return max(0, first - round(_LEAD_S * RATE_HZ))


def _loudest(spans: NDArray[np.float32], energy: NDArray[np.float32]) -> float:
    """Return the most energy that as many frames in a row as a span has have, wherever they begin.

    energy: of each span. Frames on both sides of a joint are looked at only where the two spans have enough together.
    """
    most = float(energy.max(initial=0.0))
    joints = np.flatnonzero(energy[:-1] + energy[1:] > most)
    around = np.concatenate((spans[joints], spans[joints + 1]), axis=1)
    return float(_levels(around, spans.shape[1]).max(initial=most))


def _levels(wave: NDArray[np.float32], window: int) -> NDArray[np.float64]:
    """Return the energy of each `window` frames in a row, of waves one above the other, too."""
    total = np.cumsum(wave.astype(np.float64) ** 2, axis=-1)
    return total[..., window:] - total[..., :-window]


def resampled(wave: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Return a whole wave at another rate; what is in both rates' range stays as it is, and where it is."""
    if from_hz == to_hz:
        return wave
    import soxr  # type: ignore[import-untyped]  # noqa: PLC0415 - voices at RATE_HZ need none

    return np.asarray(soxr.resample(wave, from_hz, to_hz, quality="HQ"), dtype=np.float32)


def silence(seconds: float) -> Pcm:
    """Return a pause."""
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


def _fade_edges(wave: NDArray[np.float32]) -> None:
    """Take the edges to zero in place, so that no joint clicks."""
    length = min(round(_FADE_S * RATE_HZ), wave.size // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
    wave[:length] *= ramp
    wave[wave.size - length :] *= ramp[::-1]
