"""Queues as operators see them."""

from dataclasses import dataclass
from typing import Any, Final

from mediamill.core.queues import Queue
from mediamill.store.scripts import Scripts

DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class QueueSummary:
    """How one queue stands.

    oldest_age_s: how long its oldest waiting job waits, 0 when none does.
    completed_today: jobs that succeeded on this day, UTC, by the store's clock.
    """

    name: Queue
    waiting: int
    by_priority: dict[int, int]
    retry: int
    running: int
    dead: int
    oldest_age_s: float
    completed_today: int
    paused: bool


class Queues:
    """Reads, pauses and resumes queues."""

    def __init__(self, scripts: Scripts) -> None:
        self._client = scripts.client
        self._keys = scripts.keys
        self._run = scripts

    def summaries(self) -> list[QueueSummary]:
        """Return every queue."""
        now_ms = self._run.now_ms()
        day = str(now_ms // DAY_MS)
        commands: list[tuple[str | float, ...]] = [("SMEMBERS", self._keys("paused"))]
        for queue in Queue:
            commands.append(("HGETALL", self._keys("counts", queue)))
            commands.append(("ZRANGE", self._keys("ages", queue), 0, 0, "WITHSCORES"))
            commands.append(("GET", self._keys("completed", queue, day)))
        paused, *rows = self._client.many(commands)
        return [
            _summary(queue, found, now_ms, paused=queue.value in paused)
            for queue, found in zip(Queue, zip(rows[::3], rows[1::3], rows[2::3], strict=True), strict=True)
        ]

    def has_waiting(self, queue: Queue) -> bool:
        """Return whether any job waits in line."""
        return bool(self._client.run("EXISTS", self._keys("ages", queue)))

    def pause(self, queue: Queue) -> None:
        """Give nothing of this queue out; what runs goes on."""
        self._client.run("SADD", self._keys("paused"), queue.value)

    def resume(self, queue: Queue) -> None:
        """Give out again; the next sweep brings the tickets."""
        self._client.run("SREM", self._keys("paused"), queue.value)


def _summary(queue: Queue, found: tuple[Any, ...], now_ms: int, *, paused: bool) -> QueueSummary:
    """Return what the replies about a queue say: its counts, its oldest waiting job, what it completed today."""
    counts, oldest, completed = found
    by_priority = {
        int(name.removeprefix("waiting:")): int(value)
        for name, value in counts.items()
        if name.startswith("waiting:") and int(value)
    }
    queued_ms = _score(oldest)
    return QueueSummary(
        name=queue,
        waiting=sum(by_priority.values()),
        by_priority=dict(sorted(by_priority.items(), reverse=True)),
        retry=int(counts.get("retry", 0)),
        running=int(counts.get("running", 0)),
        dead=int(counts.get("dead", 0)),
        oldest_age_s=max(0.0, (now_ms - queued_ms) / 1000) if queued_ms is not None else 0.0,
        completed_today=int(completed or 0),
        paused=paused,
    )


def _score(rows: list[object]) -> float | None:
    """Return the score of the first row; redis-py gives pairs (RESP 3 lists of two) or a flat list."""
    if not rows:
        return None
    first = rows[0]
    return float(first[1]) if isinstance(first, (tuple, list)) else float(str(rows[1]))
