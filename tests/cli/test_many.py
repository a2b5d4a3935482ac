"""The commands over many jobs, against the API of tests/web behind a real server."""

import itertools
import json
from collections.abc import Callable, Iterator

import pytest
from tests.cli.conftest import Run
from tests.web.parts import KEYS, SHOUT, UNKNOWN_ID, Served, Worker

from mediamill.cli import Exit, rounds
from mediamill.client import Client
from mediamill.core.queues import Queue
from mediamill.store.attempts import Failure
from mediamill.store.scripts import Scripts
from mediamill.web import dead_letters, purge
from mediamill.web.rooms import Rooms

_numbers = itertools.count()


@pytest.fixture
def dead(served: Served, worker: Worker) -> Iterator[Callable[[str], str]]:
    """Make a job that failed with a code; return its id."""
    with Client(served.url, KEYS["ann"]) as client:

        def make(code: str = "BAD") -> str:
            client.submit(SHOUT.path, {"text": f"number {next(_numbers)}"})
            job = worker.claim(Queue.CPU)
            assert worker.attempts.fail(job.id, job.token or "", Failure(code, f"{code}: it broke\nall over"))
            return job.id

        yield make


def test_failed_jobs_are_listed_with_why(run: Run, dead: Callable[[str], str]) -> None:
    assert "no dead letters" in run("dead-letters").stderr
    bad, lost = dead("BAD"), dead("WORKER_LOST")
    lines = run("dead-letters").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", lost, bad]
    assert lines[2].split("  ")[-1] == "BAD: it broke"
    only = run(
        "dead-letters", "--error-code", "BAD", "--service", "shout", "--queue", "cpu", "--within", "1h", "--json"
    )
    assert [json.loads(line)["task_id"] for line in only.stdout.splitlines()] == [bad]
    assert len(run("dead-letters", "-n", "1").stdout.splitlines()) == 2


def test_failed_jobs_run_again_by_id_by_filter_and_all(run: Run, dead: Callable[[str], str], rooms: Rooms) -> None:
    ids = [dead("BAD") for _ in range(3)] + [dead("WORKER_LOST")]
    assert run("redrive", ids[0], ids[1]).stdout == "2 jobs redriven\n"
    assert run("redrive", "--error-code", "WORKER_LOST").stdout == "1 job redriven\n"
    assert json.loads(run("redrive", "--all", "--json").stdout) == {"redriven": 1, "unchanged": 0, "not_found": 0}
    for job_id in ids:
        job = rooms.jobs.get(job_id)
        assert job is not None
        assert job.state == "PENDING"


def test_an_id_that_cannot_run_again_is_told_by_the_exit_code(run: Run, dead: Callable[[str], str]) -> None:
    job_id = dead("BAD")
    done = run("redrive", job_id, UNKNOWN_ID)
    assert (done.stdout, done.return_value) == ("1 job redriven, 1 not found\n", Exit.REFUSED)
    again = run("redrive", job_id)
    assert (again.stdout, again.return_value) == ("0 jobs redriven, 1 unchanged\n", Exit.REFUSED)


@pytest.mark.parametrize("words", [(), ("--all", "--service", "shout"), (UNKNOWN_ID, "--all"), ("--within", "soon")])
def test_a_redrive_says_which(run: Run, words: tuple[str, ...]) -> None:
    done = run("redrive", *words)
    assert done.exception is not None
    assert any(told in str(done.exception) for told in ("say which", "is no age"))


def test_a_purge_only_tells_until_it_is_meant(
    run: Run, dead: Callable[[str], str], rooms: Rooms, worker: Worker, scripts: Scripts
) -> None:
    job_id = dead("BAD")
    assert rooms.jobs.redrive(job_id)
    worker.succeed(worker.claim(), **{"a.txt": b"x" * 2_048})
    scripts.offset_ms = 3_600_000
    told = run("purge", "--older-than", "30min", owner="root")
    assert told.stdout == "would remove 1 job with 2.0 KiB of files; --yes removes them\n"
    assert run("purge", owner="root").stdout == "would remove 0 jobs with 0 bytes of files\n"
    assert run("purge", "--older-than", "30min", "--status", "failure", "--yes", owner="root").stdout.startswith(
        "removed 0 jobs"
    )
    assert rooms.jobs.get(job_id) is not None
    done = run("purge", "--older-than", "30min", "--status", "success", "--service", "shout", "--yes", owner="root")
    assert done.stdout == "removed 1 job with 2.0 KiB of files\n"
    assert rooms.jobs.get(job_id) is None
    as_json = run("purge", "--older-than", "0s", "--yes", "--json", owner="root").stdout
    assert json.loads(as_json) == {"jobs": 0, "size_bytes": 0, "dry_run": False}


def test_a_purge_is_for_admins(run: Run) -> None:
    done = run("purge", "--yes")
    assert "scope admin" in str(done.exception)


def test_long_work_tells_how_far_it_is(
    run: Run, dead: Callable[[str], str], scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "BUDGET_S", 0.0)
    monkeypatch.setattr(purge, "BUDGET_S", 0.0)
    monkeypatch.setattr(rounds, "EVERY_S", 0.0)
    for _ in range(2):
        dead("BAD")
    scripts.offset_ms = 1_000
    lines = run("purge", "--older-than", "0s", owner="root").stderr.splitlines()
    assert lines[0] == "1 job to be removed so far, with 0 bytes of files"
    assert "2 jobs redriven so far" in run("redrive", "--all").stderr
