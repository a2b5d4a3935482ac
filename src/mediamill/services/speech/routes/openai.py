"""Speech as OpenAI's API has it."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from mediamill import InvalidInput
from mediamill.media.voices.catalog import current
from mediamill.services.speech import openai, service
from mediamill.services.speech.listing import VoiceName, VoiceNames
from mediamill.services.speech.openai import FAULTS, MODELS, NAMES, SpeechRequest
from mediamill.web.auth import Caller, Signed
from mediamill.web.bodies import read_json
from mediamill.web.errors import FieldError, Refused, invalid, invalid_params
from mediamill.web.growing import GrowingFile, WholeFile
from mediamill.web.listeners import answer_with, submit, while_connected, whole_file
from mediamill.web.openai import problem
from mediamill.web.patient import Interrupted, PatientStream
from mediamill.web.recent import glance
from mediamill.web.rooms import Rooms, RoomsOf

#: OpenAI's clients wait ten minutes; so do we for the first sound.
FIRST_SOUND_S: Final = 600.0
#: Sound is not compressed again, and a proxy that gathers it would hold it back.
_LIVE: Final = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_SSE: Final = "text/event-stream"
_SOUND: Final = {"schema": {"type": "string", "format": "binary"}, "example": "the sound, while it is made"}
_EVENTS: Final = {
    "schema": {"type": "string"},
    "example": (openai.delta(b"ID3") + openai.done(48)).decode(),
}


class ModelView(BaseModel):
    """A name for `model`, as OpenAI describes one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": MODELS[0], "object": "model", "created": 0, "owned_by": "mediamill"}]}
    )

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "mediamill"


class ModelList(BaseModel):
    """All names for `model`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"object": "list", "data": [ModelView(id=MODELS[0]).model_dump()]}]}
    )

    object: str = "list"
    data: list[ModelView]


class _Asked(NamedTuple):
    """What was asked for, the job that stands for it, and its file where that is there already."""

    wanted: SpeechRequest
    job_id: str
    file: WholeFile | None


router = APIRouter(prefix="/v1", tags=["openai"])


@router.post(
    "/audio/speech",
    response_model=None,
    responses={200: {"content": {"audio/mpeg": _SOUND, _SSE: _EVENTS}, "description": "The sound."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": SpeechRequest.model_json_schema(),
                    "example": {"model": "tts-1", "voice": "alloy", "input": "Hello there."},
                }
            },
        }
    },
)
async def create_speech(request: Request, rooms: RoomsOf, caller: Signed) -> Response:
    """Say a text, as OpenAI's API does it. The sound comes while it is made.

    It is a job like any other: `X-Job-Id` names it, a repeat of the request has its file at once, and it goes on
    when you hang up. 429 when too many wait.
    """
    wanted, job_id, file = await run_in_threadpool(_accepted, rooms, request, caller, await read_json(request))
    sound = file or await _begun(request, rooms, job_id, wanted)
    headers = {**_LIVE, "X-Job-Id": job_id, "Location": f"/jobs/{job_id}"}
    if wanted.stream_format == "sse":
        events = _events(sound.pieces(), len(wanted.input))
        return PatientStream(events, rooms.patience.send_s, headers=headers, media_type=_SSE)
    answer = answer_with(sound, rooms.patience, media_type=wanted.form.media_type, headers=headers)
    if file is not None and file.content is not None and (seen := glance(request)) is not None:
        seen.keep(job_id, answer)
    return answer


@router.get("/models", responses={200: {"model": ModelList}}, response_model=None)
async def list_models() -> Response:
    """List the names for `model`. They all mean the same."""
    return JSONResponse(ModelList(data=[ModelView(id=name) for name in MODELS]).model_dump())


@router.get("/models/{name}", responses={200: {"model": ModelView}}, response_model=None)
async def get_model(name: Annotated[str, Path(description="One of the list.", examples=[MODELS[0]])]) -> Response:
    """Look at one of them."""
    _check_model(name)
    return JSONResponse(ModelView(id=name).model_dump())


@router.get("/audio/voices", responses={200: {"model": VoiceNames}}, response_model=None)
def list_voice_names() -> Response:
    """List the voices that can speak now, as apps for OpenAI-compatible servers want to choose from."""
    ready = [VoiceName(id=each.name, name=each.label, language=each.language) for each in current() if each.ready]
    return JSONResponse(VoiceNames(voices=ready).model_dump())


def _check_model(name: str) -> None:
    if name not in MODELS:
        message = f"there is no model {name[:64]!r}; there are {', '.join(MODELS)}"
        fault = FieldError(field="model", message=message, type="model")
        raise Refused(HTTPStatus.NOT_FOUND, message, code="MODEL_NOT_FOUND", errors=[fault])


def _accepted(rooms: Rooms, request: Request, caller: Caller, body: bytes) -> _Asked:
    """Submit what the body asks for. One hop into a thread does it all, and reads the file of a repeat."""
    try:
        wanted = SpeechRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_params(error) from None
    _check_model(wanted.model)
    with _in_their_words():
        submitted = submit(rooms, request, caller, service, wanted.params())
    file = WholeFile.of(rooms, submitted.job, wanted.file_name) if submitted.job is not None else None
    return _Asked(wanted, submitted.id, file)


async def _begun(request: Request, rooms: Rooms, job_id: str, wanted: SpeechRequest) -> WholeFile | GrowingFile:
    """Wait until there is sound, or a reason why there is none: until then an error has a status.

    Whoever hangs up is not waited for, but their job goes on: most of them send the same request again, and find it
    done. One who does not want it any more can DELETE the job.
    """
    growing = GrowingFile(rooms, job_id, wanted.file_name)
    try:
        if await while_connected(request, growing.begun(), FIRST_SOUND_S):
            return growing
    except TimeoutError:
        message = "there is no sound yet; the job goes on: send the request again"
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, message) from None
    return await whole_file(rooms, job_id, wanted.file_name, FAULTS)


@contextmanager
def _in_their_words() -> Iterator[None]:
    """Name parameters as OpenAI does in what is wrong with them."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(error.message, field=NAMES.get(error.field or "", error.field), code=error.code) from error
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise invalid(
            {**each, "loc": tuple(NAMES.get(str(part), part) for part in each["loc"])} for each in details
        ) from None


async def _events(pieces: AsyncGenerator[bytes, None], characters: int) -> AsyncGenerator[bytes, None]:
    """Yield the sound as server-sent events. Where it breaks off an event says so, and so does the connection."""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield openai.delta(piece)
    except Interrupted as error:
        yield openai.failed(problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERRUPTED", str(error), None))
        raise
    yield openai.done(characters)
