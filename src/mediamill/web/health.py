"""Whether the process lives, and whether requests would be accepted."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from mediamill import __version__
from mediamill.core.errors import MediamillError
from mediamill.web.errors import RETRY_AFTER_S
from mediamill.web.rooms import RoomsOf

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok", "version": __version__}]})

    status: str
    version: str


class Readiness(BaseModel):
    """reasons: why nothing would be accepted now. warnings: why what was accepted may not be kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ready": True, "reasons": [], "warnings": []}]})

    ready: bool
    reasons: list[str]
    warnings: list[str]


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
    """Say whether a request would be accepted: the store and the files take a write."""
    reasons: list[str] = []
    warnings: list[str] = []
    try:
        warnings = rooms.probe.check()
    except MediamillError as error:
        reasons.append(error.message)
    try:
        rooms.artifacts.store.check_writable()
    except MediamillError as error:
        reasons.append(error.message)
    body = Readiness(ready=not reasons, reasons=reasons, warnings=warnings)
    if reasons:
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        return JSONResponse(body.model_dump(), HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
    return JSONResponse(body.model_dump())


router.add_api_route("/healthz", healthz, methods=["HEAD"], include_in_schema=False)
