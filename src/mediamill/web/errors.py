"""Errors on the wire: problem documents (RFC 9457) with our members; below /v1/ OpenAI's shape."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from mediamill.core.errors import (
    Conflict,
    Incomplete,
    InvalidInput,
    KeyReused,
    MediamillError,
    NotFound,
    PermanentError,
    QueueFull,
    RetryableError,
    StaleAttempt,
    TooLarge,
    Unavailable,
)
from mediamill.web import openai

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
#: Where a request has more faults than these, they are not listed one by one.
LISTED_FAULTS: Final = 100

#: Class of a core error -> status. A subclass comes before its base.
STATUSES: Final[Mapping[type[MediamillError], HTTPStatus]] = {
    Incomplete: HTTPStatus.BAD_REQUEST,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    StaleAttempt: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    PermanentError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RetryableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: Status -> code, for errors that come from the framework.
_CODES: Final[Mapping[int, str]] = {
    400: "MALFORMED_REQUEST",
    401: "UNAUTHENTICATED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
    429: "RATE_LIMITED",
    503: "UNAVAILABLE",
}


class FieldError(BaseModel):
    """What is wrong with one parameter. field: dotted, as the client named it; empty for the whole request."""

    field: str
    message: str
    type: str


class Problem(BaseModel):
    """The body of every error: RFC 9457, and `error_*` as jobs have them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "detail": "text: Field required",
                    "instance": "/speech",
                    "error_code": "INVALID_INPUT",
                    "error_message": "text: Field required",
                    "correlation_id": "0b1f6b8a-7d2e-4a6e-9a51-5f6f3d1f9c11",
                    "errors": [{"field": "text", "message": "Field required", "type": "missing"}],
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    error_code: str = Field(description="Stable; docs/errors.md lists them all.")
    error_message: str
    correlation_id: str
    errors: list[FieldError] = []


class Refused(Exception):  # noqa: N818 - named for what the answer says
    """An error that only HTTP knows, such as a missing key or an unknown media type."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES[status]
        self.errors = list(errors)
        self.headers = dict(headers or {})


def answer(scope: Mapping[str, Any], error: Refused) -> JSONResponse:
    """Return an error as the clients of the path want it: a problem document, below /v1/ OpenAI's shape."""
    path: str = scope.get("path", "")
    headers = error.headers
    if error.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    if openai.speaks(path):
        field = error.errors[0].field if error.errors else ""
        body = openai.problem(error.status, error.code, error.message, field or None)
        return JSONResponse(body, status_code=openai.status_of(error.status), headers=headers)
    problem = Problem(
        title=error.status.phrase,
        status=error.status,
        detail=error.message,
        instance=path,
        error_code=error.code,
        error_message=error.message,
        correlation_id=scope.get("state", {}).get("correlation_id", ""),
        errors=error.errors,
    )
    return JSONResponse(problem.model_dump(), status_code=error.status, headers=headers, media_type=MEDIA_TYPE)


def refusal(error: MediamillError) -> Refused | None:
    """Return what HTTP says about one of core's errors, or None when it is our own fault."""
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
    if status is None:
        return None
    field = error.field if isinstance(error, InvalidInput) else None
    errors = [FieldError(field=field, message=error.message, type=error.code.lower())] if field else []
    headers = {}
    if isinstance(error, RetryableError | QueueFull) and error.after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.after_s)))
    return Refused(status, error.message, code=error.code, errors=errors, headers=headers)


def invalid_params(error: ValidationError) -> Refused:
    """Return the refusal of parameters or options. Inputs are left out: what the client sent may be long, or secret.

    A list of very many faults would cost a hundred times the memory of the request: then they are only counted.
    """
    count = error.error_count()
    if count > LISTED_FAULTS:
        message = f"{count} faults, more than the {LISTED_FAULTS} that would be listed; unknown fields are faults too"
        return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, message, code="INVALID_INPUT")
    return invalid(error.errors(include_url=False, include_input=False))


def invalid(details: Iterable[ErrorDetails | Mapping[str, Any]], where: Sequence[str] = ()) -> Refused:
    """Return the refusal that pydantic's error list means. What the client sent is not repeated.

    where: leading parts of locations that name a place of the request, not a parameter.
    """
    errors = []
    for each in details:
        if each["type"] == "json_invalid":
            message = f"the body is not valid JSON: {(each.get('ctx') or {}).get('error', each['msg'])}"
            return Refused(HTTPStatus.BAD_REQUEST, message, code="MALFORMED_JSON")
        location = [str(part) for part in each["loc"]]
        if location and location[0] in where:
            location = location[1:]
        errors.append(
            FieldError(field=".".join(location), message=each["msg"].removeprefix("Value error, "), type=each["type"])
        )
    first = errors[0]
    message = f"{first.field}: {first.message}" if first.field else first.message
    if len(errors) > 1:
        message += f" (and {len(errors) - 1} more)"
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, message, code="INVALID_INPUT", errors=errors[:LISTED_FAULTS])


def _http(error: HTTPException) -> Refused:
    status = HTTPStatus(error.status_code)
    code = _CODES.get(status, f"HTTP_{status.value}")
    message = str(error.detail)
    if status is HTTPStatus.NOT_FOUND and message == status.phrase:
        message = "there is nothing at this path"
    return Refused(status, message, code=code, headers=error.headers)


def install(app: FastAPI) -> None:
    """Make every handled error of `app` an `answer`; `Guard` does the same for the rest."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refused)  # noqa: S101 - Starlette's handlers are typed for Exception
        return answer(request.scope, error)

    async def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, MediamillError)  # noqa: S101
        known = refusal(error)
        if known is None:
            raise error
        return answer(request.scope, known)

    async def unread(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return answer(request.scope, invalid(error.errors(), ("query", "path", "header", "body", "cookie")))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        return answer(request.scope, _http(error))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(MediamillError, ours)
    app.add_exception_handler(RequestValidationError, unread)
    app.add_exception_handler(HTTPException, http)
