"""Removing many finished jobs, for admins."""

import re
from typing import Final, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mediamill.core.states import FINAL, State
from mediamill.engine.clearance import Mark, Wanted
from mediamill.store.finished import LISTS, Place
from mediamill.web import cursors
from mediamill.web.auth import Rank, Signed
from mediamill.web.rooms import RoomsOf
from mediamill.web.views import Purged

router = APIRouter(prefix="/jobs", tags=["operations"])

#: A request answers after about so long, with a cursor to go on from.
BUDGET_S: Final = 2.0
_MARK: Final = re.compile(rf"({'|'.join(LISTS)}):{cursors.ROW.pattern}")


class Purge(BaseModel):
    """Which finished jobs to remove with their files."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"older_than_s": 604800, "status": ["SUCCESS"]}]}
    )

    older_than_s: float = Field(ge=0, le=10**9, description="Those that ended so many seconds ago or earlier.")
    status: list[Literal["SUCCESS", "FAILURE", "REVOKED"]] | None = Field(default=None, min_length=1, max_length=3)
    service: str | None = Field(default=None, max_length=64)
    owner: str | None = Field(default=None, max_length=128)
    dry_run: bool = Field(default=False, description="Remove nothing; say what would be.")
    cursor: str | None = Field(default=None, max_length=200, description="`next` of the answer before.")


@router.post("/purge", responses={200: {"model": Purged}}, response_model=None)
def purge_jobs(rooms: RoomsOf, caller: Signed, wanted: Purge) -> Response:
    """Remove finished jobs of all owners with their files, oldest first; also those whose records are over.

    Answers after about two seconds: while there is a `next`, send the same again with it as `cursor`.
    """
    caller.require(Rank.ADMIN)
    states = FINAL if wanted.status is None else frozenset(State(status) for status in wanted.status)
    done = rooms.clearance.round(
        Wanted(wanted.older_than_s, states, wanted.service, wanted.owner),
        _mark(wanted.cursor),
        remove=not wanted.dry_run,
        budget_s=BUDGET_S,
    )
    following = None if done.next is None else cursors.write(f"{done.next.name}:{done.next.place}")
    body = Purged(jobs=done.jobs, size_bytes=done.size_bytes, dry_run=wanted.dry_run, next=following)
    return JSONResponse(body.model_dump(exclude_none=True))


def _mark(cursor: str | None) -> Mark | None:
    text = cursors.read(cursor, _MARK)
    if text is None:
        return None
    name, place = text.split(":", 1)
    return Mark(next(each for each in LISTS if each == name), Place.read(place))
