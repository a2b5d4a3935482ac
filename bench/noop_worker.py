"""A worker whose jobs do nothing: `python -m bench.noop_worker engine|celery URL PREFIX FOLDER`."""

import os
import sys
from pathlib import Path

from bench.services import NOOP
from celery import Celery
from cryptography.fernet import Fernet

from mediamill import Queue, logs
from mediamill.broker.app import broker_url
from mediamill.broker.worker import run_worker
from mediamill.engine.registry import Found, Registry
from mediamill.engine.runner import Runner
from mediamill.settings import (
    ApiSettings,
    FileSettings,
    KeepSettings,
    LibrarySettings,
    RedisSettings,
    SecretSettings,
    Settings,
    SpoolSettings,
    WorkerSettings,
)
from mediamill.wiring import make_runner

SLOTS = 8


def settings(url: str, prefix: str, folder: str) -> Settings:
    """Return settings for one bench machine."""
    path = Path(folder)
    return Settings(
        data_dir=path,
        redis=RedisSettings(url=url, prefix=prefix),
        files=FileSettings(root=path / "files"),
        keep=KeepSettings(),
        library=LibrarySettings(path / "recordings"),
        api=ApiSettings(),
        secrets=SecretSettings(keys=(Fernet.generate_key().decode(),)),
        spool=SpoolSettings(path / "spool"),
        worker=WorkerSettings(runtime=path / "run", machine="bench", slots={Queue.DEFAULT: SLOTS}),
    )


def engine(url: str, prefix: str, folder: str) -> None:
    """Serve the default queue with the whole engine."""
    ours = settings(url, prefix, folder)
    logs.configure("WARNING")
    pid = os.getpid()

    def runner() -> Runner:
        return make_runner(ours, Queue.DEFAULT, pid, Registry({NOOP.name: Found(NOOP, "bench", ())}))

    run_worker(Queue.DEFAULT, ours.redis, ours.worker, runner)


def celery(url: str, prefix: str) -> None:
    """Serve a bare Celery task on threads, acknowledged early, without results."""
    app = bare_app(url, prefix)
    app.worker_main(
        ["worker", "--pool=threads", f"--concurrency={SLOTS}", "--queues=bare", "--without-mingle", "--without-gossip"]
    )


def bare_app(url: str, prefix: str) -> Celery:
    """Return a bare Celery application with one task that does nothing."""
    app = Celery("bare", broker=broker_url(url))
    app.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        broker_transport_options={"global_keyprefix": f"{prefix}bare:"},
        task_create_missing_queues=True,
    )

    app.task(_nothing, name="noop")
    return app


def _nothing(number: int) -> int:
    return number


if __name__ == "__main__":
    kind, where, prefix_, *rest = sys.argv[1:]
    if kind == "engine":
        engine(where, prefix_, *rest)
    else:
        celery(where, prefix_)
