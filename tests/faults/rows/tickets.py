"""Tickets lost, doubled and left over: the records are the truth, and the sweeper counts again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tests.faults.row import Ground, Row

from mediamill.core.queues import Queue
from mediamill.testing import eventually

MENDED_S = 20.0
#: Some sweeps: each counts again.
SWEEPS_S = 3.0


def _backlog(ground: Ground, count: int = 30, seconds: float = 0.3) -> list[str]:
    """Fill `cpu` so that most of these wait, each with its ticket."""
    return ground.submit("steps", count, seconds=seconds)


def _taken(ground: Ground) -> None:
    """Wait until no ticket is left."""
    eventually(lambda: not ground.store.run("LLEN", ground.key("tickets", Queue.CPU)), within_s=10 * ground.margin)


@contextmanager
def _paused(ground: Ground) -> Iterator[None]:
    """Pause `cpu` for the block: no worker is busy afterwards, and would go on with what waits behind its job."""
    for change in ("pause", "resume"):
        assert ground.client.ask("POST", f"/queues/{Queue.CPU}/{change}").status == 200
        if change == "pause":
            yield


def _lost(ground: Ground) -> None:
    """Take all tickets away while jobs wait: once beside workers that are busy, then beside idle ones."""
    for busy in (True, False, False):
        with ground.fault(f"all ready tickets of `cpu` deleted, {'busy' if busy else 'idle'} workers"):
            with nullcontext() if busy else _paused(ground):
                jobs = _backlog(ground)
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
            _taken(ground)


def _left_over(ground: Ground) -> None:
    """Cancel jobs in line: their tickets stay, and find nothing, or another job. A paused queue keeps none."""
    for busy in (True, False):
        jobs = []
        with ground.fault("ten jobs in line cancelled, whose tickets stay"), nullcontext() if busy else _paused(ground):
            jobs = _backlog(ground, seconds=1)
            for job_id in ground.rng.sample(jobs[4:], 10):
                ground.client.cancel(job_id)
            if busy:
                ground.sleep(SWEEPS_S)
                ready = ground.store.run("LLEN", ground.key("tickets", Queue.CPU))
                waiting = ground.store.run("ZCARD", ground.key("ages", Queue.CPU))
                assert ready <= waiting + 10, f"{ready} tickets for {waiting} jobs"
            else:
                _taken(ground)
        ground.finished(jobs)
        _taken(ground)


ROWS = (
    Row("ticket-lost", "jobs whose tickets are gone start all the same, within 20 s", _lost),
    Row("ticket-doubled", "a ticket delivered twice runs nothing twice", _doubled),
    Row("ticket-left-over", "a ticket without a job is harmless", _left_over),
)
