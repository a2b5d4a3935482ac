"""Clients who wait for what a job makes, instead of coming back for it."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from mediamill.core.job import Job
from mediamill.core.service import AnyService
from mediamill.core.states import State
from mediamill.engine.submit import Ask
from mediamill.store.jobs import Submitted
from mediamill.web.auth import Caller
from mediamill.web.errors import Refused
from mediamill.web.growing import GrowingFile, Unfinished, WholeFile
from mediamill.web.patient import PatientStream
from mediamill.web.rooms import Patience, Rooms
from mediamill.web.services import idempotency_key, traceparent

T = TypeVar("T")

#: Repeating a request whose job has failed for good, or was cancelled, makes nothing better: OpenAI's clients, which
#: repeat by themselves, look at this.
_FINAL: Final = {"X-Should-Retry": "false"}


def submit(rooms: Rooms, request: Request, caller: Caller, service: AnyService, params: BaseModel) -> Submitted:
    """Accept a request for which somebody waits: not into a full queue, and not while the store is away.

    Raises as `Submitter.submit` does, and Refused for a bad Idempotency-Key.
    """
    ask = _ask(request, caller, service, params)
    return rooms.submitter.submit(replace(ask, waiting_limit=rooms.settings.speech_waiting, spooled=False))


def hand_in(rooms: Rooms, request: Request, caller: Caller, service: AnyService, params: BaseModel) -> Submitted:
    """Accept a request for which nobody waits, as the service's own route does. Raises as `submit`."""
    return rooms.submitter.submit(_ask(request, caller, service, params))


def _ask(request: Request, caller: Caller, service: AnyService, params: BaseModel) -> Ask:
    return Ask(
        service=service,
        params=params,
        owner=caller.owner,
        idempotency_key=idempotency_key(request),
        correlation_id=request.state.correlation_id,
        traceparent=traceparent(request),
    )


async def while_connected(request: Request, coming: Coroutine[None, None, T], within_s: float) -> T:
    """Return what comes. Raises TimeoutError after `within_s` seconds, ClientDisconnect when the client goes."""
    waiting = asyncio.create_task(coming)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({waiting, leaving}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        if leaving.done():
            raise ClientDisconnect
        raise TimeoutError
    finally:
        waiting.cancel()
        leaving.cancel()
        await asyncio.gather(waiting, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    """Return when the client has closed the connection. Its body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def answer_with(
    file: WholeFile | GrowingFile, patience: Patience, *, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Answer with a file; where it is finished, with its length."""
    if isinstance(file, WholeFile):
        if file.content is not None:
            return Response(file.content, headers=dict(headers), media_type=media_type)
        headers = {**headers, "Content-Length": str(file.artifact.size_bytes)}
    return PatientStream(file.pieces(), patience.send_s, headers=headers, media_type=media_type)


async def whole_file(rooms: Rooms, job_id: str, name: str, faults: frozenset[str]) -> WholeFile:
    """Return a file of a job that has ended.

    faults: error codes of jobs that say that the request was wrong.
    Raises Refused where the job made none, NotFound, and Unavailable when nothing here knows the job now.
    """
    try:
        return await run_in_threadpool(lambda: WholeFile.of(rooms, rooms.desk.find(job_id), name))
    except Unfinished as ended:
        raise _refusal(ended.job, faults) from None


def _refusal(job: Job | None, faults: frozenset[str]) -> Refused:
    """Return what a client hears who waited for the file of a job that made none."""
    if job is None or job.state is State.REVOKED:
        what = "removed" if job is None else "cancelled"
        return Refused(HTTPStatus.CONFLICT, f"the job was {what}", code="CONFLICT", headers=_FINAL)
    if job.state is not State.FAILURE:
        message = "this server is about to stop; the job goes on: send the request again"
        return Refused(HTTPStatus.SERVICE_UNAVAILABLE, message, code="UNAVAILABLE")
    wrong = job.error_code in faults
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.INTERNAL_SERVER_ERROR
    return Refused(status, job.error_message or "the job failed", code=job.error_code or "INTERNAL", headers=_FINAL)
