"""x264 alone on the frames that we store at a constant rate: `python -m bench.video.bare_x264 FOOTAGE OUT`.

Prints the CPU seconds of encoding them: each different frame is drawn before the clock is asked.
"""

import sys
import time
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from bench.video import footage, ours

from mediamill.media.film.camera import View
from mediamill.media.film.look import Look
from mediamill.media.film.planes import Planes
from mediamill.media.film.shot import Shot
from mediamill.media.pictures.slide import Frame


def main() -> None:
    """Encode."""
    source, out = sys.argv[1:]
    film = footage.read(Path(source))
    look = Look(Frame(film.width, film.height), film.fps, constant_rate=True)
    spent_s = sum(encoded(shot, look, Path(out)) for shot in ours.shots_of(film))
    print(spent_s)


def encoded(shot: Shot, look: Look, path: Path) -> float:
    """Encode a shot by x264 with its preset and quality and nothing else; return the CPU seconds."""
    frames = _frames(shot, look)
    began = time.process_time()
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=look.fps, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = look.frame.width, look.frame.height, "yuv420p"
        stream.codec_context.thread_count = 2
        for number, frame in enumerate(frames):
            frame.pts = number
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return time.process_time() - began


def _frames(shot: Shot, look: Look) -> list[VideoFrame]:
    """Return a shot's frames, each different one once in memory."""
    view, frames, last = View(shot, look), list[VideoFrame](), None
    canvas = _canvas(VideoFrame(look.frame.width, look.frame.height, "yuv420p"))
    for number in range(shot.frames):
        view.draw(number, canvas)
        drawn = b"".join(plane.tobytes() for plane in canvas)
        if drawn != last:
            frame = VideoFrame(look.frame.width, look.frame.height, "yuv420p")
            canvas.copy_to(_canvas(frame))
            last = drawn
            frames.append(frame)
        else:
            frames.append(frames[-1])
    return frames


def _canvas(frame: VideoFrame) -> Planes:
    rows = [np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size) for plane in frame.planes]
    return Planes(*(row[:, : plane.width] for row, plane in zip(rows, frame.planes, strict=True)))


if __name__ == "__main__":
    main()
