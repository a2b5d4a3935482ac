"""What the camera sees: a picture that stands still, or one that comes slowly nearer."""

from typing import Final, TypeAlias

import numpy as np
from PIL import Image

from mediamill.media.film.planes import Plane, Planes

#: How much larger the picture is at the end than at the beginning.
ZOOM: Final = 1.08

Scenery: TypeAlias = "Still | Nearing"


class Still:
    """A picture that stands still."""

    def __init__(self, picture: Planes) -> None:
        self._picture = picture

    def at(self, share: float) -> Planes:  # noqa: ARG002 - as the other one
        """Return what is seen after a share of the time, 0..1."""
        return self._picture


class Nearing:
    """A picture whose middle comes nearer, by ZOOM in all, evenly and by parts of a pixel."""

    def __init__(self, picture: Planes) -> None:
        self._brightness, *self._colours = (Image.fromarray(plane) for plane in picture)

    def at(self, share: float) -> Planes:
        """Return what is seen after a share of the time, 0..1."""
        zoom = 1 + (ZOOM - 1) * share
        y = _enlarged(self._brightness, zoom, 0.0)
        # The colours' samples lie a quarter of their own width to the left of the middle of their pixels.
        u, v = (_enlarged(colour, zoom, 0.25) for colour in self._colours)
        return Planes(y, u, v)


def _enlarged(plane: Image.Image, zoom: float, left: float) -> Plane:
    """Return the middle of a plane in its size. left: how far its samples are to the left of their pixels' middle.

    Between two samples lies a line: a curve takes a third more time, and nobody sees it in what moves.
    """
    width, height = plane.size
    rest = 1 - 1 / zoom
    x, y = (width / 2 + left) * rest, height / 2 * rest
    box = (x, y, x + width / zoom, y + height / zoom)
    return np.asarray(plane.resize(plane.size, Image.Resampling.BILINEAR, box))
