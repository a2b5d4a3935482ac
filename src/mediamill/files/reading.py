"""Reads files of this machine in pieces for an event loop: each in a thread, so that a slow disk blocks no loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from io import FileIO
from threading import Lock

from mediamill.files.faults import disk_errors
from mediamill.files.store import CHUNK_BYTES


async def read_pieces(open_file: Callable[[], FileIO], start: int, end: int | None) -> AsyncGenerator[bytes, None]:
    """Yield the bytes from `start` up to but without `end`, in pieces of at most 256 KiB.

    open_file: is called in a thread, with the first piece.
    """
    rest = _Rest(open_file, start, left_of(start, end))
    try:
        while rest.left and (piece := await asyncio.to_thread(rest.next)):
            yield piece
    finally:
        if not rest.close(wait=False):
            await asyncio.shield(asyncio.to_thread(rest.close))


def left_of(start: int, end: int | None) -> int:
    """Return how many bytes a range asks for; the file may have fewer."""
    return (1 << 62) if end is None else max(0, end - start)


def read_piece(file: FileIO, left: int) -> bytes:
    """Return the next bytes of a file, `left` or 256 KiB of them at most. Raises Unavailable."""
    with disk_errors():
        return file.read(min(left, CHUNK_BYTES))


class _Rest:
    """What is still to be read of a file, in one thread after another.

    left: bytes that are still wanted. Whoever waits for a piece may be cancelled while a thread opens or reads: the
    file is closed only behind that.
    """

    def __init__(self, open_file: Callable[[], FileIO], start: int, left: int) -> None:
        self._open_file = open_file
        self._start = start
        self.left = left
        self._file: FileIO | None = None
        self._closed = False
        self._lock = Lock()

    def next(self) -> bytes:
        """Return the next piece; b"" at the end. Raises NotFound with the first."""
        with self._lock:
            if self._closed:
                return b""
            if self._file is None:
                self._file = self._open_file()
                self._file.seek(self._start)
            piece = read_piece(self._file, self.left)
            self.left -= len(piece)
            return piece

    def close(self, *, wait: bool = True) -> bool:
        """Close the file; False when a thread uses it and we are not to wait."""
        if not self._lock.acquire(blocking=wait):
            return False
        try:
            self._closed = True
            if self._file is not None:
                self._file.close()
        finally:
            self._lock.release()
        return True
