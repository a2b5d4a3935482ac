import pytest

from mediamill.cli.progress import Follower, Lines
from mediamill.client import ApiError, Event, Unreachable


def seen(capsys: pytest.CaptureFixture[str], *events: tuple[str, dict[str, object]]) -> list[str]:
    follower = Follower(Lines())
    for name, data in events:
        follower.take(Event(id="1-0", name=name, data=data))
    return capsys.readouterr().err.splitlines()


def test_lines_come_with_a_new_stage_each_tenth_and_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    told = seen(
        capsys,
        ("progress", {"progress": 1.0, "stage": "reading"}),
        ("progress", {"progress": 2.0, "stage": "sentence 1 of 50"}),
        ("progress", {"progress": 4.0, "stage": "sentence 2 of 50"}),
        ("progress", {"progress": 12.0, "stage": "sentence 6 of 50"}),
        ("progress", {"progress": 99.5, "stage": "joining"}),
        ("progress", {"progress": 100.0, "stage": "joining"}),
        ("progress", {"progress": 100.0, "stage": "joining"}),
    )
    assert told == [
        "  1 %  reading",
        "  2 %  sentence 1 of 50",
        " 12 %  sentence 6 of 50",
        "100 %  joining",
        "100 %  joining",
    ]


def test_a_lost_worker_and_a_retry_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = seen(
        capsys,
        ("state", {"status": "PENDING"}),
        ("state", {"status": "STARTED"}),
        ("state", {"status": "PENDING", "error_message": "the worker was lost"}),
        ("state", {"status": "STARTED"}),
        ("state", {"status": "RETRY", "error_message": "the site asks us to slow down"}),
        ("state", {"status": "FAILURE", "error_message": "no such page"}),
        ("artifact", {"name": "part 1.mp3"}),
        ("reset", {}),
        ("end", {"status": "FAILURE"}),
    )
    assert told == [
        "  0 %  waiting for a worker",
        "  0 %  started",
        "the worker was lost or is leaving; the job waits for another one",
        "  0 %  waiting for a worker",
        "  0 %  started",
        "will be tried again: the site asks us to slow down",
        "  0 %  will be tried again",
        "ready: part 1.mp3",
    ]


def test_a_job_that_waits_for_its_parts_tells_how_many_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    told = seen(
        capsys,
        ("state", {"status": "STARTED", "event": "claim"}),
        ("state", {"status": "RETRY", "event": "later"}),
        ("progress", {"progress": 0.0, "stage": "0 of 3 parts are done"}),
        ("progress", {"progress": 31.7, "stage": "1 of 3 parts are done"}),
    )
    assert told == ["  0 %  started", "  0 %  waiting", "  0 %  0 of 3 parts are done", " 32 %  1 of 3 parts are done"]


def test_a_break_is_told_once_until_events_come_again(capsys: pytest.CaptureFixture[str]) -> None:
    follower = Follower(Lines())
    for _ in range(3):
        follower.miss(Unreachable("http://127.0.0.1:9 cannot be reached"))
    follower.take(Event(id="1-0", name="reset", data={}))
    follower.miss(ApiError(503, {"error_message": "the store cannot be reached"}))
    assert capsys.readouterr().err.splitlines() == [
        "no answer from the server; still trying",
        "the store cannot be reached; still trying",
    ]
