"""The files of a recording while it is made: numbered, appended to, finished one by one."""

import errno
import os
import shutil
import stat
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mediamill.media.live.feed import DiskFull, Unsteady
from mediamill.media.live.remains import Entry, Ledger, Part, name_of

#: The disk is looked at each time that so much was written.
_LOOK_BYTES: Final = 4 * 2**20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: Of one recording: five hours of a stream that begins anew every two seconds. Each is a file, and a line of a record.
MOST_PARTS: Final = 10_000


__all__ = ["Part", "Parts", "Untaken"]


class Untaken(Exception):  # noqa: N818 - what the part is
    """A part that is finished could not be handed over. why: what kept it; its file is where it was.

    It is no error of the stream, so nobody who waits for that to come back takes it for one.
    """

    def __init__(self, why: Exception) -> None:
        super().__init__(str(why))
        self.why = why


class Parts:
    """Writes the parts of one recording, one at a time. What was written is with the kernel when `write` returns.

    folder: where they go. finished: is told each part, by `hand_over`. floor_bytes: of the disk, stay free.
    first: the number of the first part; an attempt that goes on begins behind the ones that are there (`remains`).
    bytes: what was written so far. reconnects: how often the stream was gone on with after something broke; whoever
    records counts them here, so that whoever tells of it need not wait for the end.
    """

    def __init__(self, folder: Path, finished: Callable[[Part], None], *, floor_bytes: int = 0, first: int = 1) -> None:
        self._folder = folder
        self._finished = finished
        self._floor_bytes = floor_bytes
        self._number = first - 1
        self._file: int | None = None
        self._path = folder
        self._size = self._sure = 0
        self._began_at = self._began = 0.0
        self._last: str | None = None
        self._ledger = Ledger(folder)
        self._unlooked = _LOOK_BYTES
        self._waiting: deque[Part] = deque()
        self.bytes = 0
        self.reconnects = 0

    @property
    def open(self) -> bool:
        """Whether a part is begun."""
        return self._file is not None

    @property
    def age_s(self) -> float:
        """How long ago the part was begun; 0 where none is."""
        return time.monotonic() - self._began if self.open else 0.0

    def begin(self, suffix: str, last: str | None = None) -> None:
        """Finish the part that is open and begin the next. suffix: `.ts`. Raises DiskFull, and Unsteady.

        last: which piece of the stream was taken last, "" before the first; None: its pieces have no numbers.
        """
        self._turn_to(suffix)
        self._last = last
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._note()  # while it is empty: of a part that it did not know a successor would keep half a piece
        except OSError as error:
            raise _known(error) from None

    def adopt(self, file: Path, suffix: str) -> None:
        """Finish the part that is open, and take a file that a program writes as the next: see `grow`.

        The part is a link, on the same disk: it outlives the program and its folder. Raises DiskFull, Unsteady, and
        OSError for what is no regular file.
        """
        self._turn_to(suffix)
        self._last = None
        try:
            os.link(file, self._path, follow_symlinks=False)
            self._file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            _check_file(self._file)
            self._note()
        except OSError as error:
            raise _known(error) from None

    def grow(self) -> None:
        """Count what a program has written to the part that was adopted, as whole. Raises DiskFull."""
        if self._file is None:
            return
        size = os.fstat(self._file).st_size
        grown, self._size, self._sure = size - self._size, size, size
        self.bytes += grown
        self._look(max(grown, 0))

    def write(self, content: bytes | memoryview) -> None:
        """Append to the part that is open. Raises DiskFull, and then some of it may be there: see `rewind`."""
        if self._file is None:
            raise RuntimeError("no part is begun")
        self._look(len(content))
        left = memoryview(content)
        try:
            while left:
                written = os.write(self._file, left)
                self._size += written
                self.bytes += written
                left = left[written:]
        except OSError as error:
            raise _known(error) from None

    def settle(self, last: str | None = None) -> None:
        """Say that what is there is whole: `rewind` comes back to here, and a successor.

        last: the piece of the stream that ends here, where pieces have numbers. Raises DiskFull.
        """
        self._sure = self._size
        if last is None or self._file is None:
            return
        self._last = last
        try:
            self._note()
        except OSError as error:
            raise _known(error) from None

    def rewind(self) -> None:
        """Drop what was written since `settle`; a part in which nothing is settled goes too."""
        if self._file is None or self._size == self._sure:
            return
        os.ftruncate(self._file, self._sure)
        os.lseek(self._file, self._sure, os.SEEK_SET)
        self.bytes -= self._size - self._sure
        self._size = self._sure
        if not self._size:
            self.close()

    def close(self) -> None:
        """Finish the part that is open, if one is; an empty one is no part."""
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        self._ledger.close()
        if self._size:
            self._waiting.append(Part(self._path, self._size, self._began_at, self._last or ""))
        else:
            self._path.unlink()
            self._number -= 1

    def hand_over(self, most: int | None = None) -> None:
        """Tell `finished` of each part that was finished since; in the caller's thread.

        most: so many of them. A stream may finish them faster than they are taken, and who looks after it has to look
        after more. None: all. Raises Untaken; the part is the next to be handed over.
        """
        while self._waiting and most != 0:
            try:
                self._finished(self._waiting[0])
            except Exception as why:
                raise Untaken(why) from why
            self._waiting.popleft()
            most = None if most is None else most - 1

    def _turn_to(self, suffix: str) -> None:
        """Finish the part that is open, and say what the next is called."""
        self.close()
        if self._number >= MOST_PARTS:
            raise Unsteady(f"the stream began anew {MOST_PARTS:,} times: it is not recorded any further")
        self._number += 1
        self._path = self._folder / name_of(self._number, suffix)
        self._size = self._sure = 0
        self._began_at, self._began = time.time(), time.monotonic()

    def _note(self) -> None:
        size_bytes = None if self._last is None else self._sure
        self._ledger.note(Entry(self._path.name, self._began_at, size_bytes, self._last or ""))

    def _look(self, wanted: int) -> None:
        self._unlooked += wanted
        if self._unlooked < _LOOK_BYTES:
            return
        free = shutil.disk_usage(self._folder).free
        if free - wanted < self._floor_bytes:  # and the next write looks again
            raise DiskFull(f"{free} bytes are free on the disk; {self._floor_bytes} have to stay so")
        self._unlooked = 0


def _known(error: OSError) -> Exception:
    return DiskFull("the disk is full") if error.errno in _FULL else error


def _check_file(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "a program wrote something that is no file")
