"""The voices: the list, and how each of them sounds."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.responses import Response

from mediamill.media.voices.catalog import current
from mediamill.media.voices.voice import Voice
from mediamill.services.speech import service
from mediamill.services.speech.listing import VoiceFilter, VoiceList, VoiceView
from mediamill.services.speech.openai import FAULTS
from mediamill.services.speech.samples import sample_of
from mediamill.web.auth import Signed
from mediamill.web.errors import Refused
from mediamill.web.listeners import answer_with, submit, whole_file
from mediamill.web.rooms import RoomsOf

router = APIRouter(prefix="/voices", tags=["voices"])

#: Somebody waits for a sample with a finger on the button; what is not there by then comes later.
SAMPLE_S: Final = 30.0
_AGAIN_S: Final = 5
#: A voice sounds tomorrow as it does today, and if not, an old sample does no harm.
_KEPT: Final = {"Cache-Control": "private, max-age=3600, no-transform"}
_SOUND: Final = {"schema": {"type": "string", "format": "binary"}, "example": "a few seconds of sound"}
#: A route's parameter that names a voice; other servers' voices may have a slash in their names.
VoiceId = Annotated[str, Path(max_length=256, description="As the list says.", examples=["heart"])]


@router.get("", responses={200: {"model": VoiceList}}, response_model=None)
def list_voices(_caller: Signed, wanted: Annotated[VoiceFilter, Query()]) -> Response:
    """List the voices of this server, those that are not ready too."""
    return JSONResponse(VoiceList(voices=[VoiceView.of(voice) for voice in wanted.matching()]).model_dump())


@router.get(
    "/{name:path}/sample",
    response_model=None,
    responses={200: {"content": {"audio/mpeg": _SOUND}, "description": "The sample."}},
)
async def hear_voice(request: Request, rooms: RoomsOf, caller: Signed, name: VoiceId) -> Response:
    """Hear a voice say a short sentence in its language. A job makes the sample, once for each owner."""
    params = sample_of(await run_in_threadpool(_ready, name))
    submitted = await run_in_threadpool(submit, rooms, request, caller, service, params)
    if submitted.job is None and not await rooms.live.finished(submitted.id, SAMPLE_S):
        headers = {"Location": f"/jobs/{submitted.id}", "Retry-After": str(_AGAIN_S)}
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the sample is still being made", headers=headers)
    sample = await whole_file(rooms, submitted.id, f"speech.{params.format}", FAULTS)
    if sample.data.get("degraded"):  # nobody wants to hear another voice here, and their browser would keep it
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the voice is away now", headers={"Retry-After": str(_AGAIN_S)})
    return answer_with(sample, rooms.patience, media_type=params.format.media_type, headers=_KEPT)


@router.get("/{name:path}", responses={200: {"model": VoiceView}}, response_model=None)
def get_voice(_caller: Signed, name: VoiceId) -> Response:
    """Look at a voice."""
    return JSONResponse(VoiceView.of(_named(name)).model_dump())


def _named(name: str) -> Voice:
    voice = current().find(name)
    if voice is None:
        message = "there is no voice of this name; GET /voices lists them"
        raise Refused(HTTPStatus.NOT_FOUND, message, code="VOICE_NOT_FOUND")
    return voice


def _ready(name: str) -> Voice:
    voice = _named(name)
    if not voice.ready:
        raise Refused(HTTPStatus.CONFLICT, f"the voice is not ready: {voice.needs}", code="VOICE_NOT_READY")
    return voice
