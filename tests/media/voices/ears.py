"""Hearing a sound file as a player does: by FFmpeg's decoders, from a file or from a stream without seeking."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm

Wave = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """What came out. wave: mono, -1..1."""

    wave: Wave
    rate_hz: int

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.wave.size / self.rate_hz

    def between(self, start_s: float, end_s: float) -> Wave:
        """Return a part of it."""
        return self.wave[round(start_s * self.rate_hz) : round(end_s * self.rate_hz)]

    def first_above(self, level: float, after_s: float = 0.0) -> float:
        """Return the second at which it is first louder than `level`, 0..1."""
        begin = round(after_s * self.rate_hz)
        return (begin + int(np.argmax(np.abs(self.wave[begin:]) > level))) / self.rate_hz


def heard(source: Path | bytes, form: Format, rate_hz: int = RATE_HZ) -> Heard:
    """Decode a file, or bytes as they would come over a network. rate_hz: of samples without a header."""
    where: Any = str(source) if isinstance(source, Path) else _Forward(source)
    headless = form is Format.PCM
    options = {"sample_rate": str(rate_hz)} if headless else None
    with av.open(where, "r", format="s16le" if headless else None, options=options) as container:
        frames = list(container.decode(audio=0))
    pieces = [_floats(frame.to_ndarray().reshape(-1)) for frame in frames]
    return Heard(np.concatenate(pieces), frames[0].sample_rate)


class _Forward:
    """Bytes that come once, as over a network: there is no seeking."""

    def __init__(self, sent: bytes) -> None:
        self._sent = io.BytesIO(sent)

    def read(self, size: int) -> bytes:
        return self._sent.read(size)


def _floats(samples: NDArray[Any]) -> Wave:
    full_scale = {"int16": 2.0**15, "int32": 2.0**31}.get(samples.dtype.name, 1.0)
    return samples.astype(np.float64) / full_scale


def of(wave: Pcm) -> Heard:
    """Return what was given to the file, to compare with."""
    return Heard(_floats(wave), RATE_HZ)


def level_db(wave: Wave) -> float:
    """Return the mean level, dB of full scale."""
    return float(10 * np.log10(np.mean(wave**2) + 1e-12))
