"""Celery as its documentation sets it up for long jobs on Redis. `python -m bench.faults.on_celery`: its client."""

from bench.faults import desk, given, journal
from celery import Celery

app = Celery("faults", broker=given.store())
app.conf.update(
    task_ignore_result=True,
    # "Optimizing" and the FAQ: acknowledge after the work, and give back what a killed child ran; one message per slot.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # "Using Redis", caveats: longer than any job, in all three places; the shutdown that gives jobs back. kombu's
    # transport: look for unacknowledged jobs every 10 s, not every 100, when the timeout is that short.
    broker_transport_options={"visibility_timeout": given.patience_s(), "unacked_restore_throttle": 1},
    result_backend_transport_options={"visibility_timeout": given.patience_s()},
    visibility_timeout=given.patience_s(),
    worker_soft_shutdown_timeout=given.DRAIN_S,
    broker_connection_retry_on_startup=True,
)
JOB = app.task(journal.work, name="work")


def _submit(job: str, seconds: float) -> None:
    JOB.delay(job, seconds)


if __name__ == "__main__":
    desk.serve(_submit)
