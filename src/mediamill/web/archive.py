"""Archives of jobs' files: ZIP, made while it is sent, of an exact length and in any part of it."""

import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamill.core.errors import Conflict, NotFound, Unavailable
from mediamill.core.job import Artifact, Job
from mediamill.files.artifacts import Artifacts
from mediamill.files.member_names import member_names
from mediamill.files.zip import Kind, Layout, Member, Part
from mediamill.web.auth import Caller, JobId, Signed, readable
from mediamill.web.files import files_of, refuse_expired
from mediamill.web.patient import Interrupted
from mediamill.web.ranged import Content, documented, respond
from mediamill.web.rooms import Rooms, RoomsOf

router = APIRouter(tags=["files"])

#: Jobs in one archive.
MOST_JOBS: Final = 100
_MEDIA_TYPE: Final = "application/zip"
#: Changes with the layout of archives: a download that was begun before must not go on.
_EDITION: Final = 1
#: Pieces below this, headers above all, are sent together.
_SMALL_BYTES: Final = 64 * 1024
_RESPONSES: Final = documented(_MEDIA_TYPE, "archive") | {
    409: {"description": "A job has not ended yet (`JOB_NOT_FINISHED`)."},
    410: {"description": "The files of a job are no longer kept (`FILES_EXPIRED`)."},
}
#: A route's parameter that names some jobs.
JobIds = Annotated[
    list[str],
    Query(
        min_length=1,
        max_length=MOST_JOBS,
        description="A job's `task_id`; again for each further job.",
        examples=[["01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"]],
    ),
]

Archive = Layout[Artifact]


@router.get("/jobs/{job_id}/archive", response_model=None, responses=_RESPONSES)
async def read_archive(request: Request, rooms: RoomsOf, caller: Signed, job_id: JobId) -> Response:
    """Download all files of a finished job as a ZIP archive; of a failed one, the parts that it published.

    They are stored, not compressed again. `Content-Length` is exact; `Range` and `If-Range` work, so that a download
    that broke off goes on (`curl -C -`).
    """
    archive = await run_in_threadpool(_archive, rooms, [job_id], caller, apart=False)
    return _answer(request, rooms, archive, f"{job_id}.zip")


@router.get("/archive", response_model=None, responses=_RESPONSES)
async def read_archive_of_some(request: Request, rooms: RoomsOf, caller: Signed, job: JobIds) -> Response:
    """Download the files of up to 100 finished jobs as one ZIP archive, each job's in a folder named by its id.

    Jobs without files are left out. As `GET /jobs/{job_id}/archive` in all else.
    """
    wanted = list(dict.fromkeys(job))
    archive = await run_in_threadpool(_archive, rooms, wanted, caller, apart=True)
    return _answer(request, rooms, archive, f"{len(wanted)}-jobs.zip" if len(wanted) > 1 else f"{wanted[0]}.zip")


def _archive(rooms: Rooms, job_ids: Sequence[str], caller: Caller, *, apart: bool) -> Archive:
    """Lay out the archive of some jobs. apart: each in a folder of its own.

    Raises NotFound, Conflict, and Refused (410).
    """
    jobs = [_finished(readable(rooms, job_id, caller)) for job_id in job_ids]
    found = [(job, artifact) for job in jobs for artifact in _kept_files(rooms, job)]
    if not found:
        raise NotFound("there are no files to put into an archive", code="FILE_NOT_FOUND")
    names = member_names(f"{job.id}/{artifact.name}" if apart else artifact.name for job, artifact in found)
    return Layout(
        [
            Member(name, artifact.size_bytes, (job.ended_ms or 0) // 1000, artifact)
            for name, (job, artifact) in zip(names, found, strict=True)
        ]
    )


def _finished(job: Job) -> Job:
    if not job.state.final:
        raise Conflict(f"the job {job.id} is {job.status}: its files are not complete yet", code="JOB_NOT_FINISHED")
    return job


def _kept_files(rooms: Rooms, job: Job) -> list[Artifact]:
    refuse_expired(job)
    artifacts = list(files_of(rooms, job).values())
    if not rooms.artifacts.kept(job.id, artifacts):
        raise NotFound("a file of the job is no longer kept", code="FILE_GONE")
    return artifacts


def _answer(request: Request, rooms: Rooms, archive: Archive, name: str) -> Response:
    content = Content(
        name, _MEDIA_TYPE, archive.size_bytes, _etag(archive), lambda start, end: _body(rooms, archive, start, end)
    )
    return respond(request, content, rooms.patience.send_s)


def _etag(archive: Archive) -> str:
    """Return what changes with every byte of the archive."""
    digest = hashlib.sha256(f"{_EDITION}".encode())
    for member in archive.members:
        digest.update(json.dumps([member.name, member.modified_s, member.size_bytes, member.source.sha256]).encode())
    return f'"{digest.hexdigest()}"'


async def _body(rooms: Rooms, archive: Archive, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a span. What is small is sent together.

    Raises Interrupted when a file goes meanwhile: the client then has less than was promised, and knows it.
    """
    gathered = bytearray()
    try:
        async with aclosing(_pieces(rooms.artifacts, archive, start, end)) as pieces:
            async for piece in pieces:
                small = len(piece) < _SMALL_BYTES
                if small:
                    gathered += piece
                if gathered and (not small or len(gathered) >= _SMALL_BYTES):
                    yield bytes(gathered)
                    gathered.clear()
                if not small:
                    yield piece
    except (NotFound, Unavailable) as error:
        raise Interrupted(str(error)) from error
    if gathered:
        yield bytes(gathered)


async def _pieces(artifacts: Artifacts, archive: Archive, start: int, end: int) -> AsyncGenerator[bytes, None]:
    for part in archive.parts(start, end):
        if part.kind is Kind.CONTENT:
            async with aclosing(_content(artifacts, archive.members[part.member].source, part)) as content:
                async for piece in content:
                    yield piece
        else:
            made = await _made(artifacts, archive, part)
            yield made[part.start : part.end]


async def _content(artifacts: Artifacts, artifact: Artifact, part: Part) -> AsyncGenerator[bytes, None]:
    left = part.end - part.start
    async with aclosing(artifacts.store.aread(artifact.key, part.start, part.end)) as pieces:
        async for piece in pieces:
            left -= len(piece)
            yield piece
    if left:
        raise NotFound("a file is shorter than its record says", code="FILE_GONE")


async def _made(artifacts: Artifacts, archive: Archive, part: Part) -> bytes:
    if part.kind is Kind.END:
        return archive.end()
    artifact = archive.members[part.member].source
    crc32 = artifact.crc32
    if crc32 is None:  # of an older record: all of the file is read for it, once
        crc32 = await run_in_threadpool(artifacts.crc32, artifact)
    return archive.header(part.member, crc32) if part.kind is Kind.HEADER else archive.line(part.member, crc32)
