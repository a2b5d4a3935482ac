"""FLAC, and Opus in Ogg, by FFmpeg's libraries in this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import av
from av.audio.stream import AudioStream

from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.files.growing import GrowingFile
from mediamill.media.voices.sounds.sound import Pcm


@dataclass(frozen=True)
class _Kind:
    """How a format is made. bits_per_sample: times the sample rate it is the bit rate, up to max_bit_rate."""

    container: str
    container_options: Mapping[str, str]
    codec: str
    codec_options: Mapping[str, str]
    head_bytes: int = 0
    bits_per_sample: int = 0
    max_bit_rate: int = 0

    def bit_rate(self, rate_hz: int) -> int:
        """Return the bits per second of what is made at a sample rate."""
        return min(self.max_bit_rate, self.bits_per_sample * rate_hz)


#: Every packet goes out at once, for somebody may be listening.
_OPTIONS: Final = {"flush_packets": "1", "fflags": "+bitexact"}
_KINDS: Final[Mapping[Format, _Kind]] = MappingProxyType(
    {
        Format.FLAC: _Kind(
            "flac",
            {**_OPTIONS, "metadata_header_padding": "0"},
            "flac",
            {},
            # "fLaC", and the block STREAMINFO behind four bytes of its own.
            head_bytes=42,
        ),
        Format.OPUS: _Kind(
            "ogg",
            # A page has a fifth of a second, not a whole one that a listener would wait for.
            {**_OPTIONS, "page_duration": "200000"},
            "libopus",
            # On speech, 5 runs at 440x real time and 10 at 120x; no difference in mean spectral distance.
            {"compression_level": "5"},
            bits_per_sample=2,
            max_bit_rate=48_000,
        ),
    }
)


#: Not subscriptable while it runs.
Packet: TypeAlias = "av.Packet[Any]"


class _Container:
    """A file that FFmpeg writes from the front to the end, but for the head."""

    def __init__(self, path: Path, kind: _Kind, title: str, author: str) -> None:
        self._made = _Made()
        self.muxer = av.open(self._made, "w", format=kind.container, options=dict(kind.container_options))
        self.muxer.metadata.update({name: text for name, text in (("title", title), ("artist", author)) if text})
        self.file = GrowingFile(path)

    def mux(self, packets: list[Packet]) -> None:
        """Append packets of its one stream."""
        self.muxer.mux(packets)
        self._put()

    def close(self, rest: list[Packet]) -> None:
        """Append the rest and close the file."""
        with self.file:
            self.muxer.mux(rest)
            self.muxer.close()
            self._put()

    def _put(self) -> None:
        for at, piece in self._made.taken():
            if at == self.file.settled:
                self.file.append(piece)
            else:
                self.file.correct(at, piece)


class ContainerWriter:
    """What an encoder of FFmpeg's makes, in its container."""

    def __init__(self, path: Path, form: Format, rate_hz: int, title: str = "", author: str = "") -> None:
        kind = _KINDS[form]
        self.head_bytes = kind.head_bytes
        self._rate_hz = rate_hz
        self._frames = 0
        self._container = _Container(path, kind, title, author)
        stream = self._container.muxer.add_stream(
            kind.codec, rate=rate_hz, layout="mono", options=dict(kind.codec_options)
        )
        assert isinstance(stream, AudioStream)  # noqa: S101 - for mypy: the codec is a variable
        if kind.max_bit_rate:
            stream.bit_rate = kind.bit_rate(rate_hz)
        self._stream = stream

    @property
    def settled(self) -> int:
        """As `encode.Encoder`."""
        return self._container.file.settled

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        if wave.size:
            self._container.mux(self._stream.encode(frame_of(wave, self._rate_hz, self._frames)))
            self._frames += wave.size

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._container.close(self._stream.encode(None))


#: Of every packet of Opus, at the one rate that it counts in; and what the encoder looks ahead.
OPUS_RATE_HZ: Final = 48_000
OPUS_PACKET_FRAMES: Final = 960
OPUS_DELAY: Final = 312


def opus_bit_rate(rate_hz: int) -> int:
    """Return the bits per second of the Opus that we make."""
    return _KINDS[Format.OPUS].bit_rate(rate_hz)


class OpusPackets:
    """Packets of Opus files, one file after the other, in one file."""

    def __init__(self, path: Path, title: str = "") -> None:
        self._container = _Container(path, _KINDS[Format.OPUS], title, "")
        self._stream: AudioStream | None = None
        self._count = 0

    def append(self, piece: Path) -> int:
        """Append the packets of a file; return how many."""
        before = self._count
        with av.open(str(piece)) as source:
            sound = source.streams.audio[0]
            if self._stream is None:
                self._stream = self._container.muxer.add_stream_from_template(sound)
            for packet in source.demux(sound):
                if packet.size:
                    self._container.mux([self._numbered(packet, self._stream)])
        return self._count - before

    def _numbered(self, packet: Packet, stream: AudioStream) -> Packet:
        # A copy: the last packet of a file says that a part of it is to be cut, and here more comes behind it.
        numbered: Packet = av.Packet(bytes(packet))
        numbered.stream = stream
        numbered.time_base = Fraction(1, OPUS_RATE_HZ)
        numbered.pts = numbered.dts = self._count * OPUS_PACKET_FRAMES - OPUS_DELAY
        numbered.duration = OPUS_PACKET_FRAMES
        self._count += 1
        return numbered

    def close(self) -> None:
        """Close the file."""
        self._container.close([])


class _Made:
    """A file in memory for FFmpeg to write to, emptied into the real one by us.

    For a disk that is full has to be an OSError, and FFmpeg has other words for it.
    """

    def __init__(self) -> None:
        self.size = 0
        self._at = 0
        self._pieces: list[tuple[int, bytes]] = []

    def taken(self) -> list[tuple[int, bytes]]:
        """Return what was written since the last call, and where."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def write(self, piece: bytes) -> int:
        self._pieces.append((self._at, bytes(piece)))
        self._at += len(piece)
        self.size = max(self.size, self._at)
        return len(piece)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = offset + {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at


def frame_of(wave: Pcm, rate_hz: int, at: int) -> av.AudioFrame:
    """Return sound as FFmpeg's encoders take it; `at` frames from the beginning."""
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate = rate_hz
    frame.time_base = Fraction(1, rate_hz)
    frame.pts = at
    return frame
