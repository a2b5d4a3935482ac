"""Dead letters: jobs whose attempts are spent. Look at them; run one, many or all of a filter again."""

import time
from typing import Annotated, Final, Self

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.dead import DeadFilter
from mediamill.store.finished import Place, Span
from mediamill.web import cursors
from mediamill.web.auth import Caller, Rank, Signed
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.views import JobPage, Redriven, dead_letters

router = APIRouter(prefix="/dead-letters", tags=["operations"])

LIST_LIMIT: Final = 100
#: Jobs that a request may name.
NAMED_LIMIT: Final = 500
#: A request over a filter answers after about so long, with a cursor to go on from.
BUDGET_S: Final = 2.0

_CURSOR: Final = Field(default=None, max_length=200, description="`next` of the answer before.")


class Filter(BaseModel):
    """Which dead letters."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"error_code": "WORKER_LOST"}]})

    service: str | None = Field(default=None, max_length=64, description="Only this service's.", examples=["speech"])
    queue: Queue | None = Field(default=None, description="Only those of this queue.")
    error_code: str | None = Field(
        default=None, max_length=64, description="Only those that failed with this code.", examples=["WORKER_LOST"]
    )
    owner: str | None = Field(default=None, max_length=128, description="For operators: only this owner's.")
    since: AwareDatetime | None = Field(default=None, description="Those that ended at this time or later (RFC 3339).")
    until: AwareDatetime | None = Field(default=None, description="Those that ended before this time (RFC 3339).")

    def of(self, owner: str | None) -> DeadFilter:
        """Return what the store looks for; owner: whose, None for everybody's."""
        span = Span(*(None if at is None else int(at.timestamp() * 1000) for at in (self.since, self.until)))
        return DeadFilter(owner, self.service, self.queue, self.error_code, span)


class PageOf(Filter):
    """A page of them."""

    cursor: str | None = _CURSOR
    limit: int = Field(default=50, ge=1, le=LIST_LIMIT, description="Jobs of a page, at most.")


class Redrive(BaseModel):
    """Which dead letters to run again: some by id, those of a filter, or all."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"filter": {"service": "speech", "error_code": "WORKER_LOST"}}]}
    )

    task_ids: list[Annotated[str, Field(max_length=64)]] | None = Field(
        default=None, min_length=1, max_length=NAMED_LIMIT
    )
    filter: Filter | None = None
    all: bool = Field(default=False, description="Every dead letter: all of your own, or everybody's for an admin.")
    cursor: str | None = _CURSOR

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if [self.task_ids is not None, self.filter is not None, self.all].count(True) != 1:
            raise ValueError("say which: one of `task_ids`, `filter` and `all`")
        if self.filter is not None and not self.filter.model_dump(exclude_none=True):
            raise ValueError('an empty filter would be all of them; if you mean that, send {"all": true}')
        if self.task_ids is not None and self.cursor is not None:
            raise ValueError("a `cursor` goes with a `filter` or with `all`")
        return self


@router.get("", responses={200: {"model": JobPage}}, response_model=None)
def list_dead_letters(request: Request, rooms: RoomsOf, caller: Signed, wanted: Annotated[PageOf, Query()]) -> Response:
    """List failed jobs with the history of their attempts, the last to fail first: your own; operators see all.

    A page may be short or empty and still have a `next`: go on until there is none.
    """
    if wanted.owner not in {None, caller.owner}:
        caller.require(Rank.OPERATOR)
    sees_all = caller.rank >= Rank.OPERATOR
    page = rooms.dead.page(
        wanted.of(wanted.owner if sees_all else caller.owner), cursor=_place(wanted.cursor), limit=wanted.limit
    )
    following = _cursor(page.next)
    body = JobPage(jobs=dead_letters(page.jobs, with_owner=sees_all), next=following)
    return JSONResponse(body.model_dump(mode="json", exclude_none=True), headers=cursors.link(request, following))


@router.post("/redrive", responses={200: {"model": Redriven}}, response_model=None)
def redrive_dead_letters(rooms: RoomsOf, caller: Signed, wanted: Redrive) -> Response:
    """Run failed jobs again, each as a new attempt: its history is kept, its failures count from 0.

    A user runs their own again, an admin everybody's. Over a filter it answers after about two seconds at the
    latest: while there is a `next`, send the same again with it as `cursor`. What fails again meanwhile is not met
    a second time.
    """
    if wanted.task_ids is not None:
        body = _named(rooms, caller, wanted.task_ids)
    else:
        body = _matching(rooms, caller, wanted.filter or Filter(), _place(wanted.cursor))
    return JSONResponse(body.model_dump(exclude_none=True))


def _named(rooms: Rooms, caller: Caller, task_ids: list[str]) -> Redriven:
    jobs = rooms.jobs.get_many(list(dict.fromkeys(task_ids)))
    if caller.rank < Rank.OPERATOR:  # for whom the jobs of others do not exist
        jobs = [job for job in jobs if job.owner == caller.owner]
    if any(job.owner != caller.owner for job in jobs):
        caller.require(Rank.ADMIN)
    redriven = rooms.dead.redrive([job.id for job in jobs if job.state is State.FAILURE])
    return Redriven(redriven=redriven, unchanged=len(jobs) - redriven, not_found=len(set(task_ids)) - len(jobs))


def _matching(rooms: Rooms, caller: Caller, wanted: Filter, place: Place | None) -> Redriven:
    owner = wanted.owner
    if caller.rank is Rank.USER and owner is None:
        owner = caller.owner
    if owner != caller.owner:  # an operator sees everybody's dead letters, and could take them for the ones meant
        caller.require(Rank.ADMIN)
    redriven = unchanged = 0
    end = time.monotonic() + BUDGET_S
    while True:
        done = rooms.dead.redrive_round(wanted.of(owner), place)
        redriven, unchanged, place = redriven + done.redriven, unchanged + done.unchanged, done.next
        if place is None or time.monotonic() >= end:
            return Redriven(redriven=redriven, unchanged=unchanged, next=_cursor(place))


def _cursor(place: Place | None) -> str | None:
    return cursors.write(None if place is None else str(place))


def _place(cursor: str | None) -> Place | None:
    text = cursors.read(cursor)
    return None if text is None else Place.read(text)
