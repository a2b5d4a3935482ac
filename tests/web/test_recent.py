"""Answers that are given again from memory: that they are, and when they are not.

The sound's file is changed in place, at its size: who gets the old bytes was answered from memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog
from starlette.responses import Response
from tests.web.parts import Served, Worker, another_node, signed, with_speech

from mediamill import Queue
from mediamill.core.job import Job
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.live import Live
from mediamill.store.pool import Client
from mediamill.testing import eventually
from mediamill.web.recent import ANSWER_BYTES, ASKED_BYTES, Answers, Asked
from mediamill.web.rooms import Patience, Rooms

SPEECH = "/v1/audio/speech"
SOUND, CHANGED = b"RIFF-as-it-was", b"RIFF-otherwise"
ASKED = {"model": "tts-1", "voice": "alloy", "input": "Hello there.", "response_format": "wav"}


@pytest.fixture
def patience() -> Patience:
    """Such that nothing is asked anew but for a reason."""
    return Patience(recent_s=600.0)


@pytest.fixture
def rooms(rooms: Rooms, patience: Patience) -> Rooms:
    return replace(with_speech(rooms), patience=patience)


@pytest.fixture
def job(served: Served, worker: Worker) -> Job:
    """Ann's, done."""
    return said(served.client, worker)


def said(client: httpx2.Client, worker: Worker, sound: bytes = SOUND) -> Job:
    """Have the text said; return the job."""
    submitted = client.post("/speech", json=_params()).json()["task_id"]
    claimed = worker.claim(Queue.INTERACTIVE)
    assert claimed.id == submitted
    worker.succeed(claimed, **{"speech.wav": sound})
    done = worker.rooms.jobs.get(claimed.id)
    assert done is not None
    return done


def _params() -> dict[str, Any]:
    """Return what the same request is in the service's own words."""
    return {"text": ASKED["input"], "format": "wav", "stream": True, "captions": False}


def write(rooms: Rooms, job: Job, sound: bytes) -> None:
    path = rooms.artifacts.store.local(job.files["speech.wav"].key)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(sound)


def ask(client: httpx2.Client, **more: Any) -> httpx2.Response:  # noqa: ANN401 - the request's own fields
    return client.post(SPEECH, json={**ASKED, **more})


def remembered(client: httpx2.Client, rooms: Rooms, job: Job) -> None:
    """Have the answer come from memory. The file is CHANGED then."""
    write(rooms, job, SOUND)
    ask(client)
    eventually(lambda: rooms.live._bells[job.id].connected and not rooms.live._saying)
    for _ in range(3):  # the first one who listens may hear two confirmations, the second one only now
        ask(client)
    write(rooms, job, CHANGED)
    assert ask(client).content == SOUND


@pytest.fixture
def elsewhere(rooms: Rooms, redis_settings: RedisSettings) -> Iterator[httpx2.Client]:
    """Ann at another node."""
    with another_node(rooms, redis_settings) as url, httpx2.Client(base_url=url, headers=signed("ann")) as client:
        yield client


def test_an_answer_from_memory_looks_like_any_other(served: Served, rooms: Rooms, job: Job) -> None:
    first = ask(served.client)
    remembered(served.client, rooms, job)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        again = served.client.post(SPEECH, json=ASKED, headers={"X-Correlation-ID": "again-1"})
        eventually(lambda: lines)
    differing = {"x-correlation-id", "x-request-id", "date"}
    assert {name: value for name, value in again.headers.items() if name not in differing} == {
        name: value for name, value in first.headers.items() if name not in differing
    }
    assert (again.content, again.headers["x-job-id"]) == (SOUND, job.id)
    assert again.headers["x-correlation-id"] == again.headers["x-request-id"] == "again-1"
    (line,) = [each for each in lines if each["event"] == "http.request"]
    assert (line["path"], line["status"], line["owner"], line["correlation_id"]) == (SPEECH, 200, "ann", "again-1")


def test_another_owner_is_not_answered_from_it(served: Served, worker: Worker, rooms: Rooms, job: Job) -> None:
    remembered(served.client, rooms, job)
    with httpx2.Client(base_url=served.url, headers=signed("bob"), timeout=20) as bob:
        his = said(bob, worker, b"RIFF-bob's own")
        answer = ask(bob)
    assert (answer.content, answer.headers["x-job-id"]) == (b"RIFF-bob's own", his.id)


def test_a_key_that_is_not_known_is_told_so_first(served: Served, rooms: Rooms, job: Job) -> None:
    remembered(served.client, rooms, job)
    assert served.client.post(SPEECH, json=ASKED, headers={"X-API-Key": "revoked"}).status_code == 401


def test_who_sends_an_idempotency_key_is_answered_by_the_store(served: Served, rooms: Rooms, job: Job) -> None:
    remembered(served.client, rooms, job)
    assert served.client.post(SPEECH, json=ASKED, headers={"Idempotency-Key": "k"}).content == CHANGED


def test_a_long_request_is_answered_by_the_store(served: Served, rooms: Rooms, job: Job) -> None:
    """Fields that we do not know are ignored: it is the same request, but for its length."""
    for _ in range(3):
        assert ask(served.client, extra="a" * ASKED_BYTES).content == SOUND
    assert rooms.live.watched == 0  # nothing is kept, so nobody listens
    write(rooms, job, CHANGED)
    assert ask(served.client, extra="a" * ASKED_BYTES).content == CHANGED


def test_events_are_made_anew(served: Served, rooms: Rooms, job: Job) -> None:
    remembered(served.client, rooms, job)
    for _ in range(2):
        assert ask(served.client, stream_format="sse").headers["content-type"].startswith("text/event-stream")


def test_a_job_purged_at_another_node_answers_no_more(
    served: Served, elsewhere: httpx2.Client, worker: Worker, rooms: Rooms, job: Job
) -> None:
    remembered(served.client, rooms, job)
    assert elsewhere.delete(f"/jobs/{job.id}", params={"purge": "true"}).status_code < 300
    again = said(served.client, worker, b"RIFF-new")
    answer = ask(served.client)
    assert (answer.content, answer.headers["x-job-id"]) == (b"RIFF-new", again.id)


def test_files_that_are_over_answer_no_more(served: Served, worker: Worker, rooms: Rooms, job: Job) -> None:
    remembered(served.client, rooms, job)
    assert job.ended_ms is not None
    assert rooms.jobs.retention.expire(job.id, job.ended_ms) == "expired"
    new = said(served.client, worker, b"RIFF-new")
    assert ask(served.client).headers["x-job-id"] == new.id


def test_a_job_that_is_asked_for_by_force_takes_the_place(
    served: Served, elsewhere: httpx2.Client, worker: Worker, rooms: Rooms, job: Job
) -> None:
    remembered(served.client, rooms, job)
    forced = elsewhere.post("/speech", json=_params(), params={"force": "true"}).json()["task_id"]
    assert forced != job.id
    worker.succeed(worker.claim(Queue.INTERACTIVE), **{"speech.wav": b"RIFF-new"})
    assert ask(served.client).headers["x-job-id"] == forced


def test_without_the_doorbell_the_store_is_asked(served: Served, rooms: Rooms, job: Job, client: Client) -> None:
    remembered(served.client, rooms, job)
    bell = rooms.live._bells[job.id]
    rings = bell.rings
    client.run("CLIENT KILL", "TYPE", "pubsub")
    eventually(lambda: not bell.connected or bell.rings > rings)
    assert ask(served.client).content == CHANGED
    remembered(served.client, rooms, job)  # it is connected again


@pytest.mark.parametrize("patience", [Patience(recent_s=0.0)])
def test_after_its_time_the_store_is_asked(served: Served, rooms: Rooms, job: Job) -> None:
    for sound in (SOUND, CHANGED, SOUND, CHANGED):
        write(rooms, job, sound)
        assert ask(served.client).content == sound


# ---- the memory itself


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def question(text: str, owner: str = "ann") -> Asked:
    return Asked(owner, SPEECH, b"", b"application/json", text.encode())


async def keep(answers: Answers, live: Live, text: str, job_id: str, sound: bytes = SOUND) -> None:
    """Keep an answer, and once more when it is listened for: as two repeats do."""
    answers.glance(question(text)).keep(job_id, Response(sound))
    if job_id in live._bells:
        await until(lambda: live._bells[job_id].connected)
    answers.glance(question(text)).keep(job_id, Response(sound))


def listening(redis: RedisSettings, do: Callable[[Live], Awaitable[None]]) -> None:
    """Do it with a doorbell that is connected: the first one who listens may hear two confirmations."""

    async def main() -> None:
        live = Live(redis, Keys(redis.prefix))
        try:
            first = live.listen("another")
            await until(lambda: first.heard is not None)
            first.close()
            await do(live)
        finally:
            await live.close()

    asyncio.run(main())


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not check():  # noqa: ASYNC110 - what we look at tells nobody
            await asyncio.sleep(0)


def test_an_answer_is_given_for_its_time_to_those_who_ask_the_same(redis_settings: RedisSettings) -> None:
    async def see(live: Live) -> None:
        clock = Clock()
        answers = Answers(live, 1.0, now=clock)
        await keep(answers, live, "hello", "job-1")
        found = answers.find(question("hello"))
        assert found is not None
        assert found.body == SOUND
        assert answers.find(question("hello", owner="bob")) is None
        assert answers.find(question("Hello")) is None
        clock.now_s = 1.0
        assert answers.find(question("hello")) is None

    listening(redis_settings, see)


def test_what_was_read_before_somebody_listened_is_not_given(redis_settings: RedisSettings) -> None:
    async def see(live: Live) -> None:
        answers = Answers(live, 600.0)
        before = answers.glance(question("hello"))
        before.keep("job-1", Response(SOUND))
        assert answers.find(question("hello")) is None
        await until(lambda: live._bells["job-1"].connected)
        assert answers.find(question("hello")) is None
        before.keep("job-1", Response(SOUND))
        assert answers.find(question("hello")) is None

    listening(redis_settings, see)


def test_what_was_read_before_a_ring_is_not_given(redis_settings: RedisSettings, client: Client) -> None:
    async def see(live: Live) -> None:
        answers = Answers(live, 600.0)
        await keep(answers, live, "hello", "job-1")
        read = answers.glance(question("hello"))
        rings = live._bells["job-1"].rings
        client.run("PUBLISH", Keys(redis_settings.prefix)("bell", "job-1"), "end")
        await until(lambda: live._bells["job-1"].rings > rings)
        assert answers.find(question("hello")) is None
        read.keep("job-1", Response(SOUND))
        assert answers.find(question("hello")) is None

    listening(redis_settings, see)


def test_another_job_s_answer_is_not_taken_at_the_first_one_s_word(redis_settings: RedisSettings) -> None:
    async def see(live: Live) -> None:
        answers = Answers(live, 600.0)
        await keep(answers, live, "hello", "job-1")
        answers.glance(question("hello")).keep("job-2", Response(CHANGED))
        await until(lambda: live._bells["job-2"].connected)
        assert answers.find(question("hello")) is None
        assert set(live._bells) == {"job-2"}

    listening(redis_settings, see)


def test_what_an_earlier_ear_had_heard_does_not_count(redis_settings: RedisSettings) -> None:
    async def see(live: Live) -> None:
        answers = Answers(live, 600.0, limit_bytes=10_000)
        await keep(answers, live, "hello", "job-1")
        read = answers.glance(question("hello"))
        for number in range(3):  # it is pushed out, and nobody listens for a while
            answers.glance(question(f"text {number}")).keep(f"other-{number}", Response(SOUND))
        assert "job-1" not in live._bells
        read.keep("job-1", Response(SOUND))
        await until(lambda: live._bells["job-1"].connected)
        assert read.heard == live._bells["job-1"].rings
        assert answers.find(question("hello")) is None

    listening(redis_settings, see)


def test_the_memory_is_bounded_and_gives_up_what_was_not_used(redis_settings: RedisSettings) -> None:
    async def see(live: Live) -> None:
        answers = Answers(live, 600.0, limit_bytes=350_000)
        for number in range(3):
            await keep(answers, live, f"text {number}", f"job-{number}", bytes(100_000))
        assert answers.find(question("text 0")) is not None
        await keep(answers, live, "text 3", "job-3", bytes(100_000))
        assert answers.find(question("text 0")) is not None
        assert answers.find(question("text 1")) is None
        assert set(live._bells) == {"job-0", "job-2", "job-3"}
        assert 300_000 < answers.size_bytes <= 350_000
        answers.glance(question("long")).keep("job-4", Response(bytes(ANSWER_BYTES + 1)))
        assert len(answers) == 3
        for number in range(100):  # each has a cost of its own, however short it is
            answers.glance(question(f"short {number}")).keep(f"short-{number}", Response(b""))
        assert len(answers) < 90
        assert len(live._bells) == len(answers)

    listening(redis_settings, see)
