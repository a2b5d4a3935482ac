"""What clients see of a watcher."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mediamill.services.recordings.params import Container
from mediamill.services.recordings.watching.memory import Memory
from mediamill.services.recordings.watching.params import LONGEST_POLL_S, SHORTEST_POLL_S, interval_s
from mediamill.services.recordings.watching.schedule import Schedule
from mediamill.web.watched import Watched

Status = Literal["active", "paused", "deleted"]

_ID: Final = "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"
_WATCHER: Final[dict[str, Any]] = {
    "key": "@vtv24news",
    "task_id": _ID,
    "status": "active",
    "room_id": "@vtv24news",
    "poll_interval": 60,
    "options": {"quality": "best", "container": "mp4", "upload_s3": False},
    "created_at": "2026-03-01T09:30:00Z",
    "last_run_at": "2026-03-01T09:41:03Z",
    "next_run_at": "2026-03-01T09:42:01Z",
    "live": False,
    "recordings": 2,
    "last_recording": "01994f70-09aa-7d20-8b1d-0c4a3c2b1d0e",
}


class Watching(BaseModel):
    """A watcher that was accepted, or that there was already."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"task_id": _ID, "status": "active", "key": "@vtv24news"}]}
    )

    task_id: str
    status: Status
    key: str = Field(description="By which it is known from now on: the room, or the address.")


class OptionsView(BaseModel):
    """How it records. Cookies and proxies are shown to nobody."""

    quality: str | None = None
    container: Container = "mp4"
    upload_s3: bool = False


class WatcherView(BaseModel):
    """A watcher. `error_code` is of the last look or recording, where that failed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WATCHER]})

    key: str
    task_id: str
    status: Status = Field(description="`deleted`: it looks no more; what it records is finished and kept.")
    room_id: str | None = None
    url: str | None = None
    poll_interval: float
    max_duration: float | None = None
    schedule: Schedule | None = None
    options: OptionsView
    created_at: datetime
    last_run_at: datetime | None = Field(default=None, description="When it looked last.")
    next_run_at: datetime | None = Field(default=None, description="When it looks next; not while it records.")
    live: bool = Field(description="Whether it was on air then.")
    recording: str | None = Field(default=None, description="The job that records it now.")
    recordings: int = Field(description="How many have been begun.")
    last_recording: str | None = Field(default=None, description="The job of the last one that ended.")
    error_code: str | None = None

    @classmethod
    def of(cls, watched: Watched) -> "WatcherView":
        """Return the view of a job of the service `watchers`."""
        job, state = watched.job, watched.state
        memory, asked = Memory.of(state.facts), job.params
        options: dict[str, Any] = asked.get("options") or {}
        waits = watched.status == "active" and not memory.begun
        return cls(
            key=asked.get("room_id") or asked.get("url") or "",
            task_id=job.id,
            status=watched.status,
            room_id=asked.get("room_id"),
            url=asked.get("url"),
            poll_interval=interval_s(asked["poll_interval"], state.wishes),
            max_duration=asked.get("max_duration"),
            schedule=asked.get("schedule"),
            options=OptionsView.model_validate(
                {name: options[name] for name in OptionsView.model_fields if name in options}
            ),
            created_at=_time(job.created_ms / 1000),
            last_run_at=None if memory.looked_at is None else _time(memory.looked_at),
            next_run_at=_time(state.next_at) if waits and state.next_at is not None else None,
            live=memory.live,
            recording=next(iter(watched.children), None),
            recordings=memory.made,
            last_recording=memory.last or None,
            error_code=memory.code or (job.error_code if job.state.final else None) or None,
        )


class WatcherPage(BaseModel):
    """Watchers from the newest to the oldest; next: continues the list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"watchers": [_WATCHER], "total": 1}]})

    watchers: Sequence[WatcherView]
    total: int = Field(description="How many there are, deleted ones that are still remembered among them.")
    next: str | None = None


class WatcherChange(BaseModel):
    """What to change. It looks at once then, unless it is paused."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"poll_interval": 30}, {"status": "paused"}]}
    )

    poll_interval: float | None = Field(
        default=None, ge=SHORTEST_POLL_S, le=LONGEST_POLL_S, allow_inf_nan=False, description="Seconds, 10 at least."
    )
    status: Literal["active", "paused"] | None = Field(
        default=None, description="`paused`: it looks no more until it is `active`; a recording that runs goes on."
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)
