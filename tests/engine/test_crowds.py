"""Thousands of rows to mend at once: in bounded rounds that follow each other, until nothing is left."""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.engine.mill import Mill

from mediamill.core.policy import LEASE_MS
from mediamill.core.queues import Queue
from mediamill.store.queues import Queues
from mediamill.store.sweeps import ROWS

#: Four full rounds and a rest. Ten thousand were measured too: docs/queueing.md.
CROWD = 4 * ROWS + 7
FIELDS = ("service", "work", "params", "{}", "uploads", "{}", "time_limit_s", "60")


@dataclass
class Crowd:
    """Many jobs of one queue, moved in few round trips."""

    mill: Mill

    def submit(self, *, start_in_ms: int | None = None) -> None:
        calls: list[dict[str, object]] = [
            {
                "id": f"job-{number:05d}",
                "owner": f"owner-{number % 7}",
                "queue": Queue.CPU,
                "priority": number % 3,
                "request_hash": "h",
                "start_in_ms": start_in_ms,
            }
            for number in range(CROWD)
        ]
        self._many("submit", calls, FIELDS)

    def claim(self) -> None:
        call = {"queue": Queue.CPU, "machine": "m", "worker": "w", "lease_ms": LEASE_MS, "follow": True}
        self._many("claim", [{**call, "token": secrets.token_hex(16)} for _ in range(CROWD)])

    def retry(self) -> None:
        jobs = self.mill.jobs.get_many([f"job-{number:05d}" for number in range(CROWD)])
        call = {"event": "retry", "due_in_ms": 1_000, "set": {"error_code": "X", "error_message": "x"}}
        self._many("move", [{**call, "id": job.id, "token": job.token} for job in jobs])

    def cancel(self) -> None:
        self._many("move", [{"event": "cancel", "id": f"job-{number:05d}"} for number in range(CROWD)])

    def lose_tickets(self) -> None:
        self.mill.store.run("DEL", self.mill.scripts.keys("tickets", Queue.CPU))

    def _many(self, script: str, calls: list[dict[str, object]], argv: tuple[str, ...] = ()) -> None:
        for start in range(0, len(calls), ROWS):
            batch = calls[start : start + ROWS]
            replies = self.mill.scripts.many(script, batch, [argv] * len(batch))
            assert not any(isinstance(reply, Exception) for reply in replies)

    # ---- looking

    def count(self, name: str, *parts: str) -> int:
        return int(self.mill.store.run("ZCARD", self.mill.scripts.keys(name, *parts)))

    @property
    def waiting(self) -> int:
        return self.count("ages", Queue.CPU)

    @property
    def tickets(self) -> int:
        return int(self.mill.store.run("LLEN", self.mill.scripts.keys("tickets", Queue.CPU)))


@pytest.fixture
def crowd(mill: Mill) -> Crowd:
    return Crowd(mill)


def no_gap(mill: Mill) -> None:
    """Forget when the sweeper last looked: on a busy machine a round may take so long that no lease is lost next."""
    mill.store.run("HDEL", mill.scripts.keys("clock"), "last_ms")


def pass_time(mill: Mill, seconds: int) -> None:
    """Let time pass under the sweeper's eyes, so that it is no gap."""
    for _ in range(seconds):
        mill.forward(1)
        no_gap(mill)
        mill.sweeps.tick(keep_done_s=1e6, keep_dead_s=1e6, keep_files_s=1e6)


def lost_leases(crowd: Crowd) -> None:
    crowd.submit()
    crowd.claim()
    pass_time(crowd.mill, LEASE_MS // 1000 + 1)


def due_retries(crowd: Crowd) -> None:
    lost_leases(crowd)
    crowd.retry()
    pass_time(crowd.mill, 2)


def missing_tickets(crowd: Crowd) -> None:
    crowd.submit()
    crowd.lose_tickets()


def resumed(crowd: Crowd) -> None:
    queues = Queues(crowd.mill.scripts)
    crowd.submit()
    queues.pause(Queue.CPU)
    assert rounds(crowd.mill) > 1
    assert crowd.tickets == 0
    queues.resume(Queue.CPU)


def surplus_tickets(crowd: Crowd) -> None:
    crowd.submit()
    crowd.cancel()
    assert (crowd.waiting, crowd.tickets) == (0, CROWD)


def missed_deadlines(crowd: Crowd) -> None:
    crowd.submit(start_in_ms=1_000)
    crowd.mill.forward(2)


def rounds(mill: Mill) -> int:
    """Sweep as the sweeper's loop does, without its pause; return how often."""
    for count in range(1, 100):
        no_gap(mill)
        if not mill.sweeper.sweep():
            return count
    pytest.fail("the sweeper does not come to an end")


@pytest.mark.parametrize(
    ("trouble", "waiting"),
    [
        (lost_leases, CROWD),
        (due_retries, CROWD),
        (missing_tickets, CROWD),
        (resumed, CROWD),
        (surplus_tickets, 0),
        (missed_deadlines, 0),
    ],
)
def test_thousands_are_mended_without_a_pause_in_rounds_of_500(
    mill: Mill, crowd: Crowd, trouble: Callable[[Crowd], None], waiting: int
) -> None:
    trouble(crowd)
    assert rounds(mill) <= math.ceil(CROWD / ROWS) + 1
    assert (crowd.waiting, crowd.tickets) == (waiting, waiting)
    assert (crowd.count("leases"), crowd.count("delayed"), crowd.count("expiry")) == (0, 0, 0)


def test_a_queue_in_balance_is_left_alone(mill: Mill, crowd: Crowd) -> None:
    crowd.submit()
    ticket = mill.store.run("LRANGE", mill.scripts.keys("tickets", Queue.CPU), 0, -1)
    assert rounds(mill) == 1
    assert mill.store.run("LRANGE", mill.scripts.keys("tickets", Queue.CPU), 0, -1) == ticket
