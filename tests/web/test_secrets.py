import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import ShoutParams, Worker, kept, staged

from mediamill.core.job import Job
from mediamill.web.bodies import SECRET_LIMIT_BYTES
from mediamill.web.rooms import Rooms

COOKIES = "# Netscape HTTP Cookie File\nexample.com\tTRUE\t/\tTRUE\t0\tsession\topen-sesame-4711\n"


def sent(cookies: bytes = COOKIES.encode(), **params: object) -> dict[str, tuple[str | None, bytes]]:
    return {"cookie": ("cookies.txt", cookies), "params": (None, json.dumps({"text": "hi", **params}).encode())}


def opened(rooms: Rooms, job: Job) -> str | None:
    """Return the secret of a record, decrypted."""
    cookie = rooms.submitter._vault.load(ShoutParams, job.params).cookie
    return None if cookie is None else cookie.get_secret_value()


def test_a_secret_file_becomes_the_parameter_and_nothing_else(
    api: TestClient, rooms: Rooms, worker: Worker, tmp_path: Path
) -> None:
    answer = api.post("/shout", files=sent())
    assert answer.status_code == 202, answer.text
    job = worker.claim()
    assert job.uploads == {}
    assert "sesame" not in json.dumps(job.params)
    assert opened(rooms, job) == COOKIES
    assert staged(rooms) == []
    assert kept(rooms) == []
    on_disk = [path for path in tmp_path.rglob("*") if path.is_file() and b"sesame" in path.read_bytes()]
    assert on_disk == []


def test_a_secret_is_the_same_request_in_either_way(api: TestClient) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = api.post("/shout", files=sent(), headers=key).json()
    assert api.post("/shout", json={"text": "hi", "cookie": COOKIES}, headers=key).json() == first
    assert api.post("/shout", json={"text": "hi", "cookie": COOKIES}).json() == first
    other = api.post("/shout", files=sent(b"session=another-4712"), headers=key)
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert api.post("/shout", files=sent(b"session=another-4712")).json()["task_id"] != first["task_id"]
    assert api.post("/shout", json={"text": "hi"}).json()["task_id"] != first["task_id"]


def test_a_secret_file_may_belong_within_another_parameter(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    params = json.dumps({"text": "hi", "loudness": {"gain_db": 3}}).encode()
    assert api.post("/shout", files={"key": ("k.txt", b"open-sesame"), "params": (None, params)}).status_code == 202
    loudness = rooms.submitter._vault.load(ShoutParams, worker.claim().params).loudness
    assert (loudness.gain_db, loudness.key and loudness.key.get_secret_value()) == (3, "open-sesame")


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        (sent(b"x" * (SECRET_LIMIT_BYTES + 1)), 413, "the secret 'cookie' is larger than 262144 bytes"),
        (sent(b"\xff\xfe"), 422, "is no text in UTF-8"),
        (sent(cookie="session=1"), 422, "'cookie' came twice"),
        (sent(loudness={"key": "x"}) | {"key": ("k.txt", b"y")}, 422, "'loudness.key' came twice"),
        (sent(loudness=7) | {"key": ("k.txt", b"y")}, 422, "loudness: "),
        (
            {"cookies": ("c.txt", b"x")},
            422,
            "there is no part 'cookies' here, only 'params', 'file', 'second', 'cookie'",
        ),
        ({"cookie": ("c.txt", b"x"), "params": (None, b"[1]")}, 422, "object"),
        ({"cookie": ("c.txt", b"x"), "params": (None, b"{")}, 400, "not valid JSON"),
        ({"cookie": ("c.txt", b"x"), "params": (None, b"[" * 200_000)}, 400, "not valid JSON"),
    ],
)
def test_a_secret_that_cannot_be_read_is_refused(
    api: TestClient, files: dict[str, tuple[str | None, bytes]], status: int, words: str
) -> None:
    answer = api.post("/shout", files=files)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


@pytest.mark.usefixtures("_nothing_stays_behind")
def test_a_secret_comes_once(api: TestClient) -> None:
    answer = api.post("/shout", files=[("cookie", ("a", b"x")), ("cookie", ("b", b"y"))])
    assert (answer.status_code, answer.json()["detail"]) == (422, "the part 'cookie' came twice")


def test_a_secret_may_be_a_plain_field_or_left_empty(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    params = json.dumps({"text": "hi"})
    assert api.post("/shout", files={"params": (None, params), "cookie": (None, b"a=b")}).status_code == 202
    assert opened(rooms, worker.claim()) == "a=b"
    body = (
        '--b\r\nContent-Disposition: form-data; name="cookie"; filename=""\r\n\r\n\r\n'
        '--b\r\nContent-Disposition: form-data; name="params"\r\n\r\n{"text": "ho"}\r\n--b--\r\n'
    )
    assert api.post("/shout", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}).is_success
    assert opened(rooms, worker.claim()) is None
