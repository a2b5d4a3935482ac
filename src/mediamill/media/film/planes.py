"""Pictures as video stores them: brightness for each pixel, colour for each two by two. BT.709, limited range.

A colour sample lies on the left pixels of its four, between the upper and the lower one: where H.264 and VP9 expect
it when nothing is said. Source: ITU-R BT.709-6, 3; ITU-T H.264, figure E-1, type 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Plane: TypeAlias = npt.NDArray[np.uint8]
_Floats: TypeAlias = npt.NDArray[np.float32]

_RED: Final = np.float32(0.2126)
_GREEN: Final = np.float32(0.7152)
_BLUE: Final = np.float32(0.0722)
#: Where brightness begins, and how much there is of it; the same of colours, which begin in the middle.
_BLACK, _BRIGHTNESS = np.float32(16), np.float32(219)
_GREY, _COLOURS = np.float32(128), np.float32(224)
#: So many lines are in the air as floats: with a whole picture they took more memory than anything else.
_BAND_ROWS: Final = 64
#: Two pictures are mixed in so many steps; 255 of them with a half still are a uint16.
_PARTS: Final = 256
_HALF, _SHIFT = np.uint16(128), np.uint16(8)


@dataclass(frozen=True)
class Planes:
    """One picture. y: shape (height, width); u, v: (height / 2, width / 2)."""

    y: Plane
    u: Plane
    v: Plane

    def __iter__(self) -> Iterator[Plane]:
        return iter((self.y, self.u, self.v))

    @classmethod
    def of(cls, picture: Image.Image) -> Self:
        """Return an RGB picture with even sides in planes."""
        bands = [
            _bands(np.asarray(picture.crop((0, top, picture.width, min(top + _BAND_ROWS, picture.height)))))
            for top in range(0, picture.height, _BAND_ROWS)
        ]
        return cls(*(np.concatenate([_bytes(band[plane]) for band in bands]) for plane in range(3)))

    def copy_to(self, canvas: "Planes") -> None:
        """Draw it on a canvas of its size."""
        for source, target in zip(self, canvas, strict=True):
            np.copyto(target, source)


@dataclass(frozen=True)
class Overlay:
    """What is laid over a picture, at x, y: colours times their alpha (0..255), and what is left of those below.

    Both are uint16; a result is (below * left + colours) / 255.
    """

    x: int
    y: int
    colours: tuple[npt.NDArray[np.uint16], ...]
    left: tuple[npt.NDArray[np.uint16], ...]

    @classmethod
    def of(cls, picture: Image.Image, x: int, y: int) -> Self:
        """Return an RGBA picture with even sides for an even place."""
        rgba = np.asarray(picture)
        alpha = rgba[..., 3].astype(np.float32)
        whole = _full(rgba[..., :3])
        weighted = [plane * alpha for plane in whole]
        alphas = (alpha, *[_quartered(alpha)] * 2)
        colours = (weighted[0], _quartered(weighted[1]), _quartered(weighted[2]))
        return cls(
            x,
            y,
            tuple(np.rint(each).astype(np.uint16) for each in colours),
            tuple(255 - np.rint(each).astype(np.uint16) for each in alphas),
        )

    def draw_on(self, canvas: Planes) -> None:
        """Lay it over what is there."""
        for plane, colours, left, by in zip(canvas, self.colours, self.left, (1, 2, 2), strict=True):
            height, width = left.shape
            below = plane[self.y // by :, self.x // by :][:height, :width]
            below[:] = _by_255(below * left + colours)


def mix(before: Planes, after: Planes, share: float, canvas: Planes) -> None:
    """Draw two pictures through each other on a canvas, which may be one of them. share: of `after`, 0..1."""
    parts = round(share * _PARTS)
    old, new = np.uint16(_PARTS - parts), np.uint16(parts)
    for left, right, target in zip(before, after, canvas, strict=True):
        # Band by band, in the processor's cache: a third of the time.
        for top in range(0, target.shape[0], _BAND_ROWS):
            rows = slice(top, top + _BAND_ROWS)
            mixed = left[rows] * old
            mixed += right[rows] * new
            mixed += _HALF
            mixed >>= _SHIFT
            target[rows] = mixed


def _by_255(product: npt.NDArray[np.uint16]) -> Plane:
    """Return it divided by 255 and rounded, for 0..65025. Source: J. Blinn, Three Wrongs Make a Right, 1995."""
    product += _HALF
    return ((product + (product >> _SHIFT)) >> _SHIFT).astype(np.uint8)


def _bands(rgb: Plane) -> tuple[_Floats, _Floats, _Floats]:
    y, u, v = _full(rgb)
    return y, _quartered(u), _quartered(v)


def _full(rgb: Plane) -> tuple[_Floats, _Floats, _Floats]:
    """Return brightness and colours of each pixel, 0..255 and not rounded."""
    red, green, blue = (rgb[..., channel].astype(np.float32) / np.float32(255) for channel in range(3))
    y = _RED * red + _GREEN * green + _BLUE * blue
    u = (blue - y) / (2 - 2 * _BLUE)
    v = (red - y) / (2 - 2 * _RED)
    return _BLACK + _BRIGHTNESS * y, _GREY + _COLOURS * u, _GREY + _COLOURS * v


def _quartered(whole: _Floats) -> _Floats:
    """Return the samples for each two by two pixels: the mean of both lines, weighted 1-2-1 about the left pixel."""
    lines = whole[0::2] + whole[1::2]
    here, right = lines[:, 0::2], lines[:, 1::2]
    left = np.concatenate([lines[:, :1], right[:, :-1]], axis=1)
    quartered: _Floats = (left + here + here + right) / np.float32(8)
    return quartered


def _bytes(floats: _Floats) -> Plane:
    return np.rint(floats).astype(np.uint8)
