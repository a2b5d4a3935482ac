"""The process that a machine's keeper and workers are forked from.

It has loaded what they need and done nothing with it: no thread, no connection, no file. So they
share that memory (an idle machine needs 0.25 GB instead of 0.5), and start in an instant.
"""

import gc
import os
from contextlib import suppress
from importlib import import_module
from typing import Final

from mediamill import wiring
from mediamill.broker.preload import preload
from mediamill.cli.launch import Command
from mediamill.core.queues import Queue
from mediamill.engine.roster import Roster
from mediamill.settings import Settings, exported

#: Beyond the drain: the keeper brings the word, programs are killed, jobs handed back.
WORKER_STOP_S: Final = 20.0
#: After a second signal the workers are killed, and the keeper hands back what they ran.
HAND_BACK_S: Final = 6.0

#: What `wiring` imports when it builds a keeper or a runner.
_ROOMS: Final = (
    "mediamill.engine.context",
    "mediamill.engine.keeper",
    "mediamill.engine.purge",
    "mediamill.engine.registry",
    "mediamill.engine.runner",
    "mediamill.engine.steps",
    "mediamill.engine.submit",
    "mediamill.engine.sweep",
    "mediamill.files.disk",
    "mediamill.store.fleet",
    "mediamill.store.steps",
)


def load() -> None:
    """Import it all, and keep the garbage collector from touching it: a page that is written is shared no more."""
    preload()
    for name in _ROOMS:
        import_module(name)
    gc.collect()
    gc.freeze()


def commands(settings: Settings) -> list[Command]:
    """Return the keeper, which goes last, and a worker for each queue that has slots."""
    environ = {**os.environ, **exported(settings)}
    keeper = Command(
        "mm-keeper",
        run=lambda: wiring.run_keeper(settings),
        environ=environ,
        stage=1,
        hurried_s=HAND_BACK_S,
    )
    return [keeper, *(_worker(settings, queue, environ) for queue in Queue if settings.worker.slots.get(queue, 0))]


def _worker(settings: Settings, queue: Queue, environ: dict[str, str]) -> Command:
    def drain(pid: int) -> None:
        # It says so itself, too, unless a service keeps it from hearing us; then what is killed would count as lost.
        with suppress(OSError):
            Roster(settings.worker.runtime).drain(pid, settings.worker.drain_s)

    return Command(
        f"mm-{queue}",
        run=lambda: wiring.run_queue_worker(settings, queue),
        environ=environ,
        stop_s=settings.worker.drain_s + WORKER_STOP_S,
        stopping=drain,
    )
