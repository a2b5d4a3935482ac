"""The store for a command that needs it whether a server runs or not."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from mediamill.cli import launch, valkey
from mediamill.cli.lock import FolderLock
from mediamill.cli.up import valkey_command
from mediamill.core.errors import Unavailable
from mediamill.settings import Settings

_ANSWERS_WITHIN_S: Final = 120.0
_LOOK_EVERY_S: Final = 0.05


@contextmanager
def store(settings: Settings, lock: FolderLock | None = None) -> Iterator[bool]:
    """Keep the store of these settings at hand for the block; yield whether a server ran already.

    The outside Redis, or the private Valkey that runs; where none runs, one is started for the time of the block.
    lock: of the data folder, where the caller has it: then nobody else's Valkey runs.
    Raises Conflict when a server is just starting or ending, Unavailable when Valkey does not start.
    """
    place = Path(settings.redis.url.removeprefix("unix://"))
    if not settings.redis.private or (lock is None and valkey.answers(place)):
        yield True
        return
    with ExitStack() as stack:
        held = lock or stack.enter_context(FolderLock(settings.data_dir))
        stack.enter_context(_started(settings, place, held))
        yield False


@contextmanager
def _started(settings: Settings, place: Path, lock: FolderLock) -> Iterator[None]:
    place.unlink(missing_ok=True)  # of a Valkey that was killed: we hold its lock
    server = launch.started(valkey_command(settings, place, lock))
    try:
        end = time.monotonic() + _ANSWERS_WITHIN_S
        while not valkey.answers(place):
            if os.waitid(os.P_PID, server, os.WEXITED | os.WNOHANG | os.WNOWAIT) or time.monotonic() >= end:
                raise Unavailable(f"Valkey does not start; {settings.data_dir / 'valkey/valkey.log'} says why")
            time.sleep(_LOOK_EVERY_S)
        yield
    finally:
        os.kill(server, signal.SIGTERM)  # it writes out what it was told
        os.waitpid(server, 0)
