"""Watchers: wait for a source, look at them, change them, let them go."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from mediamill.services.recordings.params import Params as Recording
from mediamill.services.recordings.routes.views import (
    Status,
    WatcherChange,
    WatcherPage,
    WatcherView,
    Watching,
)
from mediamill.services.recordings.watching.params import Params
from mediamill.services.recordings.watching.watcher import service
from mediamill.web import cursors, watched
from mediamill.web.auth import Signed
from mediamill.web.rooms import RoomsOf

PAGE: Final = 50
LARGEST_PAGE: Final = 200
_LONGEST_KEY: Final = 8_192

router = APIRouter(prefix="/watchers", tags=["watchers"])

Key = Annotated[
    str,
    Path(
        description="The watcher's `key`: the room, or the address, URL-encoded.",
        max_length=_LONGEST_KEY,
        examples=["@vtv24news"],
    ),
]
Force = Annotated[bool, Query(description="End its recording, too, where that cannot be stopped safely.")]


class WatcherQuery(BaseModel):
    """Which watchers, and how many of them."""

    status: Status | None = Field(default=None, description="Only those. Left out: all.")
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the page before.")
    limit: int = Field(
        default=PAGE, ge=1, le=LARGEST_PAGE, description="Watchers of a page, at most; a filtered one may have fewer."
    )


class Deleted(BaseModel):
    """A watcher that was let go."""

    ok: bool = Field(examples=[True])


@router.post("", status_code=202, responses={202: {"model": Watching}}, response_model=None)
def create_watcher(request: Request, rooms: RoomsOf, caller: Signed, wanted: Params) -> Response:
    """Wait for a source, and record it every time it goes live.

    There is one watcher of a key: the same request again is answered with it; another request for its key is a 409,
    and so is one more than you may have.
    """
    task_id = watched.begin(rooms, request, caller, service, wanted, rooms.settings.watchers)
    body = Watching(task_id=task_id, status="active", key=wanted.key)
    return JSONResponse(body.model_dump(), HTTPStatus.ACCEPTED, headers={"Location": f"/jobs/{task_id}"})


@router.get("", responses={200: {"model": WatcherPage}}, response_model=None)
def list_watchers(
    request: Request, rooms: RoomsOf, caller: Signed, wanted: Annotated[WatcherQuery, Query()]
) -> Response:
    """List your watchers, from the newest to the oldest."""
    found = watched.page(rooms, caller, service, wanted.cursor, wanted.limit)
    views = [WatcherView.of(each) for each in found.found if wanted.status in {None, each.status}]
    body = WatcherPage(watchers=views, total=found.total, next=found.next)
    return JSONResponse(body.model_dump(mode="json", exclude_none=True), headers=cursors.link(request, found.next))


@router.get("/{key:path}", responses={200: {"model": WatcherView}}, response_model=None)
def get_watcher(rooms: RoomsOf, caller: Signed, key: Key) -> Response:
    """Look at a watcher."""
    return _shown(watched.find(rooms, caller, service, _forms(key)))


@router.patch("/{key:path}", responses={200: {"model": WatcherView}}, response_model=None)
def change_watcher(rooms: RoomsOf, caller: Signed, key: Key, wanted: WatcherChange) -> Response:
    """Change how often a watcher looks, pause it, or let it go on."""
    found = watched.find_alive(rooms, caller, service, _forms(key))
    wishes = None if wanted.poll_interval is None else {"poll_interval": wanted.poll_interval}
    paused = None if wanted.status is None else wanted.status == "paused"
    return _shown(watched.change(rooms, found, wishes=wishes, paused=paused))


@router.delete("/{key:path}", responses={200: {"model": Deleted}}, response_model=None)
def delete_watcher(
    rooms: RoomsOf,
    caller: Signed,
    key: Key,
    force: Force = False,  # noqa: FBT002 - as FastAPI has it
) -> Response:
    """Let a watcher go. What it records just now is finished and kept; cancel that job to discard it.

    409 when nobody can tell the recording to finish, for its machine is silent: what was recorded might be lost. Then
    come again, or send `force=true`: both are cancelled.
    """
    watched.let_go(rooms, watched.find_alive(rooms, caller, service, _forms(key)), force=force)
    return JSONResponse(Deleted(ok=True).model_dump())


def _forms(key: str) -> list[str]:
    """Return the forms in which a key may be kept: as it came, and as a request would have been understood."""
    forms = [key]
    for asked in ({"url": key}, {"room_id": key}):
        try:
            params = Recording.model_validate(asked)
        except ValidationError:
            continue
        forms.append(params.url or params.room_id or "")
    return list(dict.fromkeys(forms))


def _shown(found: watched.Watched) -> Response:
    return JSONResponse(WatcherView.of(found).model_dump(mode="json", exclude_none=True))
