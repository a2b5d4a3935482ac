"""Dramatiq as its documentation sets it up. `python -m bench.faults.on_dramatiq`: its client."""

import dramatiq
from bench.faults import desk, given, journal
from dramatiq.brokers.redis import RedisBroker

# A worker is taken for dead after its default of 60 s without a heartbeat. Who looks for dead workers is drawn by lot,
# by default one of 1,000 commands: on a queue of few, long jobs that takes minutes more, so here every command looks.
BROKER = RedisBroker(url=given.store(), maintenance_chance=1_000_000)
dramatiq.set_broker(BROKER)
# notify_shutdown: an interrupted job is told, and Retries puts it back into the queue (after 15 s, its default).
JOB = dramatiq.actor(journal.work, actor_name="work", broker=BROKER, notify_shutdown=True)


def _submit(job: str, seconds: float) -> None:
    JOB.send(job, seconds)


if __name__ == "__main__":
    desk.serve(_submit)
