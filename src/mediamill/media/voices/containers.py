"""FLAC, Opus, AAC and audiobooks by FFmpeg's libraries, in this process."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import av
from av.audio.stream import AudioStream
from av.container.output import OutputContainer

if TYPE_CHECKING:
    from av.container.core import Chapter

from mediamill.media.voices.formats import Format
from mediamill.media.voices.sound import Pcm


@dataclass(frozen=True)
class _Codec:
    """How a format is made. bits_per_sample: times the sample rate it is the bit rate, up to max_bit_rate."""

    container: str
    name: str
    options: Mapping[str, str]
    bits_per_sample: float = 0.0
    max_bit_rate: int = 0
    head_bytes: int = 0

    def bit_rate(self, rate_hz: int) -> int:
        return min(self.max_bit_rate, round(self.bits_per_sample * rate_hz))


_CODECS: Final[Mapping[Format, _Codec]] = MappingProxyType(
    {
        # "fLaC", the head of the block STREAMINFO, and STREAMINFO.
        Format.FLAC: _Codec("flac", "flac", {}, head_bytes=42),
        Format.OPUS: _Codec("ogg", "libopus", {"compression_level": "5"}, 2.0, 48_000),
        Format.AAC: _Codec("adts", "aac", {}, 3.0, 64_000),
        Format.M4B: _Codec("ipod", "aac", {}, 3.0, 64_000),
    }
)


class StreamWriter:
    """FLAC, Opus in Ogg, or AAC in ADTS: what FFmpeg writes from the front to the end."""

    def __init__(self, path: Path, form: Format, rate_hz: int, tags: Mapping[str, str]) -> None:
        codec = _CODECS[form]
        self.head_bytes = codec.head_bytes
        self._file = path.open("wb")
        self._bytes = 0
        # Every packet goes to the file at once, for somebody may be listening already.
        options = {"flush_packets": "1", "fflags": "+bitexact", "metadata_header_padding": "0"}
        self._container = av.open(self._file, "w", format=codec.container, options=options)
        self._container.metadata.update(tags)
        self._sound = _Sound(self._container, codec, rate_hz)

    @property
    def settled(self) -> int:
        """See `encode.Encoder`."""
        if not self._file.closed:
            self._file.flush()
            self._bytes = self._file.tell()
        return self._bytes

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self._sound.write(wave)

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._sound.flush()
        self._container.close()
        self._file.seek(0, 2)
        self._bytes = self._file.tell()
        self._file.close()


class BookWriter:
    """An MP4 audiobook, with its index in front: a player begins before it has all of it."""

    head_bytes = 0

    def __init__(self, path: Path, rate_hz: int, tags: Mapping[str, str]) -> None:
        self._path = path
        self._closed = False
        self._chapters: list[tuple[float, str]] = []
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._container = av.open(str(path), "w", format=_CODECS[Format.M4B].container, options=options)
        # 2 is iTunes' number for an audiobook.
        self._container.metadata.update({**tags, "genre": "Audiobook", "media_type": "2"})
        self._rate_hz = rate_hz
        self._sound = _Sound(self._container, _CODECS[Format.M4B], rate_hz)

    @property
    def settled(self) -> int:
        """Nothing, before it is closed: the index in front is written last."""
        return self._path.stat().st_size if self._closed else 0

    def write(self, wave: Pcm) -> None:
        """Append int16 mono."""
        self._sound.write(wave)

    def begin_chapter(self, title: str, at_s: float) -> None:
        """Begin a chapter at `at_s` seconds."""
        self._chapters.append((at_s, title))

    def close(self) -> None:
        """Write what the encoder still holds, the chapters and the index."""
        self._sound.flush()
        self._container.set_chapters(self._marks())
        self._container.close()
        self._closed = True

    def _marks(self) -> "list[Chapter]":
        starts_ms = [round(at_s * 1000) for at_s, _ in self._chapters]
        edges_ms = itertools.pairwise([*starts_ms, self._sound.frames * 1000 // self._rate_hz])
        return [
            {"id": i, "start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": title}}
            for i, ((start, end), (_, title)) in enumerate(zip(edges_ms, self._chapters, strict=True))
        ]


class _Sound:
    """The one stream in a container."""

    def __init__(self, container: OutputContainer, codec: _Codec, rate_hz: int) -> None:
        self._container = container
        self._rate_hz = rate_hz
        stream = container.add_stream(codec.name, rate=rate_hz, layout="mono", options=dict(codec.options))
        assert isinstance(stream, AudioStream)  # noqa: S101 - for mypy: the name is a variable
        self._stream = stream
        if codec.max_bit_rate:
            self._stream.bit_rate = codec.bit_rate(rate_hz)
        self.frames = 0

    def write(self, wave: Pcm) -> None:
        if not wave.size:
            return
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.time_base = Fraction(1, self._rate_hz)
        frame.pts = self.frames
        self.frames += wave.size
        self._container.mux(self._stream.encode(frame))

    def flush(self) -> None:
        self._container.mux(self._stream.encode(None))
