"""Writing one sound file, piece by piece, with one encoder and flat memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from mediamill.media.voices.formats import Format
from mediamill.media.voices.mp3 import Mp3Writer
from mediamill.media.voices.sound import RATE_HZ, Pcm


class SoundWriter(Protocol):
    """Takes the sound in pieces; joints are not heard, for one encoder sees all of it."""

    def write(self, wave: Pcm) -> None:
        """Append int16 mono at RATE_HZ."""
        ...

    def close(self) -> None:
        """Write what the encoder still holds."""
        ...


class _SampleFile:
    """WAV or FLAC by libsndfile: 16 bits, lossless."""

    _SUBTYPE: Final = "PCM_16"

    def __init__(self, path: Path, form: Format) -> None:
        import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415 - not needed for MP3

        self._file: Any = soundfile.SoundFile(
            path, "w", samplerate=RATE_HZ, channels=1, format=form.value.upper(), subtype=self._SUBTYPE
        )

    def write(self, wave: Pcm) -> None:
        self._file.write(wave)

    def close(self) -> None:
        self._file.close()


@contextmanager
def sound_file(path: Path, form: Format) -> Iterator[SoundWriter]:
    """Open a sound file for writing. When the block raises, what was written so far stays."""
    writer: SoundWriter = Mp3Writer(path) if form is Format.MP3 else _SampleFile(path, form)
    try:
        yield writer
    finally:
        writer.close()


def keep(wave: Pcm, path: Path) -> None:
    """Write one sentence for the step cache: FLAC, which is half of WAV and as fast to read. Empty for no sound."""
    if wave.size == 0:
        path.touch()
        return
    with sound_file(path, Format.FLAC) as file:
        file.write(wave)


def kept(path: Path) -> Pcm:
    """Read what `keep` wrote."""
    import soundfile  # noqa: PLC0415 - not needed for MP3

    if path.stat().st_size == 0:
        return np.zeros(0, dtype=np.int16)
    wave, _ = soundfile.read(path, dtype="int16")
    return np.asarray(wave, dtype=np.int16)
