"""A finished job whose record was forgotten: what lies beside its files still answers."""

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import Worker, kept, signed

from mediamill.core.job import Job
from mediamill.engine import ended
from mediamill.files import keys
from mediamill.web.rooms import Rooms


@pytest.fixture
def forgotten(api: TestClient, rooms: Rooms, worker: Worker) -> str:
    """A job of ann's that succeeded with one file, settled and then forgotten by the store."""
    job_id = str(api.post("/shout", json={"text": "hi", "cookie": "a-secret-cookie"}).json()["task_id"])
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    rooms.artifacts.write_record(job_id, ended.dump(record_of(rooms, job_id), {}))
    assert rooms.jobs.forget(job_id)
    assert rooms.jobs.get(job_id) is None
    return job_id


def record_of(rooms: Rooms, job_id: str) -> Job:
    job = rooms.jobs.get(job_id)
    assert job is not None
    return job


def test_it_is_still_told_with_its_files(api: TestClient, forgotten: str) -> None:
    answer = api.get(f"/jobs/{forgotten}")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["data"]) == ("SUCCESS", {"seconds": 1.5})
    assert answer.json()["params"]["cookie"] == "***"
    assert "a-secret-cookie" not in answer.text
    listed = api.get(f"/jobs/{forgotten}/files").json()
    assert (listed["complete"], [file["name"] for file in listed["files"]]) == (True, ["a.txt"])
    assert api.get(f"/jobs/{forgotten}/files/a.txt").content == b"loud"


def test_it_does_not_exist_for_another_owner(api: TestClient, forgotten: str) -> None:
    for path in ("", "/files", "/files/a.txt", "/events", "/logs"):
        answer = api.get(f"/jobs/{forgotten}{path}", headers=signed("bob"))
        assert (answer.status_code, answer.json()["error_code"]) == (404, "JOB_NOT_FOUND"), path
    assert api.delete(f"/jobs/{forgotten}?purge=true", headers=signed("bob")).status_code == 404
    assert api.get(f"/jobs/{forgotten}", headers=signed("olga")).status_code == 200
    assert api.delete(f"/jobs/{forgotten}?purge=true", headers=signed("olga")).status_code == 403


def test_whoever_watches_it_hears_of_its_end(api: TestClient, forgotten: str) -> None:
    events = api.get(f"/jobs/{forgotten}/events").text
    assert 'event: end\ndata: {"status":"SUCCESS"}' in events
    assert api.get(f"/jobs/{forgotten}/logs").text == ""


def test_it_can_be_removed_and_not_be_run_again(api: TestClient, rooms: Rooms, forgotten: str) -> None:
    assert api.post(f"/jobs/{forgotten}/retry").status_code == 404
    assert api.post(f"/jobs/{forgotten}/stop").status_code == 404
    assert api.delete(f"/jobs/{forgotten}").status_code == 404
    assert api.delete(f"/jobs/{forgotten}?purge=true").status_code == 204
    assert kept(rooms) == []
    assert api.get(f"/jobs/{forgotten}").status_code == 404


def test_a_record_that_cannot_be_read_is_no_job(api: TestClient, rooms: Rooms, forgotten: str) -> None:
    rooms.artifacts.store.put_bytes(keys.record(forgotten), b"{")
    assert api.get(f"/jobs/{forgotten}").status_code == 404
