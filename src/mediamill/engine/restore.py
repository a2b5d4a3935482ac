"""From a backup to a data folder: first it is looked through, then laid out aside, and last it takes its place."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mediamill.core.errors import Conflict
from mediamill.engine.backup import FILES, SNAPSHOT, Manifest, Tell
from mediamill.files import sums
from mediamill.files.artifacts import digest
from mediamill.files.copies import link_or_copy
from mediamill.files.trees import remove_tree, sync_folder
from mediamill.settings import RECORDINGS, RESTORING
from mediamill.store import snapshot

#: What an earlier restore moved aside.
_REPLACED: Final = "replaced-"
_LOCK: Final = "lock"
#: Models of voices: no backup has them, so those that are here stay. Nor has one recordings.
_VOICES: Final = "voices"
#: What attempts left here that nobody can make again: their jobs may run again, and else it is handed in.
_LASTING: Final = "lasting"

VALKEY: Final = "valkey"


def damaged(folder: Path, manifest: Manifest, tell: Tell) -> list[str]:
    """Read the whole backup, and return the names of files that are missing or not as they were. Changes nothing.

    Raises Conflict when the records, or the list itself, are among them.
    """
    found = []
    try:
        if digest(folder / sums.NAME) != manifest.sums_sha256:
            raise Conflict(f"{folder / sums.NAME} is not as the backup wrote it")
        for number, line in enumerate(sums.read(folder), start=1):
            if not _is_whole(folder / line.name, line.sha256):
                found.append(line.name)
            tell(number, max(number, manifest.count))
    except (OSError, ValueError) as error:
        raise Conflict(f"{folder} cannot be read: {error}") from error
    if SNAPSHOT in found:
        raise Conflict(f"{folder / SNAPSHOT}, which holds the records, is damaged")
    return found


def occupied(data_dir: Path, *, keep_files: bool) -> list[str]:
    """Return the names in a data folder that a restore would have to move aside."""
    return [path.name for path in _in_the_way(data_dir, keep_files=keep_files)]


def lay_out(  # noqa: PLR0913 - from where, to where, and what of it
    folder: Path, data_dir: Path, manifest: Manifest, *, left_out: frozenset[str], keep_files: bool, tell: Tell
) -> Path:
    """Lay a backup out in a folder of its own in `data_dir`, and return it. The rest of `data_dir` is not touched.

    Files are linked where they can be: none of them ever changes, so the backup stays as it is.
    left_out: names that are not taken; keep_files: nor is any file of a job. Raises OSError.
    """
    staged = data_dir / RESTORING
    remove_tree(staged)
    staged.mkdir(mode=0o700)
    for number, line in enumerate(sums.read(folder), start=1):
        tell(number, max(number, manifest.count))
        is_file = line.name.startswith(f"{FILES}/")
        if line.name in left_out or (is_file and keep_files):
            continue
        if line.name == SNAPSHOT:
            snapshot.place(folder / line.name, staged / VALKEY)
        elif is_file:
            link_or_copy(folder / line.name, staged / line.name)
        else:  # keys, and a spool that will be written to
            _copy_private(folder / line.name, staged / line.name)
    return staged


def take_place(data_dir: Path, *, keep_files: bool) -> Path | None:
    """Move what is in `data_dir` aside and what was laid out to its place; return the folder with the old content.

    Only names change. None: nothing was there.
    """
    os.sync()
    aside = None
    for path in _in_the_way(data_dir, keep_files=keep_files):
        if aside is None:
            aside = data_dir / f"{_REPLACED}{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z"
            aside.mkdir(mode=0o700)
        path.rename(aside / path.name)
    staged = data_dir / RESTORING
    # The records come last: were it broken off here, no record would name a file that is not there.
    for path in sorted(staged.iterdir(), key=lambda path: path.name == VALKEY):
        path.rename(data_dir / path.name)
    staged.rmdir()
    sync_folder(data_dir)
    return aside


def _in_the_way(data_dir: Path, *, keep_files: bool) -> Iterator[Path]:
    spared = {_LOCK, RESTORING, RECORDINGS, _VOICES, _LASTING, *([FILES] if keep_files else [])}
    for path in sorted(data_dir.iterdir()):
        if path.name not in spared and not path.name.startswith(_REPLACED):
            yield path


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return digest(path) == sha256
    except FileNotFoundError:
        return False


def _copy_private(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as old, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)
