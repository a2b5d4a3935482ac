"""Writing one sound file, piece by piece, with one encoder and flat memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from mediamill.media.voices.formats import Format
from mediamill.media.voices.mp3 import Mp3Writer
from mediamill.media.voices.sound import RATE_HZ, Pcm

#: Kept for a sentence without sound: an empty file would look like one that a power cut emptied.
_NO_SOUND: Final = b"no sound"


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
    """Write one sentence for the step cache: FLAC, which is half of WAV and as fast to read."""
    import soundfile  # noqa: PLC0415 - not needed for MP3

    if wave.size == 0:
        path.write_bytes(_NO_SOUND)
        return
    # Through memory, because libsndfile syncs every file it closes to the disk: 2 ms a sentence.
    whole = io.BytesIO()
    soundfile.write(whole, wave, RATE_HZ, format="FLAC", subtype="PCM_16")
    path.write_bytes(whole.getbuffer())


def kept(path: Path) -> Pcm | None:
    """Read what `keep` wrote, or return None when it is damaged."""
    import soundfile  # noqa: PLC0415 - not needed for MP3

    raw = path.read_bytes()
    if raw == _NO_SOUND:
        return np.zeros(0, dtype=np.int16)
    try:
        wave, rate_hz = soundfile.read(io.BytesIO(raw), dtype="int16")
    except soundfile.LibsndfileError:
        return None
    return np.asarray(wave, dtype=np.int16) if rate_hz == RATE_HZ else None
