"""What clients see of jobs, files and queues. Never a token, a file key or a secret."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from mediamill.core.events import LogLine
from mediamill.core.job import Artifact, Job
from mediamill.core.policy import PRIORITY_MAX, PRIORITY_MIN
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.queues import QueueSummary

#: Longest text that a view repeats of a job's parameters.
SHOWN_CHARS: Final = 500
MASK: Final = "***"

_ID: Final = "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FILE: Final = {
    "name": "speech.mp3",
    "size_bytes": 48213,
    "sha256": _SHA256,
    "media_type": "audio/mpeg",
    "url": f"/jobs/{_ID}/files/speech.mp3",
}
_LINKS: Final = {
    "self": f"/jobs/{_ID}",
    "events": f"/jobs/{_ID}/events",
    "logs": f"/jobs/{_ID}/logs",
    "files": f"/jobs/{_ID}/files",
    "cancel": f"/jobs/{_ID}",
}
_JOB: Final = {
    "task_id": _ID,
    "service": "speech",
    "status": "SUCCESS",
    "queue": "interactive",
    "priority": 0,
    "progress": 100.0,
    "stage": "joined",
    "attempt": 1,
    "created_at": "2026-03-01T09:30:00.120Z",
    "started_at": "2026-03-01T09:30:00.180Z",
    "ended_at": "2026-03-01T09:30:02.044Z",
    "correlation_id": "0b1f6b8a-7d2e-4a6e-9a51-5f6f3d1f9c11",
    "data": {"duration_s": 3.2},
    "files": [_FILE],
    "history": [
        {
            "attempt": 1,
            "worker": "host-1:4711",
            "started_at": "2026-03-01T09:30:00.180Z",
            "ended_at": "2026-03-01T09:30:02.044Z",
            "outcome": "succeed",
        }
    ],
    "links": _LINKS,
}


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Links(BaseModel):
    """Where to go on from a job. `cancel` is a DELETE."""

    self: str
    events: str
    logs: str
    files: str
    cancel: str

    @classmethod
    def of(cls, job_id: str) -> "Links":
        """Return a job's links."""
        path = f"/jobs/{job_id}"
        return cls(self=path, events=f"{path}/events", logs=f"{path}/logs", files=f"{path}/files", cancel=path)


class Accepted(BaseModel):
    """A request that became a job, or that one stands for already."""

    model_config = _examples({"task_id": _ID, "status": "PENDING", "links": _LINKS})

    task_id: str
    status: str
    accepted_via: Literal["spool"] | None = Field(
        default=None, description="There while Redis is away: the request is kept on this machine and handed on later."
    )
    links: Links

    @classmethod
    def of(cls, job_id: str, state: State, *, spooled: bool = False) -> "Accepted":
        """Return the answer to a request that `job_id` stands for."""
        via: Literal["spool"] | None = "spool" if spooled else None
        return cls(task_id=job_id, status=state.public, accepted_via=via, links=Links.of(job_id))

    def dump(self) -> dict[str, Any]:
        """Return it as JSON values, without what is not there."""
        return self.model_dump(mode="json", exclude_none=True)


class FileView(BaseModel):
    """A file of a job."""

    name: str
    size_bytes: int
    sha256: str
    media_type: str
    url: str

    @classmethod
    def of(cls, job_id: str, artifact: Artifact) -> "FileView":
        """Return what clients see of an artifact."""
        return cls(
            name=artifact.name,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            media_type=artifact.media_type,
            url=f"/jobs/{job_id}/files/{quote(artifact.name)}",
        )


class FileList(BaseModel):
    """A job's files. complete: the job is SUCCESS; before, these are the parts it published so far."""

    model_config = _examples({"files": [_FILE], "complete": True})

    files: list[FileView]
    complete: bool


class AttemptView(BaseModel):
    """One run of a job."""

    attempt: int = Field(description="Its number; one that was handed back gives it to the next.")
    worker: str
    started_at: str
    ended_at: str
    outcome: str = Field(description="`succeed`, `fail`, `retry`, `lose`, `poison`, `hand_back`, ... or `cancelled`.")
    error_code: str | None = None
    error_message: str | None = None


class JobView(BaseModel):
    """A job. Times are RFC 3339, UTC."""

    model_config = _examples(_JOB)

    task_id: str
    service: str
    owner: str | None = Field(default=None, description="For operators, who see everybody's jobs.")
    status: str
    queue: Queue
    priority: int
    progress: float = Field(description="0 to 100.")
    stage: str = Field(description="What is being done, for people.")
    stopping: bool = Field(default=False, description="It was asked to finish early.")
    attempt: int = Field(description="Attempts so far; those that were handed back or only polled do not count.")
    created_at: str
    started_at: str | None
    ended_at: str | None
    due_at: str | None = Field(default=None, description="When a RETRY is tried again.")
    error_code: str | None = None
    error_message: str | None = None
    correlation_id: str
    duplicate_of: str | None = Field(
        default=None, description="Accepted while Redis was away: the job that stood for the same request already."
    )
    params: dict[str, Any] | None = Field(default=None, description="Secrets masked, long texts shortened.")
    data: dict[str, Any] | None = None
    files: list[FileView] = []
    files_expired_at: str | None = Field(default=None, description="Since when its files are no longer kept.")
    history: list[AttemptView] = []
    links: Links

    @classmethod
    def of(
        cls, job: Job, *, whole: bool = True, with_owner: bool = False, with_history: bool | None = None
    ) -> "JobView":
        """Return what clients see of a record. whole: with its parameters and, unless told else, its history."""
        return cls(
            task_id=job.id,
            service=job.service,
            owner=job.owner if with_owner else None,
            status=job.status,
            queue=job.queue,
            priority=job.priority,
            progress=job.progress,
            stage=job.stage,
            stopping=job.stop,
            attempt=job.attempt,
            created_at=rfc3339(job.created_ms),
            started_at=_at(job.started_ms),
            ended_at=_at(job.ended_ms if job.state.final else None),
            due_at=_at(job.due_ms if job.status == "RETRY" else None),
            error_code=job.error_code,
            error_message=job.error_message,
            correlation_id=job.correlation_id,
            duplicate_of=job.duplicate_of,
            params=_shown(job.params) if whole else None,
            data=job.data,
            files=[FileView.of(job.id, artifact) for artifact in job.files.values()],
            files_expired_at=_at(job.files_expired_ms),
            history=_history(job) if (whole if with_history is None else with_history) else [],
            links=Links.of(job.id),
        )

    def dump(self) -> dict[str, Any]:
        """Return it as JSON values, without what is not there."""
        return self.model_dump(mode="json", exclude_none=True)


class JobPage(BaseModel):
    """A part of a list, newest first. `next` is the cursor of the following part; absent at the end."""

    model_config = _examples({"jobs": [_JOB], "next": "MTc3MjM1NzQwMDEyMDow"})

    jobs: list[JobView]
    next: str | None = None


class Redriven(BaseModel):
    """What a redrive did. unchanged: not failed any more, or cannot run again; not_found: of those named by id."""

    model_config = _examples({"redriven": 412, "unchanged": 0, "not_found": 0})

    redriven: int
    unchanged: int
    not_found: int = 0
    next: str | None = Field(default=None, description="There is more: send the same again with this as `cursor`.")


class Purged(BaseModel):
    """What a purge removed, or would remove: jobs, and the bytes of their files and uploads."""

    model_config = _examples({"jobs": 1200, "size_bytes": 734003200, "dry_run": False})

    jobs: int
    size_bytes: int
    dry_run: bool
    next: str | None = Field(default=None, description="There is more: send the same again with this as `cursor`.")


class Priority(BaseModel):
    """A new place in line."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"priority": 5}]})

    priority: int = Field(ge=PRIORITY_MIN, le=PRIORITY_MAX, strict=True, description="Higher is sooner.")


class QueueView(BaseModel):
    """A queue."""

    name: Queue
    waiting: int
    by_priority: dict[int, int] = Field(description="Of those that wait, how many have each priority.")
    retry: int = Field(description="Jobs that wait for their next attempt, or for their children.")
    running: int
    dead: int = Field(description="Failed jobs that are still kept.")
    oldest_age_s: float = Field(description="How long the oldest waiting job waits.")
    completed_today: int = Field(description="Jobs that succeeded on this day, UTC.")
    paused: bool = Field(description="Nothing of it is given out.")

    @classmethod
    def of(cls, summary: QueueSummary) -> "QueueView":
        """Return what operators see of a queue."""
        return cls.model_validate(summary, from_attributes=True)


class QueueList(BaseModel):
    """All queues."""

    model_config = _examples(
        {
            "queues": [
                {
                    "name": "cpu",
                    "waiting": 3,
                    "by_priority": {"5": 1, "0": 2},
                    "retry": 0,
                    "running": 2,
                    "dead": 0,
                    "oldest_age_s": 12.5,
                    "completed_today": 118,
                    "paused": False,
                }
            ]
        }
    )

    queues: list[QueueView]


class RunningView(BaseModel):
    """A job that runs on a machine."""

    task_id: str
    queue: Queue
    pid: int = Field(description="The process that runs it.")


class MachineView(BaseModel):
    """A machine that works."""

    machine: str = Field(description="`MEDIAMILL_MACHINE`, or made from its name and data folder.")
    seen_at: str = Field(description="When it told this, by its own clock.")
    slots: dict[Queue, int] = Field(default={}, description="How many jobs of each queue it runs at once.")
    jobs: list[RunningView] = []
    memory_bytes: int = Field(
        default=0, description="Of the keeper and the processes in which jobs run now, programs not counted."
    )

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "MachineView":
        """Return what operators see of what a machine told of itself."""
        return cls.model_validate({**told, "seen_at": rfc3339(told["seen_ms"])})


class WorkerList(BaseModel):
    """The machines that work, as each told of itself last."""

    model_config = _examples(
        {
            "workers": [
                {
                    "machine": "host-1",
                    "seen_at": "2026-03-01T09:30:00.120Z",
                    "slots": {"cpu": 2, "interactive": 1},
                    "jobs": [{"task_id": _ID, "queue": "cpu", "pid": 4711}],
                    "memory_bytes": 408899584,
                }
            ]
        }
    )

    workers: list[MachineView]


class LineView(BaseModel):
    """One line of a job's log."""

    model_config = _examples(
        {
            "id": "1772357400120-0",
            "at": "2026-03-01T09:30:00.120Z",
            "attempt": 1,
            "level": "info",
            "event": "voice.loaded",
            "fields": {"seconds": 1.2},
        }
    )

    id: str
    at: str
    attempt: int
    level: str
    event: str
    fields: dict[str, Any]

    @classmethod
    def of(cls, line: LogLine) -> "LineView":
        """Return what clients see of a line."""
        facts = line.model_dump(exclude={"at_ms"})
        return cls(at=rfc3339(line.at_ms), **facts)


def rfc3339(ms: int) -> str:
    """Return a time in Unix milliseconds as RFC 3339, UTC, with milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _at(ms: int | None) -> str | None:
    return None if ms is None else rfc3339(ms)


def _history(job: Job) -> list[AttemptView]:
    return [
        AttemptView(
            attempt=run.attempt,
            worker=run.worker,
            started_at=rfc3339(run.started_ms),
            ended_at=rfc3339(run.ended_ms),
            outcome=run.outcome,
            error_code=run.error_code,
            error_message=run.error_message,
        )
        for run in job.history
    ]


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return parameters with encrypted values masked and long texts cut."""
    if isinstance(value, dict):
        return MASK if set(value) == {"$secret"} else {name: _shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    if isinstance(value, str) and len(value) > SHOWN_CHARS:
        return value[:SHOWN_CHARS] + "…"
    return value


def pages(jobs: Iterable[Job], *, with_owner: bool) -> list[JobView]:
    """Return the jobs of a list, without what is long."""
    return [JobView.of(job, whole=False, with_owner=with_owner) for job in jobs]


def dead_letters(jobs: Iterable[Job], *, with_owner: bool) -> list[JobView]:
    """Return the jobs of a list with the history of their attempts."""
    return [JobView.of(job, whole=False, with_owner=with_owner, with_history=True) for job in jobs]
