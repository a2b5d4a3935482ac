"""The entries of the cache as they lie in the files, whatever the index says of them."""

import re
from collections import defaultdict
from collections.abc import Collection
from typing import Final, NamedTuple

from mediamill.files import keys
from mediamill.files.folders import MANIFEST, FolderCache
from mediamill.files.store import FileStore

_ENTRY: Final = re.compile(rf"[0-9a-f]{{64}}(?:{re.escape(keys.FOLDER)})?")
_DIGITS: Final = re.compile(r"[0-9a-f]{2}")


class Seen(NamedTuple):
    """An entry in a listing. whole: nothing of it is missing. modified_s: when its newest file was put, Unix time."""

    size_bytes: int
    modified_s: float
    whole: bool


class Entries:
    """Looks at entries and deletes them, files and folders. Every call may raise Unavailable."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._folders = FolderCache(store)

    def groups(self) -> list[str]:
        """Return the first two digits of all entries there are, 256 at most."""
        return [name for name in self._store.names(keys.CACHE) if _DIGITS.fullmatch(name)]

    def look(self, digits: str) -> dict[str, Seen]:
        """Return the entries whose names begin with these two digits."""
        sizes: dict[str, int] = defaultdict(int)
        newest: dict[str, float] = defaultdict(float)
        whole: set[str] = set()
        for found in self._store.list(f"{keys.CACHE}/{digits}"):
            _, _, entry, *rest = found.key.split("/")
            if not _ENTRY.fullmatch(entry) or not entry.startswith(digits):
                continue
            sizes[entry] += found.size_bytes
            newest[entry] = max(newest[entry], found.modified_s)
            if rest == ([MANIFEST] if entry.endswith(keys.FOLDER) else []):
                whole.add(entry)
        return {entry: Seen(size, newest[entry], entry in whole) for entry, size in sizes.items()}

    def size(self, entry: str) -> int | None:
        """Return the bytes of an entry, or None where it is not there or not whole."""
        if not entry.endswith(keys.FOLDER):
            return self._store.size(keys.entry(entry))
        if self._folders.manifest(entry) is None:
            return None
        return sum(found.size_bytes for found in self._store.list(keys.entry(entry)))

    def delete(self, entries: Collection[str]) -> None:
        """Delete entries; no error where one is missing."""
        self._store.delete(*(keys.entry(entry) for entry in entries if not entry.endswith(keys.FOLDER)))
        for entry in entries:
            if entry.endswith(keys.FOLDER):
                self._folders.delete(entry)
