"""The environment, read once. Small frozen groups, one per room, passed to constructors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mediamill.core.queues import Queue

MIB = 1024 * 1024


@dataclass(frozen=True)
class RedisSettings:
    """Where the store is. `timeout_s` bounds one call. Every key begins with `prefix`."""

    url: str
    prefix: str = "mediamill:"
    timeout_s: float = 5.0


@dataclass(frozen=True)
class FileSettings:
    """Where files are: `root` holds scratch, uploads on their way in and, without S3, everything.

    location: "s3://bucket/prefix", or None for the folder `root`/files.
    """

    root: Path
    location: str | None = None
    s3_endpoint_url: str | None = None


@dataclass(frozen=True)
class KeepSettings:
    """How long things are kept, seconds."""

    job_s: float = 7 * 86_400
    dead_s: float = 30 * 86_400
    cache_s: float = 7 * 86_400


@dataclass(frozen=True)
class ApiKey:
    """One entry of API_KEYS. scope: user, operator or admin; each includes the ones before it."""

    owner: str
    key: str = field(repr=False)
    scope: str = "user"


@dataclass(frozen=True)
class ApiSettings:
    """The HTTP side."""

    host: str = "127.0.0.1"
    port: int = 8000
    keys: tuple[ApiKey, ...] = ()
    cors_origins: tuple[str, ...] = ()
    body_limit_bytes: int = 50 * MIB
    store_timeout_s: float = 1.0


@dataclass(frozen=True)
class SecretSettings:
    """Keys for values that must not lie about in clear; the first one encrypts, all of them decrypt."""

    keys: tuple[str, ...] = field(default=(), repr=False)


#: How many attempts of each queue one machine runs at once, if nobody says otherwise.
SLOTS: Mapping[Queue, int] = MappingProxyType(
    {Queue.INTERACTIVE: 1, Queue.CPU: 2, Queue.DEFAULT: 8, Queue.DOWNLOADS: 4, Queue.RECORDING: 50}
)


@dataclass(frozen=True)
class WorkerSettings:
    """One machine's work. runtime: a folder of this machine where attempts and keeper meet."""

    runtime: Path
    machine: str
    slots: Mapping[Queue, int] = field(default_factory=lambda: SLOTS)
    drain_s: float = 20.0


@dataclass(frozen=True)
class Settings:
    """Everything, as `load` found it."""

    data_dir: Path
    redis: RedisSettings
    files: FileSettings
    keep: KeepSettings
    api: ApiSettings
    secrets: SecretSettings
    worker: WorkerSettings
    log_level: str = "INFO"
