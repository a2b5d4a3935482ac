"""What may go wrong between a client and its server."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """The base of all of them. The message says what was seen."""


class Unreachable(ClientError):  # noqa: N818 - named for what was seen
    """No answer came: nothing listens there, the network is gone, or it took too long."""


class ApiError(ClientError):
    """The server refused. Members are those of its problem document (RFC 9457).

    status: the HTTP status. error_code: stable, such as INVALID_INPUT. errors: one
    `{field, message, type}` for each wrong parameter. retry_after_s: when to come back, if it said so.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after_s: float | None = None) -> None:
        self.status = status
        self.error_code = str(problem.get("error_code", f"HTTP_{status}"))
        self.error_message = str(problem.get("error_message") or problem.get("detail") or f"HTTP status {status}")
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.instance = str(problem.get("instance", ""))
        self.correlation_id = str(problem.get("correlation_id", ""))
        self.errors: Sequence[Mapping[str, Any]] = tuple(problem.get("errors") or ())
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.error_message} ({self.error_code}, {status})")


class NotFinished(ClientError):  # noqa: N818
    """The job did not finish in the time that the caller had."""


class DownloadError(ClientError):
    """A file did not arrive as it was announced, or its name would leave the folder."""
