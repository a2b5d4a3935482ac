"""Sound files put together from pieces that are encoded already, as several processes make them.

A piece is a whole file of `encode.sound_file` that begins and ends in silence. Encoders put some
silence in front and fill the last packet, so a piece takes a whole number of packets, and a joint is as
much silence longer: see `Seam`. Nothing is encoded again (but FLAC, whose frames are numbered); where a
piece begins is exact, for packets are counted.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, Final

from mediamill.media.voices.files import mp3, wav
from mediamill.media.voices.files.formats import Format, check_rate
from mediamill.media.voices.sounds.sound import RATE_HZ

_COPIED_BYTES: Final = 1 << 20
#: Of the silence that decoders of MP3 put in front; they know it, and cut it where the file begins.
_MP3_DECODER_DELAY: Final = 529
#: Of the samples' size, measured on speech.
_FLAC_SHARE: Final = 0.45
#: Two packets.
_OPUS_LEAD_S: Final = 0.04


def piece_format(form: Format) -> Format:
    """Return what the pieces of a file have to be."""
    return Format.AAC if form is Format.M4B else form


def bytes_per_s(form: Format, rate_hz: int) -> float:
    """Return about how many bytes a second of speech takes in a file."""
    match form:
        case Format.MP3:
            return mp3.mpeg_of(rate_hz).bit_rate_kbps * 1000 / 8
        case Format.AAC | Format.M4B:
            from mediamill.media.voices.files import aac  # noqa: PLC0415 - FFmpeg's libraries, for who needs them

            return aac.bit_rate(rate_hz) / 8
        case Format.OPUS:
            from mediamill.media.voices.files import containers  # noqa: PLC0415 - as above

            return containers.opus_bit_rate(rate_hz) / 8
        case Format.FLAC:
            return rate_hz * _FLAC_SHARE * 2
        case Format.WAV | Format.PCM:
            return rate_hz * 2.0


@dataclass(frozen=True)
class Seam:
    """What a joint takes, seconds.

    lead_s: silence that a piece begins with: in it, decoders take over what another encoder began.
    extra_s: by how much the joint is longer than all silence written at it; half a packet more or less.
    """

    lead_s: float = 0.0
    extra_s: float = 0.0

    def tail_s(self, pause_s: float) -> float:
        """Return how much silence a piece should end with, to have a pause of `pause_s` at the joint."""
        return max(0.0, pause_s - self.lead_s - self.extra_s)


def seam_of(form: Format, rate_hz: int) -> Seam:
    """Return what a joint takes in a file of that format."""
    match piece_format(form):
        case Format.MP3:
            mpeg = mp3.mpeg_of(rate_hz)
            return Seam(extra_s=(mp3.ENCODER_DELAY + _MP3_DECODER_DELAY + mpeg.samples / 2) / rate_hz)
        case Format.AAC:
            from mediamill.media.voices.files.aac import PACKET_FRAMES  # noqa: PLC0415 - as below

            return Seam(lead_s=PACKET_FRAMES / rate_hz, extra_s=PACKET_FRAMES * 1.5 / rate_hz)
        case Format.OPUS:
            from mediamill.media.voices.files import containers  # noqa: PLC0415 - as below

            extra = containers.OPUS_DELAY + containers.OPUS_PACKET_FRAMES / 2
            return Seam(lead_s=_OPUS_LEAD_S, extra_s=extra / containers.OPUS_RATE_HZ)
        case _:
            return Seam()


class Joined(ABC):
    """A sound file that pieces are appended to.

    delay_frames: silence at RATE_HZ that players put before the first piece; captions come later by it.
    """

    delay_frames = 0
    #: What `_append` counts: packets of so many frames, and frames a second.
    _packet_frames = 1
    _count = 0

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz

    @property
    def position(self) -> int:
        """Where the next piece begins, in frames of RATE_HZ."""
        return round(Fraction(self._count * self._packet_frames * RATE_HZ, self._rate_hz))

    def append(self, piece: Path) -> None:
        """Append a piece of this file's `piece_format` and rate. Memory does not grow with it."""
        self._count += self._append(piece)

    def begin_chapter(self, title: str) -> None:
        """Begin a chapter with the next piece. Formats without chapters leave it out."""
        del title

    @abstractmethod
    def close(self) -> None:
        """Write what is only known at the end."""

    @abstractmethod
    def _append(self, piece: Path) -> int:
        """Append a piece; return how many packets it has."""


@contextmanager
def joined_file(path: Path, form: Format, *, rate_hz: int = RATE_HZ, title: str = "") -> Iterator[Joined]:
    """Open a file for pieces of `piece_format(form)` at `rate_hz`. title: kept by m4b, flac and opus.

    Raises InvalidInput when the format cannot have the rate.
    """
    check_rate(form, rate_hz)
    file = _opened(path, form, rate_hz, title)
    try:
        yield file
    finally:
        file.close()


def _opened(path: Path, form: Format, rate_hz: int, title: str) -> Joined:
    match form:
        case Format.MP3:
            return _Mp3(path, rate_hz)
        case Format.AAC:
            return _Adts(path, rate_hz)
        case Format.M4B:
            return _M4b(path, rate_hz, title)
        case Format.WAV | Format.PCM:
            return _Samples(path, form, rate_hz)
        case Format.OPUS:
            return _Opus(path, title)
        case Format.FLAC:
            return _Flac(path, rate_hz, title)


class _Mp3(Joined):
    """Frames behind one frame that tells how long they are.

    An encoder's first frame borrows no bits from the one before it, so that any may stand there.
    """

    def __init__(self, path: Path, rate_hz: int) -> None:
        super().__init__(rate_hz)
        self._mpeg = mp3.mpeg_of(rate_hz)
        self._packet_frames = self._mpeg.samples
        self._head_bytes = int(self._mpeg.frame_bytes(rate_hz))
        self._padding = 0
        self._file = path.open("wb")
        self._file.write(bytes(self._head_bytes))

    def _append(self, piece: Path) -> int:
        with piece.open("rb") as file:
            length = mp3.length_told(self._mpeg, file.read(self._head_bytes))
            copyfileobj(file, self._file, _COPIED_BYTES)
        self._padding = length.padding
        return length.frames

    def close(self) -> None:
        with self._file as file:
            length = mp3.Length(self._count, file.tell(), self._padding)
            file.seek(0)
            file.write(mp3.info_frame(self._mpeg, self._rate_hz, length, self._mpeg.bit_rate_kbps))


class _Adts(Joined):
    """Packets, each behind a header of its own."""

    def __init__(self, path: Path, rate_hz: int) -> None:
        super().__init__(rate_hz)
        from mediamill.media.voices.files import aac  # noqa: PLC0415 - FFmpeg's libraries, for who needs them

        self._aac = aac
        self._packet_frames = aac.PACKET_FRAMES
        self.delay_frames = round(Format.AAC.delay_s(rate_hz) * RATE_HZ)
        self._file = path.open("wb")

    def _append(self, piece: Path) -> int:
        with piece.open("rb") as file:
            copyfileobj(file, self._file, _COPIED_BYTES)
        return sum(1 for _ in self._aac.packets_of(piece))

    def close(self) -> None:
        self._file.close()


class _M4b(Joined):
    """The same packets in MP4, with chapters."""

    def __init__(self, path: Path, rate_hz: int, title: str) -> None:
        super().__init__(rate_hz)
        from mediamill.media.voices.files import aac, audiobook  # noqa: PLC0415 - as above

        self._aac = aac
        self._packet_frames = aac.PACKET_FRAMES
        self._book = audiobook.Audiobook(path, rate_hz, aac.bit_rate(rate_hz), title)

    def begin_chapter(self, title: str) -> None:
        self._book.begin_chapter(title, self.position / RATE_HZ)

    def _append(self, piece: Path) -> int:
        return self._book.put(self._aac.packets_of(piece))

    def close(self) -> None:
        # The first packet is the silence that the encoder puts in front; a player is told to cut it.
        self._book.close(max(0, (self._count - 1) * self._packet_frames))


class _Samples(Joined):
    """Samples as they are, with a header or without."""

    def __init__(self, path: Path, form: Format, rate_hz: int) -> None:
        super().__init__(rate_hz)
        self._head_bytes = wav.HEAD_BYTES if form is Format.WAV else 0
        self._writer = wav.WavWriter(path, rate_hz) if form is Format.WAV else wav.PcmWriter(path)

    def _append(self, piece: Path) -> int:
        with piece.open("rb") as file:
            file.seek(self._head_bytes)
            return sum(self._writer.append(samples) for samples in _blocks(file)) // 2

    def close(self) -> None:
        self._writer.close()


class _Opus(Joined):
    """Packets in Ogg. An encoder's first packet can be decoded without the one before it."""

    def __init__(self, path: Path, title: str) -> None:
        from mediamill.media.voices.files import containers  # noqa: PLC0415 - as above

        super().__init__(containers.OPUS_RATE_HZ)
        self._packet_frames = containers.OPUS_PACKET_FRAMES
        self._writer = containers.OpusPackets(path, title)

    def _append(self, piece: Path) -> int:
        return self._writer.append(piece)

    def close(self) -> None:
        self._writer.close()


class _Flac(Joined):
    """FLAC numbers its frames; encoding it anew costs next to nothing, and loses nothing."""

    def __init__(self, path: Path, rate_hz: int, title: str) -> None:
        super().__init__(rate_hz)
        from mediamill.media.voices.files.containers import ContainerWriter  # noqa: PLC0415 - as above

        self._writer = ContainerWriter(path, Format.FLAC, rate_hz, title)

    def _append(self, piece: Path) -> int:
        import soundfile  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

        frames = 0
        block: Any
        for block in soundfile.blocks(str(piece), blocksize=1 << 16, dtype="int16"):
            self._writer.write(block)
            frames += block.size
        return frames

    def close(self) -> None:
        self._writer.close()


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_COPIED_BYTES):
        yield block
