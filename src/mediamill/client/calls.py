"""Requests as values, and what their answers mean: the part that both clients share."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Generic, TypeVar
from urllib.parse import quote

import httpx2

from mediamill.client import answers
from mediamill.client.answers import Accepted, Job, JobFile, JobPage, Purged, QueueState, Redriven, Voice
from mediamill.client.errors import ApiError, ClientError, Unreachable

T_co = TypeVar("T_co", covariant=True)

#: A file to send: where it is, or its name and content.
Upload = Path | tuple[str, bytes]

#: Statuses that say "not now".
_BUSY: Final = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE_S: Final = 10.0
#: The server caps `Prefer: wait` itself.
LONGEST_WAIT_S: Final = 60.0
#: Ids that the server takes in one request.
NAMED: Final = 500
#: What the server gives to one round over many jobs, and to the files of the last one.
ROUND_S: Final = 10.0


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request, and how to read the JSON of its answer. extra_s: what the server may take longer than usual."""

    method: str
    path: str
    read: Callable[[Any], T_co]
    query: Mapping[str, str | int | float] = field(default_factory=dict)
    body: object = None
    files: Mapping[str, Upload] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    extra_s: float = 0.0

    def arguments(self, stack: ExitStack) -> dict[str, Any]:
        """Return what httpx2 wants; files are opened anew for each try and closed by `stack`."""
        arguments: dict[str, Any] = {"params": dict(self.query), "headers": dict(self.headers)}
        if self.files:
            parts: dict[str, tuple[str | None, bytes | BinaryIO, str]] = {
                "params": (None, json.dumps(self.body or {}).encode(), "application/json")
            }
            for name, upload in self.files.items():
                filename, content = (
                    (upload.name, stack.enter_context(upload.open("rb"))) if isinstance(upload, Path) else upload
                )
                parts[name] = (filename, content, "application/octet-stream")
            arguments["files"] = parts
        elif self.body is not None:
            arguments["json"] = self.body
        return arguments


@dataclass(frozen=True)
class DeadFilter:
    """Which dead letters; None: any. since, until: when they ended, with a time zone. owner: for operators."""

    service: str | None = None
    queue: str | None = None
    error_code: str | None = None
    owner: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wire(self) -> dict[str, str]:
        """Return what is asked for, as the server reads it."""
        found = {name: getattr(self, name) for name in ("service", "queue", "error_code", "owner", "since", "until")}
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in found.items()
            if value is not None
        }


# ---- requests


def submit(  # noqa: PLR0913 - what a request may say
    service: str,
    params: Mapping[str, Any],
    files: Mapping[str, Upload],
    *,
    priority: int,
    force: bool,
    start_within_s: float | None,
    time_limit_s: float | None,
    idempotency_key: str | None,
) -> Call[Accepted]:
    """Ask for a job. It carries an Idempotency-Key, so that sending it again cannot make two."""
    query: dict[str, str | int | float] = {}
    if priority:
        query["priority"] = priority
    if force:
        query["force"] = "true"
    if start_within_s is not None:
        query["start_within_s"] = start_within_s
    if time_limit_s is not None:
        query["time_limit_s"] = time_limit_s
    headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    return Call("POST", f"/{quote(service)}", Accepted.read, query, dict(params), dict(files), headers)


def job(task_id: str, *, wait_s: float = 0.0) -> Call[Job]:
    """Look at a job; with `wait_s`, the answer comes when it is finished or the time is over."""
    headers = {"Prefer": f"wait={int(wait_s)}"} if wait_s >= 1 else {}
    return Call("GET", path_of(task_id), Job.read, headers=headers, extra_s=wait_s)


def jobs(  # noqa: PLR0913 - what a list may be narrowed by
    *,
    service: str | None,
    status: str | None,
    owner: str | None,
    children: bool,
    cursor: str | None,
    limit: int,
) -> Call[JobPage]:
    """List a page of jobs, newest first."""
    wanted = {
        "service": service,
        "status": status,
        "owner": owner,
        "children": "true" if children else None,
        "cursor": cursor,
        "limit": limit,
    }
    return Call("GET", "/jobs", JobPage.read, {name: value for name, value in wanted.items() if value is not None})


def cancel(task_id: str) -> Call[Job]:
    """Cancel a job and discard what it made."""
    return Call("DELETE", path_of(task_id), Job.read)


def stop(task_id: str) -> Call[Job]:
    """Ask a job to finish early and keep what there is."""
    return Call("POST", f"{path_of(task_id)}/stop", Job.read)


def retry(task_id: str) -> Call[Accepted]:
    """Run a failed or cancelled job again."""
    return Call("POST", f"{path_of(task_id)}/retry", Accepted.read)


def prioritise(task_id: str, priority: int) -> Call[Job]:
    """Move a waiting job in its line."""
    return Call("PATCH", path_of(task_id), Job.read, body={"priority": priority})


def voices(language: str | None) -> Call[tuple[Voice, ...]]:
    """List the voices of the service speech."""
    return Call("GET", "/voices", answers.voices, query={} if language is None else {"language": language})


def queues() -> Call[tuple[QueueState, ...]]:
    """Look at all queues."""
    return Call("GET", "/queues", answers.queues)


def pause_queue(name: str) -> Call[tuple[QueueState, ...]]:
    """Give nothing of a queue out any more."""
    return Call("POST", f"/queues/{quote(name, safe='')}/pause", answers.queues)


def resume_queue(name: str) -> Call[tuple[QueueState, ...]]:
    """Give out again what waits in a queue."""
    return Call("POST", f"/queues/{quote(name, safe='')}/resume", answers.queues)


def dead_letters(wanted: DeadFilter, *, cursor: str | None, limit: int) -> Call[JobPage]:
    """List a page of dead letters, the last to fail first."""
    place = {} if cursor is None else {"cursor": cursor}
    return Call("GET", "/dead-letters", JobPage.read, {**wanted.wire(), **place, "limit": limit})


def redrive(wanted: str | Iterable[str] | DeadFilter | None) -> list[Call[Redriven]]:
    """Run dead letters again: one, some, those of a filter (an empty one is refused) or, None, all."""
    if wanted is None:
        bodies: list[dict[str, object]] = [{"all": True}]
    elif isinstance(wanted, DeadFilter):
        bodies = [{"filter": wanted.wire()}]
    else:
        ids = [wanted] if isinstance(wanted, str) else list(wanted)
        bodies = [{"task_ids": ids[start : start + NAMED]} for start in range(0, len(ids), NAMED)]
    return [Call("POST", "/dead-letters/redrive", Redriven.read, body=body, extra_s=ROUND_S) for body in bodies]


def purge(
    older_than_s: float, *, statuses: Iterable[str] | None, service: str | None, owner: str | None, dry_run: bool
) -> list[Call[Purged]]:
    """Remove finished jobs with their files, or say what that would remove."""
    wanted = {"status": None if statuses is None else list(statuses), "service": service, "owner": owner}
    body: dict[str, object] = {name: value for name, value in wanted.items() if value is not None}
    body |= {"older_than_s": older_than_s, "dry_run": dry_run}
    return [Call("POST", "/jobs/purge", Purged.read, body=body, extra_s=ROUND_S)]


def following(call: Call[T_co], cursor: str | None) -> Call[T_co] | None:
    """Return the next round of a call over many jobs, or None after the last."""
    if cursor is None or not isinstance(call.body, dict):
        return None
    return replace(call, body={**call.body, "cursor": cursor})


def files_of(task_id: str) -> Call[tuple[JobFile, ...]]:
    """List a job's files; while it runs, the parts that it published so far."""
    return Call("GET", f"{path_of(task_id)}/files", answers.files)


def some_ids(task_ids: str | Iterable[str]) -> list[str]:
    """Return ids as a list, each once. Raises ValueError when there is none."""
    found = [task_ids] if isinstance(task_ids, str) else list(dict.fromkeys(task_ids))
    if not found:
        raise ValueError("name a job at least")
    return found


def archive_of(task_ids: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """Return path and query of the archive of one job, or of some."""
    return (f"{path_of(task_ids[0])}/archive", {}) if len(task_ids) == 1 else ("/archive", {"job": list(task_ids)})


def path_of(task_id: str) -> str:
    """Return the path of a job; a strange id stays one part of it."""
    return f"/jobs/{quote(task_id, safe='')}"


# ---- answers


def answer(call: Call[T_co], response: httpx2.Response) -> T_co:
    """Return what the response says. Raises ApiError when it is a refusal or nothing of ours."""
    if response.is_error:
        raise refusal(response)
    try:
        return call.read(response.json())
    except (ValueError, KeyError, TypeError) as error:
        problem = {"error_code": "NOT_MEDIAMILL", "detail": f"{response.url} answers, but not as mediamill does"}
        raise ApiError(response.status_code, problem) from error


def chosen(files: Iterable[JobFile], names: Mapping[str, str] | None) -> list[JobFile]:
    """Return the files that the caller wants, under the names that it gives them."""
    if names is None:
        return list(files)
    return [replace(file, name=names[file.name]) for file in files if file.name in names]


def refusal(response: httpx2.Response) -> ApiError:
    """Return the error that a response with a status of 400 or more means. Its body has been read."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    return ApiError(
        response.status_code,
        problem if isinstance(problem, dict) else {},
        retry_after_s=_seconds(response.headers.get("retry-after", "")),
    )


def unreachable(base_url: str, error: Exception) -> Unreachable:
    """Return the error for an exchange that got no answer."""
    why = str(error) or type(error).__name__
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(f"{base_url} did not answer in time ({type(error).__name__})")
    return Unreachable(f"{base_url} cannot be reached: {why}")


@dataclass
class Patience:
    """Decides whether a request that found no ear is sent again. left: how many more times."""

    left: int
    _pause_s: float = 0.25

    def after(self, trouble: ClientError) -> float | None:
        """Return seconds to wait before the next try, or None when `trouble` is final."""
        busy = trouble.status in _BUSY if isinstance(trouble, ApiError) else True
        if self.left <= 0 or not busy:
            return None
        self.left -= 1
        pause_s, self._pause_s = self._pause_s, self._pause_s * 3
        told_s = trouble.retry_after_s if isinstance(trouble, ApiError) else None
        return min(max(pause_s, told_s or 0.0), _LONGEST_PAUSE_S)


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None
