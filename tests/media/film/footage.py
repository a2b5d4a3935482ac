"""Pictures to shoot, and what is seen in a segment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from mediamill.media.film import camera
from mediamill.media.film.look import Container, Look
from mediamill.media.film.shot import Order, Shot
from mediamill.media.pictures.slide import Frame

#: Small, so that tests are quick; each codec pads it in its own way.
SMALL: Final = Frame(322, 180)
STILL: Final = Look(frame=SMALL, fps=25)
LOOKS: Final = {
    "variable": STILL,
    "variable, 30 fps": replace(STILL, fps=30),
    "constant": replace(STILL, constant_rate=True),
    "constant, 30 fps": replace(STILL, constant_rate=True, fps=30),
    "zoom": replace(STILL, zoom=True),
    "WebM": replace(STILL, container=Container.WEBM),
    "WebM, constant, 30 fps": replace(STILL, container=Container.WEBM, constant_rate=True, fps=30),
}


@dataclass(frozen=True)
class Shown:
    """A decoded frame. y, u, v: its planes."""

    number: int
    y: npt.NDArray[np.uint8]
    u: npt.NDArray[np.uint8]
    v: npt.NDArray[np.uint8]

    @property
    def mean(self) -> tuple[float, float, float]:
        return float(self.y.mean()), float(self.u.mean()), float(self.v.mean())


def painted(path: Path, colour: str = "white", frame: Frame = SMALL) -> Path:
    """Write a picture of one colour; return its path."""
    Image.new("RGB", (frame.width, frame.height), colour).save(path)
    return path


def shot_to(path: Path, shot: Shot, look: Look = STILL) -> Path:
    """Have a shot shot by the camera, in this process; return the segment's path."""
    camera.shoot(Order(shot, look, path), lambda _: None)
    return path


def seen(path: Path, fps: int = 25) -> Sequence[Shown]:
    """Return the frames of a segment."""
    with av.open(str(path)) as file:
        frames = []
        for frame in file.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            y, u, v = (
                np.frombuffer(memoryview(plane), np.uint8)
                .reshape(plane.height, plane.line_size)[:, : plane.width]
                .copy()
                for plane in frame.planes
            )
            frames.append(Shown(round(frame.pts * frame.time_base * fps), y, u, v))
        return frames
