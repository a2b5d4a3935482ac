"""Loading models ahead in the children of a pool, so that the first request does not wait for them."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

import structlog

from mediamill.engine.guard import going_on
from mediamill.engine.roster import process_started

#: So many processes may die over it before nothing is loaded ahead for a while.
DEATHS: Final = 2
FORGIVEN_AFTER_S: Final = 3600.0

_log = structlog.get_logger("mediamill.worker")


class Warming:
    """Makes each child of a pool warm in a thread of its own; the pool takes a child that is slow at start for dead.

    A child that dies over it is replaced by one that would die, too, and a worker of which all children die
    at start ends. So each leaves a mark while it is at it, and where others have left theirs and are gone, nothing
    is loaded ahead; a job that needs the models says then what is wrong with them. A child that ends in order
    meanwhile, as its worker does, has not died over it: `end` takes its mark away.

    folder: of this machine and this queue.
    """

    def __init__(self, warm: Callable[[], None], folder: Path) -> None:
        self._warm = warm
        self._folder = folder
        self._mark: Path | None = None

    def begin(self) -> None:
        """Begin, in a child that has just been forked. Raises nothing."""
        with going_on("worker.cold"):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            deaths = self._deaths()
            if deaths >= DEATHS:
                _log.warning("worker.cold", why="processes have died over it", deaths=deaths)
                return
            self._mark = mark = self._folder / f"{os.getpid()}-{process_started(os.getpid())}"
            mark.touch()
            Thread(target=self._run, args=(mark,), name="warming", daemon=True).start()

    def end(self) -> None:
        """Say that this child ends because it was told to. Raises nothing."""
        if self._mark is not None:
            with suppress(OSError):
                self._mark.unlink(missing_ok=True)

    def _run(self, mark: Path) -> None:
        try:
            with going_on("worker.cold"):
                self._warm()
        finally:
            mark.unlink(missing_ok=True)

    def _deaths(self) -> int:
        """Return how many have died over it lately."""
        deaths = 0
        for mark in self._folder.iterdir():
            pid, _, started = mark.name.partition("-")
            if not pid.isdecimal() or str(process_started(int(pid))) == started:
                continue
            with suppress(FileNotFoundError):  # another one looks, too
                if time.time() - mark.stat().st_mtime < FORGIVEN_AFTER_S:
                    deaths += 1
                else:
                    mark.unlink()
        return deaths
