"""Errors below /v1/ in OpenAI's shape, which is what the clients of these routes read."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

PREFIX: Final = "/v1"

#: Our code -> OpenAI's word for the same. The others are ours, in lower case.
_CODES: Final[Mapping[str, str]] = {
    "UNAUTHENTICATED": "invalid_api_key",
    "NOT_FOUND": "unknown_url",
    "QUEUE_FULL": "rate_limit_exceeded",
    "RATE_LIMITED": "rate_limit_exceeded",
}


class OpenAIError(BaseModel):
    """What went wrong. param: the parameter to correct, if it was one; code: docs/errors.md, in lower case."""

    message: str
    type: str = Field(description="invalid_request_error, rate_limit_error or server_error.")
    param: str | None
    code: str


class OpenAIProblem(BaseModel):
    """The body of every error below /v1/, as OpenAI's API has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": {
                        "message": "input: Field required",
                        "type": "invalid_request_error",
                        "param": "input",
                        "code": "invalid_input",
                    }
                }
            ]
        }
    )

    error: OpenAIError


def speaks(path: str) -> bool:
    """Whether the clients of this path want OpenAI's shape."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def status_of(status: HTTPStatus) -> HTTPStatus:
    """Return the status that OpenAI's clients know: their API says 400 where ours says 422."""
    return HTTPStatus.BAD_REQUEST if status is HTTPStatus.UNPROCESSABLE_ENTITY else status


def problem(status: HTTPStatus, code: str, message: str, param: str | None) -> dict[str, Any]:
    """Return the body of an error."""
    error = OpenAIError(message=message, type=_kind(status), param=param, code=_CODES.get(code, code.lower()))
    return OpenAIProblem(error=error).model_dump()


def _kind(status: HTTPStatus) -> str:
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
