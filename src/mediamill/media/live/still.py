"""A program that draws a small picture of a video: run apart, for recordings come from anywhere.

Its arguments: the video, the JPEG to be written, its width in px. It ends with `NO_PICTURE` where there is none.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av

NO_PICTURE: Final = 3
#: Where it looks, of the whole: a beginning is black more often than not.
_PLACES: Final = (1 / 3, 1 / 2, 1 / 10, 0.0)
#: A picture whose brightness differs by less is nothing to look at: of 0..255, from the darker to the brighter tenth.
_FLAT: Final = 16
_QUALITY: Final = "3"


def main(argv: list[str]) -> int:
    """Draw `argv[0]` into `argv[1]`."""
    video, to, width = Path(argv[0]), Path(argv[1]), int(argv[2])
    best: av.VideoFrame | None = None
    try:
        for frame in _looked(video):
            best = best or frame
            if not _is_flat(frame):
                best = frame
                break
    except av.error.FFmpegError:  # what there is of it by now will do
        pass
    if best is None:
        return NO_PICTURE
    to.write_bytes(_jpeg(best, width))
    return 0


def _looked(video: Path) -> Iterator[av.VideoFrame]:
    """Yield a picture of each place."""
    with av.open(str(video)) as file:
        for stream in file.streams.video[:1]:
            for place in _PLACES:
                file.seek(round((file.start_time or 0) + (file.duration or 0) * place))
                frame = next(file.decode(stream), None)
                if frame is not None:
                    yield frame


def _is_flat(frame: av.VideoFrame) -> bool:
    luma = sorted(bytes(frame.reformat(32, 32, "gray").planes[0]))
    return luma[len(luma) * 9 // 10] - luma[len(luma) // 10] < _FLAT


def _jpeg(frame: av.VideoFrame, width: int) -> bytes:
    """Return the picture, `width` px wide; a smaller one is not made larger."""
    width = min(width, frame.width) // 2 * 2 or 2
    height = max(2, round(frame.height * width / frame.width / 2) * 2)
    small = frame.reformat(width, height, "yuvj420p")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = small.time_base or frame.time_base
    encoder.options = {"qmin": _QUALITY, "qmax": _QUALITY}
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
