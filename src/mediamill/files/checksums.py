"""What files add up to: counted once, when they are stored; of older ones, when somebody asks."""

import hashlib
import zlib
from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from mediamill.files.store import FileStore

_CHUNK_BYTES: Final = 256 * 1024
#: Sums that are remembered: some 200 bytes each.
_KNOWN: Final = 10_000


class Sums(NamedTuple):
    """The SHA-256 of a file, hexadecimal, and its CRC-32 as ZIP archives have it."""

    sha256: str
    crc32: int


def sums(path: Path) -> Sums:
    """Read a file once and return both; streamed."""
    sha256, crc32 = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            sha256.update(buffer[:count])
            crc32 = zlib.crc32(buffer[:count], crc32)
    return Sums(sha256.hexdigest(), crc32)


class Checksums:
    """The CRC-32 of stored files whose records do not say it. For many threads; two never count the same file."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._known: OrderedDict[str, int] = OrderedDict()
        self._counting: dict[str, Future[int]] = {}
        self._lock = Lock()

    def crc32(self, key: str) -> int:
        """Return a file's CRC-32, reading all of it when it is not known. Raises NotFound, Unavailable."""
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known
            counting = self._counting.get(key)
            mine: Future[int] = Future()
            if counting is None:
                self._counting[key] = mine
        return counting.result() if counting is not None else self._count(key, mine)

    def _count(self, key: str, mine: "Future[int]") -> int:
        """Read the file, and tell those who wait for the same."""
        try:
            crc32 = 0
            for piece in self._store.read(key):
                crc32 = zlib.crc32(piece, crc32)
        except BaseException as error:
            with self._lock:
                del self._counting[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._counting[key]
            self._known[key] = crc32
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        mine.set_result(crc32)
        return crc32
