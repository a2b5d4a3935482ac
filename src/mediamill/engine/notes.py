"""What was put into the cache and found in it, told to its index in batches.

A job may read hundreds of steps, each in 40 us; a word with the store takes twice as long.
"""

from collections import defaultdict
from threading import Lock
from typing import Final, NamedTuple

from mediamill.core.errors import Unavailable
from mediamill.store.cache import CacheIndex, Put

#: So many are noted before they are told without being asked to.
BATCH: Final = 100


class _Pages(NamedTuple):
    """What was noted since it was told last. puts: these stay, whatever is evicted, until they are told."""

    entries: set[str]
    folders: dict[str, set[str]]
    puts: list[Put]


class Notes:
    """Notes of one process. Its threads share them; what is noted of one attempt may be told by another.

    most_bytes: of entries that were put and are not told yet.
    """

    def __init__(self, index: CacheIndex, most_bytes: int) -> None:
        self._index = index
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._turn_page()

    def hit(self, entry: str) -> None:
        """Note that an entry was read."""
        with self._lock:
            self._pages.entries.add(entry)
            self._hits += 1
            full = len(self._pages.entries) >= BATCH
        if full:
            self.flush()

    def miss(self) -> None:
        """Note that one had to be made."""
        with self._lock:
            self._misses += 1

    def put(self, put: Put) -> None:
        """Note that one was put. Until that is told the cleaner may find out by itself."""
        with self._lock:
            self._pages.puts.append(put)
            self._bytes += put.size
            full = self._bytes > self._most_bytes or len(self._pages.puts) >= BATCH
        if full:
            self.flush()

    def folder(self, entry: str, job_id: str) -> None:
        """Note which job used a folder, found or made: by its job it can be pinned."""
        with self._lock:
            self._pages.folders[job_id].add(entry)

    def flush(self) -> None:
        """Tell what is noted. Where the store is away it is lost: it decides what is evicted first, and no more."""
        with self._lock:
            pages, hits, misses = self._pages, self._hits, self._misses
            self._turn_page()
        try:
            if pages.puts:
                self._index.keep(pages.puts)
            if hits or misses or pages.folders:
                self._index.use(pages.entries, hits=hits, misses=misses, folders=pages.folders)
        except Unavailable:
            return

    def _turn_page(self) -> None:
        self._pages = _Pages(set(), defaultdict(set), [])
        self._hits = self._misses = self._bytes = 0
