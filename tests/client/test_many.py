"""Both clients over many jobs at once."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from tests.client.conftest import Connect
from tests.web.parts import UNKNOWN_ID, WATCH, Served, Worker

from mediamill.client import ApiError, Client, DeadFilter
from mediamill.core.queues import Queue
from mediamill.store.attempts import Failure
from mediamill.store.scripts import Scripts
from mediamill.web import dead_letters, purge
from mediamill.web.rooms import Rooms

_numbers = itertools.count()


def dead(ann: Client, worker: Worker, *, code: str = "BAD", watch: bool = False) -> str:
    """Return a job that failed."""
    name = f"number {next(_numbers)}"
    task_id = ann.submit(WATCH.path, {"url": name}) if watch else ann.submit("shout", {"text": name})
    job = worker.claim(Queue.DEFAULT if watch else Queue.CPU)
    assert worker.attempts.fail(job.id, job.token or "", Failure(code, "it broke"))
    return task_id.task_id


def test_dead_letters_are_listed_over_all_pages(ann: Client, worker: Worker) -> None:
    bad = [dead(ann, worker) for _ in range(3)]
    watch = dead(ann, worker, code="WORKER_LOST", watch=True)
    found = list(ann.dead_letters(page_size=2))
    assert [job.task_id for job in found] == [watch, *bad[::-1]]
    assert found[0].body["history"][0]["error_code"] == "WORKER_LOST"
    for wanted in (DeadFilter(service="watch"), DeadFilter(queue="default"), DeadFilter(error_code="WORKER_LOST")):
        assert [job.task_id for job in ann.dead_letters(wanted)] == [watch]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert len(list(ann.dead_letters(DeadFilter(since=hour_ago)))) == 4
    assert list(ann.dead_letters(DeadFilter(until=hour_ago))) == []


def test_dead_letters_run_again_by_id_by_filter_and_all(ann: Client, worker: Worker) -> None:
    ids = [dead(ann, worker) for _ in range(5)]
    lost = [dead(ann, worker, code="WORKER_LOST") for _ in range(2)]
    one = ann.redrive(ids[0])
    assert (one.redriven, one.not_found) == (1, 0)
    some = ann.redrive([ids[0], ids[1], UNKNOWN_ID])
    assert (some.redriven, some.unchanged, some.not_found) == (1, 1, 1)
    assert ann.redrive([]).redriven == 0
    assert ann.redrive(DeadFilter(error_code="WORKER_LOST")).redriven == len(lost)
    with pytest.raises(ApiError, match="empty filter"):
        ann.redrive(DeadFilter())
    assert ann.redrive_all().redriven == 3
    assert list(ann.dead_letters()) == []


def test_more_ids_than_a_request_takes_are_sent_in_parts(ann: Client, worker: Worker) -> None:
    task_id = dead(ann, worker)
    done = ann.redrive([f"{UNKNOWN_ID[:-6]}{number:06d}" for number in range(1_000)] + [task_id])
    assert (done.redriven, done.not_found) == (1, 1_000)


@pytest.fixture
def one_job_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "BUDGET_S", 0.0)
    monkeypatch.setattr(purge, "BUDGET_S", 0.0)


@pytest.mark.usefixtures("one_job_a_round")
def test_long_work_goes_on_to_its_end_and_tells_how_far_it_is(
    ann: Client, served: Served, worker: Worker, rooms: Rooms, scripts: Scripts
) -> None:
    ids = [dead(ann, worker) for _ in range(3)]
    told: list[int] = []
    assert ann.redrive_all(told=lambda done: told.append(done.redriven)).redriven == 3
    assert told == [3, 3]
    for task_id in ids:
        rooms.jobs.cancel(task_id)
    scripts.offset_ms = 1_000
    with Client(served.url, "key-of-root") as root:
        assert root.purge(0, dry_run=True).jobs == 3
        assert root.purge(0, statuses=["FAILURE"]).jobs == 0
        assert root.purge(60).jobs == 0
        told.clear()
        assert root.purge(0, service="shout", owner="ann", told=lambda done: told.append(done.jobs)).jobs == 3
    assert told == [1, 2, 3, 3]
    assert list(ann.jobs()) == []


def test_many_jobs_are_not_anybodys_to_purge(ann: Client) -> None:
    with pytest.raises(ApiError) as caught:
        ann.purge(0)
    assert caught.value.status == 403


def test_queues_tell_what_they_did_today(served: Served, worker: Worker, ann: Client) -> None:
    ann.submit("shout", {"text": "hi"}, priority=3)
    ann.submit("shout", {"text": "ho"}, priority=3)
    worker.succeed(worker.claim())
    with Client(served.url, "key-of-olga") as olga:
        (cpu,) = [queue for queue in olga.queues() if queue.name == "cpu"]
    assert (cpu.waiting, dict(cpu.by_priority), cpu.completed_today, cpu.paused) == (1, {3: 1}, 1, False)


def test_queues_are_paused_and_go_on(served: Served, connect: Connect, rooms: Rooms) -> None:
    root = connect(served.url, "root")
    assert [queue.name for queue in root.pause_queue("cpu") if queue.paused] == ["cpu"]
    assert [queue.name for queue in root.queues() if queue.paused] == ["cpu"]
    assert not any(queue.paused for queue in root.resume_queue("cpu"))
    for strange in ("gpu", "cpu/pause?x=#", ".."):
        with pytest.raises(ApiError) as caught:
            root.pause_queue(strange)
        assert caught.value.status in {404, 405}
    with pytest.raises(ApiError) as caught:
        connect(served.url, "olga").pause_queue("cpu")
    assert caught.value.status == 403
    assert not any(queue.paused for queue in rooms.queues.summaries())
