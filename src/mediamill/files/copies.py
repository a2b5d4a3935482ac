"""Copies of stored files in a folder of this machine: links where the file system allows, for no file ever changes."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mediamill.core.errors import NotFound
from mediamill.files import keys
from mediamill.files.store import FileStore

#: A file that is named by its content: an artifact, or an upload.
_NAMED: Final = re.compile(rf"{keys.JOBS}/[^/]+/[^/]+/([0-9a-f]{{64}})|{keys.UPLOADS}/[^/]+/.+-([0-9a-f]{{64}})")


class Copies:
    """Copies what a store holds to `folder`, each file under its key."""

    def __init__(self, store: FileStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def groups(self, *areas: str) -> list[str]:
        """Return the prefixes below these areas (`keys.JOBS`, ...): one for each job, or each part of the cache."""
        return [f"{area}/{name}" for area in areas for name in self._store.names(area)]

    def take(self, group: str) -> Iterator[tuple[str, int]]:
        """Copy the files of a group; yield the key and the bytes of each. One that goes meanwhile is left out.

        Raises Unavailable, OSError.
        """
        for entry in self._store.list(group):
            path = self._folder / entry.key
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                found = self._store.fetch(entry.key, path)
                if found != path:
                    _copy(found, path)
            except (NotFound, FileNotFoundError):  # purged since it was listed
                continue
            yield entry.key, entry.size_bytes


def digest_of(key: str) -> str | None:
    """Return the SHA-256 that a key promises, or None where it names no content."""
    found = _NAMED.fullmatch(key)
    return (found[1] or found[2]) if found else None


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` a link to `source`, or a copy with its times where there can be no link.

    Makes the folders on the way. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or too many links
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its times, written through: a disk full of unwritten pages would hold up the server's own."""
    shutil.copy2(source, target)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
