"""What a Celery worker loads while it starts, so that one process can load it for many (cli/nursery.py)."""

from importlib import import_module
from typing import Final

_MODULES: Final = (
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.concurrency.asynpool",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.events",
    "celery.loaders.app",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "celery.worker.strategy",
    "kombu.transport.redis",
    "mediamill.broker.worker",
)


def preload() -> None:
    """Import it all. Starts no thread and opens nothing."""
    for name in _MODULES:
        import_module(name)
