"""The routes of a service, made from its Service object."""

import importlib
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from mediamill.core.errors import InvalidInput, Unavailable
from mediamill.core.policy import PRIORITY_MAX, PRIORITY_MIN
from mediamill.core.service import AnyService
from mediamill.engine.registry import Found
from mediamill.engine.submit import Ask
from mediamill.store.jobs import Submitted
from mediamill.web.auth import Caller, Signed
from mediamill.web.bodies import Inbox
from mediamill.web.errors import Refused, invalid_params
from mediamill.web.prefer import wait_s
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.schemas import parameters, request_body
from mediamill.web.views import Accepted, JobView

KEY_CHARS: Final = 255
_KEY: Final = re.compile(rf"[\x20-\x7e]{{1,{KEY_CHARS}}}")
#: W3C Trace Context, version 00.
_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class SubmitOptions(BaseModel):
    """How a request is to be taken; what it asks for is in the body."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(default=False, description="Run it even when the same request is running or done already.")
    priority: int = Field(default=0, ge=PRIORITY_MIN, le=PRIORITY_MAX, description="Higher is sooner.")
    start_within_s: float | None = Field(
        default=None, gt=0, le=30 * 86_400, description="Fail with EXPIRED unless it starts within this many seconds."
    )
    time_limit_s: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that one attempt may take; at most, and if not said, the service's own limit. "
        "A request that joins a job which exists already leaves that job's limit as it is.",
    )


_NO_OPTIONS: Final = SubmitOptions()


class SubmitHeaders(BaseModel):
    """What headers say about a request, as it is documented."""

    idempotency_key: str | None = Field(
        default=None,
        description="Repeats with this key within 24 h are the same job; with another request they are refused (422).",
        examples=["order-4711"],
    )
    prefer: str | None = Field(
        default=None,
        description="`wait=n`: answer 200 with the finished job if it finishes within n seconds (60 at most).",
        examples=["wait=10"],
    )
    traceparent: str | None = Field(default=None, description="W3C Trace Context; kept with the job.")


def add_service(router: APIRouter, service: AnyService) -> None:
    """Add POST /{path} for a service."""

    async def submit(request: Request, rooms: RoomsOf, caller: Signed) -> Response:
        options, headers = _options(request), request.headers
        key = idempotency_key(request)
        patience_s = wait_s(headers.get("prefer"), rooms.patience.wait_s)
        inbox = Inbox(service, rooms.uploads, rooms.settings.body_limit_bytes)
        try:
            body = await inbox.read(request)

            def accept() -> Submitted:
                ask = Ask(
                    service=service,
                    params=_params(service, body, inbox.secrets),
                    owner=caller.owner,
                    received=inbox.received,
                    priority=options.priority,
                    force=options.force,
                    idempotency_key=key,
                    start_in_s=options.start_within_s,
                    time_limit_s=options.time_limit_s,
                    correlation_id=request.state.correlation_id,
                    traceparent=traceparent(request),
                )
                return rooms.submitter.submit(ask)

            submitted = await run_in_threadpool(accept)
        finally:
            inbox.discard()
        if patience_s is not None and (finished := await _finished(rooms, submitted, caller, patience_s)):
            return finished
        return _accepted(submitted)

    router.add_api_route(
        f"/{service.path}",
        submit,
        methods=["POST"],
        status_code=HTTPStatus.ACCEPTED,
        name=f"submit_{service.name}",
        operation_id=f"submit_{service.name}",
        tags=["services"],
        summary=f"Ask for a {service.name} job",
        description=_description(service),
        response_description="Accepted: the job that stands for this request.",
        response_model=None,
        responses={202: {"model": Accepted}, 200: {"model": JobView, "description": "Finished while you waited."}},
        openapi_extra={
            "parameters": [*parameters(SubmitOptions, "query"), *parameters(SubmitHeaders, "header")],
            **request_body(service),
        },
    )


def own_routers(found: Found, rooms: Rooms) -> Iterator[APIRouter]:
    """Yield the routes that only this service has: `routes.router(rooms)` of its package, if there is one."""
    spec = importlib.util.find_spec(found.package)
    if spec is None or spec.submodule_search_locations is None:
        return
    name = f"{found.package}.routes"
    if importlib.util.find_spec(name) is not None:
        yield importlib.import_module(name).router(rooms)


def _options(request: Request) -> SubmitOptions:
    """Return what the query says. FastAPI would read a model of parameters at a tenth of a submit's whole time."""
    if not request.scope["query_string"]:
        return _NO_OPTIONS
    try:
        return SubmitOptions.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid_params(error) from None


def _params(service: AnyService, body: bytes, secrets: Mapping[str, str]) -> BaseModel:
    """Return valid parameters. Raises Refused: 400 when it is no JSON, else 422 with what is wrong where.

    secrets: texts that came beside them. They join them here, so that a hash tells no difference.
    """
    if secrets:
        body = _joined(body, {service.secret_places[name]: text for name, text in secrets.items()})
    try:
        params: BaseModel = service.params.model_validate_json(body, extra="forbid")
    except ValidationError as error:
        raise invalid_params(error) from None
    return params


def _joined(body: bytes, secrets: Mapping[tuple[str, ...], str]) -> bytes:
    """Return parameters with the secrets in their places. What is wrong with the rest is told by who reads it."""
    try:
        params = json.loads(body)
    except (ValueError, RecursionError):
        return body
    for (*outer, name), text in secrets.items():
        place = params
        for part in outer:
            place = place.setdefault(part, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            return body
        if name in place:
            field = ".".join((*outer, name))
            raise InvalidInput(f"{field!r} came twice, as a parameter and as a file", field=field)
        place[name] = text
    return json.dumps(params).encode()


async def _finished(rooms: Rooms, submitted: Submitted, caller: Caller, patience_s: float) -> Response | None:
    """Wait for the job's end and return the finished job, or None when it did not end in time.

    For the store nobody waits: what is accepted is accepted, wherever it is looked at later.
    """
    if submitted.spooled:
        return None
    if not submitted.state.final and not await rooms.live.finished(submitted.id, patience_s):
        return None
    try:
        job = await run_in_threadpool(rooms.desk.find, submitted.id)
    except Unavailable:
        return None
    if job is None or job.owner != caller.owner or not job.state.final:
        return None
    headers = {"Location": f"/jobs/{job.id}", "Preference-Applied": f"wait={patience_s:g}"}
    return JSONResponse(JobView.of(job).dump(), headers=headers)


def _accepted(submitted: Submitted) -> Response:
    accepted = Accepted.of(submitted.id, submitted.state, spooled=submitted.spooled)
    headers = {"Location": accepted.links.self}
    if submitted.outcome == "replay":
        headers["Idempotent-Replayed"] = "true"
    return JSONResponse(accepted.dump(), HTTPStatus.ACCEPTED, headers=headers)


def idempotency_key(request: Request) -> str | None:
    """Return the Idempotency-Key. Raises Refused when it cannot be one."""
    sent = request.headers.get("idempotency-key")
    if sent is not None and not _KEY.fullmatch(sent):
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"the Idempotency-Key is not 1 to {KEY_CHARS} printable ASCII characters",
            code="INVALID_INPUT",
        )
    return sent


def traceparent(request: Request) -> str | None:
    """Return the W3C trace context, or None when there is none that can be read."""
    sent = request.headers.get("traceparent")
    return sent if sent and _TRACEPARENT.fullmatch(sent) else None


def _description(service: AnyService) -> str:
    parts: list[Any] = [(service.params.__doc__ or "").strip()]
    if fields := (*service.inputs, *service.secret_places):
        names = ", ".join(f"`{name}`" for name in fields)
        parts.append(
            f"With files ({names}) as multipart/form-data; the parameters are then the part `params`, as JSON."
        )
    return "\n\n".join(part for part in parts if part)
