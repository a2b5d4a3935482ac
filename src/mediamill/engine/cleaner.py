"""Keeps the cache's index and its files the same, within the quota and no older than it may be: the sweeper's work."""

import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from mediamill.engine.guard import going_on
from mediamill.engine.shelf import Shelf
from mediamill.store.cache import ROWS, Leased, Overview, Put

#: Two walks through all files begin so far apart; one that has to be done before anything may go does not wait.
WALK_EVERY_S: Final = 6 * 3600.0
#: Groups of entries, of 256, that are looked through in a round, and while the index does not know what there is.
WALKED: Final = 4
WALKED_AT_ONCE: Final = 64
#: How often it is looked what is too old.
EXPIRE_EVERY_S: Final = 60.0
#: What is left of a folder that was never whole is taken away when it is so old: nobody writes that long.
HALF_S: Final = 86_400.0
#: However short CACHE_TTL_SECONDS is: the attempt after a crash goes on with what the last one finished.
LEAST_TTL_S: Final = 86_400.0

_log = structlog.get_logger("mediamill.cache")


class Cleaner:
    """One round a second: puts broken off, entries too many or too old, files without rows and rows without files.

    ttl_s: what was used longer ago goes, but not before a day. lacking: the bytes that jobs wait for on the disk of the
    cache; they are worth more than what may be made again. now: a monotonic clock; wall: Unix time; both seconds.
    """

    def __init__(
        self,
        shelf: Shelf,
        ttl_s: float,
        *,
        lacking: Callable[[], int] = lambda: 0,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._shelf = shelf
        self._lacking = lacking
        self._index = shelf.index
        self._entries = shelf.entries
        self._ttl_ms = int(max(ttl_s, LEAST_TTL_S) * 1000)
        self._now = now
        self._wall = wall
        self._walk: deque[str] = deque()
        self._walking = ""
        self._walk_at = now()
        self._expire_at = now()

    def round(self) -> None:
        """Do what is due. Raises Unavailable."""
        found = self._index.overview()
        for leased in found.unfinished:
            self._finish(leased)
        self._shelf.remove(self._index.doom([leased.entry for leased in found.undead]))
        self._look(found)
        if found.looked:
            self._shrink(found)

    def _finish(self, leased: Leased) -> None:
        """End the put of somebody who did not come back: what is whole is kept, what is not goes."""
        size = self._entries.size(leased.entry)
        if size is None or not self._index.keep([Put(*leased, size)]):
            self._shelf.remove(self._index.doom([leased.entry]))

    # ---- within the quota and the time

    def _shrink(self, found: Overview) -> None:
        over = max(found.bytes - self._shelf.quota, self._lacking())
        if over > 0 and not found.dying:  # else what goes just now may do
            self._shelf.remove(self._index.evict(over))
        if self._now() >= self._expire_at:
            gone = self._shelf.clear(found.now_ms - self._ttl_ms, "expired")
            if not gone:  # else there may be more
                self._expire_at = self._now() + EXPIRE_EVERY_S

    # ---- what is there and what the index says

    def _look(self, found: Overview) -> None:
        """Go on with the walk, or begin one that is due: at the start, every few hours, under a new index."""
        if not self._walking and (not found.looked or self._now() >= self._walk_at):
            # All groups there can be: one that has rows and no files is not among those of the files.
            self._walk.extend(f"{number:02x}" for number in range(256))
            self._walking = secrets.token_hex(8)
            self._index.begin(self._walking)
            self._walk_at = self._now() + WALK_EVERY_S
        for _ in range(WALKED if found.looked else WALKED_AT_ONCE):
            if not self._walk:
                break
            with going_on("cache.not_looked", group=self._walk[0]) as tried:
                self._compare(self._walk[0])
            if not tried.well:
                return
            self._walk.popleft()
        if self._walking and not self._walk:
            self._index.end(self._walking)
            self._walking = ""

    def _compare(self, digits: str) -> None:
        """Make one group the same in the index and in the files."""
        rows = self._index.sizes(digits)
        seen = self._entries.look(digits)
        whole = {entry: each for entry, each in seen.items() if each.whole}
        adopted = {entry: each.size_bytes for entry, each in whole.items() if rows.get(entry) != each.size_bytes}
        # Nobody knows when they were used; they have at least half of the time that is left to others.
        oldest = int(self._wall() * 1000) - self._ttl_ms // 2
        new = (
            self._index.adopt(adopted, {entry: max(int(whole[entry].modified_s * 1000), oldest) for entry in adopted})
            if adopted
            else 0
        )
        # What was put or deleted since they were read is asked for again.
        lost = [entry for entry in rows if entry not in whole and self._entries.size(entry) is None]
        dropped = self._index.drop(lost)
        old = self._wall() - HALF_S
        halves = [e for e, each in seen.items() if not each.whole and each.modified_s <= old and e not in rows]
        self._shelf.remove(self._index.doom(halves[:ROWS]))
        if new or dropped or halves:
            _log.info("cache.repaired", group=digits, adopted=new, dropped=dropped, halves=len(halves))
