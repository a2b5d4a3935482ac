"""Queues and workers, for operators; pausing is for admins."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from starlette.responses import Response

from mediamill.core.errors import NotFound
from mediamill.core.queues import Queue
from mediamill.web.auth import Rank, Signed
from mediamill.web.rooms import Rooms, RoomsOf
from mediamill.web.views import MachineView, QueueList, QueueView, WorkerList

router = APIRouter(tags=["operations"])

#: A route's parameter that names a queue; another than these is a 404, as any path that leads nowhere.
QueueName = Annotated[
    str, Path(description="One of the queues.", examples=["cpu"], json_schema_extra={"enum": [*Queue]})
]


@router.get("/queues", responses={200: {"model": QueueList}}, response_model=None)
def list_queues(rooms: RoomsOf, caller: Signed) -> Response:
    """Show every queue: what waits, by priority, what runs, what failed, how long the oldest waits."""
    caller.require(Rank.OPERATOR)
    return _queues(rooms)


@router.post("/queues/{name}/pause", responses={200: {"model": QueueList}}, response_model=None)
def pause_queue(rooms: RoomsOf, caller: Signed, name: QueueName) -> Response:
    """Give nothing of a queue out any more; what runs goes on, and requests are still accepted."""
    caller.require(Rank.ADMIN)
    rooms.queues.pause(_queue(name))
    return _queues(rooms)


@router.post("/queues/{name}/resume", responses={200: {"model": QueueList}}, response_model=None)
def resume_queue(rooms: RoomsOf, caller: Signed, name: QueueName) -> Response:
    """Give out again what waits in a queue."""
    caller.require(Rank.ADMIN)
    rooms.queues.resume(_queue(name))
    return _queues(rooms)


@router.get("/workers", responses={200: {"model": WorkerList}}, response_model=None)
def list_workers(rooms: RoomsOf, caller: Signed) -> Response:
    """Show the machines that work, as each last told of itself."""
    caller.require(Rank.OPERATOR)
    body = WorkerList(workers=[MachineView.of(machine) for machine in rooms.fleet.machines()])
    return JSONResponse(body.model_dump(mode="json", exclude_none=True))


def _queues(rooms: Rooms) -> Response:
    body = QueueList(queues=[QueueView.of(summary) for summary in rooms.queues.summaries()])
    return JSONResponse(body.model_dump(mode="json"))


def _queue(name: str) -> Queue:
    if name not in set(Queue):
        raise NotFound(f"there is no queue of this name, only {', '.join(Queue)}", code="QUEUE_NOT_FOUND")
    return Queue(name)
