"""Colours come out as they were, and lie where they should."""

from itertools import product

import numpy as np
import pytest
from PIL import Image

from mediamill.media.film.planes import Overlay, Planes, mix

#: Source: ITU-R BT.709-6, 3.2-3.4, 8 bits.
KNOWN = {
    "white": (235, 128, 128),
    "black": (16, 128, 128),
    "#808080": (126, 128, 128),
    "red": (63, 102, 240),
    "lime": (173, 42, 26),
    "blue": (32, 240, 118),
}


def flat(colour: str, width: int = 16, height: int = 8) -> Planes:
    return Planes.of(Image.new("RGB", (width, height), colour))


def blank(width: int = 16, height: int = 8) -> Planes:
    half = (height // 2, width // 2)
    return Planes(np.zeros((height, width), np.uint8), np.zeros(half, np.uint8), np.zeros(half, np.uint8))


@pytest.mark.parametrize("colour", KNOWN)
def test_a_colour_has_the_numbers_of_the_standard(colour: str) -> None:
    assert tuple(set(plane.flat) for plane in flat(colour)) == tuple({number} for number in KNOWN[colour])


def test_a_picture_of_more_than_one_band_is_put_together() -> None:
    rows = np.arange(200, dtype=np.uint8)[:, None, None]
    picture = Image.fromarray(np.broadcast_to(rows, (200, 32, 3)).copy())
    y, u, v = Planes.of(picture)
    assert y.shape == (200, 32)
    assert u.shape == v.shape == (100, 16)
    assert (np.abs(y[:, 0] - (16 + np.arange(200) * 219 / 255)) <= 0.5).all()


def test_a_colour_lies_between_its_two_lines_and_on_the_left_of_its_two_pixels() -> None:
    """A slope of colour has at each sample what it has at the sample's place."""
    across = np.zeros((8, 64, 3), np.uint8)
    across[..., 2] = np.arange(64) * 4
    down = np.zeros((64, 8, 3), np.uint8)
    down[..., 2] = np.arange(64)[:, None] * 4
    per_step = 224 * (1 - 0.0722) / (2 * (1 - 0.0722)) * 4 / 255
    left = Planes.of(Image.fromarray(across)).u[0, 1:-1]
    assert (np.abs(left - (128 + np.arange(2, 62, 2) * per_step)) <= 0.5).all()
    between = Planes.of(Image.fromarray(down)).u[:, 0]
    assert (np.abs(between - (128 + (np.arange(0, 64, 2) + 0.5) * per_step)) <= 0.5).all()


def test_halfway_two_pictures_are_their_mean_and_at_the_ends_one_of_them() -> None:
    levels = np.arange(256, dtype=np.uint8)
    old = Planes(np.repeat(levels, 256).reshape(256, 256), *[np.zeros((128, 128), np.uint8)] * 2)
    new = Planes(np.tile(levels, 256).reshape(256, 256), *[np.full((128, 128), 255, np.uint8)] * 2)
    canvas = blank(256, 256)
    for share in (0.0, 0.25, 0.5, 1.0):
        mix(old, new, share, canvas)
        exact = old.y * (1 - share) + new.y * share
        assert (np.abs(canvas.y - exact) <= 0.5).all()
        assert set(canvas.u.flat) == {int(share * 255 + 0.5)}


def test_a_picture_is_mixed_into_the_canvas_that_it_is_on() -> None:
    random = np.random.default_rng(0)
    old, new = (Planes(*(random.integers(0, 256, each.shape, np.uint8) for each in blank(8, 200))) for _ in range(2))
    canvas = blank(8, 200)
    mix(old, new, 0.3, canvas)
    mix(old, new, 0.3, new)
    assert all((mixed == wanted).all() for mixed, wanted in zip(new, canvas, strict=True))


def test_what_is_opaque_hides_and_what_is_clear_does_not() -> None:
    canvas = blank()
    flat("white").copy_to(canvas)
    letters = Image.new("RGBA", (8, 4), (255, 0, 0, 255))
    letters.paste((0, 0, 255, 0), (0, 0, 4, 4))
    Overlay.of(letters, 4, 2).draw_on(canvas)
    for row, column in product(range(8), range(16)):
        inside = 2 <= row < 6 and 8 <= column < 12
        assert canvas.y[row, column] == KNOWN["red" if inside else "white"][0]
    assert canvas.v[1, 5] == KNOWN["red"][2]
    assert canvas.v[1, 2] == canvas.v[0, 5] == KNOWN["white"][2]


def test_half_of_a_colour_is_the_mean_with_what_is_below() -> None:
    canvas = blank()
    flat("black").copy_to(canvas)
    Overlay.of(Image.new("RGBA", (16, 8), (255, 255, 255, 51)), 0, 0).draw_on(canvas)
    assert set(canvas.y.flat) == {round(16 + (235 - 16) * 0.2)}
    assert set(canvas.u.flat) == {128}
