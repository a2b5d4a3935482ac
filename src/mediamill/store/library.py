"""The index of kept files: whose they are, what they show, in which folder they lie, and which have to go."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Final, Literal, NamedTuple

from mediamill.store.scripts import Scripts

#: Files of one move, at most.
ROWS: Final = 500
#: Files of one page, at most.
PAGE: Final = 100
#: Enough to tell 100,000,000 names apart.
_DIGITS: Final = 20

#: taken: another file has this name. stale: the job is another attempt's, or was cancelled.
Word = Literal["kept", "taken", "stale"]


@dataclass(frozen=True)
class Row:
    """A kept file.

    name: its path below the folder, unique in all folders. asked: the name that its job asked for.
    folder: its mark. machine: which kept it. kept_ms, began_ms: Unix ms. s3: URLs of its copies.
    """

    name: str
    owner: str
    job: str
    asked: str
    room: str
    url: str
    began_ms: int
    seconds: float
    size_bytes: int
    kept_ms: int
    folder: str
    machine: str
    s3: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What the index calls it."""
        return id_of(self.name)

    @property
    def channel(self) -> str:
        """Whose quota it counts for: its room's, or its URL's where it has no room; of each owner apart."""
        return _digest(*_known(self.owner, self.room, None if self.room else self.url))


class Wanted(NamedTuple):
    """What of an owner's files is asked for. from_ms, to_ms: kept within these, both included; Unix ms."""

    owner: str
    room: str | None = None
    url: str | None = None
    from_ms: int = 0
    to_ms: int = 2**53


class Page(NamedTuple):
    """Some of the files that were asked for; total: how many there are."""

    rows: list[Row]
    total: int


class Dying(NamedTuple):
    """A file that has to be removed, unless it was kept again since."""

    name: str
    kept_ms: int


class Channel(NamedTuple):
    """A channel's files in one folder."""

    digest: str
    bytes: int


class LibraryIndex:
    """The moves of the library. Folders are named by their marks. Every call may raise Unavailable."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys

    # ---- coming and going

    def keep(self, row: Row, token: str) -> Word:
        """Note a file that an attempt keeps; what its job kept for the same name has to go."""
        word: Word = self._run("library_keep", id=row.id, row=_written(row), token=token)
        return word

    def adopt(self, rows: Sequence[Row]) -> list[Row]:
        """Note files that lay there, 500 at most; return those whose names are another's.

        Those of jobs that were cancelled have to go instead.
        """
        words = self._run.many("library_keep", [{"id": row.id, "row": _written(row)} for row in rows])
        return [row for row, word in zip(rows, words, strict=True) if word == "taken"]

    def doom(self, rows: Collection[Row]) -> int:
        """Let nobody find these any more, 500 at most; who has their folder removes them. Return how many."""
        return int(self._run("library_doom", ids=[row.id for row in rows])) if rows else 0

    def doom_of(self, job_id: str) -> int:
        """As `doom`, of all that a job kept."""
        return int(self._run("library_doom", job=job_id))

    def dying(self, folder: str) -> list[Dying]:
        """Return what has to be removed from a folder, about 500 of it."""
        _, found = self._client.run("HSCAN", self._keys("library_dying", folder), 0, "COUNT", ROWS)
        told = (value.partition(" ") for value in islice(found.values(), ROWS))
        return [Dying(name, int(kept_ms)) for kept_ms, _, name in told]

    def drop(self, folder: str, gone: Collection[Dying]) -> int:
        """Forget files that are not in the folder any more, 500 at most; return how many were known."""
        if not gone:
            return 0
        ids, kept_ms = [id_of(each.name) for each in gone], [each.kept_ms for each in gone]
        return int(self._run("library_drop", folder=folder, ids=ids, kept_ms=kept_ms))

    # ---- asking

    def page(self, wanted: Wanted, start: int, count: int) -> Page:
        """Return the files behind the first `start` of those that are wanted, 100 at most, the newest first."""
        total, *rows = self._run(
            "library_page",
            view=_digest(*_known(wanted.owner, wanted.room, wanted.url)),
            from_ms=wanted.from_ms,
            to_ms=wanted.to_ms,
            start=start,
            count=min(count, PAGE),
        )
        return Page([_read(row) for row in rows], int(total))

    def find(self, owner: str, name: str) -> Row | None:
        """Return the owner's file of that name, or None."""
        found = self._client.run("GET", self._keys("library_row", id_of(name)))
        row = _read(found) if found else None
        return row if row is not None and (row.owner, row.name) == (owner, name) else None

    def of_job(self, job_id: str) -> list[Row]:
        """Return what a job kept."""
        return self._rows(self._client.run("HVALS", self._keys("library_of", job_id)))

    # ---- one folder

    def known(self, names: Collection[str]) -> dict[str, Row]:
        """Return the rows of these names, 500 at most, whoever's they are."""
        return {row.name: row for row in self._rows([id_of(name) for name in names])}

    def all_in(self, folder: str) -> Iterator[list[Row]]:
        """Yield all rows of a folder, some hundred at a time; those that come or go meanwhile may be missed."""
        cursor = None
        while cursor != 0:
            cursor, found = self._client.run("ZSCAN", self._keys("library_folder", folder), cursor or 0, "COUNT", ROWS)
            yield self._rows([row_id for row_id, _ in found])

    def oldest(self, folder: str, *, until_ms: int | None = None, channel: str | None = None) -> list[Row]:
        """Return what was kept first in a folder, 500 rows at most. until_ms: not later; channel: only its files."""
        keys = self._keys
        key = keys("library_folder", folder) if channel is None else keys("library_channel", folder, channel)
        until = "+inf" if until_ms is None else str(until_ms)
        return self._rows(self._client.run("ZRANGEBYSCORE", key, "-inf", until, "LIMIT", 0, ROWS))

    def bytes(self, folder: str) -> int:
        """Return the bytes of all files of a folder."""
        return int(self._client.run("HGET", self._keys("library_totals", folder), "bytes") or 0)

    def large_channels(self, folder: str, above: int) -> list[Channel]:
        """Return channels whose files have more bytes in a folder, 100 at most."""
        key = self._keys("library_channels", folder)
        found = self._client.run("ZRANGEBYSCORE", key, f"({above}", "+inf", "WITHSCORES", "LIMIT", 0, 100)
        return [Channel(digest, int(float(size))) for digest, size in found]

    def looked(self, folder: str) -> bool:
        """Whether all files of a folder were looked through since this index began."""
        return self._client.run("HGET", self._keys("library_totals", folder), "looked_ms") is not None

    def note_looked(self, folder: str) -> None:
        """Note that all files of a folder are known."""
        self._client.run("HSET", self._keys("library_totals", folder), "looked_ms", self._run.now_ms())

    def _rows(self, ids: Sequence[str]) -> list[Row]:
        found = self._client.run("MGET", *(self._keys("library_row", row_id) for row_id in ids)) if ids else []
        return [_read(body) for body in found if body is not None]


def id_of(name: str) -> str:
    """Return what the index calls a file of that name."""
    return hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]


def _digest(*words: str) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:_DIGITS]


def _known(owner: str, room: str | None, url: str | None) -> tuple[str, ...]:
    """Return what a view is a digest of: the owner, and what else is asked for."""
    return (owner, *([f"room {room}"] if room else []), *([f"url {url}"] if url else []))


def _written(row: Row) -> str:
    views = {_digest(*_known(row.owner, room, url)) for room in (None, row.room) for url in (None, row.url)}
    return json.dumps({**asdict(row), "channel": row.channel, "views": sorted(views)}, ensure_ascii=False)


def _read(body: str) -> Row:
    told = json.loads(body)
    return Row(**{**{field.name: told[field.name] for field in fields(Row)}, "s3": tuple(told["s3"])})
