"""`mediamill queues`, and what following says of a queue or a server that does not go on."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import click
import pytest
from tests.cli.conftest import Run
from tests.client.parts import Line
from tests.web.parts import KEYS, Served, Worker

from mediamill.cli import Exit
from mediamill.cli.access import Access
from mediamill.cli.queues import paused
from mediamill.core.queues import Queue
from mediamill.testing import eventually
from mediamill.web.rooms import Rooms

HOLDS = 10**9


def row(run: Run, name: str, *words: str) -> list[str]:
    """Return the cells of a queue in the table."""
    lines = run("queues", *words, owner="root").stdout.splitlines()
    assert lines[0].split() == ["QUEUE", "WAITING", "RUNNING", "RETRY", "DEAD", "DONE", "TODAY", "OLDEST", "PAUSED"]
    return next(cells for line in lines if (cells := line.split())[0] == name)


def test_queues_are_listed_with_what_is_in_them(run: Run, worker: Worker) -> None:
    for number in range(3):
        run("submit", "shout", "--text", f"number {number}", "--no-follow")
    worker.succeed(worker.claim())
    worker.claim()
    assert row(run, "cpu") == ["cpu", "1", "1", "0", "0", "1", "0", "s"]
    assert row(run, "default") == ["default", "0", "0", "0", "0", "0", "-"]
    told = [json.loads(line) for line in run("queues", "--json", owner="olga").stdout.splitlines()]
    assert [each["name"] for each in told] == list(Queue)
    (cpu,) = [each for each in told if each["name"] == "cpu"]
    assert (cpu["waiting"], cpu["by_priority"], cpu["paused"]) == (1, {"0": 1}, False)


def test_queues_are_paused_and_go_on(run: Run, worker: Worker) -> None:
    run("submit", "shout", "--text", "hi", "--no-follow")
    assert row(run, "cpu", "pause", "cpu", "downloads")[-1] == "paused"
    assert row(run, "downloads")[-1] == "paused"
    assert worker.attempts.claim(Queue.CPU, machine="m1", worker="m1:7") is None
    assert row(run, "cpu", "resume", "cpu")[-1] != "paused"
    assert row(run, "downloads")[-1] == "paused"
    assert worker.claim()


@pytest.mark.parametrize("words", [("pause",), ("pause", "gpu"), ("cpu",), ("halt", "cpu")])
def test_what_is_to_be_paused_is_said(run: Run, words: tuple[str, ...]) -> None:
    assert isinstance(run("queues", *words, owner="root").exception, click.UsageError)


@pytest.mark.parametrize(("owner", "words"), [("ann", ()), ("olga", ("pause", "cpu"))])
def test_queues_are_for_operators_and_pausing_is_for_admins(run: Run, owner: str, words: tuple[str, ...]) -> None:
    assert "scope" in str(run("queues", *words, owner=owner).exception)
    assert row(run, "cpu")[-1] != "paused"


def test_what_is_paused_is_nobodys_to_know_but_operators(run: Run, served: Served) -> None:
    run("queues", "pause", "cpu", owner="root")
    found = {owner: [queue.name for queue in paused(Access(served.url, KEYS[owner]))] for owner in ("olga", "ann")}
    assert found == {"olga": ["cpu"], "ann": []}
    assert paused(Access(served.url, "no-key-of-ours")) == []


# ---- following


def once_followed(rooms: Rooms, act: Callable[[], object]) -> "Future[object]":
    """Do something as soon as somebody follows a job."""

    def wait_and_act() -> object:
        eventually(lambda: rooms.live.watched == 1, within_s=20)
        return act()

    pool = ThreadPoolExecutor(1)
    done = pool.submit(wait_and_act)
    pool.shutdown(wait=False)
    return done


@pytest.mark.parametrize(("owner", "knows"), [("olga", True), ("ann", False)])
def test_who_follows_a_job_of_a_paused_queue_hears_so_if_he_may(
    run: Run, rooms: Rooms, owner: str, *, knows: bool
) -> None:
    rooms.queues.pause(Queue.CPU)
    cancelled = once_followed(rooms, lambda: [rooms.jobs.cancel(job_id) for job_id in waiting(run, owner)])
    done = run("submit", "shout", "--text", "hi", owner=owner)
    assert (done.return_value, cancelled.exception(10)) == (Exit.FAILED, None)
    lines = done.stderr.splitlines()
    told = "the queue cpu is paused: the job waits until an admin resumes it"
    assert (lines[0] == told) is knows
    assert "REVOKED: it was cancelled" in lines


def waiting(run: Run, owner: str) -> list[str]:
    return [json.loads(line)["task_id"] for line in run("jobs", "--json", owner=owner).stdout.splitlines()]


def test_a_queue_that_is_not_the_job_s_is_not_told_of(run: Run, rooms: Rooms, worker: Worker) -> None:
    rooms.queues.pause(Queue.DOWNLOADS)
    ended = once_followed(rooms, lambda: worker.succeed(worker.claim()))
    done = run("submit", "shout", "--text", "hi", owner="olga")
    assert (done.return_value, ended.exception(10)) == (0, None)
    assert "paused" not in done.stderr


def test_a_server_that_gives_no_answer_is_told_of_once_and_following_goes_on(
    run: Run, rooms: Rooms, served: Served, worker: Worker
) -> None:
    def progress() -> None:
        job = worker.claim()
        for step in range(200):
            worker.attempts.progress(job.id, job.token or "", step / 2, f"step {step}")
        worker.succeed(job)

    with Line(served.url) as line:
        line.breaks = [5_000, HOLDS, 0, 0]  # the client's own, the look at the queues, two tries to come back
        ended = once_followed(rooms, progress)
        done = run("submit", "shout", "--text", "hi", url=line.url)
    assert (done.return_value, ended.exception(10)) == (0, None)
    assert done.stderr.count("no answer from the server; still trying") == 1
    assert "done in" in done.stderr
