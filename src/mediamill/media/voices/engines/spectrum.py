"""From the frames that hibari's model predicts to sound, as its package does it, but frame by frame."""

from typing import Final

import numpy as np
from hibari import dsp  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import fft  # type: ignore[import-untyped]

from mediamill.media.voices.engines.network import Frames
from mediamill.media.voices.engines.noise import noise
from mediamill.media.voices.engines.pulses import pulses

#: Frames at once: what they need stays in a core's own cache.
_AT_ONCE: Final = 64
_OVERLAP: Final = dsp.N_FFT // dsp.HOP
_BINS: Final = dsp.N_FFT // 2 + 1
_LOUDEST: Final = np.float32(7.0)


def sound_of(frames: Frames) -> NDArray[np.float32]:
    """Return the sound of a sentence, -1..1 or a little more, mono, 24 kHz.

    The parts of a frame are magnitude and phase of the harmonic part, magnitude of the noise, magnitude and phase of
    the free part. The same within a bit of 24 as `hibari.dsp.synth`, whose formula this is, from the same numbers
    turned over. What is left out of a sentence does not change the rest of it: in two frames of silence the pulses
    come back to where they were.
    """
    rows, count, half = frames.rows, len(frames.rows), dsp.N_FFT // 2
    padded = np.pad(pulses(frames.pitch_hz), half, mode="reflect")
    sources = np.lib.stride_tricks.sliding_window_view(padded, dsp.N_FFT)[:: dsp.HOP]
    steps = np.zeros((count + _OVERLAP - 1, dsp.HOP), np.float32)
    for at in range(0, count, _AT_ONCE):
        end = min(at + _AT_ONCE, count)
        spectrum = _spectrum(rows[at:end], sources[at:end], frames.at + at)
        waves = fft.irfft(spectrum, n=dsp.N_FFT, axis=1, overwrite_x=True)
        waves *= dsp.WIN
        for step in range(_OVERLAP):
            steps[at + step : end + step] += waves[:, step * dsp.HOP : (step + 1) * dsp.HOP]
    _even(steps, count)
    return steps.reshape(-1)[half : half + count * dsp.HOP]


def _spectrum(frames: NDArray[np.float32], sources: NDArray[np.float32], at: int) -> NDArray[np.complex64]:
    """Return the spectrum of some frames, the first of which is number `at`: (frames, bins)."""
    harmonic, phase, breath, free, free_phase = (frames[:, part * _BINS : (part + 1) * _BINS] for part in range(5))
    spectrum: NDArray[np.complex64] = fft.rfft(sources * dsp.WIN_SRC, axis=1, overwrite_x=True)
    turns = np.tanh(phase)
    turns *= np.float32(np.pi)
    spectrum *= _turned(turns, harmonic)
    hiss = noise(at, len(frames), _BINS)
    hiss *= _loud(breath)
    spectrum += hiss
    spectrum += _turned(free_phase, free)
    return spectrum


def _turned(phase: NDArray[np.float32], magnitude: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return exp(magnitude + i * phase). Its parts are made apart: complex numbers times real ones are slow."""
    loud = _loud(magnitude)
    turned = np.empty(phase.shape, np.complex64)
    part = np.cos(phase)
    part *= loud
    turned.real = part
    np.sin(phase, out=part)
    part *= loud
    turned.imag = part
    return turned


def _loud(magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exp(magnitude) as `dsp.ex` does."""
    loud = np.minimum(magnitude, _LOUDEST)
    np.exp(loud, out=loud)
    return loud


def _even(steps: NDArray[np.float32], count: int) -> None:
    """Divide what overlapping windows have added up by the sum of their squares, in place.

    That is the same for all steps but the outer ones, which hear fewer windows.
    """
    few = min(count, _OVERLAP)
    norm = dsp._ola_norm(few)  # noqa: SLF001 - hibari's, and kept for lengths of late: of these there are four
    outer = few - 1
    steps[:outer] *= norm[:outer]
    steps[outer:count] *= norm[outer]
    steps[count:] *= norm[few:]
