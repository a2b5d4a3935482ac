"""One Celery worker process for one queue: prefork for CPU work, threads for work that waits."""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from celery import signals
from celery.concurrency import get_implementation
from celery.exceptions import SecurityWarning

from mediamill.broker.app import make_app
from mediamill.broker.threads import BellPool
from mediamill.broker.warming import Warming
from mediamill.core.queues import Queue
from mediamill.engine.roster import Roster
from mediamill.media import lifeline
from mediamill.settings import RedisSettings, WorkerSettings

if TYPE_CHECKING:
    from mediamill.engine.runner import Runner


def run_worker(
    queue: Queue,
    redis: RedisSettings,
    settings: WorkerSettings,
    make_runner: "Callable[[], Runner]",
    *,
    memory_bytes: int | None = None,
) -> None:
    """Serve `queue` until SIGTERM, then drain: take nothing more, wait, hand back what still runs.

    A second SIGTERM hands back at once.

    make_runner: called once in each process that runs attempts: a forked child opens everything itself,
    for neither obstore nor a connection survives a fork. In `interactive`, for which somebody waits, that
    is as soon as the child runs, and services load ahead what their first request needs; elsewhere with the
    first ticket, so that an idle machine holds no files, models or services in memory.
    memory_bytes: a process that has grown above it is replaced: of a pool after its ticket, a worker
    of threads once no job runs in it. The runner has the same ceiling.
    """
    slots = settings.slots[queue]
    roster = Roster(settings.runtime)
    opening = Lock()
    runners: list[Runner] = []
    told = False

    def opened() -> "Runner":
        with opening:
            if not runners:
                runners.append(make_runner())
        return runners[0]

    def work() -> None:
        runner = opened()
        runner.work()
        if not queue.forks and runner.heavy and runner.idle:
            os.kill(os.getpid(), signal.SIGTERM)

    def drain(**_: object) -> None:
        # The keeper brings the word when the time is over: this process must start no thread, since it forks.
        nonlocal told
        roster.drain(os.getpid(), 0.0 if told else settings.drain_s)
        told = True

    app = make_app(redis, work, memory_bytes=memory_bytes)
    if queue.forks:
        marks = settings.runtime / "warming"
        warming = Warming(lambda: opened().warm(), marks) if queue is Queue.INTERACTIVE else None
        signals.worker_process_init.connect(_forked_by(os.getpid(), warming), weak=False)
        if warming is not None:
            signals.worker_process_shutdown.connect(lambda **_: warming.end(), weak=False)
    signals.worker_shutting_down.connect(drain, weak=False)
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    # Celery warns of root, for its messages may execute code; ours are JSON and carry nothing.
    warnings.simplefilter("ignore", SecurityWarning)
    # Not by `worker_main`: Celery's command line loads its shell and its plug-ins, 10 MB a process.
    worker = app.Worker(
        hostname=f"{queue.value}@{settings.machine}",
        pool_cls=get_implementation("prefork") if queue.forks else BellPool,
        concurrency=slots,
        queues=[queue.value],
        without_mingle=True,
        without_gossip=True,
        quiet=True,
        loglevel="WARNING",
    )
    worker.start()
    sys.exit(worker.exitcode)


def _keep_our_logging(**_: object) -> None:
    """Connected so that Celery leaves logging as it is."""


def _forked_by(worker_pid: int, warming: Warming | None) -> Callable[..., None]:
    """Return what a child of the pool does first.

    It goes when its worker goes, and not before: who ends a whole family of processes (systemd does, by
    default) signals it too, and Celery would let SystemExit fly through the service.
    """

    def begin(**_: object) -> None:
        lifeline.tie(signal.SIGKILL, worker_pid)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # A machine without memory should end one attempt before it ends Valkey, a keeper or all of a worker.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("300", encoding="ascii")
        if warming is not None:
            warming.begin()

    return begin
