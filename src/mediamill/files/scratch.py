"""Folders in which attempts write, deleted afterwards."""

import errno
import os
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from mediamill.files.faults import disk_errors
from mediamill.files.keys import word
from mediamill.files.trees import remove_empty, remove_tree

_ROUNDS: Final = 100


class Scratch:
    """The scratch folders of one machine: `{root}/scratch/{machine}/{job}/{token}`.

    root: best on the file system of the file store: then a commit is a link instead of a copy.
    machine: keeps machines apart that share `root`, for `sweep` takes all it does not know for leftovers.
    """

    def __init__(self, root: Path, machine: str) -> None:
        self.root = root.absolute() / "scratch" / word(machine)

    def path(self, job_id: str, token: str) -> Path:
        """Return where an attempt's folder is, whether it exists or not."""
        return self.root / word(job_id) / word(token)

    def make(self, job_id: str, token: str) -> Path:
        """Make an attempt's folder (0700) and return it. Raises Unavailable."""
        folder = self.path(job_id, token)
        with disk_errors():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for _ in range(_ROUNDS):
                # The end of the job's other attempt may just remove the empty parent.
                with suppress(FileExistsError, FileNotFoundError):
                    folder.parent.mkdir(mode=0o700)
                with suppress(FileExistsError, FileNotFoundError):
                    folder.mkdir(mode=0o700)
                if folder.is_dir():
                    return folder
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))

    def remove(self, job_id: str, token: str) -> None:
        """Remove an attempt's folder, whatever is in it. Repeatable. Raises Unavailable."""
        folder = self.path(job_id, token)
        if not folder.parent.exists():  # nobody asked for it
            return
        with disk_errors():
            remove_tree(folder)
        remove_empty(folder.parent, self.root)

    def sweep(self, alive: Collection[str], *, older_than_s: float = 30.0) -> int:
        """Remove the folders of all attempts whose token is not in `alive`; return how many.

        older_than_s: spares folders made in the last seconds, whose attempts `alive` may not
        know yet.
        """
        removed = 0
        newest = time.time() - older_than_s
        for job in _folders(self.root):
            for folder in _folders(job):
                if folder.name not in alive and _modified_s(folder) <= newest:
                    self.remove(job.name, folder.name)
                    removed += 1
            if _modified_s(job) <= newest:
                remove_empty(job, self.root)
        return removed


def _folders(path: Path) -> list[Path]:
    try:
        with os.scandir(path) as entries:
            return [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _modified_s(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return float("inf")
