"""Makes a piece of a film's sound as it goes into the film, and lays pieces one behind another, packet by packet.

Runs in the crew. Packets last as long as the codec wants, and scenes as long as their pictures: a piece begins at the
packet that is nearest to its scene's first frame, half a packet away at most. Each place is counted from the film's
beginning, so that errors do not add up. Where pieces meet there is silence, see `joined`.
"""

import struct
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, islice
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import av
from av.audio.stream import AudioStream
from av.packet import PacketSideData, packet_sidedata_type_from_literal

from mediamill.media.answering import OnProgress
from mediamill.media.film import mixer
from mediamill.media.film.look import Container
from mediamill.media.film.pcm import RATE_HZ
from mediamill.media.film.soundtrack import Recording, Track
from mediamill.media.voices.files import aac, containers

#: Not subscriptable while it runs.
Packet: TypeAlias = "av.Packet[Any]"

#: A second of sound is read at once.
_PIECE: Final = RATE_HZ
_LAYOUT: Final = "stereo"
_FRAME_BYTES: Final = 4
#: What pieces are kept in: it says what the codec is, and leaves out no packet.
_KEPT_IN: Final = "matroska"


@dataclass(frozen=True)
class _Codec:
    """How sound is encoded. packet: its samples; delay: those that the encoder puts in front."""

    name: str
    options: Mapping[str, str]
    bit_rate: int
    packet: int
    delay: int


_CODECS: Final[Mapping[Container, _Codec]] = MappingProxyType(
    {
        # See voices/files/aac.py: three times as fast as FFmpeg's default.
        Container.MP4: _Codec("aac", {"aac_coder": "fast"}, 128_000, aac.PACKET_FRAMES, aac.PACKET_FRAMES),
        # See voices/files/containers.py.
        Container.WEBM: _Codec(
            "libopus", {"compression_level": "5"}, 96_000, containers.OPUS_PACKET_FRAMES, containers.OPUS_DELAY
        ),
    }
)


def record(order: Recording, on_progress: OnProgress) -> Mapping[str, object]:
    """Mix a piece and encode it. Raises what mixer.py raises."""
    mixer.mix(order.mix, on_progress)
    codec = _CODECS[order.container]
    with (
        wave.open(str(order.mix.to)) as sound,
        av.open(str(order.to), "w", format=_KEPT_IN, options={"fflags": "+bitexact"}) as file,
    ):
        stream = file.add_stream(codec.name, rate=RATE_HZ, layout=_LAYOUT, options=dict(codec.options))
        assert isinstance(stream, AudioStream)  # noqa: S101 - for mypy: the codec is a variable
        stream.bit_rate = codec.bit_rate
        for frame in _frames(sound, codec.packet):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    order.mix.to.unlink()
    return {}


def _frames(sound: wave.Wave_read, packet: int) -> Iterator[av.AudioFrame]:
    """Yield the sound, and a packet of silence: the film may want more packets than the piece fills."""
    silence, at = iter([bytes(packet * _FRAME_BYTES)]), 0
    while samples := sound.readframes(_PIECE) or next(silence, b""):
        frame = av.AudioFrame(format="s16", layout=_LAYOUT, samples=len(samples) // _FRAME_BYTES)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), at
        at += frame.samples
        yield frame


def joined(tracks: Sequence[Track], stream: AudioStream, container: Container, fps: int) -> Iterator[Packet]:
    """Yield the packets of all pieces as one sound, which ends with the last picture, to the sample.

    Two packets overlap where pieces meet, and a decoder expects more of what it heard. So a piece begins with a packet
    of silence, and ends with a packet and a half, see joints.py: then nothing is heard of the joint.

    Raises ValueError for a piece that is too short.
    """
    codec = _CODECS[container]
    ends = list(accumulate(track.frames * RATE_HZ // fps for track in tracks))
    # The end is heard with the packet behind it: the encoder is late.
    stops = [*(round(Fraction(end, codec.packet)) for end in ends[:-1]), -(-(ends[-1] + codec.delay) // codec.packet)]
    number = 0
    for track, stop in zip(tracks, stops, strict=True):
        with av.open(str(track.path)) as piece:
            for packet in islice(_filled(piece.demux(piece.streams.audio[0])), stop - number):
                yield _placed(packet, stream, number * codec.packet - codec.delay, codec.packet, ends[-1])
                number += 1
        if number != stop:
            raise ValueError(f"{stop - number} packets are missing in a sound of {track.frames} frames")


def _filled(packets: Iterator[Packet]) -> Iterator[Packet]:
    # The last one of a demuxer has nothing in it.
    return (packet for packet in packets if packet.size)


def _placed(packet: Packet, stream: AudioStream, begin: int, samples: int, end: int) -> Packet:
    """Return a packet as one of the film's; the last one says how much of it is heard."""
    # A copy: the last packet of a piece may say that a part of it is to be cut, and here more comes behind it.
    placed: Packet = av.Packet(bytes(packet))
    placed.stream, placed.time_base = stream, Fraction(1, RATE_HZ)
    placed.pts = placed.dts = begin
    placed.duration = min(samples, end - begin)
    if placed.duration < samples:
        placed.set_sidedata(_cut(samples - placed.duration))
    return placed


def _cut(samples: int) -> PacketSideData:
    """Return what says that so many samples at a packet's end are not heard; WebM keeps it, MP4 has the duration."""
    said = struct.pack("<IIBB", 0, samples, 0, 0)
    cut: PacketSideData = PacketSideData(packet_sidedata_type_from_literal("skip_samples"), len(said))  # type: ignore[call-arg]
    cut.update(said)
    return cut
