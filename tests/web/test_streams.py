import asyncio
import json
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from sse_starlette.sse import AppStatus
from starlette.responses import StreamingResponse
from starlette.types import Message
from tests.web.parts import Served, Worker, signed

from mediamill.core.errors import Unavailable
from mediamill.core.events import EVENTS_KEPT
from mediamill.core.job import Job
from mediamill.store.live import CLIENT_NAME, READERS
from mediamill.store.pool import Client
from mediamill.testing import eventually
from mediamill.web.patient import PatientEvents
from mediamill.web.rooms import Patience, Rooms

Frame = dict[str, Any]


def frames(lines: Iterator[str]) -> Iterator[Frame]:
    """Yield server-sent events as {id, event, data}, comments and `retry` too."""
    frame: Frame = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            frame[name or "comment"] = json.loads(value) if name == "data" else value
        elif frame:
            yield frame
            frame = {}


def story(answer: httpx2.Response) -> list[Frame]:
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return list(frames(iter(answer.text.split("\n"))))


def words(told: list[Frame]) -> list[str]:
    return [frame["data"].get("status") or frame["event"] for frame in told if "event" in frame]


@pytest.fixture
def started(api: TestClient, worker: Worker) -> Job:
    api.post("/shout", json={"text": "hi"})
    return worker.claim()


def say(worker: Worker, job: Job, *events: str) -> None:
    lines: list[dict[str, object]] = [
        {"at_ms": 1_772_357_400_120, "attempt": 1, "level": "info", "event": event, "fields": {"word": "đọc"}}
        for event in events
    ]
    assert worker.attempts.log(job.id, job.token or "", lines)


def test_a_story_is_told_as_server_sent_events(api: TestClient, worker: Worker, started: Job) -> None:
    worker.attempts.progress(started.id, started.token or "", 40, "nửa đường")
    worker.succeed(started)
    answer = api.get(f"/jobs/{started.id}/events", headers={"Accept-Encoding": "gzip"})
    told = story(answer)
    assert told[0] == {"retry": "3000"}
    assert [frame["event"] for frame in told[1:]] == ["state", "state", "progress", "state", "end"]
    assert told[3]["data"] == {"progress": 40, "stage": "nửa đường", "attempt": 1}
    assert told[-1]["data"] == {"status": "SUCCESS"}
    ids = [frame["id"] for frame in told[1:-1]]
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"\d+-\d+", each) for each in ids)
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert "Content-Encoding" not in answer.headers


def test_a_client_goes_on_where_it_was(api: TestClient, worker: Worker, started: Job) -> None:
    worker.succeed(started)
    url = f"/jobs/{started.id}/events"
    whole = story(api.get(url))
    by_header = story(api.get(url, headers={"Last-Event-ID": whole[1]["id"]}))
    assert by_header[1:] == whole[2:]
    assert story(api.get(f"{url}?after={whole[1]['id']}")) == by_header
    # The header is newer than the address that EventSource keeps using.
    assert story(api.get(f"{url}?after=0-1", headers={"Last-Event-ID": whole[1]["id"]})) == by_header
    assert words(story(api.get(url, headers={"Last-Event-ID": whole[-1]["id"]}))) == ["SUCCESS"]


def test_a_client_whose_place_is_gone_is_told_to_look_again(api: TestClient, worker: Worker, started: Job) -> None:
    url = f"/jobs/{started.id}/events"
    for number in range(EVENTS_KEPT + 250):
        worker.attempts.progress(started.id, started.token or "", number % 100, "")
    worker.succeed(started)
    told = story(api.get(f"{url}?after=1-1"))
    assert (told[1]["event"], "id" in told[1]) == ("reset", False)
    assert words(told)[-2:] == ["SUCCESS", "SUCCESS"]
    assert len(told) > EVENTS_KEPT


def test_a_log_is_read_as_json_lines(api: TestClient, worker: Worker, started: Job) -> None:
    say(worker, started, "one", "two", "three")
    answer = api.get(f"/jobs/{started.id}/logs")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["event"] for line in lines] == ["one", "two", "three"]
    assert lines[0] == {
        "id": lines[0]["id"],
        "at": "2026-03-01T09:30:00.120Z",
        "attempt": 1,
        "level": "info",
        "event": "one",
        "fields": {"word": "đọc"},
    }

    def events(query: str) -> list[str]:
        return [json.loads(line)["event"] for line in api.get(f"/jobs/{started.id}/logs?{query}").text.splitlines()]

    assert events("last_n=2") == ["two", "three"]
    assert events("last_n=0") == []
    assert events(f"after={lines[1]['id']}") == ["three"]
    worker.succeed(started)
    assert events("follow=true&last_n=1") == ["three"]


def test_a_log_is_read_as_events_too(api: TestClient, worker: Worker, started: Job) -> None:
    say(worker, started, "one", "two")
    worker.succeed(started)
    url = f"/jobs/{started.id}/logs?follow=true&last_n=1"
    told = story(api.get(url, headers={"Accept": "text/event-stream"}))
    assert [frame.get("event") for frame in told] == [None, "line", "end"]
    assert told[1]["data"]["event"] == "two"
    resumed = story(api.get(url, headers={"Accept": "text/event-stream", "Last-Event-ID": "0-1"}))
    assert [frame["data"].get("event") for frame in resumed[1:-1]] == ["one", "two"]


def test_events_come_while_the_job_runs(served: Served, worker: Worker) -> None:
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
    seen: list[str] = []
    with served.client.stream("GET", f"/jobs/{job_id}/events") as answer:
        for frame in frames(answer.iter_lines()):
            if "event" not in frame:
                continue
            seen.append(frame["data"].get("status") or frame["event"])
            if seen == ["PENDING"]:
                job = worker.claim()
            elif seen[-1] == "STARTED":
                worker.attempts.progress(job.id, job.token or "", 50, "half")
            elif seen[-1] == "progress":
                worker.succeed(job)
    assert seen == ["PENDING", "STARTED", "progress", "SUCCESS", "SUCCESS"]


def test_a_followed_log_comes_line_by_line(served: Served, worker: Worker) -> None:
    served.client.post("/shout", json={"text": "hi"})
    job = worker.claim()
    say(worker, job, "one")
    seen: list[str] = []
    url = f"/jobs/{job.id}/logs?follow=true"
    with served.client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        for line in answer.iter_lines():
            seen.append(json.loads(line)["event"])
            if seen[-1] == "one":
                say(worker, job, "two")
            elif seen[-1] == "two":
                worker.succeed(job)
    assert seen == ["one", "two"]


def test_a_viewer_who_leaves_is_forgotten(served: Served, rooms: Rooms) -> None:
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
    for path in (f"/jobs/{job_id}/events", f"/jobs/{job_id}/logs?follow=true"):
        with served.client.stream("GET", path):
            eventually(lambda: rooms.live.watched == 1)
        eventually(lambda: rooms.live.watched == 0)


@contextmanager
def stalled(served: Served, path: str) -> Iterator[None]:
    """A client that asks and never reads."""
    host, port = served.url.removeprefix("http://").split(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-ann\r\n\r\n".encode())
        yield


class TestImpatient:
    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(ping_s=0.2, send_s=0.5)

    def test_a_quiet_stream_is_kept_alive_by_comments(self, served: Served) -> None:
        job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
        with served.client.stream("GET", f"/jobs/{job_id}/events") as answer:
            comment = next(frame for frame in frames(answer.iter_lines()) if "comment" in frame)
        assert comment["comment"].startswith("ping")

    @pytest.mark.parametrize("path", ["events", "logs?follow=true"])
    def test_a_viewer_who_never_reads_is_dropped(self, served: Served, rooms: Rooms, worker: Worker, path: str) -> None:
        served.client.post("/shout", json={"text": "hi"})
        job = worker.claim()
        before = served.connections
        with stalled(served, f"/jobs/{job.id}/{path}"):
            eventually(lambda: rooms.live.watched == 1)

            mine = served.connections - before
            assert len(mine) == 1
            # More than all buffers on the way can hold.
            for _ in range(100):
                worker.attempts.progress(job.id, job.token or "", 1, "x" * 50_000)
                say(worker, job, "y" * 50_000)
            eventually(lambda: rooms.live.watched == 0, within_s=3)
            eventually(lambda: not mine & served.connections, within_s=3)
        assert served.client.get("/healthz").status_code == 200


class Taker:
    """A client, as the server sees it, that takes the head of an answer and then nothing."""

    def __init__(self) -> None:
        self.comment_given_up = asyncio.Event()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            try:
                await asyncio.Event().wait()
            finally:
                if message["body"].startswith(b": ping"):
                    self.comment_given_up.set()

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError


async def tell(events: PatientEvents, taker: Taker) -> None:
    await events({"type": "http", "method": "GET"}, taker.receive, taker.send)


def test_a_frame_and_a_comment_that_nobody_takes_are_one_timeout() -> None:
    """Each waits for the client by itself, and both run out of time while the story is closed."""
    taker = Taker()

    async def story() -> AsyncIterator[bytes]:
        try:
            yield b"event: state\n\n"
        finally:
            await taker.comment_given_up.wait()

    with pytest.raises(TimeoutError):
        asyncio.run(tell(PatientEvents(story(), 0.01, 0.1), taker))


def test_what_else_fails_beside_a_timeout_is_not_hidden() -> None:
    taker = Taker()

    async def story() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
            yield b""
        finally:
            raise Unavailable("away")

    with pytest.raises(ExceptionGroup) as failed:
        asyncio.run(tell(PatientEvents(story(), 0.01, 0.01), taker))
    assert failed.group_contains(Unavailable)
    assert failed.group_contains(TimeoutError)


def test_an_answer_that_fails_half_way_is_cut_off_though_nobody_reads_it(served: Served) -> None:
    """The server would keep the connection until all that it holds is taken: for ever."""

    async def broken() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            # More than all buffers on the way can hold.
            yield b"x" * 32 * 2**20
            raise RuntimeError("torn")

        return StreamingResponse(body())

    served.app.add_api_route("/broken", broken)
    before = served.connections
    with stalled(served, "/broken"):
        mine = eventually(lambda: served.connections - before)
        eventually(lambda: not mine & served.connections)


def waiting(count: int, ask: Callable[[httpx2.AsyncClient], Any], url: str) -> "threading.Thread":
    """Start `count` clients that wait, in a thread with a loop of its own."""

    async def main() -> None:
        limits = httpx2.Limits(max_connections=count)
        async with httpx2.AsyncClient(base_url=url, headers=signed("ann"), limits=limits, timeout=30) as client:
            await asyncio.gather(*(ask(client) for _ in range(count)))

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    return thread


def test_two_hundred_waiting_clients_leave_room_for_a_submit(
    served: Served, rooms: Rooms, client: Client, worker: Worker
) -> None:
    """Waiting takes no thread and no connection of its own: only the few that all share."""
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
    answers: list[str] = []

    async def wait(waiter: httpx2.AsyncClient) -> None:
        answer = await waiter.get(f"/jobs/{job_id}", headers={"Prefer": "wait=25"})
        answers.append(answer.json()["status"])

    async def watch(waiter: httpx2.AsyncClient) -> None:
        answer = await waiter.get(f"/jobs/{job_id}/events")
        answers.append(answer.text.rpartition("status")[2][3:10])

    def watchers() -> int:
        bell = rooms.live._bells.get(job_id)
        return bell.watchers if bell else 0

    threads = [waiting(100, wait, served.url), waiting(100, watch, served.url)]
    eventually(lambda: watchers() == 200, within_s=15)
    assert served.client.post("/shout", json={"text": "another"}).status_code == 202
    listed = str(client.run("CLIENT", "LIST"))
    assert 1 <= listed.count(f"name={CLIENT_NAME} ") <= 1 + READERS
    # The rest belongs to the thread pool of plain routes and to this test.
    assert listed.count("id=") < 60
    worker.succeed(worker.claim())
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive()
    assert answers == ["SUCCESS"] * 200


def test_a_server_that_goes_ends_its_streams_first(served: Served, rooms: Rooms) -> None:
    """Far sooner than the time that the server gives to open responses."""
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]

    def ask(path: str, prefer: str = "") -> int:
        with httpx2.Client(base_url=served.url, headers=signed("ann"), timeout=20) as client:
            return client.get(f"/jobs/{job_id}{path}", headers={"Prefer": prefer}).status_code

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, "/events"), pool.submit(ask, "/logs?follow=true"), pool.submit(ask, "", "wait=30")]
        eventually(lambda: rooms.live.watched and rooms.live._bells[job_id].watchers == 3)
        try:
            served.server.handle_exit(signal.SIGTERM, None)
            eventually(lambda: not served.thread.is_alive(), within_s=4)
        finally:
            AppStatus.should_exit = False
        assert [each.result(5) for each in asked] == [200, 200, 200]
