"""Writing one sound file, piece by piece, with one encoder and flat memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mediamill.media.voices.files.formats import Format, check_rate
from mediamill.media.voices.files.wav import PcmWriter, WavWriter
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm

#: Kept for a sentence without sound: an empty file would look like one that a power cut emptied.
_NO_SOUND: Final = b"no sound"


class Encoder(Protocol):
    """Makes one format of int16 mono at the file's own rate."""

    @property
    def head_bytes(self) -> int:
        """How many bytes at the front are corrected, in place, when the file is closed."""
        ...

    @property
    def settled(self) -> int:
        """How many bytes, from the front, are in the file and will not change any more, but for its head.

        They can be read by others and sent to a player, which can go on with the rest of the closed file.
        """
        ...

    def write(self, wave: Pcm) -> None:
        """Append a piece; joints are not heard, for one encoder sees all of it."""
        ...

    def close(self) -> None:
        """Write what is still held, and correct the head."""
        ...


@runtime_checkable
class _Chaptered(Protocol):
    """An encoder whose format has chapters."""

    def begin_chapter(self, title: str, at_s: float) -> None:
        """Begin one at `at_s` seconds of the sound."""
        ...


class Tape(Protocol):
    """What is said into, piece by piece."""

    @property
    def delay_frames(self) -> int:
        """Silence at RATE_HZ that players of the file put before what was written; captions come later by it."""
        ...

    def write(self, wave: Pcm) -> None:
        """Append int16 mono at RATE_HZ. Raises PermanentError when the format cannot hold more."""
        ...


class SoundFile:
    """A sound file being written. Takes the pieces at RATE_HZ, whatever the file's own rate is.

    delay_frames: as of `Tape`.
    """

    def __init__(self, encoder: Encoder, form: Format, rate_hz: int) -> None:
        self.delay_frames: Final = delay_frames(form, rate_hz)
        self._encoder = encoder
        self._rate = _Rate(rate_hz)
        self._frames = 0

    @property
    def head_bytes(self) -> int:
        """As `Encoder.head_bytes`."""
        return self._encoder.head_bytes

    @property
    def settled(self) -> int:
        """As `Encoder.settled`."""
        return self._encoder.settled

    def write(self, wave: Pcm) -> None:
        """Append int16 mono at RATE_HZ. Raises PermanentError when the format cannot hold more."""
        self._frames += wave.size
        self._encoder.write(self._rate.of(wave))

    def begin_chapter(self, title: str) -> None:
        """Begin a chapter with what is written next. Formats without chapters leave it out."""
        if isinstance(self._encoder, _Chaptered):
            self._encoder.begin_chapter(title, self._frames / RATE_HZ)

    def close(self) -> None:
        """Write what is still held. `settled` is then the file's size."""
        try:
            self._encoder.write(self._rate.of(np.zeros(0, np.int16), last=True))
        finally:
            self._encoder.close()


def delay_frames(form: Format, rate_hz: int) -> int:
    """Return what `Tape.delay_frames` is of a format at a sample rate."""
    return round(form.delay_s(rate_hz) * RATE_HZ)


class _Rate:
    """The whole stream at another rate: no edge at a joint, so no click."""

    def __init__(self, to_hz: int) -> None:
        self._stream: Any = None
        if to_hz != RATE_HZ:
            import soxr  # type: ignore[import-untyped]  # noqa: PLC0415 - most files have the voices' own rate

            self._stream = soxr.ResampleStream(RATE_HZ, to_hz, 1, dtype="float32", quality="HQ")

    def of(self, wave: Pcm, *, last: bool = False) -> Pcm:
        if self._stream is None:
            return wave
        out: NDArray[np.float32] = self._stream.resample_chunk(wave.astype(np.float32), last=last)
        return np.clip(np.rint(out), -32_768, 32_767).astype(np.int16)


@contextmanager
def sound_file(  # noqa: PLR0913 - what a file may be told, each by its name
    path: Path,
    form: Format,
    *,
    rate_hz: int = RATE_HZ,
    title: str = "",
    author: str = "",
    small: bool = False,
) -> Iterator[SoundFile]:
    """Open a sound file for writing. When the block raises, what was written so far stays.

    rate_hz: of the file; what is written to it has RATE_HZ. title, author: kept by flac, opus and m4b. small: an mp3
    of 32 kbit/s instead of 64.
    Raises InvalidInput when the format cannot have the rate.
    """
    check_rate(form, rate_hz)
    file = SoundFile(_encoder(path, form, rate_hz, title, author, small=small), form, rate_hz)
    try:
        yield file
    finally:
        file.close()


def _encoder(  # noqa: PLR0913 - as `sound_file`
    path: Path, form: Format, rate_hz: int, title: str, author: str, *, small: bool
) -> Encoder:
    # Each brings its own library, and a process that writes MP3 needs no FFmpeg.
    match form:
        case Format.MP3:
            from mediamill.media.voices.files.mp3 import Mp3Writer  # noqa: PLC0415 - see above

            return Mp3Writer(path, rate_hz, small=small)
        case Format.WAV:
            return WavWriter(path, rate_hz)
        case Format.PCM:
            return PcmWriter(path)
        case Format.AAC:
            from mediamill.media.voices.files.aac import AdtsWriter  # noqa: PLC0415 - see above

            return AdtsWriter(path, rate_hz)
        case Format.M4B:
            from mediamill.media.voices.files.audiobook import BookWriter  # noqa: PLC0415 - see above

            return BookWriter(path, rate_hz, title, author)
        case Format.FLAC | Format.OPUS:
            from mediamill.media.voices.files.containers import ContainerWriter  # noqa: PLC0415 - see above

            return ContainerWriter(path, form, rate_hz, title, author)


def keep(wave: Pcm, path: Path) -> None:
    """Write one sentence for the step cache: WAV. FLAC is three fifths of it, and half the time of a repeat."""
    import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415 - not needed for MP3

    if wave.size == 0:
        path.write_bytes(_NO_SOUND)
        return
    # Through memory, because libsndfile syncs every file it closes to the disk: 2 ms a sentence.
    whole = io.BytesIO()
    soundfile.write(whole, wave, RATE_HZ, format="WAV", subtype="PCM_16")
    path.write_bytes(whole.getbuffer())


def kept(path: Path) -> Pcm | None:
    """Read what `keep` wrote, and FLAC, as it once did; return None when it is damaged."""
    import soundfile  # noqa: PLC0415 - not needed for MP3

    raw = path.read_bytes()
    if raw == _NO_SOUND:
        return np.zeros(0, dtype=np.int16)
    if raw[:4] == b"RIFF" and len(raw) != 8 + int.from_bytes(raw[4:8], "little"):
        return None  # libsndfile takes the rest of it for all there is
    try:
        wave, rate_hz = soundfile.read(io.BytesIO(raw), dtype="int16")
    except soundfile.LibsndfileError:
        return None
    return np.asarray(wave, dtype=np.int16) if rate_hz == RATE_HZ else None
