"""POST /v1/audio/speech over jobs that a test drives by hand: what is sent when, and what a client sees of trouble."""

import asyncio
import base64
import json
import signal
import socket
import threading
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sse_starlette.sse import AppStatus
from tests.web.parts import Served, Worker, another_node, signed, with_speech

from mediamill import Queue
from mediamill.core.errors import Unavailable
from mediamill.core.job import Job
from mediamill.engine.desk import Desk
from mediamill.settings import RedisSettings
from mediamill.store.attempts import Failure
from mediamill.store.keys import Keys
from mediamill.store.live import Live
from mediamill.testing import eventually
from mediamill.web.growing import SMALL_BYTES, GrowingFile
from mediamill.web.rooms import Patience, Rooms

SPEECH = "/v1/audio/speech"
HEAD, FIRST, SECOND, REST = b"RIFF....", b"first-slice-", b"second-slice-", b"and the rest"
FINAL = b"RIFF1234" + FIRST + SECOND + REST
#: What somebody has heard who listened from the beginning.
HEARD = HEAD + FIRST + SECOND + REST
BROKEN = Failure("BROKEN", "it broke")


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real speech service."""
    return with_speech(rooms)


def asked(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - the request's own fields
    return {"model": "tts-1", "voice": "alloy", "input": "Hello there.", "response_format": "wav", **more}


class Call:
    """One request on its way; its answer is read in a thread."""

    def __init__(self, url: str, owner: str = "ann", **more: Any) -> None:  # noqa: ANN401
        self.got = bytearray()
        self.status = 0
        self.headers = httpx2.Headers()
        self.error: httpx2.HTTPError | None = None
        self._client = httpx2.Client(base_url=url, headers=signed(owner), timeout=20)
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(asked(**more),))
        self._thread.start()

    def _run(self, body: dict[str, Any]) -> None:
        try:
            with self._client, self._client.stream("POST", SPEECH, json=body) as answer:
                self.status, self.headers = answer.status_code, answer.headers
                for piece in answer.iter_raw():
                    self.got += piece
                    if self._leaving.is_set():
                        return
        except httpx2.HTTPError as error:
            self.error = error

    def has(self, content: bytes) -> None:
        """Wait until this is what came so far."""
        eventually(lambda: bytes(self.got) == content)

    def leave(self) -> None:
        """Hang up at the next piece."""
        self._leaving.set()

    def ended(self) -> bytes:
        """Wait for the end of the answer; return all of it."""
        self._thread.join(10)
        assert not self._thread.is_alive()
        return bytes(self.got)

    def refused(self) -> tuple[int, dict[str, Any]]:
        error: dict[str, Any] = json.loads(self.ended())["error"]
        return self.status, error


def publish(worker: Worker, job: Job, number: int, content: bytes) -> None:
    worker.publish(job, f"stream/{number:06}", content)


def claimed(worker: Worker) -> Job:
    job = eventually(lambda: worker.attempts.claim(Queue.INTERACTIVE, machine="m1", worker="m1:7"))
    assert job is not None
    return job


def state(rooms: Rooms, job: Job) -> str:
    found = rooms.jobs.get(job.id)
    assert found is not None
    return found.status


# ---- what is sent when


def test_sound_is_sent_while_it_is_made_and_goes_on_in_the_final_file(served: Served, worker: Worker) -> None:
    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    call.has(HEAD + FIRST)
    assert (call.status, call.headers["content-type"]) == (200, "audio/wav")
    assert (call.headers["x-job-id"], call.headers["location"]) == (job.id, f"/jobs/{job.id}")
    assert call.headers["cache-control"] == "no-store, no-transform"
    assert "content-length" not in call.headers
    publish(worker, job, 2, SECOND)
    call.has(HEAD + FIRST + SECOND)
    worker.succeed(job, **{"speech.wav": FINAL})
    assert (call.ended(), call.error) == (HEARD, None)


def test_a_finished_request_is_answered_whole_with_its_length(served: Served, worker: Worker) -> None:
    call = Call(served.url)
    job = claimed(worker)
    worker.succeed(job, **{"speech.wav": FINAL})
    assert call.ended() == FINAL
    again = Call(served.url)
    assert again.ended() == FINAL
    for each in (call, again):
        assert each.headers["content-length"] == str(len(FINAL))
        assert each.headers["x-job-id"] == job.id


def test_a_long_file_is_streamed_with_its_length(served: Served, worker: Worker) -> None:
    long = bytes(SMALL_BYTES + 1)
    call = Call(served.url)
    worker.succeed(claimed(worker), **{"speech.wav": long})
    assert call.ended() == long
    assert call.headers["content-length"] == str(len(long))


def test_who_comes_later_hears_it_from_the_beginning(served: Served, worker: Worker) -> None:
    early = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    publish(worker, job, 2, SECOND)
    early.has(HEAD + FIRST + SECOND)
    late = Call(served.url)
    late.has(HEAD + FIRST + SECOND)
    worker.succeed(job, **{"speech.wav": FINAL})
    assert early.ended() == late.ended() == HEARD
    assert late.headers["x-job-id"] == job.id


def test_another_attempt_is_not_heard(served: Served, worker: Worker) -> None:
    call = Call(served.url)
    lost = claimed(worker)
    publish(worker, lost, 1, HEAD + FIRST)
    call.has(HEAD + FIRST)
    assert worker.attempts.lose(lost.id, lost.token or "")
    again = claimed(worker)
    assert (again.id, again.attempt) == (lost.id, 2)
    publish(worker, again, 1, HEAD + FIRST)
    publish(worker, again, 2, SECOND)
    call.has(HEAD + FIRST + SECOND)
    worker.succeed(again, **{"speech.wav": FINAL})
    assert (call.ended(), call.error) == (HEARD, None)


def test_what_is_ann_s_is_not_bob_s(served: Served, worker: Worker) -> None:
    ann = Call(served.url)
    hers = claimed(worker)
    bob = Call(served.url, "bob")
    his = claimed(worker)
    assert his.id != hers.id
    publish(worker, hers, 1, HEAD + FIRST)
    ann.has(HEAD + FIRST)
    worker.succeed(his, **{"speech.wav": b"his"})
    assert bob.ended() == b"his"
    worker.succeed(hers, **{"speech.wav": FINAL})
    assert ann.ended() == HEAD + FIRST + FINAL[len(HEAD + FIRST) :]
    for path in ("", "/files", "/files/speech.wav", "/events"):
        assert httpx2.get(f"{served.url}/jobs/{hers.id}{path}", headers=signed("bob")).status_code == 404


def test_slices_that_went_at_the_end_are_read_in_the_final_file(
    rooms: Rooms, served: Served, worker: Worker, redis_settings: RedisSettings
) -> None:
    """A client who is slow: the job has ended and its slices are gone when they take the next one."""
    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    publish(worker, job, 2, SECOND)
    publish(worker, job, 3, REST[:4])
    worker.succeed(job, **{"speech.wav": FINAL})
    call.ended()
    rooms.artifacts.store.delete(rooms.jobs.parts(job.id)["stream/000002"].key)

    async def heard() -> bytes:
        live = Live(redis_settings, Keys(redis_settings.prefix))
        growing = GrowingFile(replace(rooms, live=live), job.id, "speech.wav")
        assert await growing.begun()
        try:
            return b"".join([piece async for piece in growing.pieces()])
        finally:
            await live.close()

    assert asyncio.run(heard()) == HEARD


def test_any_node_sends_what_another_one_accepted(
    rooms: Rooms, served: Served, worker: Worker, redis_settings: RedisSettings
) -> None:
    with another_node(rooms, redis_settings) as url:
        here = Call(served.url)
        job = claimed(worker)
        there = Call(url)
        publish(worker, job, 1, HEAD + FIRST)
        there.has(HEAD + FIRST)
        publish(worker, job, 2, SECOND)
        worker.succeed(job, **{"speech.wav": FINAL})
        assert here.ended() == there.ended() == HEARD
        assert here.headers["x-job-id"] == there.headers["x-job-id"] == job.id


# ---- trouble


def test_a_job_that_fails_before_it_is_heard_has_a_status(served: Served, worker: Worker) -> None:
    call = Call(served.url)
    job = claimed(worker)
    assert worker.attempts.fail(job.id, job.token or "", BROKEN)
    error = {"message": "it broke", "type": "server_error", "param": None, "code": "broken"}
    assert call.refused() == (500, error)
    assert call.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("code", ["INVALID_INPUT", "NO_SOUND"])
def test_a_job_that_finds_fault_with_its_text_blames_the_request(served: Served, worker: Worker, code: str) -> None:
    call = Call(served.url)
    job = claimed(worker)
    assert worker.attempts.fail(job.id, job.token or "", Failure(code, "there is nothing to say"))
    status, error = call.refused()
    assert (status, error["type"], error["code"]) == (400, "invalid_request_error", code.lower())


def test_a_job_that_is_cancelled_before_it_is_heard_is_a_conflict(served: Served, worker: Worker, rooms: Rooms) -> None:
    call = Call(served.url)
    job = claimed(worker)
    rooms.jobs.cancel(job.id)
    worker.attempts.cancelled(job.id, job.token or "")
    status, error = call.refused()
    assert (status, error["message"]) == (409, "the job was cancelled")


def test_a_job_that_is_not_heard_for_long_goes_on_without_its_client(
    served: Served, worker: Worker, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediamill.services.speech.routes.openai.FIRST_SOUND_S", 0.05)
    status, error = Call(served.url).refused()
    assert (status, error["type"]) == (503, "server_error")
    assert "send the request again" in error["message"]
    job = claimed(worker)
    assert (state(rooms, job), rooms.live.watched) == ("STARTED", 0)


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_a_job_that_breaks_off_breaks_the_connection(served: Served, worker: Worker, rooms: Rooms, end: str) -> None:
    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    call.has(HEAD + FIRST)
    if end == "fail":
        assert worker.attempts.fail(job.id, job.token or "", BROKEN)
    else:
        rooms.jobs.cancel(job.id)
        worker.attempts.cancelled(job.id, job.token or "")
    assert call.ended() == HEAD + FIRST
    assert isinstance(call.error, httpx2.RemoteProtocolError), "nobody may take this for the whole"
    assert served.client.get("/healthz").status_code == 200


def test_a_final_file_that_is_not_what_was_begun_breaks_the_connection(served: Served, worker: Worker) -> None:
    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    call.has(HEAD + FIRST)
    worker.succeed(job, **{"speech.wav": b"short"})
    call.ended()
    assert isinstance(call.error, httpx2.RemoteProtocolError)


def test_slices_of_another_file_than_the_final_one_break_the_connection(served: Served, worker: Worker) -> None:
    """What an attempt speaks with may be gone when the next one goes on."""
    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    publish(worker, job, 2, SECOND)
    call.has(HEAD + FIRST + SECOND)
    worker.succeed(job, **{"speech.wav": HEAD + FIRST + b"another-slice" + REST})
    assert call.ended() == HEAD + FIRST + SECOND
    assert isinstance(call.error, httpx2.RemoteProtocolError)


def test_a_look_that_is_refused_for_a_moment_breaks_nothing_off(
    rooms: Rooms, served: Served, worker: Worker, redis_settings: RedisSettings
) -> None:
    """The store is back, and the circuit breaker does not know it yet."""

    class Away(Desk):
        """Refuses at first."""

        looks = 0

        def find(self, job_id: str) -> Job | None:
            self.looks += 1
            if self.looks < 3:
                raise Unavailable("the store did not answer a moment ago")
            return super().find(job_id)

    call = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    worker.succeed(job, **{"speech.wav": FINAL})
    call.ended()

    async def heard() -> bytes:
        live = Live(redis_settings, Keys(redis_settings.prefix))
        desk = Away(rooms.jobs, rooms.artifacts)
        growing = GrowingFile(replace(rooms, live=live, desk=desk), job.id, "speech.wav")
        assert await growing.begun()
        try:
            return b"".join([piece async for piece in growing.pieces()])
        finally:
            await live.close()

    assert asyncio.run(heard()) == HEAD + FIRST + FINAL[len(HEAD + FIRST) :]


def test_who_hangs_up_before_the_sound_leaves_a_job_that_goes_on(served: Served, worker: Worker, rooms: Rooms) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        served.client.post(SPEECH, json=asked(), timeout=0.3)
    job = claimed(worker)
    eventually(lambda: rooms.live.watched == 0)
    assert state(rooms, job) == "STARTED"
    worker.succeed(job, **{"speech.wav": FINAL})
    assert served.client.post(SPEECH, json=asked()).content == FINAL


def test_who_hangs_up_in_the_middle_leaves_a_job_that_goes_on(served: Served, worker: Worker, rooms: Rooms) -> None:
    call = Call(served.url)
    job = claimed(worker)
    call.leave()
    publish(worker, job, 1, HEAD + FIRST)
    call.ended()
    eventually(lambda: rooms.live.watched == 0)
    assert state(rooms, job) == "STARTED"
    worker.succeed(job, **{"speech.wav": FINAL})
    assert served.client.post(SPEECH, json=asked()).content == FINAL


class TestImpatient:
    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(send_s=0.5)

    def test_who_never_reads_is_dropped(self, served: Served, rooms: Rooms, worker: Worker) -> None:
        host, port = served.url.removeprefix("http://").split(":")
        body = json.dumps(asked()).encode()
        head = f"POST {SPEECH} HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-ann\r\nContent-Length: {len(body)}\r\n"
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect((host, int(port)))
            stalled.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            job = claimed(worker)
            eventually(lambda: rooms.live.watched == 1)
            for number in range(1, 9):  # more than all buffers on the way can hold
                publish(worker, job, number, bytes([number]) * 2**20)
            eventually(lambda: rooms.live.watched == 0, within_s=5)
            eventually(lambda: not served.connections, within_s=3)
        assert state(rooms, job) == "STARTED"


def test_a_server_that_goes_lets_its_listeners_know(served: Served, rooms: Rooms, worker: Worker) -> None:
    early = Call(served.url)
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    early.has(HEAD + FIRST)
    waiting = Call(served.url, input="Something else.")
    eventually(lambda: rooms.live.watched == 2)
    try:
        served.server.handle_exit(signal.SIGTERM, None)
        eventually(lambda: not served.thread.is_alive(), within_s=4)
    finally:
        AppStatus.should_exit = False
    early.ended()
    assert isinstance(early.error, httpx2.RemoteProtocolError)
    status, error = waiting.refused()
    assert (status, error["type"]) == (503, "server_error")
    assert waiting.headers["retry-after"]


# ---- a full queue


class TestFull:
    @pytest.fixture
    def rooms(self, rooms: Rooms) -> Rooms:
        return replace(rooms, settings=replace(rooms.settings, speech_waiting=1))

    def test_a_full_queue_refuses_what_would_have_to_wait_and_nothing_else(
        self, served: Served, worker: Worker
    ) -> None:
        done = Call(served.url, input="Done.")
        worker.succeed(claimed(worker), **{"speech.wav": FINAL})
        assert done.ended() == FINAL
        waiting = Call(served.url, input="Waiting.")
        eventually(lambda: worker.rooms.queues.summaries()[0].waiting == 1)
        refused = served.client.post(SPEECH, json=asked(input="One more."))
        assert (refused.status_code, 1 <= int(refused.headers["retry-after"]) <= 30) == (429, True)
        assert refused.json()["error"] == {
            "message": "1 jobs wait before this one, which is the limit",
            "type": "rate_limit_error",
            "param": None,
            "code": "rate_limit_exceeded",
        }
        joined = Call(served.url, input="Waiting.")
        assert served.client.post(SPEECH, json=asked(input="Done.")).content == FINAL
        assert served.client.post("/speech", json={"text": "Nobody waits for this."}).status_code == 202
        eventually(lambda: worker.rooms.live.watched)
        worker.succeed(claimed(worker), **{"speech.wav": FINAL})
        assert waiting.ended() == joined.ended() == FINAL


# ---- as events


def events(body: bytes) -> list[dict[str, Any]]:
    assert body.endswith(b"\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in body.decode().split("\n\n") if line]


def test_events_bring_the_sound_in_base64(served: Served, worker: Worker) -> None:
    call = Call(served.url, stream_format="sse")
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    eventually(lambda: call.got)
    worker.succeed(job, **{"speech.wav": FINAL})
    *deltas, done = events(call.ended())
    assert call.headers["content-type"].startswith("text/event-stream")
    assert {each["type"] for each in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(each["audio"]) for each in deltas) == HEAD + FIRST + FINAL[len(HEAD + FIRST) :]
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 12, "output_tokens": 0, "total_tokens": 12},
    }
    delta, done = events(Call(served.url, stream_format="sse").ended())
    assert base64.b64decode(delta["audio"]) == FINAL


def test_events_end_with_an_error_where_the_sound_breaks_off(served: Served, worker: Worker) -> None:
    call = Call(served.url, stream_format="sse")
    job = claimed(worker)
    publish(worker, job, 1, HEAD + FIRST)
    eventually(lambda: call.got)
    assert worker.attempts.fail(job.id, job.token or "", BROKEN)
    delta, error = events(call.ended())
    assert delta["type"] == "speech.audio.delta"
    assert (error["type"], error["error"]["code"]) == ("error", "interrupted")
    assert isinstance(call.error, httpx2.RemoteProtocolError)
