"""The promises as a user meets them: the real stack, killed in the middle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.up import ROOT, Up, running

from mediamill.testing import eventually

#: Long enough for a kill in the middle, short enough for a test.
SENTENCES = 40


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    server = Up(tmp_path_factory.mktemp("light"))
    yield server
    server.stop()


def long_text() -> str:
    text = (ROOT / "examples/texts/long.md").read_text()
    return ". ".join(text.split(". ")[:SENTENCES]) + "."


def submitted(up: Up, text: str) -> str:
    answer = up.client.post("/speech", files={"file": ("long.md", text.encode())}, data={"params": "{}"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def job_of(up: Up, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
    return job


def half_done(up: Up, job_id: str) -> None:
    """Wait until some sentences are spoken, and not all."""
    eventually(lambda: job_of(up, job_id)["progress"] > 15, within_s=60)
    assert job_of(up, job_id)["status"] == "STARTED"


def finished(up: Up, job_id: str) -> dict[str, Any]:
    return eventually(lambda: (job := job_of(up, job_id))["ended_at"] and job, within_s=90)


def test_a_job_outlives_its_workers_and_speaks_no_sentence_twice(up: Up) -> None:
    job_id = submitted(up, long_text())
    half_done(up, job_id)
    killed = up.workers()
    assert killed
    for worker in killed:
        worker.kill()
    job = finished(up, job_id)
    assert (job["status"], job["attempt"]) == ("SUCCESS", 2)
    assert [attempt["outcome"] for attempt in job["history"]] == ["lose", "succeed"]
    assert job["data"]["from_cache"] > 0
    assert job["data"]["from_cache"] + job["data"]["made"] == job["data"]["sentences"]
    log = up.client.get(f"/jobs/{job_id}/logs").text
    assert f'"from_cache":{job["data"]["from_cache"]}' in log
    assert {file["name"] for file in job["files"]} == {"speech.mp3", "captions.srt", "captions.vtt", "cues.json"}


def test_a_killed_server_leaves_no_process_and_its_jobs_go_on(tmp_path: Path) -> None:
    first = Up(tmp_path)
    job_id = submitted(first, long_text())
    half_done(first, job_id)
    started = first.processes()
    assert len(started) >= 6
    first.kill()
    eventually(lambda: not running(started), within_s=10)
    second = Up(tmp_path)
    try:
        job = finished(second, job_id)
        assert (job["status"], job["attempt"]) == ("SUCCESS", 2)
        assert job["data"]["from_cache"] > 0
        started = second.processes()
    finally:
        second.stop()
    assert not running(started)


BAD = {
    "an empty text": ({"text": ""}, "text"),
    "a blank text": ({"text": " \n\t"}, "text"),
    "a text of punctuation": ({"text": "?! ..."}, "text"),
    "an unknown voice": ({"text": "hi", "voice": "nobody"}, "voice"),
    "a language no voice reads": ({"text": "hi", "language": "tlh"}, "language"),
    "a speed out of range": ({"text": "hi", "speed": 9}, "speed"),
    "an unknown field": ({"text": "hi", "tempo": 1}, "tempo"),
    "a wrong type": ({"text": ["hi"]}, "text"),
}


def refused(up: Up, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx2's own arguments
    answer = up.client.post("/speech", **request)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["error_code"] == "INVALID_INPUT"
    return problem


def left(up: Up) -> tuple[list[str], set[Path]]:
    """Return the jobs there are, and the files of uploads."""
    jobs = [job["task_id"] for job in up.client.get("/jobs").json()["jobs"]]
    return jobs, {path for path in up.folder.rglob("*") if path.is_file() and "upload" in str(path)}


def test_bad_input_gets_a_clear_answer_and_leaves_nothing(up: Up) -> None:
    before = left(up)
    for case, (params, field) in BAD.items():
        problem = refused(up, json=params)
        assert field in {error["field"] for error in problem["errors"]}, case
    for body in (b"\x89PNG\r\n\x1a\n" + bytes(64), b"ch\xe0o b\xff\xfen", b""):
        problem = refused(up, files={"file": ("text.txt", body)}, data={"params": "{}"})
        assert "file" in {error["field"] for error in problem["errors"]}
    refused(up, files={"file": ("text.txt", b"Hi.")}, data={"params": '{"text": "Hi."}'})
    assert left(up) == before


def test_a_utf_16_file_is_read(up: Up) -> None:
    body = "Xin chào các bạn.".encode("utf-16")
    answer = up.client.post(
        "/speech", files={"file": ("text.txt", body)}, data={"params": "{}"}, headers={"Prefer": "wait=60"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["languages"] == ["vi"]
