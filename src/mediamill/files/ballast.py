"""A file that takes room on a disk while there is enough, and is given up when there is not."""

import os
from pathlib import Path
from typing import Final

import structlog

from mediamill.files.room import free_bytes

#: Given up below one, made again above four times its size: between them nothing changes, or it would come and go.
_NEARLY_FULL: Final = 1
_ROOM_AGAIN: Final = 4

_log = structlog.get_logger("mediamill.disk")


class Ballast:
    """The ballast of the disk on which the private Valkey writes: with its room Valkey goes on taking writes.

    Valkey itself tries every second whether it can write again, and needs no restart.

    folder: beside its append-only file. size_bytes: 0 for none.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.path = folder / "ballast"
        self._size = size_bytes
        self._draft = folder / ".ballast"

    def look(self) -> None:
        """Give it up or make it again, as the disk has room. Raises OSError."""
        if not self.path.parent.is_dir():
            return
        self._draft.unlink(missing_ok=True)  # of a keeper that was killed: it takes room and gives none
        free, size = free_bytes(self.path.parent), self._found()
        if size and (free < self._size * _NEARLY_FULL or size != self._size):
            self.path.unlink(missing_ok=True)
            _log.warning("ballast.given_up", size_bytes=size, free_bytes=free)
        elif not size and self._size and free > self._size * _ROOM_AGAIN:
            self._make()
            _log.info("ballast.made", size_bytes=self._size, free_bytes=free)

    def _found(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _make(self) -> None:
        draft = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(draft, 0, self._size)
            self._draft.replace(self.path)
        except BaseException:
            self._draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(draft)
