"""A job's files: the list, and each with ranges, streamed."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.responses import Response

from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact, EndedJob, Job
from mediamill.core.states import State
from mediamill.web.auth import Caller, JobId, Signed, readable
from mediamill.web.conditions import Span, Unsatisfiable, not_modified, wanted_span
from mediamill.web.errors import Refused
from mediamill.web.patient import PatientStream
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.views import FileList, FileView

router = APIRouter(prefix="/jobs", tags=["files"])

#: Files come from users and tools: a browser must not run anything of them, nor may a proxy change them.
_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache, no-transform",
    "Accept-Ranges": "bytes",
}
#: A route's parameter that names a file of a job.
FileName = Annotated[str, Path(description="As the list of the job's files says.", examples=["speech.mp3"])]
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}, "example": "the file's bytes"}


@router.get("/{job_id}/files", responses={200: {"model": FileList}}, response_model=None)
def list_files(rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """List a job's files; while it runs, the parts that it published so far."""
    job = readable(rooms, job_id, caller)
    files = [FileView.of(job.id, artifact) for artifact in _files(rooms, job).values()]
    body = FileList(files=files, complete=job.state is State.SUCCESS)
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "private, no-cache"})


@router.get(
    "/{job_id}/files/{name:path}",
    response_model=None,
    responses={
        200: {"content": {"application/octet-stream": _BINARY}, "description": "The file."},
        206: {"content": {"application/octet-stream": _BINARY}, "description": "A part of it, by `Range`."},
        304: {"description": "Not changed."},
    },
)
async def read_file(request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId, name: FileName) -> Response:
    """Download a file. `Range` works; the ETag is its SHA-256."""
    artifact = await run_in_threadpool(_wanted, rooms, job_id, name, caller)
    etag = f'"{artifact.sha256}"'
    headers = {**_HEADERS, "ETag": etag, "Content-Disposition": _disposition(artifact.name)}
    if not_modified(request, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        span = wanted_span(request, artifact.size_bytes, etag)
    except Unsatisfiable:
        raise Refused(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"the file has {artifact.size_bytes} bytes",
            headers={"Content-Range": f"bytes */{artifact.size_bytes}"},
        ) from None
    start, end = span or Span(0, artifact.size_bytes)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{artifact.size_bytes}"
    status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK
    if start == end:
        return Response(status_code=status, headers=headers, media_type=artifact.media_type)
    body = rooms.artifacts.store.aread(artifact.key, start, end)
    return PatientStream(
        body, rooms.patience.send_s, status_code=status, headers=headers, media_type=artifact.media_type
    )


def _wanted(rooms: Rooms, job_id: str, name: str, caller: Caller) -> Artifact:
    return stored(rooms, readable(rooms, job_id, caller), name)


def _files(rooms: Rooms, job: Job) -> dict[str, Artifact]:
    if job.state is State.SUCCESS:
        return job.files
    return job.parts if isinstance(job, EndedJob) else rooms.jobs.parts(job.id)


def stored(rooms: Rooms, job: Job, name: str) -> Artifact:
    """Return a file of a job that can be read. Raises NotFound, and Refused (410) when the job's files are over."""
    if job.files_expired_ms is not None:
        raise Refused(
            HTTPStatus.GONE, "this job's files are no longer kept; send the request again", code="FILES_EXPIRED"
        )
    artifact = _files(rooms, job).get(name)
    if artifact is None:
        raise NotFound("the job has no file of this name", code="FILE_NOT_FOUND")
    if rooms.artifacts.store.size(artifact.key) != artifact.size_bytes:
        raise NotFound("the file is no longer kept", code="FILE_GONE")
    return artifact


def _disposition(name: str) -> str:
    """Return a Content-Disposition that saves a file under its own name (RFC 6266)."""
    last = name.rpartition("/")[2]
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in last)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='')}"
