"""One Celery worker process for one queue: prefork for CPU work, threads for work that waits."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from celery import signals

from mediamill.broker.app import make_app
from mediamill.core.queues import Queue
from mediamill.engine.roster import Roster
from mediamill.engine.runner import Runner
from mediamill.settings import RedisSettings, WorkerSettings

_PR_SET_PDEATHSIG: Final = 1


def run_worker(queue: Queue, redis: RedisSettings, settings: WorkerSettings, make_runner: Callable[[], Runner]) -> None:
    """Serve `queue` until SIGTERM, then drain: take nothing more, wait, hand back what still runs.

    make_runner: called where the attempts run, once a process: in each forked child (which opens
    everything itself, for neither obstore nor a connection survives a fork), or here for threads.
    """
    slots = settings.slots[queue]
    roster = Roster(settings.runtime)
    runners: list[Runner] = []

    def open_runner(**_: object) -> None:
        if queue.forks:
            _die_with_parent()
        runners[:] = [make_runner()]

    def take() -> bool:
        return runners[0].take()

    def drain(**_: object) -> None:
        # The keeper brings the word when the time is over: this process must start no thread, since it forks.
        roster.drain(os.getpid(), settings.drain_s)

    app = make_app(redis, take)
    opens = signals.worker_process_init if queue.forks else signals.worker_init
    opens.connect(open_runner, weak=False)
    signals.worker_shutting_down.connect(drain, weak=False)
    signals.setup_logging.connect(_keep_our_logging, weak=False)
    app.worker_main(
        [
            "worker",
            f"--pool={'prefork' if queue.forks else 'threads'}",
            f"--concurrency={slots}",
            f"--queues={queue.value}",
            f"--hostname={queue.value}@{settings.machine}",
            "--without-mingle",
            "--without-gossip",
            "--loglevel=WARNING",
        ]
    )


def _keep_our_logging(**_: object) -> None:
    """Connected so that Celery leaves logging as it is."""


def _die_with_parent() -> None:
    """Let the kernel kill this forked child when its parent dies: waiting for it to notice took 18 s."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent or parent == 1:
        sys.exit(1)
