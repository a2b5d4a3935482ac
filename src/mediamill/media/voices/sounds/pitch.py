"""A voice that speaks higher or lower, as fast as before and with the same mouth."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, sentence

_Frames = NDArray[np.float32]
_Spectra = NDArray[np.complex64]

#: The stretching filter looks at windows of 1,024 frames and begins in the middle of its first one.
_FILTER_DELAY: Final = 512
_PADDING: Final = 2_400
#: The envelope is taken from windows of 43 ms.
_WINDOW: Final = 1_024
_HOP: Final = _WINDOW // 2
#: The shape of a mouth is what the spectrum is when smoothed by this much: more than the steps between the harmonics
#: of most voices, less than between two resonances.
_SMOOTHED_HZ: Final = 120.0
#: As far up as a lower voice has anything.
_FILLED: Final = 0.95
#: What is 60 dB below a window's strongest sound is not looked at.
_FAINT: Final = np.float32(1e-6)
#: The most that a band is raised or lowered: 26 dB.
_MOST: Final = np.float32(20.0)


def pitched(wave: Pcm, semitones: float) -> Pcm:
    """Return the sentence `semitones` higher, -12..12, of the same length.

    wave: int16, shape (frames,), mono, at RATE_HZ. Stretched in time, then played at another speed. That
    alone would move the resonances of mouth and throat too, which tell one vowel from another: at +12 a
    recogniser of speech understood a third of the words, and with the resonances moved back 49 of 50.
    """
    if semitones == 0 or wave.size == 0:
        return wave
    ratio = 2 ** (semitones / 12)
    moved = _with_mouth_of(wave, _moved(wave, ratio), ratio)
    moved *= np.float32(_level(wave.astype(np.float32)) / max(_level(moved), 1.0))
    return sentence(moved)


def _level(wave: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(wave**2)))


def _moved(wave: Pcm, ratio: float) -> NDArray[np.float32]:
    """Return the wave with all its frequencies multiplied, and every sound in its place."""
    import soxr  # type: ignore[import-untyped]  # noqa: PLC0415 - only here

    longer = _stretched(np.pad(wave, _PADDING), ratio)
    moved = soxr.resample(longer.astype(np.float32), RATE_HZ * ratio, RATE_HZ, quality="HQ")
    begin = _PADDING - _FILTER_DELAY
    whole = np.asarray(moved[begin : begin + wave.size], dtype=np.float32)
    return np.pad(whole, (0, wave.size - whole.size))


def _stretched(wave: Pcm, factor: float) -> Pcm:
    """Return it longer by the factor, at the same pitch, by FFmpeg's `atempo`: the method is WSOLA."""
    graph = Graph()
    source = graph.add_abuffer(sample_rate=RATE_HZ, format="s16", layout="mono", time_base=Fraction(1, RATE_HZ))
    graph.link_nodes(source, graph.add("atempo", f"{1 / factor:.9f}"), graph.add("abuffersink")).configure()
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate = RATE_HZ
    graph.push(frame)
    graph.push(None)
    pieces: list[Pcm] = []
    while True:
        try:
            pieces.append(np.asarray(graph.pull().to_ndarray(), np.int16).reshape(-1))
        except av.EOFError:
            return np.concatenate(pieces)


def _with_mouth_of(original: Pcm, moved: NDArray[np.float32], ratio: float) -> NDArray[np.float32]:
    """Return `moved` with the spectral envelope that the original has at the same moment."""
    given, spectra = _spectra(original.astype(np.float32)), _spectra(moved)
    gains = np.sqrt(_envelopes(given, _SMOOTHED_HZ) / _envelopes(spectra, _SMOOTHED_HZ * ratio))
    spectra *= np.clip(gains, 1 / _MOST, _MOST)
    # A lower voice has nothing up there; the original has hiss, and hiss has no pitch.
    empty = int(spectra.shape[1] * ratio * _FILLED)
    spectra[:, empty:] = given[:, empty:]
    pieces = np.fft.irfft(spectra, axis=1).astype(np.float32) * _WEIGHTS
    whole = np.zeros((len(pieces) + 1, _HOP), np.float32)
    whole[:-1] += pieces[:, :_HOP]
    whole[1:] += pieces[:, _HOP:]
    return whole.reshape(-1)[_HOP : _HOP + moved.size]


def _spectra(wave: NDArray[np.float32]) -> _Spectra:
    padded = np.pad(wave, (_HOP, _WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    return np.fft.rfft(windows * _WEIGHTS, axis=1).astype(np.complex64)


def _envelopes(spectra: _Spectra, smoothed_hz: float) -> _Frames:
    """Return the power of each spectrum, smoothed over its harmonics: the autocorrelation, cut short."""
    similar = np.fft.irfft(np.abs(spectra) ** 2, axis=1)
    similar *= np.exp(-2 * (np.pi * smoothed_hz * _LAGS_S) ** 2).astype(np.float32)
    smooth = np.fft.rfft(similar, axis=1).real
    return np.asarray(np.maximum(smooth, _FAINT * smooth.max(axis=1, keepdims=True) + 1), dtype=np.float32)


#: Twice applied, before and after, and overlapping by half, they add up to one.
_WEIGHTS: Final[_Frames] = np.sin(np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW).astype(np.float32)
_LAGS_S: Final[_Frames] = (np.minimum(np.arange(_WINDOW), _WINDOW - np.arange(_WINDOW)) / RATE_HZ).astype(np.float32)
