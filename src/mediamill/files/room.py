"""The room on the disk on which jobs write."""

import os
import time
from pathlib import Path
from typing import Final

_MIB: Final = 1024 * 1024
_CACHE_BYTES: Final = 10 * 1024 * _MIB
#: An answer stands for this long: many threads ask before every job.
_KEPT_S: Final = 0.5


def free_bytes(folder: Path) -> int:
    """Return what an ordinary user may still write to the disk of a folder that exists."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def cache_bytes(folder: Path) -> int:
    """Return what the cache may take where nobody says: 10 GiB, or a tenth of the disk of a folder if that is less."""
    disk = os.statvfs(folder)
    return min(_CACHE_BYTES, disk.f_blocks * disk.f_frsize // 10)


class Room:
    """Says whether jobs that write may begin.

    folder: on the disk on which they write; it exists.
    min_free: below so many bytes they may not.
    log_folder: where the private Valkey keeps its append-only file, None if it does not keep one here.
        To write that anew takes as much room as it has, and jobs add to it meanwhile: twice its size
        stays free where it lies on the same disk.
    """

    def __init__(self, folder: Path, min_free: int, log_folder: Path | None = None) -> None:
        self._folder = folder
        self._min_free = min_free
        self._log_folder = log_folder
        self._asked_at = float("-inf")
        self._shortage: str | None = None

    def shortage(self, *, kept_s: float = _KEPT_S) -> str | None:
        """Return what lacks, for people, or None while there is room; an answer at most `kept_s` old."""
        now = time.monotonic()
        if now - self._asked_at >= kept_s:
            self._shortage = self._look()
            self._asked_at = now
        return self._shortage

    def lacking(self) -> int:
        """Return the bytes that lack, 0 while there is room and where the disk does not say."""
        try:
            free, wanted = self._measure()
        except OSError:
            return 0
        return max(0, wanted - free)

    def _measure(self) -> tuple[int, int]:
        """Return the bytes that are free, and that should be."""
        return free_bytes(self._folder), max(self._min_free, 2 * self._log_bytes())

    def _look(self) -> str | None:
        try:
            free, wanted = self._measure()
        except OSError as error:
            return f"the disk does not say how much room it has ({error.strerror})"
        if free >= wanted:
            return None
        return f"the disk has {free / _MIB:,.0f} MiB free and should have {wanted / _MIB:,.0f}"

    def _log_bytes(self) -> int:
        if self._log_folder is None:
            return 0
        try:
            if self._log_folder.stat().st_dev != self._folder.stat().st_dev:
                return 0
            with os.scandir(self._log_folder / "appendonlydir") as files:
                return sum(file.stat().st_size for file in files)
        except FileNotFoundError:  # it is not there yet, or a part of it was just replaced
            return 0
