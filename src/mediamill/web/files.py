"""A job's files: the list, and each with ranges, streamed."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.responses import Response

from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact, EndedJob, Job
from mediamill.core.states import State
from mediamill.web.auth import Caller, JobId, Signed, readable
from mediamill.web.errors import Refused
from mediamill.web.ranged import Content, documented, respond
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.views import FileList, FileView

router = APIRouter(prefix="/jobs", tags=["files"])

#: A route's parameter that names a file of a job.
FileName = Annotated[str, Path(description="As the list of the job's files says.", examples=["speech.mp3"])]


@router.get("/{job_id}/files", responses={200: {"model": FileList}}, response_model=None)
def list_files(rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """List a job's files; while it runs, the parts that it published so far."""
    job = readable(rooms, job_id, caller)
    files = [FileView.of(job.id, artifact) for artifact in files_of(rooms, job).values()]
    body = FileList(files=files, complete=job.state is State.SUCCESS)
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "private, no-cache"})


@router.get(
    "/{job_id}/files/{name:path}", response_model=None, responses=documented("application/octet-stream", "file")
)
async def read_file(request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId, name: FileName) -> Response:
    """Download a file. `Range` works; the ETag is its SHA-256."""
    artifact = await run_in_threadpool(_wanted, rooms, job_id, name, caller)

    def read(start: int, end: int) -> AsyncIterator[bytes]:
        return rooms.artifacts.store.aread(artifact.key, start, end)

    content = Content(artifact.name, artifact.media_type, artifact.size_bytes, f'"{artifact.sha256}"', read)
    return respond(request, content, rooms.patience.send_s)


def _wanted(rooms: Rooms, job_id: str, name: str, caller: Caller) -> Artifact:
    return stored(rooms, readable(rooms, job_id, caller), name)


def files_of(rooms: Rooms, job: Job) -> dict[str, Artifact]:
    """Return a job's files by name; of one that did not succeed, the parts that it published."""
    if job.state is State.SUCCESS:
        return job.files
    return job.parts if isinstance(job, EndedJob) else rooms.jobs.parts(job.id)


def refuse_expired(job: Job) -> None:
    """Raise Refused (410) when the job's files are over."""
    if job.files_expired_ms is not None:
        raise Refused(
            HTTPStatus.GONE, "this job's files are no longer kept; send the request again", code="FILES_EXPIRED"
        )


def stored(rooms: Rooms, job: Job, name: str) -> Artifact:
    """Return a file of a job that can be read. Raises NotFound, and Refused (410) when the job's files are over."""
    refuse_expired(job)
    artifact = files_of(rooms, job).get(name)
    if artifact is None:
        raise NotFound("the job has no file of this name", code="FILE_NOT_FOUND")
    if rooms.artifacts.store.size(artifact.key) != artifact.size_bytes:
        raise NotFound("the file is no longer kept", code="FILE_GONE")
    return artifact
