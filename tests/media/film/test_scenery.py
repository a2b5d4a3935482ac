"""The camera comes nearer evenly: by parts of a pixel, in brightness and colours alike."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mediamill.media.film.planes import Plane, Planes
from mediamill.media.film.scenery import ZOOM, Nearing, nearest

WIDTH, HEIGHT, FRAMES = 640, 360, 250
#: Far from the middle, so that it goes a long way.
SQUARE = (80, 60, 119, 99)


@pytest.fixture(scope="module")
def steps() -> list[Planes]:
    """What is seen in each frame of ten seconds."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#202020")
    ImageDraw.Draw(picture).rectangle(SQUARE, fill="#e8e800")
    return frames(Planes.of(picture), FRAMES)


def frames(picture: Planes, count: int) -> list[Planes]:
    """Return what is seen in each frame of a shot."""
    scenery, shown = Nearing(picture, count), []
    for number in range(count):
        canvas = Planes(*map(np.empty_like, picture))
        scenery.draw(number, canvas)
        shown.append(canvas)
    return shown


def centre(plane: Plane) -> tuple[float, float]:
    """Return where the square's middle is: x and y, pixels of the plane."""
    light = plane.astype(float) - plane[0, 0]
    rows, columns = np.indices(plane.shape)
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


def off_the_line(places: npt.NDArray[np.float64]) -> float:
    """Return how far a movement is from an even one at most."""
    numbers = np.arange(len(places))
    return float(np.abs(places - np.polyval(np.polyfit(numbers, places, 2), numbers)).max())


def test_it_moves_without_jitter(steps: list[Planes]) -> None:
    places = np.array([centre(each.y) for each in steps])
    assert off_the_line(places[:, 0]) < 0.02
    assert off_the_line(places[:, 1]) < 0.02
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


def test_what_lies_between_two_stages_is_as_sharp_as_they_are() -> None:
    """Lines that become sharp and soft in turn are seen to flicker."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    for x in range(8, WIDTH, 12):
        ImageDraw.Draw(picture).line((x, 0, x + 20, HEIGHT), fill="black", width=2)
    sharpness = [
        np.square(np.diff(each.y.astype(float))).mean() for each in frames(Planes.of(picture), FRAMES)[100:120]
    ]
    assert np.ptp(sharpness) < 0.06 * np.mean(sharpness)


def test_a_short_shot_is_enlarged_for_each_frame() -> None:
    """No stage is made that no frame shows: a shot of two frames has the first and the last."""
    picture = Planes.of(Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB"))
    shown = frames(picture, 2)
    assert all((seen == wanted).all() for seen, wanted in zip(shown[0], picture, strict=True))
    assert all((seen == wanted).all() for seen, wanted in zip(shown[1], nearest(picture), strict=True))
