"""Samples as they are, with the header of a WAV file and without."""

import struct
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media.voices.formats import LONGEST_WAV_BYTES
from mediamill.media.voices.sound import Pcm

_HEAD_BYTES: Final = 44
#: What servers send that do not know the length yet; players then read to the end.
_UNKNOWN: Final = 0xFFFF_FFFF


class PcmWriter:
    """16 bits, signed, little-endian, mono; no header."""

    head_bytes = 0

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._bytes = 0

    @property
    def settled(self) -> int:
        """See `encode.Encoder`."""
        if not self._file.closed:
            self._file.flush()
        return self._bytes

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self._bytes += self._file.write(wave.astype("<i2", copy=False).tobytes())

    def close(self) -> None:
        """Nothing is held back."""
        self._file.close()


class WavWriter(PcmWriter):
    """The same behind a header, whose two lengths are filled in at the end."""

    head_bytes = _HEAD_BYTES

    def __init__(self, path: Path, rate_hz: int) -> None:
        super().__init__(path)
        self._rate_hz = rate_hz
        self._bytes += self._file.write(_head(rate_hz, None))

    def write(self, wave: Pcm) -> None:
        """Append int16 mono. Raises PermanentError when it would be more than a WAV can count."""
        if self._bytes - _HEAD_BYTES + wave.nbytes > LONGEST_WAV_BYTES:
            raise PermanentError(
                f"the sound is longer than a WAV can be, {LONGEST_WAV_BYTES / 2 / self._rate_hz / 3600:.1f} hours "
                f"at {self._rate_hz:,} Hz: choose flac, which loses nothing either",
                code="SOUND_TOO_LONG",
            )
        super().write(wave)

    def close(self) -> None:
        """Say how long it became."""
        self._file.seek(0)
        self._file.write(_head(self._rate_hz, self._bytes - _HEAD_BYTES))
        super().close()


def _head(rate_hz: int, sound_bytes: int | None) -> bytes:
    whole, sound = (_UNKNOWN, _UNKNOWN) if sound_bytes is None else (sound_bytes + _HEAD_BYTES - 8, sound_bytes)
    head = struct.pack("<4sI4s", b"RIFF", whole, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return head + form + struct.pack("<4sI", b"data", sound)
