"""Finished jobs by when they ended: the lists that the moves keep, read in bounded parts."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal, NamedTuple, get_args

from mediamill.store.scripts import Scripts

#: Rows of a list that are read at once.
ROWS: Final = 500

#: done: SUCCESS and REVOKED. dead: FAILURE. kept: every job that has files, with or without a record.
List = Literal["done", "dead", "kept"]
LISTS: Final[tuple[List, ...]] = get_args(List)


class Place(NamedTuple):
    """A row of a list. Places compare as the rows are ordered. ended_ms: 0 where files were ordered removed."""

    ended_ms: int
    id: str

    def __str__(self) -> str:
        return f"{self.ended_ms:013d}:{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Return the place that `str` wrote."""
        ended_ms, job_id = text.split(":", 1)
        return cls(int(ended_ms), job_id)


@dataclass(frozen=True)
class Span:
    """Ends from `since_ms` up to but without `until_ms`; None: no bound."""

    since_ms: int | None = None
    until_ms: int | None = None


class Finished:
    """Reads the lists."""

    def __init__(self, scripts: Scripts) -> None:
        self._client = scripts.client
        self._keys = scripts.keys

    def newest(self, owner: str | None, after: Place | None, span: Span, limit: int = ROWS) -> list[Place]:
        """Return the next dead letters, of one owner or (None) of all, newest first; nothing at the end.

        after: the last place that was read. At most `limit`, up to ROWS.
        """
        key = self._keys("dead") if owner is None else self._keys("dead_of", owner)
        top = str(after.ended_ms) if after else f"({span.until_ms}" if span.until_ms is not None else "+inf"
        bottom = str(span.since_ms) if span.since_ms is not None else "-inf"
        return self._read((key, top, bottom, "BYSCORE", "REV"), lambda place: after is None or place < after, limit)

    def oldest(self, name: List, after: Place | None, until_ms: int) -> list[Place]:
        """Return the next jobs that ended before `until_ms`, oldest first, ROWS at most; nothing at the end."""
        bottom = str(after.ended_ms) if after else "-inf"
        span = (self._keys(name), bottom, f"({until_ms}", "BYSCORE")
        return self._read(span, lambda place: after is None or place > after, ROWS)

    def _read(self, span: tuple[str, ...], fresh: Callable[[Place], bool], limit: int) -> list[Place]:
        """Return the first rows that are fresh. Of the millisecond where the last part ended, some are not."""
        for start in count(step=limit):
            rows = self._client.run("ZRANGE", *span, "LIMIT", start, limit, "WITHSCORES")
            found = [place for place in (Place(int(score), job_id) for job_id, score in rows) if fresh(place)]
            if found or len(rows) < limit:
                return found
        return []
