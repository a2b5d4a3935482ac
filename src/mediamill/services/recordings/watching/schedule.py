"""When a watcher looks: windows of the week, by the clock of a place."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_MOST_WINDOWS: Final = 28
_WEEK: Final = 7


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_DAYS: Final = tuple(Day)


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"{name!r} is no time zone; one of the IANA names is wanted, such as Asia/Ho_Chi_Minh"
        ) from error
    return name


class Window(BaseModel):
    """Some hours of some days. `end` before `start` means: of the next day; the same: the whole day round."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...] = Field(default=_DAYS, min_length=1, max_length=_WEEK, description="Left out: every day.")
    start: time = Field(description="`HH:MM`.", examples=["18:00"])
    end: time = Field(description="`HH:MM`; before `start` it is that of the next day.", examples=["01:30"])

    @model_validator(mode="after")
    def _local(self) -> "Window":
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("a window's times are those of the schedule's time zone, without an offset")
        return self


class Schedule(BaseModel):
    """The hours in which a watcher looks. A recording that has begun in them runs to its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Annotated[str, AfterValidator(_known)] = Field(
        default="UTC", max_length=64, description="An IANA name.", examples=["Asia/Ho_Chi_Minh"]
    )
    windows: tuple[Window, ...] = Field(min_length=1, max_length=_MOST_WINDOWS)

    def opens_in_s(self, now: datetime) -> float:
        """Return how long it is until a window is open, seconds; 0.0: one is. now: with a time zone."""
        spans = list(_spans(self.windows, now.astimezone(self._zone)))
        if any(start <= now < end for start, end in spans):
            return 0.0
        return min((start - now).total_seconds() for start, _ in spans if start > now)

    @cached_property
    def _zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)


def _spans(windows: Sequence[Window], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows from yesterday on to this day of the next week, as moments."""
    for ahead in range(-1, _WEEK + 1):
        day = now.date() + timedelta(days=ahead)
        for window in windows:
            if _DAYS[day.weekday()] in window.days:
                last = day if window.end > window.start else day + timedelta(days=1)
                # By the clock on the wall: where it is put back or forward in a window, that is longer or shorter.
                start = datetime.combine(day, window.start, now.tzinfo).astimezone(UTC)
                yield start, datetime.combine(last, window.end, now.tzinfo).astimezone(UTC)
