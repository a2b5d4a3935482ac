"""Where cached steps are put: no more of them than the quota allows, however many processes put."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import structlog

from mediamill.core.errors import Unavailable
from mediamill.engine.notes import Notes
from mediamill.files.entries import Entries
from mediamill.files.store import FileStore
from mediamill.store.cache import DYING_MS, CacheIndex, Doomed, End, Put, Reserved

#: Rounds of 500 entries that are evicted for one that is put; what wants more is not kept.
_ROUNDS: Final = 200
#: A delete is not begun so shortly before its right to it ends, seconds.
_SPARE_S: Final = 10.0

_log = structlog.get_logger("mediamill.cache")


class Kind(Protocol):
    """A kind of entry: a file or a folder."""

    def entry(self, key: str) -> str:
        """Return what the entry of `key` is called."""
        ...

    def measure(self, draft: Path) -> int:
        """Return what `draft` will take, bytes. Raises PermanentError with code STEP_MISSING."""
        ...

    def put(self, key: str, draft: Path) -> Path:
        """Keep `draft` and return what to read from now on."""
        ...


class Shelf:
    """Puts entries into the files and into the index, and takes them away again.

    The room of an entry is reserved before it is put, and what is evicted for it is gone before that, so that the
    files never hold more than `quota` bytes. now: a monotonic clock, seconds.
    """

    def __init__(
        self, index: CacheIndex, store: FileStore, quota: int, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.index = index
        self.store = store
        self.quota = quota
        self.notes = Notes(index, quota // 100)
        self.entries = Entries(store)
        self._now = now

    def put(self, kind: Kind, key: str, draft: Path, get: Callable[[Path], Path | None]) -> Path:
        """Keep what was just made for `key`, if there is room; return what to read from now on, best of all `draft`.

        get: fetches what is kept for it already into a path. Raises PermanentError with code STEP_MISSING.
        """
        self.notes.miss()
        entry, size = kind.entry(key), kind.measure(draft)
        try:
            room = self.index.reserve(entry, size, self.quota)
            if room == "kept":
                if (found := get(draft.with_name(f"{draft.name}.kept"))) is not None:
                    return found  # another was faster
                self.remove(self.index.doom([entry]))  # too old, or its file is gone
                room = self.index.reserve(entry, size, self.quota)
            if isinstance(room, Reserved):
                return self._put(kind, key, draft, size, room)
        except Unavailable as away:
            _log.warning("cache.not_kept", entry=entry, why=away.message, code=away.code)
        return draft

    def _put(self, kind: Kind, key: str, draft: Path, size: int, room: Reserved) -> Path:
        entry = kind.entry(key)
        try:
            if not self._make_room(room):
                self.index.drop([entry], room.lease)
                return draft
            path = kind.put(key, draft)
        except BaseException:
            with suppress(Unavailable):  # else the cleaner does it, when the lease is over
                self.entries.delete([entry])
                self.index.drop([entry], room.lease)
            raise
        if path != draft:  # a file lay there that the index did not know
            size = self.entries.size(entry) or size
        self.notes.put(Put(entry, room.lease, size))
        return path

    def _make_room(self, room: Reserved) -> bool:
        """Delete what was evicted for it, and evict what is still owed; False where nothing more can be."""
        doomed, owed = room.doomed, room.owed
        for _ in range(_ROUNDS):
            self.remove(doomed)
            if owed <= 0:
                return True
            doomed = self.index.evict(owed)
            if not doomed.entries:
                return False
            owed -= doomed.bytes
        return False

    def remove(self, doomed: Doomed) -> int:
        """Delete entries that a move of the index named just now; return how many. Raises Unavailable.

        What is left of a delete that was broken off the cleaner does.
        """
        if doomed.entries:
            began = self._now()
            for start in range(0, len(doomed.entries), 50):
                if self._now() - began > DYING_MS / 1000 - _SPARE_S:
                    raise Unavailable("the files delete too slowly", code="FILES_UNAVAILABLE")
                some = doomed.entries[start : start + 50]
                self.entries.delete(some)
                self.index.drop(some, doomed.lease)
        return len(doomed.entries)

    def clear(self, until_ms: int, word: End = "cleared") -> int:
        """Remove entries that were not used since, but for pinned ones; 500 at most. Return how many."""
        return self.remove(self.index.expire(until_ms, word))
