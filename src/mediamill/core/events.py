"""One line of a job's story, and the live stream's words."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

#: Streams are capped so that a month-old job stays small.
EVENTS_KEPT = 1_000
LOG_LINES_KEPT = 2_000
LOG_LINE_BYTES = 4_096


class EventName(StrEnum):
    """What a line tells. `reset` and `end` exist on the wire only."""

    STATE = "state"
    PROGRESS = "progress"
    ARTIFACT = "artifact"
    RESET = "reset"
    END = "end"


class Event(BaseModel):
    """A line of a job's story. `id` is the stream's id and grows."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: EventName
    data: dict[str, Any]


class LogLine(BaseModel):
    """A line of a job's log: an event's name with its fields."""

    model_config = ConfigDict(frozen=True)

    id: str
    at_ms: int
    attempt: int
    level: str = "info"
    event: str
    fields: dict[str, Any]
