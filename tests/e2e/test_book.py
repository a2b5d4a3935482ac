"""A long text in the real stack: two workers read it, one is killed, and it is cancelled and stopped while it waits."""

import json
import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.up import ROOT, Up

from mediamill.testing import eventually

CHARS = 22_000


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    server = Up(tmp_path_factory.mktemp("book"), slots="interactive=1,cpu=2,default=1,downloads=0,recording=0")
    yield server
    server.stop()


def submitted(up: Up, text: str, **params: object) -> str:
    answer = up.client.post("/speech", files={"file": ("b.md", text.encode())}, data={"params": json.dumps(params)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def job_of(up: Up, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
    return job


def sections(up: Up, book_id: str) -> list[dict[str, Any]]:
    """Return the jobs of a book's sections: those that came after it."""
    listed: list[dict[str, Any]] = up.client.get("/jobs?limit=100&children=true").json()["jobs"]
    return [job for job in listed if job["created_at"] > job_of(up, book_id)["created_at"]]


def reading(up: Up) -> list[tuple[str, int]]:
    """Return the sections that are being read, each with its process."""
    machines = up.client.get("/workers").json()["workers"]
    return [(job["task_id"], job["pid"]) for machine in machines for job in machine["jobs"]]


def finished(up: Up, job_id: str) -> dict[str, Any]:
    return eventually(lambda: (job := job_of(up, job_id))["ended_at"] and job, within_s=120)


def book(name: str) -> str:
    """Return a long text that shares no sentence with that of another name."""
    text = (ROOT / "examples/texts/long.md").read_text()[:CHARS]
    return re.sub(r"([.?!])(\s)", rf", {name}\1\2", text)


def test_two_workers_read_a_book_and_one_that_is_killed_reads_no_sentence_again(up: Up) -> None:
    book_id = submitted(up, book("said Ann"), format="m4b")

    def well_begun() -> list[tuple[str, int]]:
        """Which of two are neither at their beginning nor near their end, which would come before the kill."""
        now = reading(up)
        return [each for each in now if len(now) == 2 and 20 < job_of(up, each[0])["progress"] < 60]

    (first, pid), *_ = eventually(well_begun, within_s=60)
    os.kill(pid, signal.SIGKILL)
    waiting = job_of(up, book_id)
    assert waiting["status"] == "RETRY"
    assert "parts are done" in waiting["stage"]
    job = finished(up, book_id)
    assert job["status"] == "SUCCESS", job
    killed = job_of(up, first)
    assert [attempt["outcome"] for attempt in killed["history"]] == ["lose", "succeed"]
    assert killed["data"]["from_cache"] > 0
    others = [job_of(up, each["task_id"]) for each in sections(up, book_id)]
    assert len(others) == job["data"]["sections"]
    assert {len(each["history"]) for each in others if each["task_id"] != first} == {1}
    assert sum(each["data"]["sentences"] for each in others) == job["data"]["sentences"]
    names = {file["name"] for file in job["files"]}
    assert {"speech.m4b", "captions.vtt", "cues.json", "chapters.json"} < names
    listed = up.client.get(f"/jobs/{book_id}/files/chapters.json").json()
    assert {chapter["file"] for chapter in listed} == {name for name in names if name.startswith("chapters/")}
    assert len(listed) == job["data"]["chapters"] > 4
    log = up.client.get(f"/jobs/{book_id}/logs").text
    assert '"speech.book"' in log


def test_progress_grows_while_sections_are_read_and_a_cancel_ends_them(up: Up) -> None:
    book_id = submitted(up, book("said Bob"))
    eventually(lambda: (book := job_of(up, book_id))["status"] == "RETRY" and 0 < book["progress"] < 95, within_s=60)
    up.client.delete(f"/jobs/{book_id}")
    eventually(lambda: {job["status"] for job in sections(up, book_id)} <= {"SUCCESS", "REVOKED"}, within_s=20)
    assert job_of(up, book_id)["status"] == "REVOKED"
    eventually(lambda: reading(up) == [], within_s=15)


def test_a_stopped_book_is_what_was_read_of_it(up: Up) -> None:
    book_id = submitted(up, book("said Carl"))
    eventually(lambda: 0 < job_of(up, book_id)["progress"] < 95, within_s=60)
    assert up.client.post(f"/jobs/{book_id}/stop").status_code == 202
    job = finished(up, book_id)
    assert (job["status"], job["data"]["complete"]) == ("SUCCESS", False)
    cues = up.client.get(f"/jobs/{book_id}/files/cues.json").json()
    assert len(cues) == job["data"]["sentences"] > 0
    eventually(lambda: {each["status"] for each in sections(up, book_id)} <= {"SUCCESS", "REVOKED"}, within_s=20)
