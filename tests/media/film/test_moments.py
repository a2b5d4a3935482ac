"""Which frames are stored, and what they show."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from tests.media.film.footage import STILL

from mediamill.media.film import moments
from mediamill.media.film.shot import Caption, Shot

PICTURE = Path("picture.png")
CONSTANT = replace(STILL, constant_rate=True)


@pytest.mark.parametrize("frames", [1, 2, 49, 50, 51, 52, 1_000, 1_001])
def test_a_variable_rate_stores_the_first_frame_the_last_and_one_every_two_seconds(frames: int) -> None:
    stored = moments.stored(Shot(PICTURE, frames), STILL)
    assert stored[0] == 0
    assert stored[-1] == frames - 1
    assert sorted(set(stored)) == list(stored)
    assert all(later - earlier <= 2 * STILL.fps for earlier, later in pairwise(stored))
    assert len(stored) <= frames // 50 + 3


def test_a_variable_rate_stores_each_frame_of_a_fade_and_each_edge_of_a_caption() -> None:
    captions = (Caption("one", 20, 130), Caption("two", 131, 400))
    stored = moments.stored(Shot(PICTURE, 300, captions, before=PICTURE), STILL)
    assert list(stored) == [*range(13), 20, 70, 120, 130, 131, 181, 231, 281, 299]


def test_a_constant_rate_and_a_zoom_store_every_frame() -> None:
    for look in (CONSTANT, replace(STILL, zoom=True)):
        assert list(moments.stored(Shot(PICTURE, 333), look)) == list(range(333))


def test_a_fade_is_over_by_the_last_frame() -> None:
    look = replace(STILL, crossfade_s=2.0)
    assert moments.fade(Shot(PICTURE, 1_000, before=PICTURE), look) == 50
    assert moments.fade(Shot(PICTURE, 50, before=PICTURE), look) == 49
    assert moments.fade(Shot(PICTURE, 1, before=PICTURE), look) == 0
    assert moments.fade(Shot(PICTURE, 1_000), look) == 0


def test_where_two_captions_meet_in_a_frame_the_later_one_is_seen() -> None:
    shot = Shot(PICTURE, 100, (Caption("one", 10, 31), Caption("two", 30, 50)))
    seen = [moments.caption_at(shot, number) for number in range(shot.frames)]
    assert seen == [None] * 10 + [0] * 20 + [1] * 20 + [None] * 50
