"""Keeps the folder of recordings and its index the same, no fuller and no older than it may be: each keeper its own."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

import structlog

from mediamill.engine.guard import going_on
from mediamill.engine.library import Library, dying, row_of
from mediamill.files.room import free_bytes
from mediamill.media.address import known_as
from mediamill.settings import LibrarySettings
from mediamill.store.library import ROWS, Row

#: What was kept so shortly ago stays whatever quota and room say: its job is just ending.
SPARED_S: Final = 600.0
#: How often it is looked what is too old or too much; who reads a file that goes holds its room a little longer.
LIMITS_EVERY_S: Final = 10.0
#: Two walks through all files begin so far apart, but for one that has to be made.
WALK_EVERY_S: Final = 900.0

_log = structlog.get_logger("mediamill.library")


class Librarian:
    """One round a second: files that were ordered away, too old or too many, and a step of the walk through all.

    release: makes the files of a job go, which share the room of one that is removed. now: a monotonic clock; wall:
    Unix time; both seconds. free: the bytes that the folder's disk has.
    """

    def __init__(  # noqa: PLR0913 - the rooms it works on, and its clocks
        self,
        library: Library,
        keep: LibrarySettings,
        machine: str,
        release: Callable[[str], object],
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        free: Callable[[], int] | None = None,
    ) -> None:
        self._library = library
        self._folder = library.folder
        self._index = library.index
        self._keep = keep
        self._machine = machine
        self._release = release
        self._now = now
        self._wall = wall
        self._free = free or (lambda: free_bytes(self._folder.root))
        self._limits_at = self._walk_at = now()
        self._walk: Iterator[object] | None = None
        self._trouble: str | None = None

    def round(self) -> None:
        """Do what is due. A folder that was never used, or is not mounted now, is left alone. Raises Unavailable."""
        self._tell(self._folder.trouble())
        mark = self._folder.mark() if self._trouble is None else None
        if mark is None:
            self._walk = None
            return
        self._library.bury(mark)
        if self._now() >= self._limits_at:
            self._limits_at = self._now() + LIMITS_EVERY_S
            self._shrink(mark)
        self._step(mark)

    def walk(self) -> int:
        """Look through the whole folder now; return how many files the index learnt of. Raises Unavailable."""
        mark = self._folder.mark()
        return sum(self._walked(mark)) if mark is not None else 0

    def _tell(self, trouble: str | None) -> None:
        """Log that the folder is away, or back: once, not each second."""
        if trouble != self._trouble:
            if trouble is not None:
                _log.warning("library.away", why=trouble)
            else:
                _log.info("library.back")
        self._trouble = trouble

    # ---- within the quotas and the time

    def _shrink(self, mark: str) -> None:
        keep = self._keep
        if keep.ttl_s:
            self._remove(mark, "expired", self._index.oldest(mark, until_ms=int((self._wall() - keep.ttl_s) * 1000)))
        if keep.room_bytes:
            for channel in self._index.large_channels(mark, keep.room_bytes):
                rows = self._index.oldest(mark, channel=channel.digest)
                self._remove(mark, "room_quota", _amounting(rows, channel.bytes - keep.room_bytes))
        if keep.max_bytes:
            over = self._index.bytes(mark) - keep.max_bytes
            self._remove(mark, "quota", _amounting(self._index.oldest(mark), over))
        if keep.min_free:
            lacking = keep.min_free - self._free()
            self._remove(mark, "no_room", _amounting(self._index.oldest(mark), lacking))

    def _remove(self, mark: str, why: str, rows: list[Row]) -> None:
        """Remove files, and those of their jobs where they are the same on the disk: else no room were made."""
        newest = int((self._wall() - SPARED_S) * 1000)
        rows = [row for row in rows if row.kept_ms <= newest]
        if not rows:
            return
        shared = {row.job for row in rows if (found := self._folder.find(row.name)) is not None and found.links > 1}
        self._index.doom(rows)
        self._library.bury(mark)
        for job_id in sorted(shared):
            with going_on("library.not_released", job_id=job_id):
                self._release(job_id)
        _log.info("library.removed", why=why, count=len(rows), size_bytes=sum(row.size_bytes for row in rows))

    # ---- what is there and what the index says

    def _step(self, mark: str) -> None:
        """Go on with the walk, or begin one that is due: at the start, every quarter of an hour, under a new index."""
        if self._walk is None:
            if self._now() < self._walk_at and self._index.looked(mark):
                return
            self._walk = self._walked(mark)
            self._walk_at = self._now() + WALK_EVERY_S
        if next(self._walk, None) is None:
            self._walk = None
            self._index.note_looked(mark)

    def _walked(self, mark: str) -> Iterator[int]:
        """Compare the folder with the index, 500 files a step; yield how many the index learnt of."""
        names = self._folder.walk()
        while some := list(islice(names, ROWS)):
            yield self._adopt(mark, some)
        for rows in self._index.all_in(mark):
            self._drop(mark, rows)
            yield 0

    def _adopt(self, mark: str, names: list[str]) -> int:
        """Give rows to files that have none, and put those right whose files are others now."""
        known, going = self._index.known(names), {each.name for each in self._index.dying(mark)}
        found = [row for name in names if name not in going and (row := self._look(name, mark, known)) is not None]
        refused = self._index.adopt(found)
        if refused:
            _log.warning("library.name_taken", count=len(refused), folder=mark)
        if new := len(found) - len(refused):
            _log.info("library.adopted", count=new)
        return new

    def _look(self, name: str, mark: str, known: dict[str, Row]) -> Row | None:
        """Return the row that a file should have, or None where it has it, or is none of ours."""
        row, found = known.get(name), self._folder.find(name)
        if found is None:
            return None
        if row is not None and row.size_bytes == found.size_bytes:
            return _filed_anew(row, mark)
        label = self._folder.label(name)
        return None if label is None else row_of(name, label, found.size_bytes, mark, self._machine)

    def _drop(self, mark: str, rows: list[Row]) -> None:
        """Let the index forget what somebody removed by hand. Not where the folder is not mounted any more."""
        gone = [row for row in rows if self._folder.find(row.name) is None]
        if gone and self._folder.mark() == mark:
            for row in gone:
                self._folder.remove(row.name)  # its label
            dropped = self._index.drop(mark, [dying(row) for row in gone])
            _log.info("library.dropped", count=dropped)


def _filed_anew(row: Row, mark: str) -> Row | None:
    """Return a row whose address an earlier version filed as it was sent, under the form that is asked for now.

    None: it is filed so, or its file is in another folder.
    """
    url = known_as(row.url)
    return replace(row, url=url) if url != row.url and row.folder == mark else None


def _amounting(rows: list[Row], size: int) -> list[Row]:
    """Return the first rows that have so many bytes together."""
    some: list[Row] = []
    for row in rows:
        if size <= 0:
            break
        some.append(row)
        size -= row.size_bytes
    return some
