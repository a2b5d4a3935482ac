import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.broker.machine import Worker

from mediamill import Queue
from mediamill.core.states import State
from mediamill.engine.roster import process_started
from mediamill.settings import RedisSettings
from mediamill.testing import eventually


@pytest.fixture(params=[Queue.CPU, Queue.DEFAULT], ids=["prefork", "threads"])
def worker(request: pytest.FixtureRequest, redis_settings: RedisSettings, tmp_path: Path) -> Iterator[Worker]:
    started = Worker(request.param, redis_settings, tmp_path, slots=2)
    yield started
    started.close()


def test_a_real_worker_takes_what_the_submit_move_pushed(worker: Worker) -> None:
    ids = [worker.submit(f"hello {number}") for number in range(5)]
    jobs = [worker.until(job_id, State.SUCCESS) for job_id in ids]
    assert all(job.attempt == 1 and "pid.txt" in job.files for job in jobs)
    assert worker.mill.scripts.client.run("LLEN", worker.mill.scripts.keys("tickets", worker.queue)) == 0


def test_a_cancelled_attempt_that_listens_ends_by_itself(worker: Worker) -> None:
    job_id = worker.submit("listen 60")
    worker.running(job_id)
    assert worker.mill.jobs.cancel(job_id).state is State.CANCELLING
    worker.keep(job_id, State.REVOKED)
    assert process_started(worker.process.pid)


def test_a_cancelled_attempt_that_does_not_listen_is_ended_by_force(worker: Worker) -> None:
    job_id = worker.submit("ignore 60")
    pid = worker.running(job_id)
    worker.mill.jobs.cancel(job_id)
    worker.keep(job_id, State.REVOKED)
    if worker.queue.forks:
        assert process_started(pid) is None
        assert worker.until(worker.submit("after"), State.SUCCESS).data != {"pid": pid}
    else:
        eventually(lambda: worker.process.pid in worker.mill.roster.draining())


def test_a_program_of_a_cancelled_attempt_is_gone(worker: Worker) -> None:
    job_id = worker.submit("program 60")
    worker.running(job_id)
    token = worker.mill.job(job_id).token
    assert token is not None
    programs = eventually(lambda: worker.mill.roster.programs(token))
    worker.mill.jobs.cancel(job_id)
    worker.keep(job_id, State.REVOKED)
    eventually(lambda: all(process_started(pid) is None for pid, _ in programs))


def test_an_attempt_over_its_time_limit_fails(worker: Worker) -> None:
    job_id = worker.submit("listen 60", limit_s=0.1)
    job = worker.keep(job_id, State.FAILURE)
    assert job.error_code == "TIME_LIMIT"


def test_a_draining_worker_hands_back_what_still_runs(worker: Worker) -> None:
    job_id = worker.submit("listen 60")
    worker.running(job_id)
    worker.process.send_signal(signal.SIGTERM)
    job = worker.keep(job_id, State.PENDING)
    assert (job.attempt, job.failures, job.worker_losses) == (0, 0, 0)
    worker.process.wait(20)


def test_a_job_whose_process_was_killed_runs_again(worker: Worker) -> None:
    job_id = worker.submit("listen 1")
    os.kill(worker.running(job_id), signal.SIGKILL)
    if not worker.queue.forks:
        worker.keep(job_id, State.PENDING)
        worker.restart()
    job = worker.keep(job_id, State.SUCCESS)
    assert (job.attempt, job.history[0].outcome) == (2, "lose")


def test_a_poison_job_is_failed_after_its_third_process(worker: Worker) -> None:
    job_id = worker.submit("die")
    for _ in range(3 if not worker.queue.forks else 0):
        worker.process.wait(20)
        worker.keep(job_id, State.PENDING, State.FAILURE)
        worker.restart()
    job = worker.keep(job_id, State.FAILURE)
    assert (job.error_code, job.worker_losses) == ("WORKER_LOST", 3)


@pytest.mark.parametrize("queue", [Queue.INTERACTIVE, Queue.DOWNLOADS], ids=["prefork", "threads"])
def test_a_slot_that_becomes_free_takes_the_next_job_at_once(
    queue: Queue, redis_settings: RedisSettings, tmp_path: Path
) -> None:
    """Celery's own threads would take one a second."""
    worker = Worker(queue, redis_settings, tmp_path, slots=1)
    try:
        ids = [worker.submit(f"hello {number}") for number in range(40)]
        worker.until(ids[-1], State.SUCCESS, within_s=25)
    finally:
        worker.close()
