"""The index of the cache: what is in it, how large, used when; and who may put or delete an entry now."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, NamedTuple

from mediamill.store.scripts import Scripts

#: Entries of one move, at most.
ROWS: Final = 500
#: Lease of a put: so long, and a second more for each so many bytes (a slow bucket, not a slow disk).
PUT_MS: Final = 60_000
PUT_BYTES_PER_S: Final = 5_000_000
#: Lease of the deletes that a move names: then the cleaner does them.
DYING_MS: Final = 60_000
#: How long it is known which folders a job used.
KNOWN_MS: Final = 30 * 86_400_000

#: What an entry's end is counted as: `evicted` for room, `expired` by age, `cleared` by an admin.
End = Literal["evicted", "expired", "cleared"]
#: Why no room was reserved: it has a row, somebody else puts or deletes it, or there is no room to be had.
NoRoom = Literal["kept", "taken", "full"]


class Doomed(NamedTuple):
    """Entries that the caller has to delete and to drop. lease: when its right to that ends, ms of the store."""

    lease: int
    bytes: int
    entries: list[str]


class Reserved(NamedTuple):
    """Room for an entry. lease: when it ends, ms of the store. owed: bytes to be evicted besides `doomed`."""

    lease: int
    owed: int
    doomed: Doomed


class Put(NamedTuple):
    """An entry that was put. lease: under which."""

    entry: str
    lease: int
    size: int


class Leased(NamedTuple):
    """An entry under a lease that is over: whoever had it did not come back."""

    entry: str
    lease: int


@dataclass(frozen=True)
class Overview:
    """How the cache stands. Counts are since the index began.

    looked: all files were looked through once; before that nothing is evicted.
    unfinished, undead: leases that are over, of puts and of deletes; 500 of each at most.
    dying: whether any deletes are under way.
    oldest_ms: when what is evicted next was used, Unix milliseconds; None in an empty cache.
    """

    now_ms: int
    bytes: int
    entries: int
    looked: bool
    dying: bool
    oldest_ms: int | None
    unfinished: list[Leased]
    undead: list[Leased]
    counts: Mapping[str, int]


class Row(NamedTuple):
    """A kept entry."""

    entry: str
    bytes: int
    used_ms: int
    pinned: bool


class CacheIndex:
    """The moves of the cache. An entry is a name as `files.keys` makes it; sizes are bytes."""

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys

    # ---- putting

    def reserve(self, entry: str, size: int, quota: int) -> Reserved | NoRoom:
        """Reserve room: delete and `drop` what it names, `evict` what is owed, put the entry, then `keep` it."""
        word, *reply = self._run(
            "cache_reserve",
            entry=entry,
            bytes=size,
            quota=quota,
            lease_ms=put_ms(size),
            dying_ms=DYING_MS,
            limit=ROWS,
        )
        if word != "reserved":
            refused: NoRoom = word
            return refused
        lease, owed, dying, freed, *entries = reply
        return Reserved(int(lease), int(owed), Doomed(int(dying), int(freed), entries))

    def keep(self, puts: Collection[Put]) -> int:
        """Count entries as kept, 500 at most; return how many: not those that the cleaner found meanwhile."""
        entries, leases, sizes = zip(*puts, strict=True)
        return int(self._run("cache_keep", entries=entries, leases=leases, bytes=sizes))

    # ---- deleting

    def evict(self, size: int) -> Doomed:
        """Name what was used longest ago, `size` bytes or 500 entries of it."""
        return self._evict(bytes=size, word="evicted")

    def expire(self, until_ms: int, word: End = "expired") -> Doomed:
        """Name what was not used since, 500 entries at most."""
        return self._evict(until_ms=until_ms, word=word)

    def doom(self, entries: Collection[str]) -> Doomed:
        """Name these, 500 at most, pinned ones and such without a row too, but not what is under another's lease."""
        return self._evict(entries=list(entries)) if entries else Doomed(0, 0, [])

    def _evict(self, **which: object) -> Doomed:
        lease, size, *entries = self._run("cache_evict", dying_ms=DYING_MS, limit=ROWS, **which)
        return Doomed(int(lease), int(size), entries)

    def drop(self, entries: Collection[str], lease: int | None = None) -> int:
        """Take back the rows of what is not there. lease: as it was given with them; None: of kept entries."""
        return sum(int(self._run("cache_drop", entries=each, lease=lease)) for each in _batches(entries))

    # ---- using

    def use(self, entries: Iterable[str], *, hits: int, misses: int, folders: Mapping[str, Collection[str]]) -> None:
        """Note that entries were used just now, and which folders by which job. 500 entries at most."""
        by_job = {job_id: sorted(each) for job_id, each in folders.items()}
        self._run("cache_use", entries=sorted(entries), hits=hits, misses=misses, folders=by_job, kept_ms=KNOWN_MS)

    def folders_of(self, job_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the folders that each job used within the last 30 days."""
        found = self._client.many([("SMEMBERS", self._keys("cache_of", job_id)) for job_id in job_ids])
        return {job_id: sorted(entries) for job_id, entries in zip(job_ids, found, strict=True)}

    def pin(self, entries: Collection[str], *, pinned: bool) -> list[str]:
        """Keep entries whatever quota and age say, or no longer; return those that are there, or were pinned."""
        found: list[str] = []
        for each in _batches(entries):
            found += self._run("cache_pin", entries=each, pinned=pinned)
        return found

    # ---- repairing

    def begin(self, walk: str) -> None:
        """Note that a walk through all files begins. walk: a random name."""
        self._client.run("HSET", self._keys("cache_totals"), "walk", walk)

    def end(self, walk: str) -> None:
        """Note that all files were looked through; not under another index than it began with."""
        self._run("cache_adopt", entries=[], bytes=[], used_ms=[], walk=walk)

    def adopt(self, sizes: Mapping[str, int], used_ms: Mapping[str, int]) -> int:
        """Give rows to entries that have none, and put the bytes of others right; return how many are new."""
        return sum(
            int(
                self._run(
                    "cache_adopt",
                    entries=each,
                    bytes=[sizes[entry] for entry in each],
                    used_ms=[used_ms[entry] for entry in each],
                )
            )
            for each in _batches(sizes)
        )

    def sizes(self, digits: str) -> dict[str, int]:
        """Return the bytes of all rows whose names begin with these two digits."""
        found = self._client.run("HGETALL", self._keys("cache_sizes", digits))
        return {entry: int(size) for entry, size in found.items()}

    # ---- looking

    def now_ms(self) -> int:
        """Return the store's clock, Unix milliseconds."""
        return self._run.now_ms()

    def overview(self) -> Overview:
        """Return how the cache stands."""
        now_ms = self._run.now_ms()
        keys = self._keys
        over = ("-inf", str(now_ms), "WITHSCORES", "LIMIT", 0, ROWS)
        totals, *counts, oldest, writing, dying = self._client.many(
            [
                ("HGETALL", keys("cache_totals")),
                *(("ZCARD", keys(name)) for name in ("cache_used", "cache_dying")),
                ("ZRANGE", keys("cache_used"), 0, 0, "WITHSCORES"),
                *(("ZRANGEBYSCORE", keys(name), *over) for name in ("cache_writing", "cache_dying")),
            ]
        )
        return Overview(
            now_ms=now_ms,
            bytes=int(totals.get("bytes", 0)),
            entries=counts[0],
            looked="looked_ms" in totals,
            dying=counts[1] > 0,
            oldest_ms=int(float(oldest[0][1])) if oldest else None,
            unfinished=[Leased(entry, int(float(ends))) for entry, ends in writing],
            undead=[Leased(entry, int(float(ends))) for entry, ends in dying],
            counts={name: int(totals.get(name, 0)) for name in ("hits", "misses", "evicted", "expired", "cleared")},
        )

    def pinned(self) -> dict[str, int]:
        """Return the bytes of pinned entries, 0 for one that is not there now."""
        entries = sorted(self._client.run("SMEMBERS", self._keys("cache_pinned")))
        return dict(zip(entries, self._bytes(entries), strict=True))

    def page(self, after: str | None, limit: int) -> list[Row]:
        """Return kept entries, used longest ago first, behind the entry `after` (as `place` writes it)."""
        start = 0
        if after is not None:
            score, _, entry = after.partition(" ")
            rank, before = self._client.many(
                [("ZRANK", self._keys("cache_used"), entry), ("ZCOUNT", self._keys("cache_used"), "-inf", f"({score}")]
            )
            start = rank + 1 if rank is not None else before  # used meanwhile: it is further behind now, or gone
        found = self._client.run("ZRANGE", self._keys("cache_used"), start, start + limit - 1, "WITHSCORES")
        entries = [entry for entry, _ in found]
        pins = self._client.many([("SISMEMBER", self._keys("cache_pinned"), entry) for entry in entries])
        return [
            Row(entry, size, int(float(used)), bool(pin))
            for (entry, used), size, pin in zip(found, self._bytes(entries), pins, strict=True)
        ]

    def _bytes(self, entries: Collection[str]) -> Iterator[int]:
        found = self._client.many([("HGET", self._keys("cache_sizes", entry[:2]), entry) for entry in entries])
        yield from (int(size or 0) for size in found)


def put_ms(size: int) -> int:
    """Return how long a put of so many bytes may take, ms."""
    return PUT_MS + size * 1000 // PUT_BYTES_PER_S


def place(row: Row) -> str:
    """Return where a page that ends with this row goes on."""
    return f"{row.used_ms} {row.entry}"


def _batches(entries: Iterable[str]) -> Iterator[list[str]]:
    each = iter(entries)
    while batch := list(islice(each, ROWS)):
        yield batch
