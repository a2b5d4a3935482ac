"""What waits for something live: how it is asked for, and what the server says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mediamill.client.calls import Call


@dataclass(frozen=True)
class Watching:
    """A watcher that was accepted, or that there was already. key: by which it is known from now on."""

    task_id: str
    status: str
    key: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Watching":
        """Read the answer."""
        return cls(str(body["task_id"]), str(body["status"]), str(body["key"]))


@dataclass(frozen=True)
class Watcher:
    """A watcher as the server showed it. `body` is the whole answer.

    status: active, paused or deleted. live: whether it was on air at the last look. recording: the job that records it
    now; recordings: how many were begun; last_recording: the job of the last one that ended. error_code: of the last
    look or recording, where that failed.
    """

    key: str
    task_id: str
    status: str
    poll_interval_s: float
    created_at: datetime
    last_run_at: datetime | None
    next_run_at: datetime | None
    live: bool
    recording: str | None
    recordings: int
    last_recording: str | None
    error_code: str | None
    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Watcher":
        """Read one watcher."""
        return cls(
            key=str(body["key"]),
            task_id=str(body["task_id"]),
            status=str(body["status"]),
            poll_interval_s=float(body["poll_interval"]),
            created_at=datetime.fromisoformat(body["created_at"]),
            last_run_at=_time(body.get("last_run_at")),
            next_run_at=_time(body.get("next_run_at")),
            live=bool(body.get("live", False)),
            recording=body.get("recording"),
            recordings=int(body.get("recordings", 0)),
            last_recording=body.get("last_recording"),
            error_code=body.get("error_code"),
            body=body,
        )


@dataclass(frozen=True)
class WatcherPage:
    """A part of the list. `next` is the cursor of the following part, None at the end."""

    watchers: tuple[Watcher, ...]
    next: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "WatcherPage":
        """Read one page."""
        return cls(tuple(Watcher.read(each) for each in body["watchers"]), body.get("next"))


def watch(params: Mapping[str, Any]) -> Call[Watching]:
    """Wait for a source. The same again is the same watcher, so it may be sent twice."""
    return Call("POST", "/watchers", Watching.read, body=dict(params))


def watchers(*, status: str | None, cursor: str | None, limit: int) -> Call[WatcherPage]:
    """List a page of watchers, newest first."""
    wanted = {"status": status, "cursor": cursor, "limit": limit}
    query = {name: value for name, value in wanted.items() if value is not None}
    return Call("GET", "/watchers", WatcherPage.read, query)


def watcher(key: str) -> Call[Watcher]:
    """Look at a watcher."""
    return Call("GET", _path(key), Watcher.read)


def change(key: str, *, poll_interval_s: float | None, paused: bool | None) -> Call[Watcher]:
    """Change how often it looks, pause it, or let it go on."""
    body: dict[str, object] = {} if poll_interval_s is None else {"poll_interval": poll_interval_s}
    if paused is not None:
        body["status"] = "paused" if paused else "active"
    return Call("PATCH", _path(key), Watcher.read, body=body)


def delete(key: str, *, force: bool) -> Call[bool]:
    """Let a watcher go; what it records is finished and kept, unless `force` has to end it."""
    query: dict[str, str | int | float] = {"force": "true"} if force else {}
    return Call("DELETE", _path(key), lambda body: bool(body["ok"]), query)


def _path(key: str) -> str:
    return f"/watchers/{quote(key, safe='')}"


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
