"""Finished folders, kept by what went into them: whole, or not at all."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

from mediamill.core.errors import NotFound, PermanentError
from mediamill.files import keys
from mediamill.files.faults import disk_errors
from mediamill.files.store import FileStore
from mediamill.files.trees import remove_tree

#: Of a folder; each is an object of its own, and a line of the manifest.
MOST_FILES: Final = 10_000
MANIFEST: Final = "manifest.json"
#: A manifest of so many files with the longest names, in bytes, and more than that is none of ours.
_MANIFEST_BYTES: Final = 64 * 2**20


class Line(NamedTuple):
    """One file of a folder: its path in it, what it is called in the store, and its size."""

    name: str
    object: str
    size_bytes: int


class Manifest(NamedTuple):
    """What a folder consists of, and when it was made, Unix seconds. It is written last and deleted first."""

    made_s: int
    files: tuple[Line, ...]

    def dump(self) -> bytes:
        """Return it as JSON."""
        return json.dumps({"made_s": self.made_s, "files": self.files}).encode()

    @property
    def bytes(self) -> int:
        """What all of it takes, itself too."""
        return sum(line.size_bytes for line in self.files) + len(self.dump())


class FolderCache:
    """`cache/{first two digits}/{sha256 of the key}.d/`: the files under random names, and a manifest with their own.

    now: Unix time, seconds. check: asked before each file that is put or fetched, since all of them may be gigabytes;
    what it raises breaks that off.
    """

    def __init__(
        self, store: FileStore, *, now: Callable[[], float] = time.time, check: Callable[[], None] = lambda: None
    ) -> None:
        self.store = store
        self._now = now
        self._check = check

    def entry(self, key: str) -> str:
        """Return what the entry of `key` is called."""
        return keys.folder_entry(key)

    def get(self, key: str, into: Path, *, max_age_s: float | None = None) -> Path | None:
        """Return a local folder with what was kept for `key`, or None. To be read only.

        into: a path in the attempt's scratch where nothing is: its files are linked or downloaded there, and so
        outlive an eviction. max_age_s: what was made longer ago does not count. Raises Unavailable.
        """
        entry = self.entry(key)
        manifest = self.manifest(entry)
        if manifest is None or (max_age_s is not None and self._now() - manifest.made_s > max_age_s):
            return None
        try:
            for line in manifest.files:
                self._check()
                self._fetch(f"{keys.entry(entry)}/{line.object}", into / line.name)
        except NotFound:  # evicted meanwhile
            remove_tree(into)
            return None
        close(into)
        return into

    def _fetch(self, key: str, path: Path) -> None:
        with disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
        found = self.store.fetch(key, path)
        if found != path:
            try:
                shutil.copyfile(found, path)
            except FileNotFoundError:
                raise NotFound("it was evicted while it was copied") from None

    def measure(self, draft: Path) -> int:
        """Return what a folder will take, bytes. Raises PermanentError with code STEP_MISSING, as `put`."""
        return self._drawn_up(draft).bytes

    def put(self, key: str, draft: Path) -> Path:
        """Keep a folder for `key`. Nobody else may put or delete the same entry meanwhile.

        Do not change it afterwards. Raises PermanentError with code STEP_MISSING where there is no file in it, or
        something that is neither file nor folder; Unavailable, and then nothing is kept.
        """
        manifest = self._drawn_up(draft)
        prefix = keys.entry(self.entry(key))
        self.delete(self.entry(key))  # what a put left that broke off
        for line in manifest.files:
            self._check()
            self.store.put(f"{prefix}/{line.object}", draft / line.name)
        self.store.put_bytes(f"{prefix}/{MANIFEST}", manifest.dump(), "application/json")
        close(draft)
        return draft

    def delete(self, entry: str) -> None:
        """Delete all of an entry, its manifest first, so that nobody takes the rest for whole. Raises Unavailable."""
        self.store.delete(f"{keys.entry(entry)}/{MANIFEST}")
        self.store.delete_prefix(keys.entry(entry))

    def manifest(self, entry: str) -> Manifest | None:
        """Return what an entry consists of, or None where it is not whole."""
        try:
            body = b"".join(self.store.read(f"{keys.entry(entry)}/{MANIFEST}", 0, _MANIFEST_BYTES))
            found: dict[str, Any] = json.loads(body)
            lines = tuple(Line(str(name), keys.word(str(key)), int(size)) for name, key, size in found["files"])
            return Manifest(int(found["made_s"]), lines) if all(_inside(line.name) for line in lines) else None
        except (NotFound, ValueError, KeyError, TypeError):
            return None

    def _drawn_up(self, draft: Path) -> Manifest:
        mark = uuid4().hex
        lines = [
            Line(path.relative_to(draft).as_posix(), f"{mark}-{number:05d}", path.lstat().st_size)
            for number, path in enumerate(_files(draft))
        ]
        if not lines or len(lines) > MOST_FILES:
            raise _missing(f"the step left {len(lines):,} files; a folder of 1 to {MOST_FILES:,} is wanted")
        return Manifest(int(self._now()), tuple(lines))


def close(folder: Path) -> None:
    """Make a folder and what is in it read-only: it is the cache's too."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.chmod(os.path.join(path, name), 0o444)  # noqa: PTH101, PTH118 - as os.walk gives them
        os.chmod(path, 0o555)  # noqa: PTH101, S103 - it belongs to this user alone, as all above it


def _files(draft: Path) -> list[Path]:
    if draft.is_symlink() or not draft.is_dir():
        raise _missing("the step made no folder")
    found = []
    for folder, folders, names in os.walk(draft):
        for name in (*folders, *names):
            path = Path(folder, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise _missing("the step left something that is neither file nor folder")
        found += [Path(folder, name) for name in names]
    return sorted(found)


def _inside(name: str) -> bool:
    """Whether a file of this name stays in its folder: a bucket may be another's to write, too."""
    path = Path(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _missing(message: str) -> PermanentError:
    return PermanentError(message, code="STEP_MISSING")
