"""What the server answers, as frozen values. Members that a newer server adds are left aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

FINAL: Final = frozenset({"SUCCESS", "FAILURE", "REVOKED"})


@dataclass(frozen=True)
class Accepted:
    """A request that became a job, or that a job stands for already.

    accepted_via: "spool" while the server's store is away: the server keeps the request and hands it on later.
    """

    task_id: str
    status: str
    accepted_via: str | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Accepted":
        """Read the answer to a submit or a retry."""
        return cls(str(body["task_id"]), str(body["status"]), body.get("accepted_via"))


@dataclass(frozen=True)
class JobFile:
    """A file of a job."""

    name: str
    size_bytes: int
    sha256: str
    media_type: str
    url: str

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "JobFile":
        """Read one file."""
        return cls(
            name=str(body["name"]),
            size_bytes=int(body["size_bytes"]),
            sha256=str(body["sha256"]),
            media_type=str(body.get("media_type", "application/octet-stream")),
            url=str(body["url"]),
        )


@dataclass(frozen=True)
class Job:
    """A job as the server showed it. progress: 0..100. `body` is the whole answer."""

    task_id: str
    service: str
    status: str
    queue: str
    priority: int
    progress: float
    stage: str
    attempt: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error_code: str | None
    error_message: str | None
    correlation_id: str
    data: Mapping[str, Any]
    files: tuple[JobFile, ...]
    body: Mapping[str, Any] = field(repr=False)

    @property
    def finished(self) -> bool:
        """Whether its status will not change by itself any more."""
        return self.status in FINAL

    @property
    def succeeded(self) -> bool:
        """Whether its files are complete."""
        return self.status == "SUCCESS"

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Job":
        """Read one job."""
        return cls(
            task_id=str(body["task_id"]),
            service=str(body["service"]),
            status=str(body["status"]),
            queue=str(body.get("queue", "")),
            priority=int(body.get("priority", 0)),
            progress=float(body.get("progress", 0.0)),
            stage=str(body.get("stage", "")),
            attempt=int(body.get("attempt", 0)),
            created_at=datetime.fromisoformat(body["created_at"]),
            started_at=_time(body.get("started_at")),
            ended_at=_time(body.get("ended_at")),
            error_code=body.get("error_code"),
            error_message=body.get("error_message"),
            correlation_id=str(body.get("correlation_id", "")),
            data=body.get("data") or {},
            files=tuple(JobFile.read(each) for each in body.get("files") or ()),
            body=body,
        )


@dataclass(frozen=True)
class JobPage:
    """A part of a list. `next` is the cursor of the following part, None at the end."""

    jobs: tuple[Job, ...]
    next: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "JobPage":
        """Read one page."""
        return cls(jobs=tuple(Job.read(each) for each in body["jobs"]), next=body.get("next"))


@dataclass(frozen=True)
class Redriven:
    """How many dead letters run again. unchanged: they cannot, or are none any more; not_found: of those named by id.

    next: the cursor of the following round; None at the end, and in a sum.
    """

    redriven: int = 0
    unchanged: int = 0
    not_found: int = 0
    next: str | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Redriven":
        """Read the answer to one round."""
        return cls(int(body["redriven"]), int(body["unchanged"]), int(body.get("not_found", 0)), body.get("next"))

    def plus(self, other: "Redriven") -> "Redriven":
        """Return the sum of two rounds."""
        return Redriven(
            self.redriven + other.redriven, self.unchanged + other.unchanged, self.not_found + other.not_found
        )


@dataclass(frozen=True)
class Purged:
    """How many finished jobs were removed, or would be, and the bytes of their files. next: as in `Redriven`."""

    jobs: int = 0
    size_bytes: int = 0
    next: str | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Purged":
        """Read the answer to one round."""
        return cls(int(body["jobs"]), int(body["size_bytes"]), body.get("next"))

    def plus(self, other: "Purged") -> "Purged":
        """Return the sum of two rounds."""
        return Purged(self.jobs + other.jobs, self.size_bytes + other.size_bytes)


@dataclass(frozen=True)
class QueueState:
    """How a queue stands. by_priority: waiting jobs. completed_today: jobs that succeeded on this day, UTC."""

    name: str
    waiting: int
    by_priority: Mapping[int, int]
    retry: int
    running: int
    dead: int
    oldest_age_s: float
    completed_today: int
    paused: bool

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "QueueState":
        """Read one queue."""
        return cls(
            name=str(body["name"]),
            waiting=int(body["waiting"]),
            by_priority={int(priority): int(jobs) for priority, jobs in body.get("by_priority", {}).items()},
            retry=int(body.get("retry", 0)),
            running=int(body.get("running", 0)),
            dead=int(body.get("dead", 0)),
            oldest_age_s=float(body.get("oldest_age_s", 0.0)),
            completed_today=int(body.get("completed_today", 0)),
            paused=bool(body.get("paused", False)),
        )


@dataclass(frozen=True)
class Voice:
    """A voice of the service speech.

    language: BCP 47, lower case; `mul` for a voice that reads every language. needs: what it lacks, where it is
    not ready. sample: the path of a short text in it.
    """

    name: str
    language: str
    label: str
    engine: str
    sample_rate_hz: int
    licence: str
    ready: bool
    needs: str
    sample: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Voice":
        """Read one voice."""
        sample = body.get("sample")
        return cls(
            name=str(body["name"]),
            language=str(body["language"]),
            label=str(body.get("label", "")),
            engine=str(body.get("engine", "")),
            sample_rate_hz=int(body.get("sample_rate_hz", 0)),
            licence=str(body.get("licence", "")),
            ready=bool(body.get("ready", True)),
            needs=str(body.get("needs") or ""),
            sample=str(sample) if sample else None,
        )


@dataclass(frozen=True)
class Event:
    """One line of a job's story. name: state, progress, artifact, reset (look at the job again) or end."""

    id: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class LogLine:
    """One line of a job's log."""

    id: str
    at: datetime
    attempt: int
    level: str
    event: str
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "LogLine":
        """Read one line."""
        return cls(
            id=str(body["id"]),
            at=datetime.fromisoformat(body["at"]),
            attempt=int(body.get("attempt", 0)),
            level=str(body.get("level", "info")),
            event=str(body["event"]),
            fields=body.get("fields") or {},
        )


def files(body: Mapping[str, Any]) -> tuple[JobFile, ...]:
    """Read a list of files."""
    return tuple(JobFile.read(each) for each in body["files"])


def voices(body: Mapping[str, Any]) -> tuple[Voice, ...]:
    """Read a list of voices."""
    return tuple(Voice.read(each) for each in body["voices"])


def queues(body: Mapping[str, Any]) -> tuple[QueueState, ...]:
    """Read the list of queues."""
    return tuple(QueueState.read(each) for each in body["queues"])


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
