"""Tickets lost, doubled and left over: the records are the truth, and the sweeper counts again."""

import time

from tests.faults.row import Ground, Row

from mediamill.core.queues import Queue
from mediamill.testing import eventually

MENDED_S = 20.0


def _backlog(ground: Ground, count: int = 30) -> list[str]:
    """Fill `cpu` so that most of these wait, each with its ticket."""
    return ground.submit("steps", count, seconds=0.3)


def _taken(ground: Ground) -> None:
    """Wait until no ticket is left."""
    eventually(lambda: not ground.store.run("LLEN", ground.key("tickets", Queue.CPU)), within_s=10 * ground.margin)


def _lost(ground: Ground) -> None:
    """Take all tickets away while jobs wait."""
    for _ in range(3):
        jobs = _backlog(ground)
        with ground.fault("all ready tickets of `cpu` deleted"):
            lost_at = time.time()
            ground.store.run("DEL", ground.key("tickets", Queue.CPU))
            done = len(ground.finished(jobs, within_s=MENDED_S + 20))
            assert done == len(jobs)
            after = [run.at - lost_at for run in ground.stack.journal.runs(since=lost_at)]
            ground.recovered(min(after))
            assert min(after) <= MENDED_S * ground.margin


def _doubled(ground: Ground) -> None:
    """Push every ready ticket a second time, byte for byte, and then with names of their own."""
    for renamed in (False, True):
        jobs = _backlog(ground)
        with ground.fault("every ready ticket of `cpu` pushed again"):
            ready = ground.store.run("LRANGE", ground.key("tickets", Queue.CPU), 0, -1)
            assert ready, "no ticket waits"
            again = [ticket.replace('"delivery_tag":"', '"delivery_tag":"x') if renamed else ticket for ticket in ready]
            ground.store.run("LPUSH", ground.key("tickets", Queue.CPU), *again)
            for job in ground.finished(jobs):
                assert len(ground.stack.journal.runs(job.id)) == 1, f"{job.id} ran twice"
            eventually(
                lambda: not ground.store.run("LLEN", ground.key("tickets", Queue.CPU)), within_s=10 * ground.margin
            )


def _left_over(ground: Ground) -> None:
    """Cancel jobs in line: their tickets stay, and find nothing, or another job."""
    for _ in range(2):
        jobs = _backlog(ground)
        with ground.fault("ten jobs in line cancelled, whose tickets stay"):
            for job_id in ground.rng.sample(jobs[4:], 10):
                ground.client.cancel(job_id)
            ground.finished(jobs)
            eventually(
                lambda: not ground.store.run("LLEN", ground.key("tickets", Queue.CPU)), within_s=10 * ground.margin
            )


ROWS = (
    Row("ticket-lost", "jobs whose tickets are gone start all the same, within 20 s", _lost),
    Row("ticket-doubled", "a ticket delivered twice runs nothing twice", _doubled),
    Row("ticket-left-over", "a ticket without a job is harmless", _left_over),
)
