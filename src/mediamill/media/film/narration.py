"""The words of a film as one stream, each scene as long as its picture."""

import wave
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.film.pcm import RATE_HZ, Wave
from mediamill.media.film.soundtrack import Part

#: Of the voices' sound.
VOICE_HZ: Final = 24_000
#: So many frames of the picture are read at once: two seconds.
_PIECE: Final = 50


def pieces(parts: Sequence[Part], fps: int) -> Iterator[Wave]:
    """Yield the parts at VOICE_HZ, one channel, with silence behind each up to its picture's last frame.

    Every piece lasts a whole number of frames. Raises ValueError for a sound that is no WAV of a voice, or is
    longer than its picture.
    """
    if VOICE_HZ % fps:
        raise ValueError(f"{fps} frames a second do not divide {VOICE_HZ} samples; 24, 25, 30, 50 and 60 do")
    for part in parts:
        yield from _part(part, VOICE_HZ // fps)


def _part(part: Part, frame: int) -> Iterator[Wave]:
    with _opened(part.sound) as sound:
        if sound.getnframes() > part.frames * frame:
            raise ValueError(f"{sound.getnframes()} samples of sound, and a picture for {part.frames * frame}")
        for begin in range(0, part.frames, _PIECE):
            wanted = min(_PIECE, part.frames - begin) * frame
            samples = np.frombuffer(sound.readframes(wanted), "<i2")
            padded = np.zeros((wanted, 1), np.float32)
            padded[: samples.size, 0] = samples / np.float32(32_768)
            yield padded


def _opened(path: Path) -> wave.Wave_read:
    sound: wave.Wave_read = wave.open(str(path))  # noqa: SIM115 - the caller closes it
    if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (VOICE_HZ, 1, 2):
        form = f"{sound.getframerate()} Hz, {sound.getnchannels()} channels, {8 * sound.getsampwidth()} bits"
        sound.close()
        raise ValueError(f"a narration has {VOICE_HZ} Hz, 1 channel and 16 bits, not {form}")
    return sound


def raised(voice: Iterable[Wave]) -> Iterator[Wave]:
    """Yield a stream of VOICE_HZ at RATE_HZ: one stream, so that no joint clicks; twice as many samples, exactly."""
    stream = soxr.ResampleStream(VOICE_HZ, RATE_HZ, 1, dtype="float32", quality="HQ")
    missing = 0
    for piece in voice:
        out: Wave = stream.resample_chunk(piece)
        missing += RATE_HZ // VOICE_HZ * piece.shape[0] - out.shape[0]
        yield out
    rest: NDArray[np.float32] = stream.resample_chunk(np.zeros((0, 1), np.float32), last=True)[:missing]
    yield np.pad(rest, ((0, missing - rest.shape[0]), (0, 0)))
