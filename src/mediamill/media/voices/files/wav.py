"""Samples as they are, with the header of a WAV file and without."""

import struct
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media.voices.files.formats import LONGEST_WAV_BYTES
from mediamill.media.voices.files.growing import GrowingFile
from mediamill.media.voices.sounds.sound import Pcm

HEAD_BYTES: Final = 44
#: What servers send that do not know the length yet; players then read to the end.
_UNKNOWN: Final = 0xFFFF_FFFF


class PcmWriter:
    """16 bits, signed, little-endian, mono; no header."""

    head_bytes = 0

    def __init__(self, path: Path) -> None:
        self._file = GrowingFile(path)

    @property
    def settled(self) -> int:
        """As `encode.Encoder`."""
        return self._file.settled

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self.append(wave.astype("<i2", copy=False).tobytes())

    def append(self, samples: bytes) -> int:
        """Append samples as the file has them; return how many bytes."""
        self._file.append(samples)
        return len(samples)

    def close(self) -> None:
        """Close the file; nothing is held back."""
        with self._file:
            pass


class WavWriter:
    """The same behind a header, whose two lengths are filled in at the end."""

    head_bytes = HEAD_BYTES

    def __init__(self, path: Path, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._file = GrowingFile(path, _head(rate_hz, None))

    @property
    def settled(self) -> int:
        """As `encode.Encoder`."""
        return self._file.settled

    def write(self, wave: Pcm) -> None:
        """Append int16 mono. Raises PermanentError when it would be more than a WAV can count."""
        self._check(wave.nbytes)
        self._file.append(wave.astype("<i2", copy=False).tobytes())

    def append(self, samples: bytes) -> int:
        """As `write`, for samples as the file has them; return how many bytes."""
        self._check(len(samples))
        self._file.append(samples)
        return len(samples)

    def _check(self, more_bytes: int) -> None:
        if self._sound_bytes + more_bytes > LONGEST_WAV_BYTES:
            raise PermanentError(
                f"the sound is longer than a WAV can be, {LONGEST_WAV_BYTES / 2 / self._rate_hz / 3600:.1f} hours "
                f"at {self._rate_hz:,} Hz: choose flac, which loses nothing either",
                code="SOUND_TOO_LONG",
            )

    def close(self) -> None:
        """Say how long it became."""
        with self._file:
            self._file.correct(0, _head(self._rate_hz, self._sound_bytes))

    @property
    def _sound_bytes(self) -> int:
        return self._file.settled - HEAD_BYTES


def _head(rate_hz: int, sound_bytes: int | None) -> bytes:
    """Return the header; None: the length is not known yet."""
    whole, sound = (_UNKNOWN, _UNKNOWN) if sound_bytes is None else (sound_bytes + HEAD_BYTES - 8, sound_bytes)
    head = struct.pack("<4sI4s", b"RIFF", whole, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return head + form + struct.pack("<4sI", b"data", sound)
