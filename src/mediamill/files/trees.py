"""Remove folders for good, whatever a program left in them."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Final

_ROUNDS: Final = 10


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it; no error when it is gone. Follows no symbolic link.

    Takes folders without rights, and files that a dying program still makes. Raises OSError when
    it does not succeed in 10 rounds.
    """
    failure: OSError = OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
    for _ in range(_ROUNDS):
        try:
            if path.is_symlink():
                path.unlink()
            else:
                shutil.rmtree(path)
        except FileNotFoundError:
            pass  # the folder, or something in it that its own maker removed
        except OSError as error:
            failure = error
            _open_folders(path)
        if not os.path.lexists(path):
            return
    raise failure


def _open_folders(path: Path) -> None:
    """Give ourselves the right to empty every folder below `path`."""
    pending = [path]
    while pending:
        folder = pending.pop()
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                continue
            folder.chmod(0o700)
            with os.scandir(folder) as entries:
                pending += [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:  # somebody removes it at the same time, or it is not ours
            continue


def remove_empty(folder: Path, stop: Path) -> None:
    """Remove `folder` and then its parents while they are empty, up to but without `stop`."""
    while folder != stop and stop in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent


def sync_folder(folder: Path) -> None:
    """Write the names in a folder through to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
