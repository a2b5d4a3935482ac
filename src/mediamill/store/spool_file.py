"""The spool's SQLite file: made whole, opened when it is needed, written to by one transaction at a time."""

import os
import random
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Final

from mediamill.core.errors import Unavailable

_VERSION: Final = 1
#: How long one process waits for another's write, seconds.
_BUSY_S: Final = 2.0
#: How long SQLite itself waits: for readers only, when a process that was killed left work to be mended.
_READ_BUSY_S: Final = 0.05


class SpoolFile:
    """One connection for all threads of a process, behind a lock; processes wait for each other 2 s at most.

    Whatever goes wrong is Unavailable, and the next block opens the file anew. The first block makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: sqlite3.Connection | None = None
        self._lock = Lock()

    @property
    def exists(self) -> bool:
        """Whether it was ever made."""
        return self.path.exists()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read as of one instant."""
        with self.connected() as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on the disk when the block has ended, or undone when it raised."""
        with self.connected() as db:
            _begin(db)
            yield db
            db.execute("COMMIT")

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Use the file without a transaction; one that the block leaves open is undone."""
        with self._lock:
            try:
                if self.connection is None:
                    self.connection = _open(self.path)
                try:
                    yield self.connection
                finally:
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
            except (sqlite3.Error, OSError) as error:
                self._close()  # and with it whatever was under way: the next call begins anew
                raise Unavailable(f"requests cannot be kept on this node ({error})") from error

    def close(self) -> None:
        """Close it until it is needed again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    db = _connect(path)
    try:
        db.execute("PRAGMA synchronous = FULL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            raise sqlite3.DatabaseError(f"{path.name} is of version {version}, this program knows {_VERSION}")  # noqa: TRY301 - all ways out close it
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_READ_BUSY_S, isolation_level=None, check_same_thread=False)


def _begin(db: sqlite3.Connection) -> None:
    """Begin to write when no other process does. SQLite's own waiting grows to 100 ms a time, and starves."""
    end = time.monotonic() + _BUSY_S
    while True:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
        else:
            return
        time.sleep(random.uniform(0.0005, 0.003))  # noqa: S311 - so that no two come back together


def _create(path: Path) -> None:
    """Make the file, unless another process is quicker. It appears whole: switching to WAL brooks no second writer."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with closing(_connect(draft)) as db:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL").fetchall()
            db.execute("BEGIN")
            for statement in _statements((files("mediamill.store") / "spool.sql").read_text("utf-8")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_VERSION}")
            db.execute("COMMIT")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):  # a power cut must not take the names of what is on the disk
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: `executescript` would commit before the first one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
