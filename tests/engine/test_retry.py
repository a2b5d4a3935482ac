"""From the first failure to the dead letter and back: how often, after how long, and what the record tells."""

from collections.abc import Callable

import pytest
from tests.engine.mill import Mill, Params

from mediamill import Context, PermanentError, Result, RetryableError
from mediamill.core.job import Job
from mediamill.core.service import Service
from mediamill.core.states import State
from mediamill.store.dead import DeadFilter


def failing(mill: Mill, error: Callable[[int], Exception], **options: int) -> Service[Params]:
    """Return a service whose attempt n raises `error(n)`."""
    tries: list[int] = []

    def run(_params: Params, _ctx: Context) -> Result:
        tries.append(len(tries) + 1)
        raise error(tries[-1])

    return mill.service(run, **options)


def retried(mill: Mill, service: Service[Params], job: Job) -> Job:
    """Let the wait of a job in RETRY pass, and run it."""
    assert job.due_ms
    mill.forward((job.due_ms - mill.scripts.now_ms()) / 1_000 + 0.01)
    assert mill.sweeps.due([job.id]) == 1
    assert mill.take(service)
    return mill.job(job.id)


def test_five_attempts_with_longer_and_longer_waits_then_a_dead_letter(mill: Mill) -> None:
    service = failing(mill, lambda n: ConnectionError(f"failure {n}"))
    job = mill.run(service)
    waits_s = []
    while job.state is State.RETRY:
        assert job.due_ms
        waits_s.append((job.due_ms - job.history[-1].ended_ms) / 1_000)
        job = retried(mill, service, job)
    assert (job.state, job.failures, job.attempt, job.error_code) == (State.FAILURE, 5, 5, "UNEXPECTED")
    assert [wait_s <= ceiling_s for wait_s, ceiling_s in zip(waits_s, (30, 60, 120, 240), strict=True)] == [True] * 4
    assert len(set(waits_s)) == 4, "the waits have no jitter"
    told = [(run.attempt, run.outcome, run.error_message) for run in job.history]
    assert told == [(n, "fail" if n == 5 else "retry", f"ConnectionError: failure {n}") for n in range(1, 6)]
    assert all(run.started_ms <= run.ended_ms for run in job.history)
    assert [each.id for each in mill.dead.page(DeadFilter()).jobs] == [job.id]


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_service_says_how_often_it_is_tried(mill: Mill, attempts: int) -> None:
    service = failing(mill, lambda _n: ConnectionError("no"), attempts=attempts)
    job = mill.run(service)
    for _ in range(attempts - 1):
        job = retried(mill, service, job)
    assert (job.state, len(job.history)) == (State.FAILURE, attempts)


def test_a_cause_that_names_its_wait_wins_over_the_backoff_every_time(mill: Mill) -> None:
    service = failing(mill, lambda n: RetryableError("slow down", after_s=5_000.0 * n))
    job = mill.run(service)
    for n in range(1, 5):
        assert job.due_ms
        assert abs(job.due_ms - job.history[-1].ended_ms - 5_000_000 * n) < 1_000
        job = retried(mill, service, job)
    assert job.state is State.FAILURE


def test_a_permanent_error_needs_one_attempt(mill: Mill) -> None:
    job = mill.run(failing(mill, lambda _n: PermanentError("never")))
    assert (job.state, job.failures, len(job.history)) == (State.FAILURE, 1, 1)


def test_a_redriven_job_has_all_its_attempts_again_and_its_whole_history(mill: Mill) -> None:
    service = failing(mill, lambda _n: ConnectionError("no"), attempts=2)
    job = retried(mill, service, mill.run(service))
    assert job.state is State.FAILURE
    assert mill.jobs.redrive(job.id)
    assert (mill.job(job.id).failures, mill.job(job.id).worker_losses) == (0, 0)
    assert mill.take(service)
    job = retried(mill, service, mill.job(job.id))
    assert (job.state, job.failures) == (State.FAILURE, 2)
    assert [(run.attempt, run.outcome) for run in job.history] == [(1, "retry"), (2, "fail"), (3, "retry"), (4, "fail")]


def test_deaths_of_the_worker_are_counted_apart_from_failures(mill: Mill) -> None:
    service = failing(mill, lambda _n: ConnectionError("no"), attempts=2)
    job_id = mill.submit(service).id
    for _ in range(2):
        mill.forward(3_600)
        mill.sweeps.due([job_id])
        lost = mill.attempts.claim(service.queue_of(Params(), {}), machine="here", worker="w")
        assert lost
        assert lost.token
        assert mill.attempts.lose(job_id, lost.token)
    mill.forward(3_600)
    mill.sweeps.due([job_id])
    assert mill.take(service)
    job = mill.job(job_id)
    assert (job.state, job.failures, job.worker_losses) == (State.RETRY, 1, 0)  # it lived to fail: the row is broken
    for _ in range(3):
        assert mill.job(job_id).state in {State.RETRY, State.PENDING}
        mill.forward(3_600)
        mill.sweeps.due([job_id])
        lost = mill.attempts.claim(service.queue_of(Params(), {}), machine="here", worker="w")
        assert lost
        assert lost.token
        assert mill.attempts.lose(job_id, lost.token)
    job = mill.job(job_id)
    assert (job.state, job.error_code, job.failures) == (State.FAILURE, "WORKER_LOST", 1)
    assert [run.outcome for run in job.history] == ["lose", "suspect", "retry", "lose", "suspect", "poison"]
