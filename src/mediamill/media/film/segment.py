"""One shot as a file: H.264 in MP4 or VP9 in WebM, without sound.

All segments of a look have the same parameters, begin with a key frame that nothing before is needed for, and none of
their frames waits for a later one: what lies in one behind another is a film, without encoding again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self, cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from mediamill.media.film.look import Container, Look
from mediamill.media.film.planes import Planes

#: One draws while the other encodes: 5 % more CPU than a single one. More of them take memory.
_THREADS: Final = 2
#: Seconds between key frames at most, where every frame is stored.
_KEY_S: Final = 10


@dataclass(frozen=True)
class _Kind:
    """How a container's picture is made."""

    container: str
    codec: str
    options: Mapping[str, str]


_KINDS: Final[Mapping[Container, _Kind]] = MappingProxyType(
    {
        Container.MP4: _Kind("mp4", "libx264", {"preset": "veryfast", "crf": "20", "bf": "0"}),
        Container.WEBM: _Kind(
            "webm",
            "libvpx-vp9",
            {
                "deadline": "realtime",
                "cpu-used": "7",
                "crf": "30",
                "b": "0",
                "row-mt": "1",
                "tune-content": "screen",
                "lag-in-frames": "0",
                "auto-alt-ref": "0",
            },
        ),
    }
)


class Segment:
    """A file that frames are added to, in a `with`; it is whole behind it.

    canvas: what the next `add` stores; it stays as it is, so that only what changed has to be drawn.
    """

    def __init__(self, path: Path, look: Look) -> None:
        kind = _KINDS[look.container]
        frame = look.frame
        self._file = av.open(str(path), "w", format=kind.container)
        stream = self._file.add_stream(kind.codec, rate=look.fps, options=_options(kind, look))
        self._stream = cast("VideoStream", stream)
        self._stream.width, self._stream.height, self._stream.pix_fmt = frame.width, frame.height, "yuv420p"
        _tag(self._stream.codec_context)
        self._stream.codec_context.thread_count = _THREADS
        self._time_base = Fraction(1, look.fps)
        self._frame = VideoFrame(frame.width, frame.height, "yuv420p")
        self.canvas = _canvas(self._frame)

    def add(self, number: int) -> None:
        """Store the canvas as the frame of that number, counted from 0; each is later than the one before."""
        self._frame.pts, self._frame.time_base = number, self._time_base
        self._file.mux(self._stream.encode(self._frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._file.mux(self._stream.encode(None))
        self._file.close()


def _options(kind: _Kind, look: Look) -> dict[str, str]:
    # Counted in stored frames: with a variable rate there is hardly one but the first, and to seek is to decode the
    # few frames behind it.
    options = dict(kind.options) | {"g": str(_KEY_S * look.fps)}
    if kind.codec == "libx264" and not look.constant_rate:
        options["x264-params"] = "force-cfr=0"
    return options


def _tag(codec: VideoCodecContext) -> None:
    """Say which colours the numbers mean; without it players guess by the size."""
    codec.color_range = ColorRange.MPEG
    codec.colorspace = Colorspace.ITU709
    codec.color_primaries = ColorPrimaries.BT709
    codec.color_trc = ColorTrc.BT709


def _canvas(frame: VideoFrame) -> Planes:
    """Return the frame's own memory."""
    rows = [np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size) for plane in frame.planes]
    return Planes(*(row[:, : plane.width] for row, plane in zip(rows, frame.planes, strict=True)))
