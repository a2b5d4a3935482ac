"""What was found in the cache, told to its index in batches: a job may read hundreds of steps, each in 40 us."""

from collections import defaultdict
from threading import Lock
from typing import Final

from mediamill.core.errors import Unavailable
from mediamill.store.cache import CacheIndex

#: So many are noted before they are told without being asked to.
BATCH: Final = 100


class Uses:
    """Notes of one process. Its threads share them; what is noted of one attempt may be told by another."""

    def __init__(self, index: CacheIndex) -> None:
        self._index = index
        self._lock = Lock()
        self._clear()

    def hit(self, entry: str) -> None:
        """Note that an entry was read."""
        with self._lock:
            self._entries.add(entry)
            self._hits += 1
            full = len(self._entries) >= BATCH
        if full:
            self.flush()

    def miss(self) -> None:
        """Note that one had to be made."""
        with self._lock:
            self._misses += 1

    def folder(self, entry: str, job_id: str) -> None:
        """Note which job used a folder, found or made: by its job it can be pinned."""
        with self._lock:
            self._folders[job_id].add(entry)

    def flush(self) -> None:
        """Tell what is noted. Where the store is away it is lost: it decides what is evicted first, and no more."""
        with self._lock:
            entries, hits, misses, folders = self._entries, self._hits, self._misses, self._folders
            self._clear()
        if not (hits or misses or folders):
            return
        try:
            self._index.use(entries, hits=hits, misses=misses, folders=folders)
        except Unavailable:
            return

    def _clear(self) -> None:
        self._entries: set[str] = set()
        self._folders: dict[str, set[str]] = defaultdict(set)
        self._hits = self._misses = 0
