"""Remembers that a folder lies on a disk of its own, so that what is there without that disk is not taken for it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Device = Callable[[Path], int]


def _device(path: Path) -> int:
    return path.stat().st_dev


class Place:
    """Where a folder is. While its disk is not mounted there is an empty folder of another disk, or none.

    note: a file on the disk that is always there; it outlives restarts. device: the number of the disk of what exists.
    """

    def __init__(self, folder: Path, note: Path, device: Device = _device) -> None:
        self._folder = folder.resolve()
        self._note = note
        self._device = device

    def remember(self) -> None:
        """Note whether the folder, which is the right one just now, has a disk of its own. Raises nothing."""
        with suppress(OSError):
            if self._is_apart():
                self._note.write_text(str(self._folder), encoding="utf-8")
            else:
                self._note.unlink(missing_ok=True)

    def is_left(self) -> bool:
        """Whether the folder had a disk of its own, which is not there now."""
        try:
            return self._note.read_text(encoding="utf-8") == str(self._folder) and not self._is_apart()
        except (OSError, UnicodeDecodeError):
            return False

    def _is_apart(self) -> bool:
        nearest = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        return self._device(nearest) != self._device(self._note.parent)
