"""Jobs that wait to be looked at, known by what they are about, for the routes of services that have such."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal, NamedTuple

from fastapi import Request
from pydantic import BaseModel

from mediamill.core.errors import Conflict, NotFound, Unavailable
from mediamill.core.job import Job
from mediamill.core.polls import PollState
from mediamill.core.service import AnyService
from mediamill.core.states import State
from mediamill.engine.submit import Ask
from mediamill.web import cursors, listeners
from mediamill.web.auth import Caller
from mediamill.web.rooms import Rooms

#: A machine tells of itself every 3 s or so. One that has been silent for longer hears nothing either.
_SILENT_S: Final = 15.0
#: So many are counted at once.
_COUNTED: Final = 500


class Watched(NamedTuple):
    """A job and how it stands with the polls of its service. children: ids of the jobs that it waits for."""

    job: Job
    state: PollState
    children: Sequence[str]

    @property
    def leaves(self) -> bool:
        """Whether it has ended, or is about to."""
        return self.job.state.final or self.job.stop or self.job.state is State.CANCELLING

    @property
    def status(self) -> Literal["active", "paused", "deleted"]:
        """How it stands, for clients."""
        if self.leaves:
            return "deleted"
        return "paused" if self.state.paused else "active"


class WatchedPage(NamedTuple):
    """Some of an owner's, from the newest to the oldest; next: a cursor, None at the end. total: of all pages."""

    found: list[Watched]
    next: str | None
    total: int


def begin(  # noqa: PLR0913, PLR0917 - as `listeners.hand_in`
    rooms: Rooms, request: Request, caller: Caller, service: AnyService, params: BaseModel, most: int | None
) -> str:
    """Accept a request and return its job's id: of the one that is about the same, if that wants the same.

    most: how many an owner may have. Who asks twice in the very same moment may get one more; while the store is away
    nobody counts.

    Raises as `listeners.hand_in`; Conflict with code WATCHED_OTHERWISE where the one that there is says something else,
    WATCHED_ENDING where that one is about to end, WATCHED_TOO_MANY.
    """
    with suppress(Unavailable):
        _expect_room(rooms, caller, service, params, most)
    submitted = listeners.hand_in(rooms, request, caller, service, params)
    if submitted.outcome == "alive":
        job = rooms.jobs.get(submitted.id)
        if job is None or job.stop:
            raise Conflict("the one before is just being let go; come again", code="WATCHED_ENDING")
        if job.request_hash != rooms.submitter.hash_of(Ask(service=service, params=params, owner=caller.owner), {}):
            raise Conflict(
                "there is one already, with other settings: change it, or delete it first", code="WATCHED_OTHERWISE"
            )
    return submitted.id


def _expect_room(rooms: Rooms, caller: Caller, service: AnyService, params: BaseModel, most: int | None) -> None:
    """Raise Conflict where an owner has as many as may be, unless this is one of them."""
    if most is None or rooms.identities.count(caller.owner, service.name) < most:  # ended ones among them
        return
    known_as = service.identity(params) if service.identity is not None else ""
    same = rooms.identities.latest(caller.owner, service.name, known_as)
    if same is not None and _alive(rooms, [same]):
        return
    alive, cursor = 0, None
    while alive < most:
        found = rooms.identities.page(caller.owner, service.name, cursor, _COUNTED)
        alive, cursor = alive + _alive(rooms, found.ids), found.next
        if cursor is None:
            break
    if alive >= most:
        raise Conflict(f"you have {most} of them, as many as you may: delete one first", code="WATCHED_TOO_MANY")


def _alive(rooms: Rooms, ids: Sequence[str]) -> int:
    """Return how many of the jobs have not ended."""
    return sum(each.state is not None and not each.state.final for each in rooms.jobs.standing(ids).values())


def find(rooms: Rooms, caller: Caller, service: AnyService, known_as: Sequence[str]) -> Watched:
    """Return the caller's latest job about that. known_as: the ways in which it may be said. Raises NotFound."""
    for identity in known_as:
        job_id = rooms.identities.latest(caller.owner, service.name, identity)
        if job_id is not None and (found := _watched(rooms, [job_id])):
            return found[0]
    raise NotFound("you have none of this key", code="NOT_WATCHED")


def find_alive(rooms: Rooms, caller: Caller, service: AnyService, known_as: Sequence[str]) -> Watched:
    """As `find`, but only one that is not about to end."""
    found = find(rooms, caller, service, known_as)
    if found.leaves:
        raise NotFound("you have none of this key any more", code="NOT_WATCHED")
    return found


def page(rooms: Rooms, caller: Caller, service: AnyService, cursor: str | None, limit: int) -> WatchedPage:
    """Return some of the caller's jobs of a service. Raises InvalidInput for what is no cursor of ours."""
    found = rooms.identities.page(caller.owner, service.name, cursors.read(cursor), limit)
    total = rooms.identities.count(caller.owner, service.name)
    return WatchedPage(_watched(rooms, found.ids), cursors.write(found.next), total)


def change(rooms: Rooms, watched: Watched, *, wishes: Mapping[str, Any] | None, paused: bool | None) -> Watched:
    """Change what a client wishes of it, pause the looks, or let them go on; return how it is then. Raises NotFound."""
    if wishes is not None or paused is not None:
        rooms.polls.change(watched.job.id, wishes=wishes, paused=paused)
    found = _watched(rooms, [watched.job.id])
    if not found or found[0].leaves:
        raise NotFound("you have none of this key any more", code="NOT_WATCHED")
    return found[0]


def let_go(rooms: Rooms, watched: Watched, *, force: bool) -> None:
    """Have it finish, and the jobs that it waits for, too; they keep what there is.

    force: where that would not reach one of them, cancel all. Raises Conflict, code NOT_STOPPABLE, where it would not.
    """
    lost = [each for each in rooms.jobs.get_many(watched.children) if _out_of_reach(rooms, each)]
    if lost and not force:
        raise Conflict(
            f"the job {lost[0].id} of it cannot be stopped safely: the machine that runs it has been silent for "
            f"{_SILENT_S:.0f} s. Come again, or send force=true and lose what it has not handed in",
            code="NOT_STOPPABLE",
        )
    for job_id in (*watched.children, watched.job.id):
        if lost or not rooms.jobs.stop(job_id):  # what has not begun has nothing to finish
            rooms.jobs.cancel(job_id)


def _out_of_reach(rooms: Rooms, job: Job) -> bool:
    if job.state is not State.STARTED:
        return False
    return rooms.fleet.silent_s(job.machine or "") > _SILENT_S


def _watched(rooms: Rooms, ids: Sequence[str]) -> list[Watched]:
    states, children = rooms.polls.states(ids), dict(zip(ids, rooms.jobs.open_children(ids), strict=True))
    jobs = rooms.jobs.get_many(ids, params=True)
    return [Watched(job, states[job.id], children[job.id]) for job in jobs if job.id in states]
