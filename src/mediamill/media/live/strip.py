"""A part of a recording as libav reads it. For programs that run apart: parts come from anywhere."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import av

#: Not subscriptable while it runs.
Packet: TypeAlias = "av.Packet[Any]"
Stream: TypeAlias = Any

_KINDS: Final = ("video", "audio")
#: What is read to know all tracks: a picture is there soon, its sound may be late.
_PROBE: Final = {"probesize": str(16 * 2**20)}


class Unreadable(Exception):  # noqa: N818 - what the part is
    """It cannot be read at all."""


@dataclass(frozen=True)
class Track:
    """What has to be the same for two parts to lie in one file.

    setup: how to decode it, where that is said once and not in each picture that needs none before it.
    """

    container: str
    codec: str
    width: int = 0
    height: int = 0
    rate_hz: int = 0
    channels: int = 0
    setup: bytes = field(default=b"", repr=False)


class Strip:
    """A part that is open for reading. Raises Unreadable where there is no picture and no sound in it.

    streams: by what they are and their number among such: `("video", 0)`. start_s: by its own clock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = path.stat().st_size
        self._opened = ExitStack()
        try:
            self._file = self._opened.enter_context(av.open(str(path), options=_PROBE))
            self.streams = self._named(self._file)
            found = {name: self._found_late(name, stream) for name, stream in self.streams.items()}
        except (av.error.FFmpegError, ValueError) as error:
            self._opened.close()
            raise Unreadable(str(getattr(error, "strerror", None) or error)[:200]) from None
        self._late = {name: stream for name, stream in found.items() if stream is not None}
        self.streams = {name: stream for name, stream in self.streams.items() if name in self._late}
        if not self.streams:
            self._opened.close()
            raise Unreadable("there is no picture and no sound in it")

    @property
    def tracks(self) -> dict[tuple[str, int], Track]:
        """What it has."""
        return {name: self._track(name) for name in self.streams}

    @property
    def start_s(self) -> float | None:
        """When it begins by its own clock, seconds; None: it does not say."""
        start = self._file.start_time
        return None if start is None else start / av.time_base

    @property
    def seconds(self) -> float:
        """How long it is, as far as it says; else 0."""
        return (self._file.duration or 0) / av.time_base

    def template(self, name: tuple[str, int]) -> Stream:
        """Return the stream that says how a track is decoded."""
        return self._late[name]

    def packets(self) -> Iterator[Packet]:
        """Yield what it has, in order. Raises av.error.FFmpegError where it cannot be read further."""
        for packet in self._file.demux(list(self.streams.values())):
            if packet.size:
                yield packet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @staticmethod
    def _named(file: Any) -> dict[tuple[str, int], Stream]:  # noqa: ANN401 - of av
        found: dict[tuple[str, int], Stream] = {}
        for kind in _KINDS:
            for number, stream in enumerate(each for each in file.streams if each.type == kind):
                found[kind, number] = stream
        return found

    def _found_late(self, name: tuple[str, int], stream: Stream) -> Stream | None:
        """Return a stream that is known: itself, or as it is from its first packet on; None: nothing of it comes."""
        if _known(stream):
            return stream
        with av.open(str(self.path), options=_PROBE) as file:
            wanted = self._named(file).get(name)
            packets = (packet for packet in file.demux([wanted] if wanted is not None else []) if packet.size)
            first = next(packets, None)
            if first is None or first.pos is None:
                return None
            place = {"skip_initial_bytes": str(first.pos)}
        late = self._opened.enter_context(av.open(str(self.path), options={**_PROBE, **place}))
        found: Stream | None = next((each for each in late.streams if each.id == stream.id and _known(each)), None)
        if found is None:
            raise ValueError(f"{name[0]} that cannot be made out")
        return found

    def _track(self, name: tuple[str, int]) -> Track:
        said = self._late[name].codec_context
        setup = said.extradata or b""
        # Of AVC and HEVC in transport streams it stands in each key picture again.
        setup = b"" if setup[:3] in {b"\0\0\0", b"\0\0\1"} else setup
        container = self._file.format.name.split(",")[0]
        if name[0] == "video":
            return Track(container, said.name, said.width, said.height, setup=setup)
        return Track(container, said.name, rate_hz=said.sample_rate, channels=said.channels, setup=setup)


def _known(stream: Stream) -> bool:
    said = stream.codec_context
    return bool(said is not None and (said.width if stream.type == "video" else said.sample_rate))


def base_of(stream: Stream) -> Fraction:
    """Return how long a tick of a stream is, seconds."""
    return Fraction(stream.time_base or Fraction(1, 90_000))


def usual_s(stream: Stream) -> float:
    """Return how long a packet of sound is; 0: it is a picture, or nobody knows."""
    said = stream.codec_context
    return said.frame_size / said.sample_rate if stream.type == "audio" and said.frame_size else 0.0
