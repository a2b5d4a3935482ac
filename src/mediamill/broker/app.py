"""The Celery application: one task that takes a ticket, acknowledged early."""

from collections.abc import Callable
from urllib.parse import urlsplit

from celery import Celery

from mediamill.broker.tickets import TASK_NAME
from mediamill.core.queues import Queue
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys


def broker_url(url: str) -> str:
    """Return `url` in kombu's words: it has no `valkey://`, and a Unix socket is `redis+socket://`."""
    if url.startswith("unix://"):
        parts = urlsplit(url)
        return f"redis+socket://{parts.path}" + (
            f"?{parts.query.replace('db=', 'virtual_host=')}" if parts.query else ""
        )
    return url.replace("valkey://", "redis://", 1).replace("valkeys://", "rediss://", 1)


def make_app(redis: RedisSettings, work: Callable[[], None], *, memory_bytes: int | None = None) -> Celery:
    """Return the application of one worker process. `work` runs what waits, for one ticket.

    memory_bytes: a process of the pool that has more in memory after a ticket is replaced.

    Acknowledged early and without results: the record is the truth and its lease brings a job back
    (docs/decisions/0001 has the losses measured with late acknowledgement).
    """
    app = Celery("mediamill", broker=broker_url(redis.url), set_as_current=False)
    app.conf.update(
        task_acks_late=False,
        task_ignore_result=True,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=True,
        task_default_queue=Queue.DEFAULT.value,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_max_memory_per_child=memory_bytes // 1024 if memory_bytes else None,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            # No list of unacknowledged messages: a ticket that is lost with its worker is pushed again by the next
            # sweep, within a second; kombu would bring it back after minutes, and spends eight commands on each.
            "ack_emulation": False,
            "sep": ":",
            "global_keyprefix": Keys(redis.prefix).broker_prefix,
            # A half-open connection says nothing and breaks nothing. A ticket that is asked for and not answered
            # for this long after Valkey's own second gives it up: a worker is deaf for 11 s at most, not for 51.
            "health_check_interval": 5,
            "socket_timeout": 10,
            "socket_keepalive": True,
        },
    )
    app.task(work, name=TASK_NAME, shared=False)
    return app
