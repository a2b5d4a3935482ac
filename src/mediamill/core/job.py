"""The record of a job: the truth about it."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mediamill.core.queues import Queue
from mediamill.core.states import State


class Artifact(BaseModel):
    """A named, immutable file of a job.

    key: where it lies in the file store; never shown to clients. crc32: for archives; None in older records.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str = "application/octet-stream"
    crc32: int | None = None


class Upload(BaseModel):
    """A file that came with a request."""

    model_config = ConfigDict(frozen=True)

    filename: str
    key: str
    sha256: str
    size_bytes: int


class Attempt(BaseModel):
    """One run of a job, as its history tells it. `outcome` is the move that ended it."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    worker: str
    started_ms: int
    ended_ms: int
    outcome: str
    error_code: str | None = None
    error_message: str | None = None


class Job(BaseModel):
    """One request for work. Times are Unix milliseconds of the store's clock.

    priority: -9..9, higher sooner. progress: 0..100.
    attempt: runs started, counted from 1. failures: runs charged against the retry policy.
    worker_losses: consecutive deaths of the worker process.
    params: as the service's model dumps them, secret values encrypted.
    request_hash: of params and upload digests, to tell a repeat from a reused Idempotency-Key.
    published: some attempt has published a part.
    duplicate_of: the job that stood for the same request when this one, accepted while the store was away, came.
    keep_dedupe: a SUCCESS goes on standing for its request.
    identified: its dedupe key is the digest of what it is about, and its owner has no other unfinished job about that.
    files_expired_ms: since when its files and uploads are no longer kept.
    version: grows with every change of the record.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    service: str
    owner: str
    queue: Queue
    priority: int = 0
    state: State = State.PENDING
    version: int = 0
    params: dict[str, Any] = Field(default_factory=dict)
    uploads: dict[str, Upload] = Field(default_factory=dict)

    attempt: int = 0
    failures: int = 0
    worker_losses: int = 0
    token: str | None = None
    machine: str | None = None
    worker: str | None = None

    progress: float = 0.0
    stage: str = ""
    stop: bool = False
    published: bool = False
    files: dict[str, Artifact] = Field(default_factory=dict)
    data: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    history: tuple[Attempt, ...] = ()

    created_ms: int = 0
    queued_ms: int = 0
    started_ms: int | None = None
    ended_ms: int | None = None
    due_ms: int | None = None
    start_by_ms: int | None = None
    files_expired_ms: int | None = None
    time_limit_s: float = 3600.0

    correlation_id: str = ""
    traceparent: str | None = None
    dedupe_key: str | None = None
    keep_dedupe: bool = False
    identified: bool = False
    request_hash: str = ""
    duplicate_of: str | None = None
    is_child: bool = False

    @property
    def status(self) -> str:
        """The public word for the state."""
        return self.state.public


class EndedJob(Job):
    """A finished job with all that outlives the store: what `job.json` holds, and what a rebuild needs.

    parts: what its attempts published, by name.
    """

    parts: dict[str, Artifact] = Field(default_factory=dict)
    ended_ms: int

    @model_validator(mode="after")
    def _is_final(self) -> Self:
        if not self.state.final:
            raise ValueError(f"a job that is {self.state} has not ended")
        return self
