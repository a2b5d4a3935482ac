"""When a watcher looks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from mediamill.services.recordings.watching.schedule import Schedule

_HANOI = "Asia/Ho_Chi_Minh"  # 7 hours before UTC, all the year round
_BERLIN = "Europe/Berlin"


def schedule(*windows: dict[str, Any], timezone: str = "UTC") -> Schedule:
    return Schedule.model_validate({"timezone": timezone, "windows": windows})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opens_in_h"),
    [
        ("2026-11-23T10:59", 1 / 60),  # a Monday
        ("2026-11-23T11:00", 0),
        ("2026-11-23T16:29", 0),
        ("2026-11-23T16:30", 18.5),
    ],
)
def test_a_window_is_by_the_clock_of_its_place(now: str, opens_in_h: float) -> None:
    evening = schedule({"start": "18:00", "end": "23:30"}, timezone=_HANOI)
    assert evening.opens_in_s(at(now)) == pytest.approx(opens_in_h * 3600)


@pytest.mark.parametrize(
    ("now", "opens_in_h"),
    [
        ("2026-11-27T21:00", 1),  # a Friday
        ("2026-11-27T23:00", 0),
        ("2026-11-28T01:59", 0),  # the window of Friday, on Saturday
        ("2026-11-28T02:00", 20),
        ("2026-11-29T02:00", 20 + 5 * 24),  # a Sunday: Friday is next
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(now: str, opens_in_h: float) -> None:
    nights = schedule({"days": ["fri", "sat"], "start": "22:00", "end": "02:00"})
    assert nights.opens_in_s(at(now)) == pytest.approx(opens_in_h * 3600)


def test_the_nearest_of_several_windows_counts() -> None:
    two = schedule({"start": "20:00", "end": "21:00"}, {"days": ["mon"], "start": "09:00", "end": "10:00"})
    assert two.opens_in_s(at("2026-11-23T08:00")) == 3_600
    assert two.opens_in_s(at("2026-11-24T08:00")) == 12 * 3_600


def test_the_same_time_twice_is_the_whole_day_round() -> None:
    mondays = schedule({"days": ["mon"], "start": "06:00", "end": "06:00"})
    assert mondays.opens_in_s(at("2026-11-24T05:59")) == 0
    assert mondays.opens_in_s(at("2026-11-24T06:00")) == 6 * 24 * 3_600


@pytest.mark.parametrize(
    ("now", "opens_in_h"),
    [("2026-03-28T16:00", 1), ("2026-03-29T16:00", 0), ("2026-10-24T15:59", 1 / 60), ("2026-10-25T16:00", 1)],
)
def test_clocks_that_are_put_forward_and_back_are_followed(now: str, opens_in_h: float) -> None:
    evening = schedule({"start": "18:00", "end": "20:00"}, timezone=_BERLIN)
    assert evening.opens_in_s(at(now)) == pytest.approx(opens_in_h * 3600)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"windows": []}, "at least 1 item"),
        ({"windows": [{"start": "18:00"}]}, "end"),
        ({"windows": [{"start": "18:00", "end": "25:00"}]}, "hour value"),
        ({"windows": [{"start": "18:00+07:00", "end": "20:00"}]}, "without an offset"),
        ({"windows": [{"start": "18:00", "end": "20:00", "days": ["monday"]}]}, "'mon', 'tue'"),
        ({"windows": [{"start": "18:00", "end": "20:00"}], "timezone": "Hanoi"}, "such as Asia/Ho_Chi_Minh"),
        ({"windows": [{"start": "18:00", "end": "20:00"}], "timezone": "../../etc/passwd"}, "is no time zone"),
        ({"windows": [{"start": "18:00", "end": "20:00"}] * 29}, "at most 28 items"),
    ],
)
def test_what_is_no_schedule_is_told(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Schedule.model_validate(asked)
