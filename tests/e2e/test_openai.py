"""The official client of OpenAI's API against the real stack: engines, worker, store, server."""

import asyncio
import base64
import io
import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import av
import httpx2
import openai
import pytest
from tests.e2e.up import Up

from mediamill.testing import eventually

#: Occupies a slot until it is cancelled.
SERVICE = """
    import time
    from pydantic import BaseModel
    from mediamill import Context, Result, Service

    class Params(BaseModel):
        number: int = 0

    def run(params: Params, ctx: Context) -> Result:
        while True:
            ctx.check()
            time.sleep(0.05)

    service = Service("occupy", Params, run, queue="cpu")
"""
WAITING = 40
HELLO = "Hello there. This text was read aloud by a job server."
TWENTY = " ".join(f"This is sentence number {number}, and it is about nothing at all." for number in range(1, 21))
Form = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    info = folder / "occupy_service-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: occupy-service\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mediamill.services]\noccupy = occupy_service:service\n")
    (folder / "occupy_service.py").write_text(textwrap.dedent(SERVICE))
    return folder


@pytest.fixture(scope="module")
def up(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MEDIAMILL_SPEECH_WAITING", str(WAITING))
        server = Up(
            tmp_path_factory.mktemp("data"),
            slots="interactive=1,cpu=2,default=1,downloads=0,recording=0",
            path=str(plugins),
        )
    yield server
    server.stop()


def address(up: Up) -> dict[str, Any]:
    return {"base_url": f"{up.client.base_url}/v1", "api_key": up.client.headers["X-API-Key"], "max_retries": 0}


@pytest.fixture
def client(up: Up) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(**address(up)) as made:
        yield made


def seconds(sound: bytes, form: str) -> float:
    """Decode all of it; return its length."""
    kind, options = ("s16le", {"sample_rate": "24000"}) if form == "pcm" else (None, {})
    with av.open(io.BytesIO(sound), "r", format=kind, options=options) as file:
        return float(sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0)))


def job_of(up: Up, headers: httpx2.Headers) -> dict[str, Any]:
    job: dict[str, Any] = up.client.get(headers["location"]).json()
    return job


# ---- sound


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_every_format_can_be_played(up: Up, client: openai.OpenAI, form: Form) -> None:
    answer = client.audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=HELLO, response_format=form
    )
    sound = answer.parse().content
    job = job_of(up, answer.http_response.headers)
    assert seconds(sound, form) == pytest.approx(job["data"]["duration_s"], abs=0.15)
    assert job["data"]["voices"] == ["heart"]
    again = client.audio.speech.create(model="mediamill", voice="heart", input=HELLO, response_format=form)
    assert seconds(again.content, form) == pytest.approx(seconds(sound, form), abs=0.15)


def test_a_repeat_is_the_same_job_and_comes_at_once(client: openai.OpenAI) -> None:
    def say() -> tuple[bytes, str, bool]:
        answer = client.audio.speech.with_raw_response.create(model="tts-1", voice="nova", input="Say it twice.")
        headers = answer.http_response.headers
        return answer.parse().content, headers["x-job-id"], "content-length" in headers

    (first, job_id, _), again = say(), say()
    assert again == (first, job_id, True)


def test_vietnamese_is_read_by_a_vietnamese_voice(up: Up, client: openai.OpenAI) -> None:
    answer = client.audio.speech.with_raw_response.create(
        model="gpt-4o-mini-tts", voice="coral", input="Xin chào các bạn.", instructions="Warmly.", speed=1.5
    )
    assert job_of(up, answer.http_response.headers)["data"]["languages"] == ["vi"]


def test_what_is_ours_is_asked_for_in_the_extra_body(client: openai.OpenAI) -> None:
    sound = client.audio.speech.create(
        model="tts-1",
        voice=cast("Any", {"id": "espeak-en-gb"}),
        input="Hello.",
        response_format="wav",
        extra_body={"language": "en-GB", "sample_rate": 16_000, "normalization_options": {"normalize": True}},
    ).content
    with av.open(io.BytesIO(sound)) as file:
        assert file.streams.audio[0].rate == 16_000


def test_the_first_sound_comes_long_before_the_last(up: Up, client: openai.OpenAI) -> None:
    with client.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input=TWENTY) as answer:
        pieces = answer.iter_bytes()
        first = next(pieces)
        job = job_of(up, answer.headers)
        assert (job["status"], job["progress"] < 60) == ("STARTED", True)
        sound = first + b"".join(pieces)
    job = job_of(up, answer.headers)
    assert len(first) < len(sound) / 2
    assert seconds(sound, "mp3") == pytest.approx(job["data"]["duration_s"], abs=0.15)


def test_events_are_read_by_the_client(client: openai.OpenAI) -> None:
    sound = bytearray()
    kinds = []
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="sage", input="Events this time. " + TWENTY, stream_format="sse"
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line:
                event = json.loads(line.removeprefix("data: "))
                kinds.append(event["type"])
                sound += base64.b64decode(event.get("audio", ""))
    assert kinds == ["speech.audio.delta"] * (len(kinds) - 1) + ["speech.audio.done"]
    assert len(kinds) > 2
    assert seconds(bytes(sound), "mp3") > 20


def test_the_asynchronous_client_is_served_thirty_two_times_at_once(up: Up) -> None:
    async def main() -> list[bytes]:
        async with openai.AsyncOpenAI(**address(up)) as client:

            async def say(number: int) -> bytes:
                async with client.audio.speech.with_streaming_response.create(
                    model="tts-1", voice="alloy", input=f"This is request number {number}.", response_format="wav"
                ) as answer:
                    return b"".join([piece async for piece in answer.iter_bytes()])

            return await asyncio.gather(*(say(number) for number in range(32)))

    sounds = asyncio.run(main())
    assert len(set(sounds)) == 32
    assert all(1 < seconds(sound, "wav") < 5 for sound in sounds)


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert {"mediamill", "tts-1"} <= {model.id for model in client.models.list()}
    assert client.models.retrieve("tts-1-hd").id == "tts-1-hd"


# ---- errors


def test_errors_are_those_of_the_client(up: Up, client: openai.OpenAI) -> None:
    with (
        openai.OpenAI(**{**address(up), "api_key": "no"}) as stranger,
        pytest.raises(openai.AuthenticationError) as unknown,
    ):
        stranger.models.list()
    assert unknown.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError) as absent:
        client.audio.speech.create(model="gpt-4", voice="alloy", input="Hello.")
    assert (absent.value.code, absent.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError) as wrong:
        client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.", speed=4)
    assert (wrong.value.param, wrong.value.type) == ("speed", "invalid_request_error")
    assert wrong.value.request_id == wrong.value.response.headers["x-correlation-id"]
    with pytest.raises(openai.BadRequestError) as unspoken:  # seen by the worker, not at the door
        client.audio.speech.create(model="tts-1", voice="heart", input="Xin chào các bạn. Hôm nay trời đẹp quá!")
    assert unspoken.value.code == "invalid_input"


def test_a_full_queue_is_a_rate_limit(up: Up, client: openai.OpenAI) -> None:
    client.audio.speech.create(model="tts-1", voice="alloy", input=HELLO)
    assert up.client.post("/queues/interactive/pause").status_code == 200
    try:
        for number in range(WAITING):
            assert up.client.post("/speech", json={"text": f"Waiting, {number}."}).status_code == 202
        with pytest.raises(openai.RateLimitError) as full:
            client.audio.speech.create(model="tts-1", voice="alloy", input="One too many.")
        assert (full.value.type, int(full.value.response.headers["retry-after"]) >= 1) == ("rate_limit_error", True)
        assert client.audio.speech.create(model="tts-1", voice="alloy", input=HELLO).content, "it is made already"
    finally:
        up.client.post("/queues/interactive/resume")
    eventually(lambda: not up.client.get("/queues").json()["queues"][0]["waiting"], within_s=30)
    assert client.audio.speech.create(model="tts-1", voice="alloy", input="One too many.").content


# ---- a busy, and a broken machine


@contextmanager
def occupied(up: Up, slots: int) -> Iterator[None]:
    """Keep the slots of `cpu` busy."""
    jobs = [up.client.post("/occupy", json={"number": number}).json()["links"]["self"] for number in range(slots)]
    try:
        for job in jobs:
            eventually(lambda job=job: up.client.get(job).json()["status"] == "STARTED", within_s=20)  # type: ignore[misc]
        yield
    finally:
        for job in jobs:
            up.client.delete(job)


def test_a_sentence_is_said_at_once_while_long_work_takes_all_of_cpu(up: Up, client: openai.OpenAI) -> None:
    with occupied(up, 2):
        long = up.client.post("/speech", json={"text": TWENTY * 20}).json()["links"]["self"]
        sound = client.audio.speech.create(model="tts-1", voice="alloy", input="Nobody is before me.", timeout=20)
        assert seconds(sound.content, "mp3") > 0.5
        assert up.client.get(long).json()["status"] == "PENDING"
        up.client.delete(long)


def test_a_listener_does_not_notice_that_the_worker_is_killed(up: Up, client: openai.OpenAI) -> None:
    text = "Somebody listens. " + TWENTY.replace("sentence", "phrase") * 6
    sound = bytearray()
    with client.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input=text) as answer:
        pieces = answer.iter_bytes()
        for piece in pieces:
            sound += piece
            if len(sound) > 100_000:
                break
        assert job_of(up, answer.headers)["status"] == "STARTED"
        for worker in up.workers():
            worker.kill()
        for piece in pieces:
            sound += piece
    job = job_of(up, answer.headers)
    assert (job["status"], job["attempt"]) == ("SUCCESS", 2)
    assert seconds(bytes(sound), "mp3") == pytest.approx(job["data"]["duration_s"], abs=0.15)
    final = up.client.get(f"{answer.headers['location']}/files/speech.mp3").content
    assert len(sound) == len(final)
    assert sound[4_096:] == final[4_096:], "only the head may differ"
