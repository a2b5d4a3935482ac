"""The Python client: `Client` for ordinary code, `AsyncClient` for an event loop."""

from mediamill.client.aio import AsyncClient
from mediamill.client.answers import Accepted, Event, Job, JobFile, LogLine, Purged, QueueState, Redriven, Voice
from mediamill.client.cache import CacheEntry, CacheState, Cleared, Pinned, Warmed
from mediamill.client.calls import DeadFilter
from mediamill.client.errors import ApiError, ClientError, DownloadError, NotFinished, Unreachable
from mediamill.client.kept import KeptFile, KeptFilter
from mediamill.client.sync import Client
from mediamill.client.watchers import Watcher, Watching

__all__ = [
    "Accepted",
    "ApiError",
    "AsyncClient",
    "CacheEntry",
    "CacheState",
    "Cleared",
    "Client",
    "ClientError",
    "DeadFilter",
    "DownloadError",
    "Event",
    "Job",
    "JobFile",
    "KeptFile",
    "KeptFilter",
    "LogLine",
    "NotFinished",
    "Pinned",
    "Purged",
    "QueueState",
    "Redriven",
    "Unreachable",
    "Voice",
    "Warmed",
    "Watcher",
    "Watching",
]
