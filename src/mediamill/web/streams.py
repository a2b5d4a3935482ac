"""Live: a job's events and log. Every wait here is async, so that watchers take no thread."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mediamill.core.events import LOG_LINES_KEPT, EventName, LogLine
from mediamill.core.job import Job
from mediamill.web.auth import JobId, Signed, readable
from mediamill.web.errors import FieldError, Refused
from mediamill.web.patient import PatientEvents, PatientStream
from mediamill.web.rooms import Patience, Rooms, RoomsOf
from mediamill.web.views import LineView

router = APIRouter(prefix="/jobs", tags=["live"])

SSE: Final = "text/event-stream"
LINES: Final = "application/x-ndjson"
#: What EventSource waits before it connects again, ms.
RETRY_MS: Final = 3_000
#: How often a look is taken whether the store has a job that waits for it, seconds.
ARRIVES_S: Final = 1.0
#: Proxies that compress or gather a live stream hold it back.
_LIVE: Final = {"Cache-Control": "no-store, no-transform"}
_STREAM_ID: Final = re.compile(r"\d{1,18}(-\d{1,18})?")

_EVENTS_EXAMPLE: Final = (
    'retry: 3000\n\nid: 1772357400120-0\nevent: progress\ndata: {"progress": 40.0, "stage": "speaking"}\n\n'
    'id: 1772357402044-0\nevent: end\ndata: {"status": "SUCCESS"}\n\n'
)
_LINE_EXAMPLE: Final = (
    '{"id": "1772357400120-0", "at": "2026-03-01T09:30:00.120Z", "attempt": 1, "level": "info", '
    '"event": "voice.loaded", "fields": {"seconds": 1.2}}\n'
)


class LogQuery(BaseModel):
    """Which lines of a log."""

    model_config = ConfigDict(extra="forbid")

    last_n: int | None = Field(default=None, ge=0, le=LOG_LINES_KEPT, description="Only the last n lines.")
    follow: bool = Field(default=False, description="Go on until the job ends.")
    after: str | None = Field(default=None, description="Only lines after this one's id.")


@router.get(
    "/{job_id}/events",
    response_model=None,
    responses={200: {"content": {SSE: {"schema": {"type": "string"}, "example": _EVENTS_EXAMPLE}}}},
)
async def watch_events(
    rooms: RoomsOf,
    caller: Signed,
    job_id: JobId,
    after: Annotated[
        str | None, Query(description="Go on after this event's id.", examples=["1772357400120-0"])
    ] = None,
    last_event_id: Annotated[str | None, Header(description="As `after`; EventSource sends it.")] = None,
) -> Response:
    """Watch a job: `state`, `progress` and `artifact` events, then `end`, after which the stream closes.

    `reset` says that events after your place are no longer kept: look at the job again.
    """
    place = _place("Last-Event-ID", last_event_id) or _place("after", after) or "0"
    job = await run_in_threadpool(readable, rooms, job_id, caller)
    return _sse(_events(rooms, job, place), rooms.patience)


@router.get(
    "/{job_id}/logs",
    response_model=None,
    responses={
        200: {
            "content": {
                LINES: {"schema": {"type": "string"}, "example": _LINE_EXAMPLE},
                SSE: {"schema": {"type": "string"}, "example": f"event: line\ndata: {_LINE_EXAMPLE}\n"},
            }
        }
    },
)
async def read_log(
    request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId, wanted: Annotated[LogQuery, Query()]
) -> Response:
    """Read a job's log: JSON lines, or events when you accept `text/event-stream`."""
    last_event_id = request.headers.get("last-event-id")
    place = _place("Last-Event-ID", last_event_id) or _place("after", wanted.after) or "0"
    await run_in_threadpool(readable, rooms, job_id, caller)
    # A client that comes back goes on where it was, whatever it wanted first.
    tail = None if last_event_id else wanted.last_n
    lines = _log_lines(rooms, job_id, place, tail, follow=wanted.follow)
    if SSE in request.headers.get("accept", ""):
        return _sse(_line_events(lines), rooms.patience)
    if wanted.follow:
        return PatientStream(_json_lines(lines), rooms.patience.send_s, media_type=LINES, headers=_LIVE)
    body = b"".join([line async for line in _json_lines(lines)])
    return Response(body, media_type=LINES)


def _sse(frames: AsyncIterator[bytes], patience: Patience) -> PatientEvents:
    return PatientEvents(frames, patience.ping_s, patience.send_s, headers=_LIVE)


async def _events(rooms: Rooms, job: Job, place: str) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    await _arrived(rooms, job.id)
    async for event in rooms.live.events(job.id, place):
        facts = event.data
        if event.name is EventName.END and job.state.final and facts["status"] is None:
            facts = {"status": job.status}  # its record was forgotten; what lies beside its files knows the end
        yield _frame(event.id, event.name, facts)


async def _log_lines(
    rooms: Rooms, job_id: str, place: str, last_n: int | None, *, follow: bool
) -> AsyncIterator[LogLine]:
    if follow:
        await _arrived(rooms, job_id)
    async for line in rooms.live.log(job_id, after=place, last_n=last_n, follow=follow):
        yield line


async def _arrived(rooms: Rooms, job_id: str) -> None:
    """Wait until the store has a job that was accepted while it was away: until then nothing happens to it."""
    while not rooms.live.ending.is_set() and await run_in_threadpool(rooms.desk.waits_here, job_id):
        with suppress(TimeoutError):
            await asyncio.wait_for(rooms.live.ending.wait(), ARRIVES_S)


async def _line_events(lines: AsyncIterator[LogLine]) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    async for line in lines:
        yield _frame(line.id, "line", LineView.of(line).model_dump())
    yield _frame("", "end", {})


async def _json_lines(lines: AsyncIterator[LogLine]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield _json(LineView.of(line).model_dump()).encode() + b"\n"


def _frame(event_id: str, name: str, facts: dict[str, Any]) -> bytes:
    """Return one event on the wire. JSON has no line breaks, so its data is one line."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {_json(facts)}\n\n".encode()


def _json(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def _place(name: str, sent: str | None) -> str | None:
    if sent and not _STREAM_ID.fullmatch(sent):
        message = "this is not the id of an event"
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{name}: {message}",
            code="INVALID_INPUT",
            errors=[FieldError(field=name, message=message, type="stream_id")],
        )
    return sent or None
