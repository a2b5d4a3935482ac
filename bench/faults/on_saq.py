"""SAQ as its documentation sets it up for long jobs. `python -m bench.faults.on_saq`: its client."""

import asyncio
from contextlib import suppress
from threading import Thread
from typing import Any

from bench.faults import desk, given, journal
from redis.exceptions import RedisError
from saq import Queue

#: Its default gives a job 10 s and one attempt; so: no time limit, but a heartbeat from within, and attempts.
_LONG = {"timeout": 0, "heartbeat": 10, "retries": 5}
_HEARTBEAT_STEPS = journal.steps(3)


async def work(ctx: dict[str, Any], *, job: str, seconds: float) -> None:
    """Do a job as `journal.work`, without blocking the loop, and tell the queue that it is alive."""
    entry = journal.Entry(job)
    for step in range(1, journal.steps(seconds) + 1):
        await asyncio.sleep(journal.STEP_S)
        if step % _HEARTBEAT_STEPS == 0:
            with suppress(RedisError):  # else a job dies with the connection that it does not need
                await ctx["job"].update()
    entry.done()


def settings() -> dict[str, Any]:
    """Return the worker's settings; its other timers keep their defaults (sweep: every 60 s)."""
    return {
        "queue": Queue.from_url(given.store()),
        "functions": [work],
        "concurrency": given.SLOTS,
        "shutdown_grace_period_s": given.DRAIN_S,
    }


def main() -> None:
    """Be the client: threads wait for a loop that submits."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    queue = asyncio.run_coroutine_threadsafe(_queue(), loop).result()

    def submit(job: str, seconds: float) -> None:
        called = queue.enqueue("work", key=job, job=job, seconds=seconds, **_LONG)
        asyncio.run_coroutine_threadsafe(called, loop).result()

    desk.serve(submit)


async def _queue() -> Any:  # noqa: ANN401 - SAQ is not installed where types are checked
    return Queue.from_url(given.store())


if __name__ == "__main__":
    main()
