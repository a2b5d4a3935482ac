"""Jobs: list, look, move in line, cancel, stop, retry, remove."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mediamill.core.errors import Conflict, NotFound
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.store.jobs import Moved
from mediamill.web import cursors
from mediamill.web.auth import Caller, JobId, Rank, Signed, changeable, readable
from mediamill.web.conditions import not_modified
from mediamill.web.prefer import wait_s
from mediamill.web.rooms import RoomsOf
from mediamill.web.views import Accepted, JobPage, JobView, Priority, pages

router = APIRouter(prefix="/jobs", tags=["jobs"])

LIST_LIMIT: Final = 100
_POLL_S: Final = {State.PENDING: 2, State.STARTED: 1, State.CANCELLING: 1, State.RETRY: 10}

Status = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]


class JobFilter(BaseModel):
    """Which jobs a list shows."""

    model_config = ConfigDict(extra="forbid")

    service: str | None = Field(default=None, max_length=64, description="Only this service's.", examples=["speech"])
    status: Status | None = Field(default=None, description="Only jobs in this state.")
    owner: str | None = Field(default=None, max_length=128, description="For operators: only this owner's jobs.")
    children: bool = Field(default=False, description="Also those that only another job has asked for.")
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the page before.")
    limit: int = Field(default=50, ge=1, le=LIST_LIMIT, description="Jobs of a page, at most.")


@router.get("", responses={200: {"model": JobPage}}, response_model=None)
def list_jobs(request: Request, rooms: RoomsOf, caller: Signed, wanted: Annotated[JobFilter, Query()]) -> Response:
    """List jobs, newest first: your own, or everybody's for an operator.

    A page may be short or empty and still have a `next`: go on until there is none.
    """
    if wanted.owner not in {None, caller.owner}:
        caller.require(Rank.OPERATOR)
    sees_all = caller.rank >= Rank.OPERATOR
    page = rooms.jobs.page(
        owner=wanted.owner if sees_all else caller.owner,
        cursor=cursors.read(wanted.cursor),
        limit=wanted.limit,
        service=wanted.service,
        status=wanted.status,
        children=wanted.children,
    )
    following = cursors.write(page.next)
    body = JobPage(jobs=pages(page.jobs, with_owner=sees_all), next=following)
    return JSONResponse(body.model_dump(mode="json", exclude_none=True), headers=cursors.link(request, following))


@router.get("/{job_id}", responses={200: {"model": JobView}, 304: {"description": "Not changed."}}, response_model=None)
async def get_job(
    request: Request,
    rooms: RoomsOf,
    caller: Signed,
    job_id: JobId,
    prefer: Annotated[
        str | None, Header(description="`wait=n`: answer at the job's end, or after n seconds.", examples=["wait=30"])
    ] = None,
) -> Response:
    """Look at a job. With `Prefer: wait=n` the answer comes when it is finished, or after n seconds."""
    job = await run_in_threadpool(readable, rooms, job_id, caller)
    patience_s = wait_s(prefer, rooms.patience.wait_s)
    headers = {}
    if patience_s is not None:
        if not job.state.final and await rooms.live.finished(job_id, patience_s):
            job = await run_in_threadpool(readable, rooms, job_id, caller)
        headers["Preference-Applied"] = f"wait={patience_s:g}"
    return _job(job, caller, request=request, headers=headers)


@router.patch("/{job_id}", responses={200: {"model": JobView}}, response_model=None)
def prioritise_job(rooms: RoomsOf, caller: Signed, job_id: JobId, wanted: Priority) -> Response:
    """Move a waiting job in its line; 409 when it does not wait."""
    changeable(rooms, job_id, caller)
    moved = rooms.desk.prioritise(job_id, wanted.priority)
    if not moved:
        raise _conflict(moved, "its place in line matters only while it waits")
    return _job(readable(rooms, job_id, caller), caller)


@router.delete(
    "/{job_id}",
    responses={
        200: {"model": JobView, "description": "Cancelled."},
        202: {"model": JobView, "description": "Being cancelled: nothing of it runs within 10 s."},
        204: {"description": "Removed (`purge=true`)."},
    },
    response_model=None,
)
def cancel_job(
    rooms: RoomsOf,
    caller: Signed,
    job_id: JobId,
    purge: Annotated[bool, Query(description="Remove a finished job and its files.")] = False,  # noqa: FBT002 - a query
) -> Response:
    """Cancel a job and discard what it made; 409 when it has ended. With `purge=true`, remove an ended one."""
    job = changeable(rooms, job_id, caller)
    if purge:
        if rooms.desk.waits_here(job_id):
            raise Conflict("the job waits on this machine for Redis: it can be removed when Redis has it")
        if job.state.final:
            rooms.library.purge(job_id)
        moved = rooms.purger.purge(job_id)
        if not moved and moved.outcome != "none":  # a record that was forgotten before its files: they are gone now
            raise _conflict(moved, "only a finished job can be removed; cancel it first")
        return Response(status_code=HTTPStatus.NO_CONTENT)
    moved = rooms.desk.cancel(job_id)
    if not moved and moved.state not in {State.CANCELLING, State.REVOKED}:
        raise _conflict(moved, "it has ended; purge=true removes it")
    job = readable(rooms, job_id, caller)
    return _job(job, caller, status=HTTPStatus.OK if job.state.final else HTTPStatus.ACCEPTED)


@router.post("/{job_id}/stop", status_code=202, responses={202: {"model": JobView}}, response_model=None)
def stop_job(rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """Ask a job that has begun to finish early and keep what there is; 409 when it has not, or has ended."""
    changeable(rooms, job_id, caller)
    moved = rooms.jobs.stop(job_id)
    if not moved:
        raise _conflict(moved, "only a job that has begun, and has not ended, can finish early")
    return _job(readable(rooms, job_id, caller), caller, status=HTTPStatus.ACCEPTED)


@router.post("/{job_id}/retry", status_code=202, responses={202: {"model": Accepted}}, response_model=None)
def retry_job(rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """Run a failed or cancelled job again as a new attempt; 409 when it is neither. Its history is kept."""
    job = changeable(rooms, job_id, caller)
    moved = rooms.jobs.redrive(job_id)
    if not moved and moved.state in {State.FAILURE, State.REVOKED} and job.files_expired_ms and job.uploads:
        raise Conflict("what was uploaded with this job is no longer kept; send it again", code="UPLOADS_EXPIRED")
    if not moved and moved.state in {State.FAILURE, State.REVOKED} and job.identified:
        raise Conflict("another job about the same is not finished yet")
    if not moved or moved.state is None:
        raise _conflict(moved, "only a failed or cancelled job can be run again")
    body = Accepted.of(job_id, moved.state)
    return JSONResponse(body.dump(), HTTPStatus.ACCEPTED, headers={"Location": body.links.self})


def _job(
    job: Job,
    caller: Caller,
    *,
    request: Request | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a job with what caches and pollers want to know; 304 when `request` has this version already."""
    # Weak: the same record may come compressed or not.
    etag = f'W/"{job.version}"'
    known: dict[str, str] = {"ETag": etag, "Cache-Control": "private, no-cache", **(headers or {})}
    if not job.state.final:
        known["Retry-After"] = str(_POLL_S[job.state])
    if request is not None and not_modified(request, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=known)
    body: dict[str, Any] = JobView.of(job, with_owner=caller.rank >= Rank.OPERATOR).dump()
    return JSONResponse(body, status, headers=known)


def _conflict(moved: Moved, why: str) -> Conflict | NotFound:
    if moved.state is None:
        return NotFound("there is no such job", code="JOB_NOT_FOUND")
    return Conflict(f"the job is {moved.state.public}: {why}")
