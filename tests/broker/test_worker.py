import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.broker.machine import Worker

from mediamill import Queue
from mediamill.core.states import State
from mediamill.engine import closer
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


@pytest.mark.parametrize("text", ["ignore 60", "spin 60", "hold 60"])
def test_a_cancelled_attempt_that_does_not_listen_is_ended_by_force(worker: Worker, text: str) -> None:
    job_id = worker.submit(text)
    pid = worker.running(job_id)
    worker.mill.jobs.cancel(job_id)
    worker.mill.keeper.round()
    worker.mill.clock.forward(closer.PROCESS_AFTER_S)
    worker.keep(job_id, State.REVOKED)
    if worker.queue.forks:
        assert process_started(pid) is None
        assert worker.until(worker.submit("after"), State.SUCCESS).data != {"pid": pid}
    else:
        eventually(lambda: worker.process.pid in worker.mill.roster.draining())


def named(mark: str) -> list[psutil.Process]:
    """Return the processes of this machine with `mark` among their arguments."""
    found = [each for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or ())]
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE]


def test_programs_of_a_cancelled_attempt_are_gone_and_what_they_started(worker: Worker) -> None:
    seconds = f"6{os.getpid()}.{worker.process.pid}"
    job_id = worker.submit(f"family {seconds}")
    worker.running(job_id)
    eventually(lambda: len(named(seconds)) >= 4)  # a shell each, and three that sleep
    worker.mill.jobs.cancel(job_id)
    worker.keep(job_id, State.REVOKED, within_s=10)
    eventually(lambda: not named(seconds))
    assert not worker.mill.scratch.root.joinpath(job_id).exists()
    assert process_started(worker.process.pid)


def test_a_stuck_thread_costs_its_neighbours_nothing(redis_settings: RedisSettings, tmp_path: Path) -> None:
    """Its worker is replaced; what runs beside it ends in time, or is handed back and runs again."""
    worker = Worker(Queue.RECORDING, redis_settings, tmp_path, slots=52)
    try:
        stuck = worker.submit("ignore 600")
        short = [worker.submit(f"listen 3.{number}") for number in range(25)]
        long = [worker.submit(f"listen 60.{number}") for number in range(25)]
        worker.running(stuck)
        eventually(lambda: len(worker.mill.roster.entries()) == 51, within_s=20)
        worker.mill.jobs.cancel(stuck)
        worker.keep(stuck, State.REVOKED, within_s=10)
        jobs = [worker.keep(job_id, State.SUCCESS, State.PENDING, within_s=30) for job_id in short + long]
        worker.ended()
        assert all((job.failures, job.worker_losses) == (0, 0) for job in jobs)
        assert {job.state for job in jobs[25:]} == {State.PENDING}
        assert worker.mill.roster.entries() == []
    finally:
        worker.close()


def test_a_second_stuck_thread_does_not_cut_the_drain_short(redis_settings: RedisSettings, tmp_path: Path) -> None:
    worker = Worker(Queue.RECORDING, redis_settings, tmp_path, slots=3, drain_s=600)
    try:
        stuck, other = [worker.submit(f"ignore 60{number}") for number in range(2)], worker.submit("listen 60")
        for job_id in (*stuck, other):
            worker.running(job_id)
        for job_id in stuck:
            worker.mill.jobs.cancel(job_id)
            worker.mill.keeper.round()
        worker.mill.clock.forward(closer.PROCESS_AFTER_S)
        for job_id in stuck:
            worker.keep(job_id, State.REVOKED)
        (until,) = worker.mill.roster.draining().values()
        assert until > worker.mill.clock() + worker.mill.keeper.drain_s / 2
        worker.mill.keeper.round()
        assert worker.mill.job(other).state is State.STARTED
    finally:
        worker.close()


def test_an_attempt_over_the_time_limit_of_its_request_fails(worker: Worker) -> None:
    job_id = worker.submit("listen 60", limit_s=0.1)
    job = worker.keep(job_id, State.FAILURE)
    assert (job.error_code, job.worker_losses) == ("TIME_LIMIT", 0)
    assert "0.1 s" in str(job.error_message)


def test_an_attempt_that_does_not_hear_that_its_time_is_over_is_killed(worker: Worker) -> None:
    job_id = worker.submit("hold 60", limit_s=0.1)
    worker.running(job_id)
    worker.mill.keeper.round()
    worker.mill.clock.forward(closer.PROCESS_AFTER_S)
    job = worker.keep(job_id, State.FAILURE)
    assert (job.error_code, job.worker_losses) == ("TIME_LIMIT", 0)


def test_a_draining_worker_hands_back_what_still_runs(worker: Worker) -> None:
    job_id = worker.submit("listen 60")
    worker.running(job_id)
    worker.process.send_signal(signal.SIGTERM)
    job = worker.keep(job_id, State.PENDING)
    assert (job.attempt, job.failures, job.worker_losses) == (0, 0, 0)
    worker.process.wait(20)


def test_a_draining_worker_lets_short_attempts_end(worker: Worker) -> None:
    job_id = worker.submit("listen 0.5")
    worker.running(job_id)
    worker.process.send_signal(signal.SIGTERM)
    job = worker.keep(job_id, State.SUCCESS)
    assert (job.attempt, len(job.history)) == (1, 1)
    worker.process.wait(20)


def test_a_draining_worker_hands_back_what_does_not_listen(worker: Worker) -> None:
    job_id = worker.submit("hold 60")
    worker.running(job_id)
    worker.process.send_signal(signal.SIGTERM)
    worker.mill.roster.drain(worker.process.pid, 1)  # as the nursery says: the worker's threads cannot hear it
    job = worker.keep(job_id, State.PENDING)
    assert (job.attempt, job.failures, job.worker_losses) == (0, 0, 0)
    worker.ended()


def test_a_second_signal_hands_back_at_once(redis_settings: RedisSettings, tmp_path: Path) -> None:
    worker = Worker(Queue.CPU, redis_settings, tmp_path, slots=1, drain_s=600)
    try:
        job_id = worker.submit("listen 60")
        worker.running(job_id)
        worker.process.send_signal(signal.SIGTERM)
        eventually(worker.mill.roster.draining)
        worker.mill.keeper.round()
        assert worker.mill.job(job_id).state is State.STARTED
        worker.process.send_signal(signal.SIGTERM)
        job = worker.keep(job_id, State.PENDING, within_s=5)
        assert (job.attempt, job.failures, job.worker_losses) == (0, 0, 0)
        worker.process.wait(20)
    finally:
        worker.close()


def test_who_signals_the_whole_family_lets_the_attempts_end(worker: Worker) -> None:
    job_id = worker.submit("listen 0.5")
    worker.running(job_id)
    for each in psutil.Process(worker.process.pid).children():
        each.terminate()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.keep(job_id, State.SUCCESS).attempt == 1
    worker.process.wait(20)


def test_what_dies_with_a_draining_worker_is_handed_back(worker: Worker) -> None:
    job_id = worker.submit("listen 60")
    worker.running(job_id)
    worker.mill.roster.drain(worker.process.pid, 600)
    worker.process.kill()
    worker.process.wait(10)
    job = worker.keep(job_id, State.PENDING)
    assert (job.attempt, job.failures, job.worker_losses) == (0, 0, 0)
    worker.mill.keeper.round()
    assert not worker.mill.roster.drains(worker.process.pid)


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


MIB = 1024 * 1024


def test_a_pool_process_that_has_grown_is_replaced_and_loses_no_job(
    redis_settings: RedisSettings, tmp_path: Path
) -> None:
    worker = Worker(Queue.CPU, redis_settings, tmp_path, slots=1, memory=300 * MIB)
    try:
        grown = [worker.submit(f"grow 400 0.0{number}") for number in range(3)]
        light = [worker.submit(f"hello {number}") for number in range(6)]
        jobs = [worker.keep(job_id, State.SUCCESS, within_s=30) for job_id in grown + light]
        assert all((job.attempt, job.worker_losses) == (1, 0) for job in jobs)
        pids = [job.data["pid"] for job in jobs if job.data]
        assert len(set(pids[:3])) == 3  # each was the last job of its process
        assert len(set(pids[3:])) == 1
        assert process_started(worker.process.pid)
    finally:
        worker.close()


def test_a_worker_of_threads_that_has_grown_goes_when_no_job_runs_in_it(
    redis_settings: RedisSettings, tmp_path: Path
) -> None:
    worker = Worker(Queue.DEFAULT, redis_settings, tmp_path, slots=2, memory=300 * MIB)
    try:
        other = worker.submit("listen 2")
        worker.running(other)
        assert worker.until(worker.submit("grow 400 0"), State.SUCCESS).attempt == 1
        assert not worker.mill.roster.draining()
        assert worker.until(other, State.SUCCESS).attempt == 1
        assert worker.process.wait(20) == 0
    finally:
        worker.close()


def test_an_attempt_that_eats_the_machine_is_ended_at_once(redis_settings: RedisSettings, tmp_path: Path) -> None:
    worker = Worker(Queue.CPU, redis_settings, tmp_path, slots=2)
    worker.mill.keeper.closer.memory_bytes = 300 * MIB
    try:
        neighbour = worker.submit("listen 2")
        hungry = worker.submit("grow 400 60")
        pid = worker.running(hungry)
        job = worker.keep(hungry, State.FAILURE)
        assert (job.error_code, job.worker_losses, len(job.history)) == ("MEMORY_LIMIT", 0, 1)
        assert "300 MiB" in (job.error_message or "")
        assert process_started(pid) is None
        assert worker.keep(neighbour, State.SUCCESS).attempt == 1
    finally:
        worker.close()


def test_a_worker_of_threads_that_eats_the_machine_is_replaced(redis_settings: RedisSettings, tmp_path: Path) -> None:
    worker = Worker(Queue.DEFAULT, redis_settings, tmp_path, slots=2)
    worker.mill.keeper.closer.memory_bytes = 300 * MIB
    try:
        job_id = worker.submit("grow 400 600")
        worker.running(job_id)
        job = worker.keep(job_id, State.PENDING)
        assert (job.failures, job.worker_losses) == (0, 0)
        worker.ended()
    finally:
        worker.close()


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
