"""What admins ask of the server's cache, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mediamill.client.calls import ROUND_S, Call


@dataclass(frozen=True)
class CacheState:
    """How the cache stands. Counts are since its index began.

    hits, misses: how often a job found what it asked for, or had to make it. evicted, expired, cleared: entries that
    went for room, by age, by an admin. oldest_use_at: when what goes next was used. ready: all files are known.
    """

    size_bytes: int
    quota_bytes: int
    entries: int
    pinned_entries: int
    pinned_bytes: int
    hits: int
    misses: int
    evicted: int
    expired: int
    cleared: int
    oldest_use_at: datetime | None
    ready: bool

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "CacheState":
        """Read the answer."""
        oldest = body.get("oldest_use_at")
        names = ("size_bytes", "quota_bytes", "entries", "pinned_entries", "pinned_bytes", "hits", "misses")
        counts = {name: int(body.get(name, 0)) for name in (*names, "evicted", "expired", "cleared")}
        return cls(
            **counts,
            oldest_use_at=None if oldest is None else datetime.fromisoformat(oldest),
            ready=bool(body.get("ready", True)),
        )


@dataclass(frozen=True)
class CacheEntry:
    """A file, or a folder, that some job made."""

    entry: str
    folder: bool
    size_bytes: int
    used_at: datetime
    pinned: bool


@dataclass(frozen=True)
class CachePage:
    """A part of the list of entries. `next` is the cursor of the following part, None at the end."""

    entries: tuple[CacheEntry, ...]
    next: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "CachePage":
        """Read one page."""
        entries = tuple(
            CacheEntry(
                entry=str(each["entry"]),
                folder=bool(each.get("folder", False)),
                size_bytes=int(each["size_bytes"]),
                used_at=datetime.fromisoformat(each["used_at"]),
                pinned=bool(each.get("pinned", False)),
            )
            for each in body["entries"]
        )
        return cls(entries, body.get("next"))


@dataclass(frozen=True)
class Cleared:
    """How many entries were removed. next: the cursor of the following round; None at the end, and in a sum."""

    cleared: int = 0
    next: str | None = None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Cleared":
        """Read the answer to one round."""
        return cls(int(body["cleared"]), body.get("next"))

    def plus(self, other: "Cleared") -> "Cleared":
        """Return the sum of two rounds."""
        return Cleared(self.cleared + other.cleared)


@dataclass(frozen=True)
class Pinned:
    """Which entries are pinned now, or no longer. not_found: entries and jobs of which there is nothing."""

    entries: tuple[str, ...]
    not_found: int

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Pinned":
        """Read the answer."""
        return cls(tuple(body["entries"]), int(body.get("not_found", 0)))


@dataclass(frozen=True)
class Warmed:
    """What became of one request: a job, or why there is none."""

    task_id: str | None
    status: str | None
    error_code: str | None
    error_message: str | None


def show() -> Call[CacheState]:
    """Look at the cache."""
    return Call("GET", "/cache", CacheState.read)


def entries(*, cursor: str | None, limit: int) -> Call[CachePage]:
    """List a page of entries, used longest ago first."""
    query: dict[str, str | int | float] = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    return Call("GET", "/cache/entries", CachePage.read, query)


def clear(unused_s: float) -> list[Call[Cleared]]:
    """Remove what is not pinned and was not used for so long."""
    return [Call("POST", "/cache/clear", Cleared.read, body={"unused_s": unused_s}, extra_s=ROUND_S)]


def pin(names: Iterable[str], task_ids: Iterable[str], *, pinned: bool) -> Call[Pinned]:
    """Keep entries, and folders that jobs used; or no longer."""
    body = {"entries": list(names), "task_ids": list(task_ids), "pinned": pinned}
    return Call("POST", "/cache/pin", Pinned.read, body=body)


def warm(requests: Iterable[tuple[str, Mapping[str, Any]]]) -> Call[tuple[Warmed, ...]]:
    """Ask for jobs behind all others."""
    body = {"requests": [{"service": service, "params": dict(params)} for service, params in requests]}
    return Call("POST", "/cache/warm", _warmed, body=body)


def _warmed(body: Mapping[str, Any]) -> tuple[Warmed, ...]:
    names = ("task_id", "status", "error_code", "error_message")
    return tuple(Warmed(*(each.get(name) for name in names)) for each in body["jobs"])
