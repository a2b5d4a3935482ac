"""Requests of one node that wait for the store: an SQLite file that all of the node's API processes share.

It knows nothing of what a request says: the payload is opaque, and encrypted by whoever puts it here.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from mediamill.core.errors import Unavailable
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.settings import SpoolSettings
from mediamill.store.spool_file import SpoolFile

SpoolOutcome = Literal["new", "alive", "replay", "reused"]

_FILE: Final = "spool.db"
#: Requests of several threads that share one transaction.
_TOGETHER: Final = 64
#: Pages given back to the disk at once, when the spool has become empty.
_PAGES: Final = 4_096

_COLUMNS: Final = (
    "seq, id, owner, service, queue, request_hash, payload, priority, accepted_ms, cancelled_ms, refused, version"
)


@dataclass(frozen=True)
class Entry:
    """A request to be kept. dedupe_key: None joins nothing. payload: opaque, and encrypted."""

    id: str
    owner: str
    service: str
    queue: Queue
    dedupe_key: str | None
    request_hash: str
    payload: bytes
    priority: int


@dataclass(frozen=True)
class Kept:
    """One request in the spool.

    seq: its place in the order of acceptance. payload: as it was put. priority: as it was changed meanwhile.
    accepted_ms, cancelled_ms: Unix milliseconds of this node's clock; the first never runs backwards.
    refused: why the store did not take it, when it did not. version: grows with every change.
    """

    seq: int
    id: str
    owner: str
    service: str
    queue: str
    request_hash: str
    payload: bytes
    priority: int
    accepted_ms: int
    cancelled_ms: int | None
    refused: str | None
    version: int

    @property
    def state(self) -> State:
        """What the job would be in the store."""
        return State.PENDING if self.cancelled_ms is None else State.REVOKED


@dataclass
class _Ask:
    """What a thread wants to be accepted, and what came of it: an answer, or why nothing was accepted."""

    entry: Entry
    answer: "_Answer | None" = None


_Answer = tuple[SpoolOutcome, Kept | None] | str


@dataclass(frozen=True)
class Level:
    """How full the spool is. waiting: for the store; refused: set aside by it. oldest_age_s: of those that wait."""

    waiting: int
    refused: int
    size_bytes: int
    oldest_age_s: float


class Spool:
    """Accepts, in the order of arrival; what it accepted is on the disk (synchronous=FULL) when `accept` returns.

    Threads and processes may share it; they wait for each other 2 s at most. Nothing is created before the
    first request. Every method raises Unavailable when the file cannot be used. now: Unix time, seconds.
    """

    def __init__(self, settings: SpoolSettings, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._asked: deque[_Ask] = deque()
        self._turn = Lock()
        self._file = SpoolFile(settings.folder / _FILE)

    @property
    def folder(self) -> Path:
        """Where the spool's file is, and what belongs beside it."""
        return self._settings.folder

    @property
    def exists(self) -> bool:
        """Whether anything was ever accepted here."""
        return self._file.exists

    # ---- accepting

    def accept(self, entry: Entry) -> tuple[SpoolOutcome, Kept | None]:
        """Keep a request, unless it is here: then return the one that stands for it. All or nothing.

        Outcomes: new (None beside it); alive (the same request of this owner waits here; it keeps the better
        priority); replay (this very id is here); reused (so is this id, with another request).

        Raises Unavailable when the spool is full, too old or cannot be written.
        """
        ask = _Ask(entry)
        self._asked.append(ask)
        with self._turn:
            while ask.answer is None:  # nobody before us took it in with their own
                self._take_in()
        if isinstance(ask.answer, str):
            raise Unavailable(ask.answer)
        return ask.answer

    def _take_in(self) -> None:
        """Take in what all threads ask for now, in one transaction: the disk syncs once for all of them."""
        asks = [self._asked.popleft() for _ in range(min(len(self._asked), _TOGETHER))]
        answers: list[_Answer] = ["requests cannot be kept on this node"] * len(asks)  # whatever happens
        try:
            with self._file.writing() as db:
                taken = [self._answer(db, ask.entry) for ask in asks]
            answers = taken
        except Unavailable as error:  # then none of them is on the disk
            answers = [error.message] * len(asks)
        finally:
            for ask, answer in zip(asks, answers, strict=True):
                ask.answer = answer

    def _answer(self, db: sqlite3.Connection, entry: Entry) -> "_Answer":
        """Take in one of many; that there is no room for it is an answer."""
        try:
            return self._taken(db, entry)
        except Unavailable as full:
            return full.message

    def _taken(self, db: sqlite3.Connection, entry: Entry) -> tuple[SpoolOutcome, Kept | None]:
        same = _one(db, "id = ?", entry.id)
        if same is not None:
            return ("replay" if same.request_hash == entry.request_hash else "reused"), same
        if entry.dedupe_key is not None:
            alike = "owner = ? AND dedupe_key = ? AND cancelled_ms IS NULL AND refused IS NULL"
            twin = _one(db, alike, entry.owner, entry.dedupe_key)
            if twin is not None:
                _set(db, twin.id, "priority", max(entry.priority, twin.priority))
                return "alive", twin
        now_ms = self._now_ms()
        self._check_room(db, len(entry.payload), now_ms)
        newest = db.execute("SELECT accepted_ms FROM requests ORDER BY seq DESC LIMIT 1").fetchone()
        accepted_ms = max(now_ms, newest[0] if newest else 0)
        db.execute(
            "INSERT INTO requests "
            "(id, owner, service, queue, dedupe_key, request_hash, payload, priority, accepted_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*astuple(entry), accepted_ms),
        )
        return "new", None

    def check_takes(self) -> None:
        """Raise Unavailable when a small request would not be accepted now. Writes to the disk."""
        with self._file.writing() as db:
            self._check_room(db, 0, self._now_ms())
            db.execute("UPDATE totals SET looked = looked + 1")

    def _check_room(self, db: sqlite3.Connection, size_bytes: int, now_ms: int) -> None:
        requests, kept_bytes = db.execute("SELECT requests, bytes FROM totals").fetchone()
        limits = self._settings
        if requests >= limits.requests:
            raise Unavailable(f"the store is away, and {requests} requests wait for it already")
        if kept_bytes + size_bytes > limits.size_bytes:
            raise Unavailable(f"the store is away, and what waits for it fills the {limits.size_bytes} bytes there are")
        if _oldest_age_s(db, now_ms) > limits.age_s:
            raise Unavailable(f"the store is away for longer than {limits.age_s:g} s: nothing more is accepted")

    # ---- while it waits

    def get(self, job_id: str) -> Kept | None:
        """Return a request, or None."""
        if not self.exists:
            return None
        with self._file.reading() as db:
            return _one(db, "id = ?", job_id)

    def cancel(self, job_id: str) -> Kept | None:
        """Mark a request as cancelled: it becomes a REVOKED job. Return it as it was before, or None."""
        return self._change(job_id, "cancelled_ms", self._now_ms())

    def prioritise(self, job_id: str, priority: int) -> Kept | None:
        """Give a request another priority, unless it is cancelled. Return it as it was before, or None."""
        return self._change(job_id, "priority", priority)

    def _change(self, job_id: str, column: str, value: int) -> Kept | None:
        if not self.exists:
            return None
        with self._file.writing() as db:
            kept = _one(db, "id = ?", job_id)
            if kept is not None and kept.cancelled_ms is None:
                _set(db, job_id, column, value)
            return kept

    # ---- replaying

    def oldest(self, limit: int, size_bytes: int) -> list[Kept]:
        """Return what waits, oldest first: `limit` at most, one at least, and no more than `size_bytes` of payload."""
        found: list[Kept] = []
        total = 0
        with self._file.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM requests WHERE refused IS NULL ORDER BY seq LIMIT ?", (limit,))  # noqa: S608 - our own names
            for row in rows:
                kept = Kept(*row)
                total += len(kept.payload)
                if found and total > size_bytes:
                    break
                found.append(kept)
            rows.close()
        return found

    def drop(self, taken: Iterable[Kept]) -> int:
        """Delete what the store has; return how many. What was changed meanwhile stays, to be replayed again."""
        with self._file.writing() as db:
            return db.executemany(
                "DELETE FROM requests WHERE seq = ? AND version = ?", [(kept.seq, kept.version) for kept in taken]
            ).rowcount

    def refuse(self, kept: Kept, why: str) -> None:
        """Set a request aside: it blocks no other, and stays."""
        with self._file.writing() as db:
            db.execute("UPDATE requests SET refused = ? WHERE seq = ?", (why, kept.seq))

    def readmit(self) -> int:
        """Let everything that was set aside be tried again, in its old place; return how many."""
        with self._file.writing() as db:
            return db.execute("UPDATE requests SET refused = NULL WHERE refused IS NOT NULL").rowcount

    def compact(self) -> None:
        """Give the disk back what is not needed any more, some pages at a time: others want to write."""
        free = True
        while free:
            with self._file.connected() as db:
                db.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
                (free,) = db.execute("PRAGMA freelist_count").fetchone()
        with self._file.connected() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def copy(self, folder: Path) -> None:
        """Copy what waits to a new folder, as of one instant. Raises Unavailable."""
        with self._file.connected() as db:
            folder.mkdir(mode=0o700)
            db.execute("VACUUM INTO ?", (str(folder / _FILE),))
            (folder / _FILE).chmod(0o600)

    # ---- looking

    def level(self) -> Level:
        """Return how full it is."""
        if not self.exists:
            return Level(0, 0, 0, 0.0)
        with self._file.reading() as db:
            requests, size_bytes = db.execute("SELECT requests, bytes FROM totals").fetchone()
            (refused,) = db.execute("SELECT COUNT(*) FROM requests WHERE refused IS NOT NULL").fetchone()
            return Level(requests - refused, refused, size_bytes, _oldest_age_s(db, self._now_ms()))

    def refusals(self, limit: int = 10) -> list[tuple[str, str]]:
        """Return the ids of requests that are set aside, and why, oldest first."""
        if not self.exists:
            return []
        with self._file.reading() as db:
            return db.execute(
                "SELECT id, refused FROM requests WHERE refused IS NOT NULL ORDER BY seq LIMIT ?", (limit,)
            ).fetchall()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._file.close()

    def _now_ms(self) -> int:
        return int(self._now() * 1000)


def _one(db: sqlite3.Connection, where: str, *values: str) -> Kept | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM requests WHERE {where} ORDER BY seq LIMIT 1", values).fetchone()  # noqa: S608 - our own names
    return Kept(*row) if row else None


def _set(db: sqlite3.Connection, job_id: str, column: str, value: int) -> None:
    """Change a column where it differs."""
    db.execute(
        f"UPDATE requests SET {column} = ?1, version = version + 1 WHERE id = ?2 AND {column} IS NOT ?1",  # noqa: S608 - our own names
        (value, job_id),
    )


def _oldest_age_s(db: sqlite3.Connection, now_ms: int) -> float:
    oldest = db.execute("SELECT accepted_ms FROM requests WHERE refused IS NULL ORDER BY seq LIMIT 1").fetchone()
    return max(0.0, (now_ms - oldest[0]) / 1000) if oldest else 0.0
