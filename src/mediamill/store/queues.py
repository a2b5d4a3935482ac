"""Queues as operators see them."""

from dataclasses import dataclass

from mediamill.core.queues import Queue
from mediamill.store.scripts import Scripts


@dataclass(frozen=True)
class QueueSummary:
    """How one queue stands. oldest_age_s: how long its oldest waiting job waits, 0 when none does."""

    name: Queue
    waiting: int
    by_priority: dict[int, int]
    retry: int
    running: int
    dead: int
    oldest_age_s: float
    paused: bool


class Queues:
    """Reads, pauses and resumes queues."""

    def __init__(self, scripts: Scripts) -> None:
        self._client = scripts.client
        self._keys = scripts.keys

    def summaries(self) -> list[QueueSummary]:
        """Return every queue, in one round trip."""
        commands: list[tuple[str | float, ...]] = [("SMEMBERS", self._keys("paused")), ("TIME",)]
        for queue in Queue:
            commands.append(("HGETALL", self._keys("counts", queue)))
            commands.append(("ZRANGE", self._keys("ages", queue), 0, 0, "WITHSCORES"))
        paused, now, *rows = self._client.many(commands)
        seconds, microseconds = now
        now_ms = int(seconds) * 1000 + int(microseconds) // 1000
        return [
            _summary(queue, counts, oldest, now_ms, paused=queue.value in paused)
            for queue, counts, oldest in zip(Queue, rows[::2], rows[1::2], strict=True)
        ]

    def pause(self, queue: Queue) -> None:
        """Give nothing of this queue out; what runs goes on."""
        self._client.run("SADD", self._keys("paused"), queue.value)

    def resume(self, queue: Queue) -> None:
        """Give out again; the next sweep brings the tickets."""
        self._client.run("SREM", self._keys("paused"), queue.value)


def _summary(queue: Queue, counts: dict[str, str], oldest: list[object], now_ms: int, *, paused: bool) -> QueueSummary:
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
        paused=paused,
    )


def _score(rows: list[object]) -> float | None:
    """Return the score of the first row; redis-py gives pairs (RESP 3 lists of two) or a flat list."""
    if not rows:
        return None
    first = rows[0]
    return float(first[1]) if isinstance(first, (tuple, list)) else float(str(rows[1]))
