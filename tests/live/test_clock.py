"""One timeline for what has clocks of its own: times as they were where they can be, and never backwards."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.live.clock import AHEAD_S, Clock, Track

MS = Fraction(1, 1_000)


def part(clock: Clock, start_s: float = 0.0, follows: Track | None = None, usual_s: float = 0.0) -> Track:
    clock.part()
    return clock.track(MS, MS, start_s, usual_s=usual_s, follows=follows)


def test_times_stay_as_they_are() -> None:
    track = part(Clock())
    assert [track.place(at, at, 100) for at in (0, 100, 250, 9_000)] == [(at, at) for at in (0, 100, 250, 9_000)]


def test_the_next_part_follows_where_the_one_before_ends_whatever_its_clock_says() -> None:
    clock = Clock()
    first = part(clock, start_s=7.0)
    assert first.place(7_000, 7_000, 40) == (0, 0)
    second = part(clock, start_s=99.5, follows=first)
    assert second.place(99_500, 99_500, 40) == (40, 40)
    assert clock.end_s == 0.08


def test_pictures_are_shown_in_another_order_than_they_are_decoded() -> None:
    track = part(Clock(), start_s=0.1)
    placed = [track.place(pts, dts, 100) for pts, dts in ((100, 0), (300, 100), (200, 200))]
    assert placed == [(0, -100), (200, 0), (100, 100)]


def test_a_jump_of_both_tracks_keeps_them_together() -> None:
    clock = Clock()
    picture = part(clock)
    sound = clock.track(MS, MS, 0.0)
    for at in range(0, 1_000, 100):
        picture.place(at, at, 100)
        sound.place(at + 30, at + 30, 100)
    assert picture.place(50_000, 50_000, 100) == (1_000, 1_000)
    assert sound.place(1_030, 1_030, 100) == (1_030, 1_030)  # it came later, and is of before
    assert sound.place(50_130, 50_130, 100) == (1_130, 1_130)
    assert sound.shift_s == picture.shift_s


def test_pictures_may_be_rarer_than_a_jump_is_long_while_sound_goes_on() -> None:
    clock = Clock()
    picture = part(clock)
    sound = clock.track(MS, MS, 0.0)
    apart_ms = round(AHEAD_S * 3_000)
    picture.place(0, 0, 0)
    for at in range(0, apart_ms, 100):
        sound.place(at, at, 100)
    assert picture.place(apart_ms, apart_ms, 0) == (apart_ms, apart_ms)
    assert clock.jumps == 0


def test_a_track_that_begins_behind_a_jump_is_moved_as_the_others() -> None:
    clock = Clock()
    picture = part(clock)
    picture.place(0, 0, 100)
    picture.place(60_000, 60_000, 100)
    sound = clock.track(MS, MS, 0.0)
    assert sound.place(60_030, 60_030, 100) == (130, 130)


def test_what_says_no_time_comes_as_the_track_usually_goes() -> None:
    track = part(Clock(), usual_s=0.02)
    assert [track.place(pts, None, 0) for pts in (0, None, None)] == [(0, 0), (20, 20), (40, 40)]


@given(st.lists(st.integers(-(2**34), 2**34), min_size=1, max_size=50))
def test_whatever_the_times_none_goes_back(times: list[int]) -> None:
    track = part(Clock())
    decoded = [track.place(at, at, 40)[1] for at in times]
    assert all(before < after for before, after in pairwise(decoded))
    assert decoded[-1] <= decoded[0] + len(times) * (AHEAD_S * 1_000 + 40)
