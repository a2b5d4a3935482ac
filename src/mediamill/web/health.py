"""Whether the process lives, and whether requests would be accepted."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from mediamill import __version__
from mediamill.core.errors import MediamillError
from mediamill.web.errors import RETRY_AFTER_S
from mediamill.web.rooms import Rooms, RoomsOf

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok", "version": __version__}]})

    status: str
    version: str


class SpoolView(BaseModel):
    """What was accepted while Redis was away. waiting: for Redis; refused: set aside, because it was not taken."""

    waiting: int
    refused: int
    oldest_age_s: float


class Readiness(BaseModel):
    """reasons: why nothing (or, degraded, only the spool) takes requests. warnings: what is not as it should be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ready": True,
                    "status": "ok",
                    "reasons": [],
                    "warnings": [],
                    "spool": {"waiting": 0, "refused": 0, "oldest_age_s": 0.0},
                }
            ]
        }
    )

    ready: bool
    status: Literal["ok", "degraded", "unavailable"]
    reasons: list[str]
    warnings: list[str]
    spool: SpoolView | None = None


@router.get("/healthz", responses={200: {"model": Health}}, response_model=None)
async def healthz() -> Response:
    """Say that this process answers; it asks nobody else."""
    return JSONResponse(Health(status="ok", version=__version__).model_dump())


@router.get(
    "/ready",
    responses={200: {"model": Readiness}, 503: {"model": Readiness, "description": "Not now."}},
    response_model=None,
)
def ready(rooms: RoomsOf) -> Response:
    """Say whether a request would be accepted: the store and the files take a write.

    `degraded` while the store is away and this machine's spool takes requests instead.
    """
    reasons: list[str] = []
    warnings: list[str] = []
    degraded = blocked = False
    try:
        warnings += rooms.probe.check()
    except MediamillError as error:
        reasons.append(error.message)
        degraded = _spool_takes(rooms, reasons)
        blocked = not degraded
    try:
        rooms.artifacts.store.check_writable()
    except MediamillError as error:
        reasons.append(error.message)
        blocked = True
    if rooms.disk is not None and (shortage := rooms.disk.shortage()):
        warnings.append(f"jobs that write wait: {shortage}")
    if trouble := rooms.library.folder.trouble():
        warnings.append(f"what jobs keep waits: {trouble}")
    body = Readiness(
        ready=not blocked,
        status="unavailable" if blocked else "degraded" if degraded else "ok",
        reasons=reasons,
        warnings=warnings,
        spool=_spool(rooms, warnings),
    )
    if blocked:
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        return JSONResponse(body.model_dump(exclude_none=True), HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
    return JSONResponse(body.model_dump(exclude_none=True))


def _spool_takes(rooms: Rooms, reasons: list[str]) -> bool:
    """Whether requests are accepted though the store is away; why not is a reason."""
    if rooms.stash is None:
        return False
    try:
        rooms.stash.spool.check_takes()
    except MediamillError as error:
        reasons.append(error.message)
        return False
    return True


def _spool(rooms: Rooms, warnings: list[str]) -> SpoolView | None:
    """Return how full the spool is, None when there is none; what is wrong with it is a warning."""
    if rooms.stash is None:
        return None
    try:
        level = rooms.stash.spool.level()
    except MediamillError as error:
        warnings.append(error.message)
        return None
    if level.refused:
        warnings.append(f"{level.refused} requests that were accepted while Redis was away are set aside (doctor)")
    return SpoolView(waiting=level.waiting, refused=level.refused, oldest_age_s=round(level.oldest_age_s, 3))
