"""Remembers that a folder lies on a disk of its own, so that what is there without that disk is not taken for it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Device = Callable[[Path], int]


def _device(path: Path) -> int:
    return path.stat().st_dev


class Place:
    """Where a folder is. While its disk is not mounted there is another folder: an empty one, one of earlier, or none.

    note: a file on the disk that is always there; it outlives restarts. device: the number of the disk of what exists.
    """

    def __init__(self, folder: Path, note: Path, device: Device = _device) -> None:
        self._folder = folder.resolve()
        self._note = note
        self._device = device

    def remember(self, mark: str) -> None:
        """Note whether the folder, which is the right one just now, has a disk of its own. Raises nothing.

        mark: what tells it from others, one line.
        """
        with suppress(OSError):
            if self._is_apart():
                self._note.write_text(self._noted(mark), encoding="utf-8")
            else:
                self._note.unlink(missing_ok=True)

    def is_left(self, mark: str | None) -> bool:
        """Whether the folder had a disk of its own, which is not there now.

        mark: of what is there; one that has the mark of the disk's is the same, and was moved here.
        """
        try:
            noted = self._note.read_text(encoding="utf-8")
            same = mark is not None and noted == self._noted(mark)
            return noted.split("\n")[0] == str(self._folder) and not same and not self._is_apart()
        except (OSError, UnicodeDecodeError):
            return False

    def _noted(self, mark: str) -> str:
        return f"{self._folder}\n{mark}"

    def _is_apart(self) -> bool:
        nearest = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        return self._device(nearest) != self._device(self._note.parent)
