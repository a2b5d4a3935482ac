"""Folders of jobs that outlive their attempts, whatever ends those."""

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from mediamill.core.job import Job
from mediamill.core.service import RESCUED
from mediamill.files.faults import disk_errors
from mediamill.files.keys import word
from mediamill.files.trees import remove_empty, remove_tree, sync_folder

#: What is in a job's folder: its files, and whose they are.
_FILES: Final = "files"
_NOTE: Final = "job.json"
#: Folders of a machine that are no job's: what was taken from ended jobs to be handed in, and what is being removed.
_TAKEN: Final = ".taken"
_GONE: Final = ".gone"
_LOCK: Final = ".lock"


class Note(BaseModel):
    """Whose files they are: what is needed to hand them in when nothing else knows the job any more.

    token: of the attempt that asked for the folder last. params: as in the record, secrets encrypted.
    rescued: the job was itself handed in for such a file.
    """

    model_config = ConfigDict(frozen=True)

    job_id: str
    token: str
    service: str
    owner: str
    params: dict[str, Any]
    priority: int = 0
    correlation_id: str = ""
    rescued: bool = False

    @classmethod
    def of(cls, job: Job, token: str) -> "Note":
        """Return the note of a claimed job."""
        return cls(
            job_id=job.id,
            token=token,
            service=job.service,
            owner=job.owner,
            params=job.params,
            priority=job.priority,
            correlation_id=job.correlation_id,
            rescued=RESCUED in job.uploads,
        )


@dataclass(frozen=True)
class Taken:
    """A folder that was taken from its job; nobody writes to it any more. note: None, it cannot be read."""

    folder: Path
    note: Note | None

    @property
    def name(self) -> str:
        """What it is called: no two that were ever taken are called the same."""
        return self.folder.name

    @property
    def files(self) -> Path:
        """Where the job's files are."""
        return self.folder / _FILES

    def names(self) -> list[str]:
        """Return the files worth something, as relative paths, sorted.

        Regular ones that are not empty, below folders that are none of them links; nothing whose name begins with a
        dot. Raises Unavailable.
        """
        with disk_errors():
            return sorted(str(path.relative_to(self.files)) for path, _ in _files(self.files))

    def changed_s(self) -> float:
        """Return when something was last written to it, Unix time; links are not followed."""
        times = [found.st_mtime for _, found in _files(self.files)]
        with suppress(FileNotFoundError):
            times.append(self.folder.lstat().st_mtime)
        return max(times, default=0.0)


class Lasting:
    """The lasting folders of one machine: `{root}/lasting/{machine}/{job}`.

    root: best on the file system of the file store: then what is stored from here is a link instead of a copy.
    Moves of whole folders are one rename each, and held apart from each other by a lock: a folder is the job's, or
    taken from it, or gone, however often a process dies in between.
    """

    def __init__(self, root: Path, machine: str) -> None:
        self._all = root.absolute() / "lasting"
        self._machine = word(machine)
        self.root = self._all / self._machine

    # ---- the attempt's side

    def make(self, note: Note) -> Path:
        """Make a job's folder (0700) if it is not there, say which attempt asked last, and return it.

        Raises Unavailable.
        """
        folder = self.root / word(note.job_id)
        with disk_errors(), _locked(self.root):
            files = folder / _FILES
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder / _NOTE, note.model_dump_json().encode())
            files.mkdir(mode=0o700, exist_ok=True)
            sync_folder(folder)
        return files

    def remove(self, job_id: str, token: str | None) -> bool:
        """Remove a job's folder if the attempt with this token asked for it last; False when it did not.

        token: None: of a folder whose note cannot be read. Raises Unavailable.
        """
        gone = self.root / _GONE / uuid4().hex
        if not self._move(job_id, token, gone):
            return False
        self._delete([gone])
        return True

    # ---- the keeper's side

    def jobs(self) -> dict[str, Note | None]:
        """Return the jobs that have a folder here, with their notes; None: it cannot be read."""
        return {folder.name: _note(folder) for folder in _folders(self.root)}

    def empty(self) -> bool:
        """Whether no job has anything here, and nothing waits to be handed in."""
        return not _folders(self.root) and not _folders(self.root / _TAKEN)

    def take(self, job_id: str, token: str | None) -> bool:
        """Take a job's folder from it, as `remove`, but keep what is in it. Raises Unavailable."""
        return self._move(job_id, token, self.root / _TAKEN / f"{word(job_id)}.{word(token or 'unknown')}")

    def taken(self) -> list[Taken]:
        """Return what was taken and is still here, the oldest first."""
        found = [Taken(folder, _note(folder)) for folder in _folders(self.root / _TAKEN)]
        return sorted(found, key=Taken.changed_s)

    def drop(self, taken: Taken) -> None:
        """Remove what was taken. Raises Unavailable."""
        with disk_errors():
            gone = self._bury(taken.folder)
        self._delete([gone])

    def forget(self, job_id: str) -> None:
        """Remove all of a job that has ended, what was taken from it too. Repeatable. Raises Unavailable."""
        if not self.root.is_dir():
            return
        with disk_errors(), _locked(self.root):
            gone = [self._bury(folder) for folder in (self.root / word(job_id), *self._taken_from(job_id))]
        self._delete(gone)

    def sweep(self) -> None:
        """Delete what is on its way out. Raises Unavailable."""
        self._delete(_folders(self.root / _GONE))

    def others(self) -> list[str]:
        """Return the machines besides this one that have folders below the same root."""
        return [folder.name for folder in _folders(self._all) if folder.name != self._machine]

    def adopt(self, machine: str) -> int:
        """Take over the folders of a machine that is gone for good; return how many.

        A job that has one here too keeps that, and the other stays where it is for now. Raises Unavailable.
        """
        count, theirs = 0, self._all / word(machine)
        with disk_errors(), _locked(theirs, self.root):
            for folder in _folders(theirs):
                count += _renamed(folder, self.root / folder.name)
            for folder in _folders(theirs / _TAKEN):
                count += _renamed(folder, self.root / _TAKEN / folder.name)
            if not _folders(theirs) and not _folders(theirs / _TAKEN):
                remove_tree(theirs)
        return count

    def _taken_from(self, job_id: str) -> list[Path]:
        return [each for each in _folders(self.root / _TAKEN) if each.name.partition(".")[0] == job_id]

    def _move(self, job_id: str, token: str | None, target: Path) -> bool:
        """Rename a job's folder unless another attempt has asked for it since `token` did."""
        folder = self.root / word(job_id)
        if not folder.is_dir():
            return False
        with disk_errors(), _locked(self.root):
            note = _note(folder)
            if (note.token if note else None) != token:
                return False
            return _renamed(folder, target)

    def _bury(self, folder: Path) -> Path:
        """Put a folder on its way out; return where it is now, if it was there."""
        gone = self.root / _GONE / uuid4().hex
        _renamed(folder, gone)
        return gone

    def _delete(self, gone: Iterable[Path]) -> None:
        """Delete what is on its way out, but for what somebody else is just deleting. Raises Unavailable.

        Who ends deletes what is theirs alone: another's may be a hundred thousand files.
        """
        for folder in gone:
            with disk_errors(), suppress(FileNotFoundError), _held(folder) as ours:
                if ours:
                    remove_tree(folder)
        for name in (_GONE, _TAKEN):
            remove_empty(self.root / name, self.root)


@contextmanager
def _locked(*machines: Path) -> Iterator[None]:
    """Hold the locks of machines, which die with their holder: for a rename, never for a copy."""
    with ExitStack() as held:
        for machine in sorted(machines):  # in one order, so that no two wait for each other
            held.callback(os.close, _lock(machine))
        yield


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold a folder's own lock; False: somebody else does. Raises FileNotFoundError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _lock(machine: Path) -> int:
    while True:
        for folder in (machine.parent, machine):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):  # another adopts this machine, and has just removed its folder
            lock = os.open(machine / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(lock).st_nlink:
                return lock
            os.close(lock)


def _write(path: Path, body: bytes) -> None:
    """Replace a small file, whole and written through: after a loss of power it is the old one or the new."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _note(folder: Path) -> Note | None:
    """Return a folder's note if it can be read."""
    try:
        return Note.model_validate_json((folder / _NOTE).read_bytes())
    except (OSError, ValidationError):
        return None


def _renamed(folder: Path, target: Path) -> bool:
    """Move a folder where nothing is yet; False when it is gone, or something is there."""
    while os.path.lexists(folder):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if os.path.lexists(target):
            return False
        with suppress(FileNotFoundError):  # somebody has just removed the target's empty parent
            folder.rename(target)
            return True
    return False


def _folders(path: Path) -> list[Path]:
    """Return the folders in a folder, but for those of ours, whose names begin with a dot; links are none."""
    try:
        with os.scandir(path) as entries:
            names = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path / name for name in sorted(names) if not name.startswith(".")]


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield what `Taken.names` means, with what the disk says of it."""
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                continue
            with os.scandir(folder) as entries:
                found = [(Path(each.path), each.stat(follow_symlinks=False)) for each in entries if each.name[0] != "."]
        except FileNotFoundError:
            continue
        pending += [path for path, each in found if stat.S_ISDIR(each.st_mode)]
        yield from ((path, each) for path, each in found if stat.S_ISREG(each.st_mode) and each.st_size)
