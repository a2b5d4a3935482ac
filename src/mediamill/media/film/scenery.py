"""What the camera sees: a picture that stands still, or one that comes slowly nearer."""

import math
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from PIL import Image

from mediamill.media.film.planes import Plane, Planes, mix

#: How much larger the picture is at the end than at the beginning.
ZOOM: Final = 1.08
#: Pixels that the picture's edges move from one stage to the next. What lies between two stages is softer than they
#: are: fine lines at the edges by 2 % of their contrast, and by 6 % with a whole pixel, which is seen.
_STEP: Final = 0.5

Scenery: TypeAlias = "Still | Nearing"


class Still:
    """A picture that stands still."""

    def __init__(self, picture: Planes) -> None:
        self._picture = picture

    def draw(self, number: int, canvas: Planes) -> None:  # noqa: ARG002 - as the other one
        """Draw what is seen in a frame."""
        self._picture.copy_to(canvas)


class Nearing:
    """A picture whose middle comes nearer, by ZOOM in all, evenly and by parts of a pixel.

    It is enlarged in stages, and a frame between two of them is their mean, weighted: what lies half a pixel apart
    in both is then seen where it belongs. That costs a third of enlarging for each frame, so that a stage can be had
    by a curve rather than by lines between samples: the film is sharper for less.

    frames: of the shot. A short one has no more stages than frames.
    """

    def __init__(self, picture: Planes, frames: int) -> None:
        self._last = max(1, frames - 1)
        self._stages = min(math.ceil(max(picture.y.shape) / 2 * (ZOOM - 1) / _STEP), self._last)
        images = tuple(Image.fromarray(plane) for plane in picture)
        self._stage = lru_cache(maxsize=2)(lambda stage: _enlarged(images, 1 + (ZOOM - 1) * stage / self._stages))

    def draw(self, number: int, canvas: Planes) -> None:
        """Draw what is seen in a frame."""
        stage, beyond = divmod(number * self._stages, self._last)
        if beyond:
            mix(self._stage(stage), self._stage(stage + 1), beyond / self._last, canvas)
        else:
            self._stage(stage).copy_to(canvas)


def nearest(picture: Planes) -> Planes:
    """Return a picture as it is at the end of its shot."""
    return _enlarged(tuple(Image.fromarray(plane) for plane in picture), ZOOM)


def _enlarged(images: tuple[Image.Image, ...], zoom: float) -> Planes:
    """Return the middle of a picture, given as its three planes, in its size."""
    brightness, *colours = images
    # The colours' samples lie a quarter of their own width to the left of the middle of their pixels.
    return Planes(_middle(brightness, zoom, 0.0), *(_middle(colour, zoom, 0.25) for colour in colours))


def _middle(plane: Image.Image, zoom: float, left: float) -> Plane:
    """Return the middle of a plane in its size. left: how far its samples are to the left of their pixels' middle."""
    width, height = plane.size
    rest = 1 - 1 / zoom
    x, y = (width / 2 + left) * rest, height / 2 * rest
    box = (x, y, x + width / zoom, y + height / zoom)
    return np.asarray(plane.resize(plane.size, Image.Resampling.BICUBIC, box))
