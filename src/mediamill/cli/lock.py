"""One server per folder: a lock that lasts as long as any process that holds its descriptor."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mediamill.core.errors import Conflict

_LOOK_EVERY_S: Final = 0.2


class FolderLock:
    """An flock on `folder/lock`.

    A child that inherits `fd` holds it too: so the folder stays locked until the private Valkey is
    really gone, even when `up` was killed. (Two servers on one folder left 0 of 200 acknowledged
    writes; docs: "One Valkey per folder".)
    """

    def __init__(self, folder: Path, *, wait_s: float = 5.0) -> None:
        """Take the lock; wait `wait_s` for a server that is just ending.

        Raises Conflict when somebody still has it then, OSError when the folder cannot be used.
        """
        self.path = folder / "lock"
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + wait_s
        while not self._taken():
            if time.monotonic() >= end:
                holder = os.pread(self.fd, 32, 0).decode("ascii", "replace").strip()
                os.close(self.fd)
                raise Conflict(
                    f"{folder} is in use by another mediamill (process {holder or 'unknown'}): "
                    "stop that one first, or take another folder with --data-dir"
                )
            time.sleep(_LOOK_EVERY_S)
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Close our descriptor. Repeatable."""
        if self.fd >= 0:
            with suppress(OSError):
                os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
