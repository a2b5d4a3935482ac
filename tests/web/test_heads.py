"""HEAD, wherever there is GET."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import UNKNOWN_ID, Served, Worker, with_speech

from mediamill.testing import eventually
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms

#: They say how long the answer took to make, or whose it is.
_VARIES = {"x-correlation-id", "x-request-id", "date"}


def answers(api: TestClient | Any, path: str) -> None:  # noqa: ANN401 - or a client of httpx2
    """Check that HEAD answers as GET does, but for the body."""
    head, get = api.head(path), api.get(path)
    assert (head.status_code, head.content) == (get.status_code, b""), path
    told = [{name: value for name, value in one.headers.items() if name not in _VARIES} for one in (head, get)]
    assert told[0] == told[1], path


def test_every_route_with_get_has_head(rooms: Rooms) -> None:
    with TestClient(create_app(with_speech(rooms)), headers={"X-API-Key": "key-of-olga"}) as api:
        paths = api.get("/openapi.json").json()["paths"]
        found = [path for path, methods in paths.items() if "get" in methods]
        assert {"/voices", "/v1/models", "/jobs", "/jobs/{job_id}/files/{name}", "/healthz"} <= set(found)
        for path in set(found) - {"/voices/{name}/sample"}:  # which no worker makes here
            answers(api, path.format(job_id=UNKNOWN_ID, name="espeak-vi", queue="cpu", path="a.mp4"))
        answers(api, "/docs")
        answers(api, "/docs/start.js")
        answers(api, "/nothing")


def test_head_of_what_has_no_get_says_what_there_is(api: TestClient) -> None:
    answer = api.head("/shout")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_head_of_a_file_is_its_length_and_reads_nothing(served: Served, worker: Worker) -> None:
    served.client.post("/shout", json={"text": "hi"})
    job = worker.claim()
    worker.succeed(job, **{"speech.mp3": b"x" * 100_000})
    path = f"/jobs/{job.id}/files/speech.mp3"
    answers(served.client, path)
    assert served.client.head(path).headers["Content-Length"] == "100000"
    part = served.client.head(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.headers["Content-Length"]) == (206, "10")


@pytest.mark.parametrize("path", ["/jobs/{id}/events", "/jobs/{id}/logs?follow=true"])
def test_head_of_a_stream_without_an_end_ends(served: Served, rooms: Rooms, worker: Worker, path: str) -> None:
    served.client.post("/shout", json={"text": "hi"})
    job = worker.claim()
    answer = served.client.head(path.format(id=job.id))
    assert (answer.status_code, answer.content) == (200, b"")
    assert served.client.get("/healthz").status_code == 200, "the connection can be used on"
    eventually(lambda: not rooms.live.watched, within_s=5)
