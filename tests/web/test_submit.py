import json
import threading

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import Worker, signed, staged

from mediamill.core.queues import Queue
from mediamill.testing import eventually
from mediamill.web.rooms import Rooms


def test_a_request_becomes_a_job_with_links(api: TestClient, rooms: Rooms) -> None:
    answer = api.post("/shout", json={"text": "Xin chào"}, headers={"X-Correlation-ID": "order 7"})
    assert answer.status_code == 202
    body = answer.json()
    job_id = body["task_id"]
    assert body == {
        "task_id": job_id,
        "status": "PENDING",
        "links": {
            "self": f"/jobs/{job_id}",
            "events": f"/jobs/{job_id}/events",
            "logs": f"/jobs/{job_id}/logs",
            "files": f"/jobs/{job_id}/files",
            "cancel": f"/jobs/{job_id}",
        },
    }
    assert answer.headers["Location"] == f"/jobs/{job_id}"
    job = rooms.jobs.get(job_id)
    assert job is not None
    assert (job.owner, job.service, job.params["text"], job.correlation_id) == ("ann", "shout", "Xin chào", "order 7")


def test_options_of_a_request_arrive_in_the_record(api: TestClient, rooms: Rooms) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    query = "priority=5&start_within_s=60&time_limit_s=2.5"
    answer = api.post(f"/shout?{query}", json={"text": "hi"}, headers={"traceparent": trace})
    job = rooms.jobs.get(answer.json()["task_id"])
    assert job is not None
    assert (job.priority, job.traceparent, job.time_limit_s) == (5, trace, 2.5)
    assert job.start_by_ms == job.created_ms + 60_000


def test_a_broken_traceparent_is_left_out(api: TestClient, rooms: Rooms) -> None:
    answer = api.post("/shout", json={"text": "hi"}, headers={"traceparent": "00-xyz"})
    job = rooms.jobs.get(answer.json()["task_id"])
    assert job is not None
    assert job.traceparent is None


def test_a_file_comes_with_its_parameters(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    answer = api.post(
        "/shout",
        files={"file": ("Bài đọc.txt", "Xin chào".encode() * 100_000)},
        data={"params": json.dumps({"loudness": {"gain_db": 3}})},
    )
    assert answer.status_code == 202, answer.text
    job = worker.claim()
    upload = job.uploads["file"]
    assert (upload.filename, upload.size_bytes) == ("Bài đọc.txt", 900_000)
    assert b"".join(rooms.artifacts.store.read(upload.key)) == "Xin chào".encode() * 100_000
    assert job.params["loudness"] == {"gain_db": 3, "key": None}
    assert staged(rooms) == []


def test_the_parameters_may_come_after_the_file_or_not_at_all(api: TestClient, rooms: Rooms) -> None:
    file, params = ("a.txt", b"hello"), (None, b'{"loudness": {"gain_db": 1}}')
    assert api.post("/shout", files={"file": file, "params": params}).status_code == 202
    assert api.post("/shout", files={"file": file}).status_code == 202
    assert len(rooms.jobs.page(owner="ann").jobs) == 2


def test_a_file_field_that_was_left_empty_is_no_file(api: TestClient) -> None:
    boundary = "b"
    body = (
        '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n'
        '--b\r\nContent-Disposition: form-data; name="params"\r\n\r\n{"text": "hi"}\r\n--b--\r\n'
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert api.post("/shout", content=body, headers=headers).status_code == 202


def test_a_repeat_is_the_same_job_unless_forced(api: TestClient) -> None:
    first = api.post("/shout", json={"text": "hi"}).json()
    assert api.post("/shout", json={"text": "hi"}).json() == first
    assert api.post("/shout?force=true", json={"text": "hi"}).json()["task_id"] != first["task_id"]
    assert api.post("/shout", json={"text": "hi"}, headers=signed("bob")).json()["task_id"] != first["task_id"]


def test_a_repeat_of_a_finished_request_is_finished_at_once(api: TestClient, worker: Worker) -> None:
    first = api.post("/shout", json={"text": "hi"}).json()
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    again = api.post("/shout", json={"text": "hi"})
    assert (again.status_code, again.json()) == (202, {**first, "status": "SUCCESS"})
    now = api.post("/shout", json={"text": "hi"}, headers={"Prefer": "wait=1"})
    assert (now.status_code, now.json()["status"]) == (200, "SUCCESS")


def test_an_idempotency_key_replays_the_answer(api: TestClient) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = api.post("/shout?force=true", json={"text": "hi"}, headers=key)
    again = api.post("/shout?force=true", json={"text": "hi"}, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    other = api.post("/shout", json={"text": "other"}, headers=key)
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    # The key belongs to an owner and a route.
    bobs = api.post("/shout", json={"text": "other"}, headers={**key, **signed("bob")})
    assert (bobs.status_code, "Idempotent-Replayed" in bobs.headers) == (202, False)
    assert api.post("/watchers", json={"url": "https://example.org"}, headers=key).status_code == 202


def test_an_idempotency_key_covers_files_too(api: TestClient, rooms: Rooms) -> None:
    key = {"Idempotency-Key": "upload"}
    first = api.post("/shout", files={"file": ("a.txt", b"one")}, headers=key)
    assert api.post("/shout", files={"file": ("b.txt", b"one")}, headers=key).json() == first.json()
    assert api.post("/shout", files={"file": ("a.txt", b"two")}, headers=key).status_code == 422
    assert staged(rooms) == []


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(api: TestClient, key: str) -> None:
    answer = api.post("/shout", json={"text": "hi"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_INPUT")


def test_who_prefers_to_wait_gets_the_finished_job(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    def work() -> None:
        eventually(lambda: rooms.live.watched)
        worker.succeed(worker.claim(), **{"a.txt": b"loud"})

    working = threading.Thread(target=work)
    working.start()
    answer = api.post("/shout", json={"text": "hi"}, headers={"Prefer": "respond-async, wait=15"})
    working.join()
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=15"
    assert answer.json()["files"][0]["name"] == "a.txt"


def test_who_waited_long_enough_is_told_where_to_look(api: TestClient) -> None:
    answer = api.post("/shout", json={"text": "hi"}, headers={"Prefer": "wait=0"})
    assert (answer.status_code, "Preference-Applied" in answer.headers) == (202, False)
    assert api.post("/shout", json={"text": "ho"}, headers={"Prefer": "wait=soon"}).status_code == 202


def test_a_service_names_its_path_and_its_queue(api: TestClient, rooms: Rooms) -> None:
    answer = api.post("/watchers", json={"url": "https://example.org/live"})
    job = rooms.jobs.get(answer.json()["task_id"])
    assert job is not None
    assert job.queue is Queue.DEFAULT


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 413)])
def test_a_file_of_just_the_limit_is_accepted(api: TestClient, rooms: Rooms, more: int, status: int) -> None:
    body = b"x" * (rooms.settings.body_limit_bytes + more)
    assert api.post("/shout", files={"file": ("a.txt", body)}, data={"params": "{}"}).status_code == status
