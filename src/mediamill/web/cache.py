"""The cache of finished steps: how it stands, clearing, pinning and warming it. For admins."""

import json
import re
import time
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.responses import Response

from mediamill.core.errors import MediamillError
from mediamill.core.policy import PRIORITY_MIN
from mediamill.engine.submit import Ask
from mediamill.files import keys
from mediamill.store.cache import Row, place
from mediamill.web import cursors
from mediamill.web.auth import Caller, Rank, Signed
from mediamill.web.errors import invalid_params
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.views import rfc3339

router = APIRouter(prefix="/cache", tags=["operations"])

LIST_LIMIT: Final = 100
#: Entries or jobs that a request may name.
NAMED_LIMIT: Final = 500
#: Jobs that a request may ask for.
WARM_LIMIT: Final = 100
#: A request that clears answers after about so long, with a cursor to go on from.
BUDGET_S: Final = 2.0

_ENTRY: Final = rf"[0-9a-f]{{64}}(?:{re.escape(keys.FOLDER)})?"
_ROW: Final = re.compile(rf"\d{{1,15}} {_ENTRY}")
_MOMENT: Final = re.compile(r"\d{13}")
_ID: Final = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b.d"
_JOB: Final = "01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d"

Entry = Annotated[str, Field(pattern=f"^{_ENTRY}$")]


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


def _taken(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class CacheView(BaseModel):
    """How the cache stands. Counts are since its index began."""

    model_config = _shown(
        {
            "size_bytes": 7340032000,
            "quota_bytes": 10737418240,
            "entries": 41200,
            "pinned_entries": 12,
            "pinned_bytes": 734003200,
            "hits": 918204,
            "misses": 52003,
            "evicted": 9120,
            "expired": 1200,
            "cleared": 0,
            "oldest_use_at": "2026-03-01T09:30:00.120Z",
            "ready": True,
        }
    )

    size_bytes: int = Field(description="What all entries take; also what is put or deleted just now.")
    quota_bytes: int = Field(description="What they may take: `CACHE_MAX_BYTES`.")
    entries: int
    pinned_entries: int
    pinned_bytes: int
    hits: int = Field(description="How often a job found what it asked for.")
    misses: int = Field(description="How often it had to be made.")
    evicted: int = Field(description="Entries that went because others needed the room.")
    expired: int = Field(description="Entries that went because no job had used them for `CACHE_TTL_SECONDS`.")
    cleared: int = Field(description="Entries that an admin removed.")
    oldest_use_at: str | None = Field(default=None, description="When what goes next was used.")
    ready: bool = Field(description="All files are known. Before that, under a new store, nothing is evicted.")


class EntryView(BaseModel):
    """A file or a folder that some job made and others need not make again."""

    entry: str
    folder: bool
    size_bytes: int
    used_at: str = Field(description="When a job last used it.")
    pinned: bool

    @classmethod
    def of(cls, row: Row) -> "EntryView":
        """Return what admins see of an entry."""
        return cls(
            entry=row.entry,
            folder=row.entry.endswith(keys.FOLDER),
            size_bytes=row.bytes,
            used_at=rfc3339(row.used_ms),
            pinned=row.pinned,
        )


class EntryPage(BaseModel):
    """A page of entries, those used longest ago first."""

    model_config = _shown(
        {
            "entries": [
                {
                    "entry": _ID,
                    "folder": True,
                    "size_bytes": 41943040,
                    "used_at": "2026-03-01T09:30:00.120Z",
                    "pinned": False,
                }
            ]
        }
    )

    entries: list[EntryView]
    next: str | None = None


class PageOf(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=200, description="`next` of the page before.")
    limit: int = Field(default=50, ge=1, le=LIST_LIMIT, description="Entries of a page, at most.")


class Clear(BaseModel):
    """What to remove."""

    model_config = _taken({"unused_s": 86400})

    unused_s: float = Field(default=0, ge=0, le=10**9, description="What no job has used for so many seconds; 0: all.")
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the answer before.")


class Cleared(BaseModel):
    """How many entries were removed."""

    model_config = _shown({"cleared": 41188})

    cleared: int
    next: str | None = Field(default=None, description="There is more: send the same again with this as `cursor`.")


class Pin(BaseModel):
    """What to keep: entries by name, or the folders that jobs used within the last 30 days."""

    model_config = _taken({"task_ids": [_JOB]})

    entries: list[Entry] = Field(default=[], max_length=NAMED_LIMIT)
    task_ids: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=NAMED_LIMIT)
    pinned: bool = Field(default=True, description="false: no longer.")

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not (self.entries or self.task_ids):
            raise ValueError("say which: `entries`, `task_ids` or both")
        return self


class Pinned(BaseModel):
    """What is pinned now, or no longer."""

    model_config = _shown({"entries": [_ID], "pinned": True, "not_found": 0})

    entries: list[str]
    pinned: bool
    not_found: int = Field(description="Entries that are not in the cache, and jobs that used no folder of it.")


class WarmRequest(BaseModel):
    """A request to a service, as its own route takes it."""

    model_config = ConfigDict(extra="forbid")

    service: str = Field(max_length=64, examples=["downloads"])
    params: dict[str, Any] = {}


class Warm(BaseModel):
    """Requests whose answers will be wanted."""

    model_config = _taken({"requests": [{"service": "speech", "params": {"text": "Xin chào"}}]})

    requests: list[WarmRequest] = Field(min_length=1, max_length=WARM_LIMIT)


class WarmedJob(BaseModel):
    """What became of one request: a job, or why there is none."""

    task_id: str | None = None
    status: str | None = None
    error_code: str | None = None
    error_message: str | None = None


class Warmed(BaseModel):
    """What became of the requests, in their order."""

    model_config = _shown({"jobs": [{"task_id": _JOB, "status": "PENDING"}]})

    jobs: list[WarmedJob]


@router.get("", responses={200: {"model": CacheView}}, response_model=None)
def show_cache(rooms: RoomsOf, caller: Signed) -> Response:
    """Show how much the cache holds and may hold, and how often it had what was asked for."""
    caller.require(Rank.ADMIN)
    index = rooms.shelf.index
    found, pinned = index.overview(), index.pinned()
    body = CacheView(
        size_bytes=found.bytes,
        quota_bytes=rooms.shelf.quota,
        entries=found.entries,
        pinned_entries=len(pinned),
        pinned_bytes=sum(pinned.values()),
        oldest_use_at=None if found.oldest_ms is None else rfc3339(found.oldest_ms),
        ready=found.looked,
        **found.counts,
    )
    return JSONResponse(body.model_dump(exclude_none=True))


@router.get("/entries", responses={200: {"model": EntryPage}}, response_model=None)
def list_entries(request: Request, rooms: RoomsOf, caller: Signed, wanted: Annotated[PageOf, Query()]) -> Response:
    """List what is in the cache, used longest ago first. What is used meanwhile may come up again, further behind."""
    caller.require(Rank.ADMIN)
    rows = rooms.shelf.index.page(cursors.read(wanted.cursor, _ROW), wanted.limit)
    following = cursors.write(place(rows[-1])) if len(rows) == wanted.limit else None
    body = EntryPage(entries=[EntryView.of(row) for row in rows], next=following)
    return JSONResponse(body.model_dump(exclude_none=True), headers=cursors.link(request, following))


@router.post("/clear", responses={200: {"model": Cleared}}, response_model=None)
def clear_cache(rooms: RoomsOf, caller: Signed, wanted: Clear) -> Response:
    """Remove all that is not pinned and not being put just now. What a running job has of it stays with that job.

    Answers after about two seconds: while there is a `next`, send the same again with it as `cursor`.
    """
    caller.require(Rank.ADMIN)
    began = cursors.read(wanted.cursor, _MOMENT)
    until_ms = int(began) if began else int(rooms.shelf.index.now_ms() - wanted.unused_s * 1000)
    cleared, end = 0, time.monotonic() + BUDGET_S
    following = None
    while some := rooms.shelf.clear(until_ms):
        cleared += some
        if time.monotonic() >= end:
            following = cursors.write(f"{until_ms:013d}")
            break
    return JSONResponse(Cleared(cleared=cleared, next=following).model_dump(exclude_none=True))


@router.post("/pin", responses={200: {"model": Pinned}}, response_model=None)
def pin_entries(rooms: RoomsOf, caller: Signed, wanted: Pin) -> Response:
    """Keep entries however full the cache is and however long nobody uses them; or no longer."""
    caller.require(Rank.ADMIN)
    index = rooms.shelf.index
    used = index.folders_of(list(dict.fromkeys(wanted.task_ids)))
    entries = list(dict.fromkeys([*wanted.entries, *(entry for each in used.values() for entry in each)]))
    found = index.pin(entries, pinned=wanted.pinned)
    missing = len(entries) - len(found) + sum(not each for each in used.values())
    body = Pinned(entries=found, pinned=wanted.pinned, not_found=missing)
    return JSONResponse(body.model_dump())


@router.post("/warm", responses={202: {"model": Warmed}}, status_code=202, response_model=None)
def warm_cache(request: Request, rooms: RoomsOf, caller: Signed, wanted: Warm) -> Response:
    """Ask for jobs of your own at the lowest priority, so that what they make is there when somebody wants it."""
    caller.require(Rank.ADMIN)
    jobs = [_warmed(rooms, caller, each, request.state.correlation_id) for each in wanted.requests]
    return JSONResponse(Warmed(jobs=jobs).model_dump(exclude_none=True), 202)


def _warmed(rooms: Rooms, caller: Caller, wanted: WarmRequest, correlation_id: str) -> WarmedJob:
    """Submit one request. One that is refused must not stop those behind it."""
    try:
        service = rooms.registry.public(wanted.service)
        params = service.params.model_validate_json(json.dumps(wanted.params), extra="forbid")
        ask = Ask(
            service=service,
            params=params,
            owner=caller.owner,
            priority=PRIORITY_MIN,
            correlation_id=correlation_id,
        )
        submitted = rooms.submitter.submit(ask)
    except ValidationError as error:
        refused = invalid_params(error)
        return WarmedJob(error_code=refused.code, error_message=refused.message)
    except MediamillError as error:
        return WarmedJob(error_code=error.code, error_message=error.message)
    return WarmedJob(task_id=submitted.id, status=submitted.state.public)
