"""A file that is read while it is written."""

from pathlib import Path
from typing import Self


class GrowingFile:
    """Bytes go to its end and are there at once; only its head is ever corrected.

    settled: how many bytes, from the front, others can read; they will not change, but for the head.
    """

    def __init__(self, path: Path, head: bytes = b"") -> None:
        self.settled = 0
        self._file = path.open("wb")
        try:
            self.append(head)
        except OSError:
            self._file.close()
            raise

    def append(self, piece: bytes) -> None:
        """Write at the end. Raises OSError, as on a full disk."""
        self._file.write(piece)
        self._file.flush()
        self.settled += len(piece)

    def correct(self, at: int, piece: bytes) -> None:
        """Write over what is there already, from the byte `at` on."""
        self._file.seek(at)
        self._file.write(piece)
        self._file.seek(self.settled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
