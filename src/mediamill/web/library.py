"""Files that outlive their jobs: the owner's list, and each with ranges, streamed."""

import math
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact
from mediamill.files.names import media_type
from mediamill.media.address import known_as
from mediamill.store.library import PAGE, Row, Wanted
from mediamill.web.auth import Caller, Signed
from mediamill.web.files import files_of
from mediamill.web.ranged import Content, documented, respond
from mediamill.web.rooms import Rooms, RoomsOf

router = APIRouter(prefix="/files", tags=["files"])

#: What comes out of `+01:00` where the client did not escape it in the URL.
_UNESCAPED: Final = re.compile(r"(T.*) (\d\d:?\d\d)$")
#: Seconds that fit into the store's numbers, and into a date.
_LATEST_S: Final = 253_402_300_799
_EXAMPLE: Final = "7301234567890123456/2026/03/01/20260301T093000_Morning show.mp4"
_FILE: Final[dict[str, Any]] = {
    "name": "20260301T093000_Morning show.mp4",
    "size": 281_018_368,
    "mtime": 1_772_361_021.204,
    "path": _EXAMPLE,
    "task_id": "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d",
    "room_id": "7301234567890123456",
    "url": "https://www.tiktok.com/@morning/live",
    "began_at": 1_772_357_400.0,
    "duration": 3_612.5,
}


def _instant(value: object) -> float:
    """Return Unix seconds of a time in ISO 8601, UTC where it names no zone, or in Unix seconds."""
    text = str(value).strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(_UNESCAPED.sub(r"\1+\2", text))
        except ValueError:
            raise ValueError("a time in ISO 8601 or Unix seconds is wanted") from None
        seconds = at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    if not math.isfinite(seconds) or abs(seconds) > _LATEST_S:
        raise ValueError("a time between the years 1 and 9999 is wanted")
    return seconds


Instant = Annotated[float, BeforeValidator(_instant, json_schema_input_type=str)]


class FilesOf(BaseModel):
    """Which kept files are wanted."""

    model_config = ConfigDict(extra="forbid")

    room_id: str | None = Field(default=None, min_length=1, max_length=4_000, description="Of this channel.")
    url: str | None = Field(
        default=None,
        min_length=1,
        max_length=8_000,
        description="From this URL, in any of its forms; what signs it does not count.",
    )
    from_: Instant | None = Field(
        default=None,
        alias="from",
        description="Kept then or later: a time in ISO 8601, UTC where it names no zone, or Unix seconds, as `mtime`.",
        examples=["2026-03-01"],
    )
    to: Instant | None = Field(
        default=None,
        description="Kept then or earlier. With the first page's first `mtime` all pages stay as they are while others "
        "are kept.",
        examples=["1772357402.044"],
    )
    page: int = Field(default=1, ge=1, le=1_000_000, description="From 1.")
    page_size: int = Field(default=50, ge=1, le=PAGE, description="Files of a page.")

    def wanted(self, owner: str) -> Wanted:
        """Return it as the index is asked. Milliseconds, as `mtime` tells them."""
        lower = 0 if self.from_ is None else max(0, round(self.from_ * 1000))
        upper = 2**53 if self.to is None else round(self.to * 1000)
        url = None if self.url is None else known_as(self.url)
        return Wanted(owner, self.room_id, url, lower, upper)


class LibraryFile(BaseModel):
    """A kept file."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FILE]})

    name: str
    size: int = Field(description="Bytes.")
    mtime: float = Field(description="When it was kept, Unix seconds.")
    path: str = Field(description="Where it is below the folder of recordings: `GET /files/{path}` reads it.")
    task_id: str
    room_id: str | None
    url: str | None
    began_at: float = Field(description="When what it shows began, Unix seconds.")
    duration: float = Field(description="Seconds.")

    @classmethod
    def of(cls, row: Row) -> "LibraryFile":
        """Return what its owner sees of it."""
        return cls(
            name=row.name.rpartition("/")[2],
            size=row.size_bytes,
            mtime=row.kept_ms / 1000,
            path=row.name,
            task_id=row.job,
            room_id=row.room or None,
            url=row.url or None,
            began_at=row.began_ms / 1000,
            duration=row.seconds,
        )


class LibraryPage(BaseModel):
    """Some of an owner's kept files, those kept last first. total: how many there are on all pages."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"files": [_FILE], "page": 1, "page_size": 50, "total": 1}]}
    )

    files: list[LibraryFile]
    page: int
    page_size: int
    total: int


#: A route's parameter that names a kept file.
KeptPath = Annotated[str, Path(description="Its `path` in the list.", examples=[_EXAMPLE])]


@router.get("", responses={200: {"model": LibraryPage}}, response_model=None)
def list_kept(rooms: RoomsOf, caller: Signed, wanted: Annotated[FilesOf, Query()]) -> Response:
    """List the caller's recordings, and what else was kept beyond its job."""
    start = (wanted.page - 1) * wanted.page_size
    found = rooms.library.index.page(wanted.wanted(caller.owner), start, wanted.page_size)
    files = [LibraryFile.of(row) for row in found.rows]
    body = LibraryPage(files=files, page=wanted.page, page_size=wanted.page_size, total=found.total)
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "private, no-cache"})


@router.get("/{path:path}", response_model=None, responses=documented("application/octet-stream", "file"))
async def read_kept(request: Request, rooms: RoomsOf, caller: Signed, path: KeptPath) -> Response:
    """Download a kept file. `Range` works. One that lies on another machine is read from its job's files."""
    content = await run_in_threadpool(_content, rooms, caller, path)
    return respond(request, content, rooms.patience.send_s)


@router.delete("/{path:path}", responses={200: {"model": LibraryFile}}, response_model=None)
def remove_kept(rooms: RoomsOf, caller: Signed, path: KeptPath) -> Response:
    """Remove a kept file, and its copy in the bucket. The job that made it keeps its own for as long as jobs do."""
    row = rooms.library.find(caller.owner, path)
    rooms.library.remove(row)
    return JSONResponse(LibraryFile.of(row).model_dump())


def _content(rooms: Rooms, caller: Caller, path: str) -> Content:
    row = rooms.library.find(caller.owner, path)
    name, kind = row.name.rpartition("/")[2], media_type(row.name)
    if rooms.library.is_here(row):

        def read(start: int, end: int) -> AsyncIterator[bytes]:
            return rooms.library.aread(row, start, end)

        return Content(name, kind, row.size_bytes, f'"{row.job}-{row.kept_ms}-{row.size_bytes}"', read)
    artifact = _artifact(rooms, row)

    def read_artifact(start: int, end: int) -> AsyncIterator[bytes]:
        return rooms.artifacts.store.aread(artifact.key, start, end)

    return Content(name, kind, artifact.size_bytes, f'"{artifact.sha256}"', read_artifact)


def _artifact(rooms: Rooms, row: Row) -> Artifact:
    """Return the file of the job that is the same. Raises NotFound."""
    job = rooms.desk.find(row.job)
    same = [each for each in files_of(rooms, job).values() if each.size_bytes == row.size_bytes] if job else []
    if len(same) == 1 and rooms.artifacts.store.size(same[0].key) == row.size_bytes:
        return same[0]
    raise NotFound("the file lies on another machine, or was removed", code="FILE_GONE")
