"""The camera comes nearer evenly: by parts of a pixel, in brightness and colours alike."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mediamill.media.film.planes import Plane, Planes
from mediamill.media.film.scenery import ZOOM, Nearing

WIDTH, HEIGHT, FRAMES = 640, 360, 250
#: Far from the middle, so that it goes a long way.
SQUARE = (80, 60, 119, 99)


@pytest.fixture(scope="module")
def steps() -> list[Planes]:
    """What is seen in each frame of ten seconds."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#202020")
    ImageDraw.Draw(picture).rectangle(SQUARE, fill="#e8e800")
    scenery = Nearing(Planes.of(picture))
    return [scenery.at(number / (FRAMES - 1)) for number in range(FRAMES)]


def centre(plane: Plane) -> tuple[float, float]:
    """Return where the square's middle is: x and y, pixels of the plane."""
    light = np.abs(plane.astype(float) - plane[0, 0])
    rows, columns = np.indices(plane.shape)
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


def off_the_line(places: npt.NDArray[np.float64]) -> float:
    """Return how far a movement is from an even one at most."""
    numbers = np.arange(len(places))
    return float(np.abs(places - np.polyval(np.polyfit(numbers, places, 2), numbers)).max())


def test_it_moves_without_jitter(steps: list[Planes]) -> None:
    places = np.array([centre(each.y) for each in steps])
    assert off_the_line(places[:, 0]) < 0.1
    assert off_the_line(places[:, 1]) < 0.1
    assert (np.diff(places, axis=0) < 0).all(), "away from the middle, in each frame"


def test_colours_move_with_what_they_belong_to(steps: list[Planes]) -> None:
    for each in steps[:: FRAMES // 10]:
        x, y = centre(each.y)
        u, v = centre(each.u)
        assert (2 * u, 2 * v + 0.5) == pytest.approx((x, y), abs=0.25)
    drift = [2 * centre(each.u)[0] - centre(each.y)[0] for each in (steps[0], steps[-1])]
    assert drift[0] == pytest.approx(drift[1], abs=0.15)


def test_it_begins_with_the_whole_picture_and_ends_by_the_zoom_nearer(steps: list[Planes]) -> None:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#202020")
    ImageDraw.Draw(picture).rectangle(SQUARE, fill="#e8e800")
    whole = Planes.of(picture)
    assert all((seen == given).all() for seen, given in zip(steps[0], whole, strict=True))
    middle = (WIDTH - 1) / 2
    near, far = (middle - centre(steps[number].y)[0] for number in (-1, 0))
    assert near / far == pytest.approx(ZOOM, abs=0.001)
