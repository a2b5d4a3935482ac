"""MP3 by LAME, in this process, with the header that tells players how long the sound is."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import lameenc  # type: ignore[import-not-found]

from mediamill.media.voices.files.growing import GrowingFile
from mediamill.media.voices.sounds.sound import Pcm

#: LAME's own scale, 0 best. On speech at this bit rate 7 runs at 860x real time and 5 at 450x, with
#: 0.5 dB between them in mean spectral distance; encoding should cost little beside a voice at 130x.
_QUALITY: Final = 7
#: Samples of silence that LAME puts in front; decoders add 529 of their own and know it.
ENCODER_DELAY: Final = 576
_UNKNOWN: Final = 0xFFFF_FFFF
#: For a single voice that is to be carried about: plain speech, half the bytes.
SMALL_KBPS: Final = 32
#: Where the tag of the frame in front says what to cut: behind its numbers, its table and LAME's name and settings.
_PADDING_AT: Final = 141


@dataclass(frozen=True)
class Mpeg:
    """What mono frames of layer III are like in one version of MPEG.

    version: its two bits in the head of a frame. rates_hz: in the order of their numbers there.
    bit_rate_index: the number of bit_rate_kbps there; small_index: of SMALL_KBPS. side_bytes: between that head and
    the sound.
    """

    version: int
    rates_hz: tuple[int, ...]
    samples: int
    side_bytes: int
    small_index: int
    bit_rate_index: int
    bit_rate_kbps: int

    def small(self) -> "Mpeg":
        """Return the same at SMALL_KBPS."""
        return replace(self, bit_rate_index=self.small_index, bit_rate_kbps=SMALL_KBPS)

    def frame_bytes(self, rate_hz: int) -> float:
        """Return the mean length of a frame: LAME makes some a byte longer where this is no whole number."""
        return self.samples / 8 * self.bit_rate_kbps * 1000 / rate_hz

    def head(self, rate_hz: int) -> bytes:
        """Return the first four bytes of a frame: no checksum, no byte of padding, mono, original."""
        rate_index = self.rates_hz.index(rate_hz)
        return bytes(
            [0xFF, 0xE0 | self.version << 3 | 0b011, self.bit_rate_index << 4 | rate_index << 2, 0b11000100],
        )


#: MPEG-1, MPEG-2 and what is called MPEG-2.5. 64 kbit/s; half of it below 16 kHz, where there is less to tell.
_MPEGS: Final = (
    Mpeg(0b11, (44_100, 48_000, 32_000), 1_152, 17, 1, 5, 64),
    Mpeg(0b10, (22_050, 24_000, 16_000), 576, 9, 4, 8, 64),
    Mpeg(0b00, (11_025, 12_000, 8_000), 576, 9, 4, 4, 32),
)


def mpeg_of(rate_hz: int) -> Mpeg:
    """Return the version of MPEG that has the sample rate."""
    return next(mpeg for mpeg in _MPEGS if rate_hz in mpeg.rates_hz)


class Mp3Writer:
    """A mono MP3 of constant bit rate whose decoded length and onsets are exact to the sample.

    LAME as a library leaves out the "Info" frame in front, without which players would start 46 ms
    late and guess the length; we write it, and correct it when the length is known.
    Source: "MP3 Info Tag revision 1", G. Bouvigne and R. Hegemann.
    """

    def __init__(self, path: Path, rate_hz: int, *, small: bool = False) -> None:
        # The frame in front is one of the usual size always: what it tells has no room in a small one.
        self._front = mpeg_of(rate_hz)
        self._mpeg = self._front.small() if small else self._front
        self._rate_hz = rate_hz
        self.head_bytes = int(self._front.frame_bytes(rate_hz))
        self._file = GrowingFile(path, info_frame(self._front, rate_hz, None, self._mpeg.bit_rate_kbps))
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_bit_rate(self._mpeg.bit_rate_kbps)
        self._encoder.set_in_sample_rate(rate_hz)
        self._encoder.set_out_sample_rate(rate_hz)
        self._encoder.set_channels(1)
        self._encoder.set_quality(_QUALITY)
        self._samples = 0

    @property
    def settled(self) -> int:
        """As `encode.Encoder`."""
        return self._file.settled

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self._samples += wave.size
        self._file.append(self._encoder.encode(wave.tobytes()))

    def close(self) -> None:
        """Write what LAME still holds, then correct the frame in front."""
        with self._file:
            if self._samples:
                self._file.append(self._encoder.flush())
            self._file.correct(0, info_frame(self._front, self._rate_hz, self._length(), self._mpeg.bit_rate_kbps))

    def _length(self) -> "Length":
        # A byte more in some of the frames keeps their mean exact, so that their number is.
        frames = round((self.settled - self.head_bytes) / self._mpeg.frame_bytes(self._rate_hz))
        padding = max(0, frames * self._mpeg.samples - ENCODER_DELAY - self._samples)
        return Length(frames, self.settled, padding)


@dataclass(frozen=True)
class Length:
    """What the frame in front tells: frames after it, bytes with it, silent samples at the end."""

    frames: int
    size_bytes: int
    padding: int


def length_told(mpeg: Mpeg, frame: bytes) -> Length:
    """Return what a frame of `info_frame` says, its length being known."""
    tag = 4 + mpeg.side_bytes
    frames, size_bytes = struct.unpack_from(">II", frame, tag + 8)
    return Length(frames, size_bytes, int.from_bytes(frame[tag + _PADDING_AT : tag + _PADDING_AT + 3], "big") & 0xFFF)


def info_frame(mpeg: Mpeg, rate_hz: int, length: Length | None, bit_rate_kbps: int) -> bytes:
    """Return the silent frame that tells how long the sound is, and what to cut at both ends.

    bit_rate_kbps: of the frames after it.
    length: None while it is not known. The frame then has a size that no file has: without any number
    FFmpeg would take it for sound.
    """
    table = bytes(i * 256 // 100 for i in range(100))
    if length is None:
        tag = struct.pack(">4sII", b"Info", 0b0010, _UNKNOWN)
        size_bytes, padding = 0, 0
    else:
        tag = struct.pack(">4sIII", b"Info", 0b1111, length.frames, length.size_bytes) + table + struct.pack(">I", 50)
        size_bytes, padding = length.size_bytes, min(length.padding, 0xFFF)
    lame = (
        b"LAME3.100"
        + bytes([0x01, rate_hz // 2 // 100])
        + bytes(8)
        + bytes([0, bit_rate_kbps])
        + (ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
        + bytes(4)
        + struct.pack(">IH", size_bytes, 0)
    )
    frame = mpeg.head(rate_hz) + bytes(mpeg.side_bytes) + tag + lame
    return (frame + struct.pack(">H", _crc16(frame))).ljust(int(mpeg.frame_bytes(rate_hz)), b"\0")


def _crc16(content: bytes) -> int:
    """CRC-16/ARC, which closes the tag."""
    crc = 0
    for byte in content:
        crc = (crc >> 8) ^ _CRCS[(crc ^ byte) & 0xFF]
    return crc


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
    return byte


_CRCS: Final = tuple(map(_crc_of, range(256)))
