"""A backup: a folder with the store as of one instant, every file that it names, and the keys."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from mediamill.core.errors import Conflict
from mediamill.files import keys
from mediamill.files.copies import Copies, digest_of
from mediamill.files.store import FileStore
from mediamill.files.sums import Sums
from mediamill.files.trees import sync_folder

MANIFEST: Final = "manifest.json"
SNAPSHOT: Final = "store.rdb"
FILES: Final = "files"
SPOOL: Final = "spool"

#: Where the records are: in the snapshot, or in a Redis that has a backup of its own.
Store = Literal["private", "outside"]
#: Where the files are: in the backup, or in their bucket still.
Files = Literal["folder", "bucket"]
#: Hears how far it is: how many of how many.
Tell = Callable[[int, int], object]


class Manifest(BaseModel):
    """What a whole backup says of itself. It is written last: without one, a folder is no backup.

    prefix: of the keys in the store. count, size_bytes: files of jobs. keys: the private files that are in it.
    sums_sha256: of the list of all files.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    mediamill: str
    began_at: datetime
    ended_at: datetime
    prefix: str
    store: Store
    files: Files
    keys: tuple[str, ...]
    count: int
    size_bytes: int
    sums_sha256: str

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Return the manifest of a backup. Raises Conflict when the folder holds no whole one."""
        try:
            return cls.model_validate_json((folder / MANIFEST).read_bytes())
        except FileNotFoundError:
            raise Conflict(f"{folder} holds no whole backup: there is no {MANIFEST}, which is written last") from None
        except (OSError, ValidationError) as error:
            raise Conflict(f"{folder / MANIFEST} cannot be used: {error}") from error


@dataclass(frozen=True)
class Sources:
    """What is backed up.

    spool: copies what waits in the spool to a folder; None: nothing ever waited. snapshot: makes a file with all
    records, to be moved; None: they are in an outside Redis. files: None: they are in a bucket, and stay there.
    keys: small private files by name. cache: whether finished steps are copied too.
    """

    prefix: str
    spool: Callable[[Path], object] | None = None
    snapshot: Callable[[], Path] | None = None
    files: FileStore | None = None
    keys: Mapping[str, Path] = field(default_factory=dict)
    cache: bool = False


def write(folder: Path, sources: Sources, version: str, tell: Tell) -> Manifest:
    """Write a backup of a running house to a new or empty folder, and return its manifest.

    Nothing stops. What a client was told before this call is in it: first the spool is copied, then the store, then
    the files, so that a request is in one of the first two, and every file that a record names is there. What goes
    meanwhile (a purge) is left out.

    Raises Conflict when the folder is not empty, Unavailable, OSError (a full disk): then there is no manifest, and
    the folder is no backup.
    """
    _claim(folder)
    began_at = datetime.now(UTC)
    with Sums(folder) as sums:
        if sources.spool is not None:
            sources.spool(folder / SPOOL)
            for path in sorted((folder / SPOOL).rglob("*")):
                if path.is_file():
                    sums.add(str(path.relative_to(folder)))
        if sources.snapshot is not None:
            shutil.move(sources.snapshot(), folder / SNAPSHOT)
            (folder / SNAPSHOT).chmod(0o600)
            sums.add(SNAPSHOT)
        count, size_bytes = (0, 0)
        if sources.files is not None:
            areas = (keys.JOBS, keys.UPLOADS, *([keys.CACHE] if sources.cache else []))
            count, size_bytes = _copy_files(Copies(sources.files, folder / FILES), areas, sums, tell)
        for name, path in sources.keys.items():
            _private(folder / name, path.read_bytes())
            sums.add(name)
    os.sync()  # all that was copied is on the disk before the manifest says so
    manifest = Manifest(
        mediamill=version,
        began_at=began_at,
        ended_at=datetime.now(UTC),
        prefix=sources.prefix,
        store="outside" if sources.snapshot is None else "private",
        files="bucket" if sources.files is None else "folder",
        keys=tuple(sources.keys),
        count=count,
        size_bytes=size_bytes,
        sums_sha256=sums.sha256,
    )
    draft = folder / f".{MANIFEST}"
    _private(draft, json.dumps(manifest.model_dump(mode="json"), indent=2).encode() + b"\n")
    draft.replace(folder / MANIFEST)
    sync_folder(folder)
    return manifest


def _claim(folder: Path) -> None:
    """Make the folder, for this user alone: it holds keys and everybody's jobs."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty: each backup has a new folder of its own")
    folder.chmod(0o700)


def _copy_files(copies: Copies, areas: Sequence[str], sums: Sums, tell: Tell) -> tuple[int, int]:
    """Copy the files; return how many, and their bytes."""
    groups = copies.groups(*areas)
    count = total = 0
    for number, group in enumerate(groups, start=1):
        for key, size_bytes in copies.take(group):
            sums.add(f"{FILES}/{key}", digest_of(key))
            count += 1
            total += size_bytes
        tell(number, len(groups))
    return count, total


def _private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
