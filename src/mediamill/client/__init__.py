"""The Python client: `Client` for ordinary code, `AsyncClient` for an event loop."""

from mediamill.client.aio import AsyncClient
from mediamill.client.answers import Accepted, Event, Job, JobFile, LogLine
from mediamill.client.errors import ApiError, ClientError, DownloadError, NotFinished, Unreachable
from mediamill.client.sync import Client

__all__ = [
    "Accepted",
    "ApiError",
    "AsyncClient",
    "Client",
    "ClientError",
    "DownloadError",
    "Event",
    "Job",
    "JobFile",
    "LogLine",
    "NotFinished",
    "Unreachable",
]
