"""What `mediamill submit` says at the end."""

import pytest

from mediamill.cli.submit import report
from mediamill.client import Job


def ended(**data: object) -> Job:
    """Return a job that has succeeded."""
    body = {"task_id": "1", "service": "videos", "status": "SUCCESS", "created_at": "2026-11-22T12:00:00+00:00"}
    return Job.read({**body, "data": data})


def test_what_is_not_as_it_was_asked_for_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    scenes = [{"title": "1"}, {"title": "2", "fault": "no font here draws Han"}, {"fault": "no font here draws Han"}]
    report(ended(script_fault="the language model is away", scenes=scenes, default="x"), [], as_json=False)
    assert capsys.readouterr().err.splitlines() == [
        "done",
        "not as it was asked for: the language model is away",
        "not as it was asked for: no font here draws Han",
    ]


def test_a_job_without_faults_is_just_done(capsys: pytest.CaptureFixture[str]) -> None:
    report(ended(degraded=False, scenes=[{"title": "1"}]), [], as_json=False)
    assert capsys.readouterr().err == "done\n"
