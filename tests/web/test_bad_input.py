"""Whatever is wrong with a request: a clear answer, nothing accepted, no file left behind."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from tests.web.parts import UNKNOWN_ID, Served, signed, staged

from mediamill.engine.desk import Desk
from mediamill.engine.submit import Submitter
from mediamill.engine.vault import Vault
from mediamill.settings import MIB, KeepSettings, RedisSettings, SecretSettings
from mediamill.store.jobs import Jobs
from mediamill.store.keys import Keys
from mediamill.store.live import Live
from mediamill.store.pool import connect
from mediamill.store.probe import Probe
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms

pytestmark = pytest.mark.usefixtures("_nothing_stays_behind")

MEMBERS = {
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "error_code",
    "error_message",
    "correlation_id",
    "errors",
}


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem document, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == MEMBERS
    assert (body["status"], body["error_code"]) == (status, code)
    assert body["correlation_id"] == answer.headers["X-Correlation-ID"]
    assert body["instance"] == answer.request.url.path
    assert body["detail"] == body["error_message"] != ""
    assert not re.search(r"Traceback|\.py|/tmp/|/src/|site-packages", answer.text)
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "  \n "}, "text"),
        ({"text": 5}, "text"),
        ({"text": "hi", "loudness": {"gain_db": 21}}, "loudness.gain_db"),
        ({"text": "hi", "loudness": {"gain": 1}}, "loudness.gain"),
        ({"text": "hi", "colour": "red"}, "colour"),
        ({}, "text"),
        ([], ""),
        ("text", ""),
    ],
)
def test_parameters_that_are_not_valid_are_named(api: TestClient, body: object, field: str) -> None:
    answer = problem(api.post("/shout", json=body), 422, "INVALID_INPUT")
    assert [error["field"] for error in answer["errors"]] == [field]
    assert answer["errors"][0]["message"]


def test_what_was_sent_is_not_repeated(api: TestClient) -> None:
    answer = api.post("/shout", json={"text": "hi", "cookie": ["a-secret-cookie"], "extra": "a-secret-extra"})
    problem(answer, 422, "INVALID_INPUT")
    assert "a-secret" not in answer.text


@pytest.mark.parametrize("body", ["", "{", '{"text": "hi"', '{"text": "\\ud800"}', "text=hi", b'{"text": "\xff"}'])
def test_broken_json_is_said_to_be_broken(api: TestClient, body: str | bytes) -> None:
    answer = api.post("/shout", content=body, headers={"Content-Type": "application/json"})
    assert "not valid JSON" in problem(answer, 400, "MALFORMED_JSON")["detail"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "nonsense"])
def test_other_kinds_of_bodies_are_not_read(api: TestClient, media_type: str) -> None:
    answer = api.post("/shout", content=b"text=hi", headers={"Content-Type": media_type})
    problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


BAD_OPTIONS = [
    *("priority=10", "priority=high", "force=perhaps", "start_within_s=0", "colour=red"),
    *("time_limit_s=0", "time_limit_s=-1", "time_limit_s=inf", "time_limit_s=nan", "time_limit_s=3600.5"),
]


@pytest.mark.parametrize("query", BAD_OPTIONS)
def test_options_that_are_not_valid_are_named(api: TestClient, query: str) -> None:
    answer = problem(api.post(f"/shout?{query}", json={"text": "hi"}), 422, "INVALID_INPUT")
    assert answer["errors"][0]["field"] == query.partition("=")[0]


def test_parts_that_the_service_does_not_take_are_refused(api: TestClient) -> None:
    answer = api.post("/shout", files={"file": ("a.txt", b"hello"), "virus": ("v.exe", b"MZ")})
    assert problem(answer, 422, "INVALID_INPUT")["errors"][0]["field"] == "virus"
    twice = [("file", ("a.txt", b"hello")), ("file", ("b.txt", b"hello"))]
    assert "twice" in problem(api.post("/shout", files=twice), 422, "INVALID_INPUT")["detail"]
    problem(api.post("/watchers", files={"file": ("a.txt", b"hello")}), 422, "INVALID_INPUT")
    no_file = api.post("/shout", data={"params": "{}", "file": "hello"}, files={"second": ("b", b"x")})
    assert problem(no_file, 422, "INVALID_INPUT")["errors"][0]["field"] == "file"


def test_a_file_is_gone_when_its_parameters_are_wrong(api: TestClient) -> None:
    for params, status, code in [("{", 400, "MALFORMED_JSON"), ('{"colour": 1}', 422, "INVALID_INPUT")]:
        answer = api.post("/shout", files={"file": ("a.txt", b"hello" * 100_000)}, data={"params": params})
        problem(answer, status, code)


def test_a_file_is_gone_when_the_service_refuses_it(api: TestClient) -> None:
    problem(api.post("/shout", files={"file": ("a.txt", b"PK\x03\x04")}), 422, "NOT_TEXT")
    both = api.post("/shout", files={"file": ("a.txt", b"hello")}, data={"params": '{"text": "hi"}'})
    assert problem(both, 422, "INVALID_INPUT")["errors"] == [
        {"field": "text", "message": "send either `text` or a `file`", "type": "invalid_input"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello',
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n',
        b"--b\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--b--\r\n",
        b"--b\r\n\r\nhello\r\n--b--\r\n",
    ],
)
def test_broken_multipart_is_refused(api: TestClient, body: bytes) -> None:
    answer = api.post("/shout", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    problem(answer, 400, "MALFORMED_MULTIPART")


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'b' * 500}"])
def test_multipart_needs_a_usable_boundary(api: TestClient, boundary: str) -> None:
    answer = api.post("/shout", content=b"--b--\r\n", headers={"Content-Type": f"multipart/form-data{boundary}"})
    problem(answer, 400, "MALFORMED_MULTIPART")


def test_long_parameters_belong_into_a_file(api: TestClient) -> None:
    long = json.dumps({"text": "x" * 9 * MIB})
    problem(api.post("/shout", content=long, headers={"Content-Type": "application/json"}), 413, "TOO_LARGE")
    problem(api.post("/shout", files={"params": (None, long.encode())}), 413, "TOO_LARGE")


def body_of(size_bytes: int) -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    for _ in range(size_bytes // MIB):
        yield b"x" * MIB
    yield b"\r\n--b--\r\n"


def test_a_body_over_the_limit_is_refused_however_it_is_sent(served: Served) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    declared = served.client.post("/shout", content=b"".join(body_of(51 * MIB)), headers=headers)
    assert "52428800" in problem(declared, 413, "TOO_LARGE")["detail"]
    # Without a Content-Length: chunks, counted while they come.
    counted = served.client.post("/shout", content=body_of(51 * MIB), headers=headers)
    problem(counted, 413, "TOO_LARGE")
    chunked_json = served.client.post("/shout", content=body_of(51 * MIB), headers={"Content-Type": "application/json"})
    problem(chunked_json, 413, "TOO_LARGE")
    other = served.client.patch(f"/jobs/{UNKNOWN_ID}", content=body_of(51 * MIB))
    problem(other, 413, "TOO_LARGE")
    assert served.client.get("/healthz").status_code == 200


def test_a_client_who_only_writes_first_gets_to_see_the_refusal(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /shout HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-ann\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (51 * MIB)
        )
        for _ in range(51):
            connection.sendall(b"x" * MIB)
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_declared_body_over_the_limit_is_refused_before_it_is_sent(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /shout HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-ann\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_an_upload_that_breaks_off_leaves_nothing(served: Served, rooms: Rooms) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        connection.sendall(
            b"POST /shout HTTP/1.1\r\nHost: x\r\nX-API-Key: key-of-ann\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n" + head + b"x" * 2 * MIB
        )
        eventually(lambda: staged(rooms))
    eventually(lambda: not staged(rooms))


@pytest.mark.parametrize("job_id", ["7", "%2E%2E", "nobody", UNKNOWN_ID, UNKNOWN_ID.upper(), "a" * 5000, "%00", "*"])
def test_an_id_that_nobody_has_is_not_found(api: TestClient, job_id: str) -> None:
    for path in ("", "/events", "/logs", "/files", "/files/a.txt"):
        answer = api.get(f"/jobs/{job_id}{path}")
        assert answer.json()["error_code"] in {"JOB_NOT_FOUND", "NOT_FOUND"}
        problem(answer, 404, answer.json()["error_code"])


def test_errors_of_the_framework_are_problem_documents_too(api: TestClient) -> None:
    problem(api.get("/nothing/here"), 404, "NOT_FOUND")
    problem(api.get("/shout/"), 404, "NOT_FOUND")
    answer = api.put("/shout", json={})
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "POST"
    problem(api.get("/jobs?limit=101"), 422, "INVALID_INPUT")
    problem(api.get("/jobs?status=LOST"), 422, "INVALID_INPUT")
    problem(api.get("/jobs?cursor=x"), 422, "INVALID_INPUT")
    problem(api.get("/jobs?cursor=MTIzNDU2Nzg5MDEyMzo"), 422, "INVALID_INPUT")
    broken = api.patch(f"/jobs/{UNKNOWN_ID}", content=b"{", headers={"Content-Type": "application/json"})
    problem(broken, 400, "MALFORMED_JSON")
    problem(api.patch(f"/jobs/{UNKNOWN_ID}", json={"priority": 99}), 422, "INVALID_INPUT")
    problem(api.get(f"/jobs/{UNKNOWN_ID}/events?after=first"), 422, "INVALID_INPUT")
    problem(api.get(f"/jobs/{UNKNOWN_ID}/logs?last_n=-1"), 422, "INVALID_INPUT")


def test_a_fault_of_ours_tells_nothing_but_its_correlation_id(api: TestClient) -> None:
    answer = api.post("/shout", json={"text": "break"}, headers={"X-Correlation-ID": "find-me"})
    assert problem(answer, 500, "INTERNAL")["correlation_id"] == "find-me"
    assert "secret" not in answer.text


def test_a_store_that_is_away_is_said_to_be_away(rooms: Rooms) -> None:
    nowhere = RedisSettings(url="unix:///nowhere/at.all")
    scripts = Scripts(connect(nowhere), Keys(), "{}")
    jobs = Jobs(scripts)
    submitter = Submitter(jobs, rooms.artifacts, rooms.uploads, Vault(SecretSettings()), KeepSettings())
    desk = Desk(jobs, rooms.artifacts)
    away = replace(rooms, jobs=jobs, desk=desk, submitter=submitter, probe=Probe(scripts), live=Live(nowhere, Keys()))
    with TestClient(create_app(away), headers=signed("ann")) as api:
        for answer in (
            api.post("/shout", json={"text": "hi"}),
            api.get("/jobs"),
            api.get(f"/jobs/{UNKNOWN_ID}/events"),
        ):
            assert "cannot be reached" in problem(answer, 503, "UNAVAILABLE")["detail"]
            assert int(answer.headers["Retry-After"]) > 0
        ready = api.get("/ready")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert int(ready.headers["Retry-After"]) > 0
        assert api.get("/healthz").status_code == 200


@pytest.mark.parametrize("sent", ["x" * 129, "caf\u00e9", "a\tb", " "])
def test_a_correlation_id_that_cannot_be_kept_is_replaced(api: TestClient, sent: str) -> None:
    answer = api.get("/healthz", headers={b"X-Correlation-ID": sent.encode("latin-1")})
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Correlation-ID"])


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Basic a2V5"}, {"Authorization": "Bearer"}]
)
def test_without_a_good_key_nothing_is_told(api: TestClient, headers: dict[str, str]) -> None:
    del api.headers["X-API-Key"]
    for path in ("/jobs", f"/jobs/{UNKNOWN_ID}", "/queues", "/nothing"):
        answer = api.get(path, headers=headers)
        problem(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    problem(api.post("/shout", json={"text": "hi"}, headers=headers), 401, "UNAUTHENTICATED")


def test_a_key_may_come_as_a_bearer_token(api: TestClient) -> None:
    del api.headers["X-API-Key"]
    assert api.get("/jobs", headers={"Authorization": "Bearer key-of-bob"}).status_code == 200
    assert api.get("/jobs", headers=signed("bob")).status_code == 200


def test_very_many_faults_are_counted_not_listed(api: TestClient) -> None:
    """A list of 100,000 faults would make a long answer of a short request, and a slow one."""
    some = {"text": "hi", **{f"field{number}": 1 for number in range(5)}}
    assert len(problem(api.post("/shout", json=some), 422, "INVALID_INPUT")["errors"]) == 5
    many = {"text": "hi", **{f"field{number}": 1 for number in range(100_000)}}
    refused = api.post("/shout", json=many)
    body = problem(refused, 422, "INVALID_INPUT")
    assert body["errors"] == []
    assert "100000 faults" in body["detail"]


def test_a_request_that_does_not_say_what_it_is_about_is_bad(api: TestClient) -> None:
    answer = api.post("/shout", json={"text": "nothing"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INCOMPLETE")
