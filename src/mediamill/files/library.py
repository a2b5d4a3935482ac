"""The folder of recordings: files under names for people, and a label beside each that says what it is.

`room/2026/a.mp4` has its label in `room/2026/.a.mp4.json`: so who copies a folder, or brings one back, has both, and
the index can be made anew from what lies here. `.mediamill` holds the folder's mark and what is being copied.
"""

import errno
import os
import stat
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediamill.core.errors import NotFound, PermanentError, Unavailable
from mediamill.files.faults import disk_errors
from mediamill.files.names import NAME_BYTES, kept_name
from mediamill.files.place import Place
from mediamill.files.reading import read_pieces
from mediamill.files.trees import remove_empty, sync_folder

OURS: Final = ".mediamill"
_MARK: Final = "folder"
#: A label whose file is not there belongs to one that is just being kept, or was removed by hand.
_BARE_LABEL_S: Final = 3600.0
#: So many files of one name, and no more.
_SAME_NAMES: Final = 1_000
_ROUNDS: Final = 100
_PIECE_BYTES: Final = 1024 * 1024
_NO_FOLDER: Final = frozenset({errno.ELOOP, errno.ENOTDIR})
_LABEL_BYTES: Final = 16 * 1024
_AWAY: Final = "the folder of recordings is not there: is its disk mounted?"


class Label(BaseModel):
    """What a kept file is. asked: the name that its job asked for. kept_ms: when it was kept, Unix ms."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    job: str = Field(min_length=1, max_length=200)
    owner: str = Field(min_length=1, max_length=500)
    asked: str
    room: str = Field(default="", max_length=4_000)
    url: str = Field(default="", max_length=8_000)
    began_at: float = Field(allow_inf_nan=False)
    seconds: float = Field(ge=0, allow_inf_nan=False)
    kept_ms: int = Field(ge=0)


class Found(NamedTuple):
    """A file as it lies there. links: names that it has on its disk; what has others gives no room when it goes."""

    size_bytes: int
    links: int


class LibraryFolder:
    """Keeps files, finds them and takes them away. Every call may raise Unavailable.

    No name leads out of it: each part is opened as a folder of its own, and a symbolic link is none. place: tells an
    empty folder from one whose disk is not mounted, after a restart too; None: nobody does.
    """

    def __init__(self, root: Path, place: Place | None = None) -> None:
        self.root = root.resolve()
        self._place = place
        self._seen = self._noted = False

    # ---- the folder itself

    def mark(self) -> str | None:
        """Return what tells this folder from others, on any machine; None: it was never used, or is not mounted."""
        with disk_errors():
            try:
                found = (self.root / OURS / _MARK).read_text(encoding="ascii").strip() or None
            except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
                return None
        self._seen = self._seen or found is not None
        return found

    def trouble(self) -> str | None:
        """Return why nothing can be kept now, for people; None: it can, or nothing was ever kept here."""
        try:
            _, away = self._look()
        except Unavailable as refused:
            return refused.message
        return _AWAY if away else None

    def _look(self) -> tuple[str | None, bool]:
        """Return the mark of what is there, and whether another folder was to be."""
        seen = self._seen  # asked before the look: another thread may make the mark in between
        found = self.mark()
        return found, (seen and found is None) or (self._place is not None and self._place.is_left(found))

    def open_mark(self) -> str:
        """Return its mark, making folder and mark where there are none.

        Raises Unavailable also where it had one before: another disk was to be there.
        """
        found, away = self._look()
        if found is None and not away:
            with disk_errors():
                self._make_mark()
            found = self.mark()
        if found is None or away:
            raise Unavailable(_AWAY, code="FILES_UNAVAILABLE")
        if self._place is not None and not self._noted:
            self._noted = True
            self._place.remember(found)
        return found

    def _make_mark(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        ours = self.root / OURS
        ours.mkdir(exist_ok=True, mode=0o700)
        draft = self._written(uuid4().hex.encode())
        try:
            with suppress(FileExistsError):
                os.link(draft, ours / _MARK)
            sync_folder(ours)
        finally:
            draft.unlink()

    # ---- keeping

    def keep(
        self, path: Path, label: Label, *, barred: Collection[str] = (), check: Callable[[], None] = lambda: None
    ) -> str:
        """Keep a file under the name that its label asks for, or one near it; return that.

        What the same job kept for the same name is replaced. barred: names that may not be taken. check: called while
        a file of another disk is copied. Raises PermanentError with code LIBRARY_NAME, FileNotFoundError.
        """
        with disk_errors():
            draft = self._draft(path, check)
            try:
                for name in _names(kept_name(label.asked)):
                    if name not in barred and self._settled(draft, name, label):
                        return name
            finally:
                draft.unlink(missing_ok=True)
        raise PermanentError(f"{_SAME_NAMES} files have this name already", code="LIBRARY_NAME")

    def _settled(self, draft: Path, name: str, label: Label) -> bool:
        """Give a draft its name and its label; False where the name is another's."""
        words = self._written(label.model_dump_json().encode())
        try:
            for _ in range(_ROUNDS):
                # Somebody else's `remove` may take the folder while it is still empty.
                with suppress(FileNotFoundError), self._parent(name, make=True) as (folder, last):
                    settled = self._settle(folder, last, draft, words, label)
                    os.fsync(folder)
                    break
            else:
                raise OSError("the folder goes away faster than it can be made")
        finally:
            words.unlink(missing_ok=True)
        self._sync_above(name)
        return settled

    def _settle(self, folder: int, last: str, draft: Path, words: Path, label: Label) -> bool:
        """Put the label there, and then the file: so what lies there without one was never ours."""
        try:
            os.link(words, _label(last), dst_dir_fd=folder)
        except FileExistsError:
            before = self._read_label(folder, last)
            if before is None or (before.job, before.asked) != (label.job, label.asked):
                return False
            os.replace(words, _label(last), dst_dir_fd=folder)
            os.replace(draft, last, dst_dir_fd=folder)
            return True
        try:
            os.link(draft, last, dst_dir_fd=folder)
        except FileExistsError:  # somebody's own
            os.unlink(_label(last), dir_fd=folder)
            return False
        return True

    def _draft(self, path: Path, check: Callable[[], None]) -> Path:
        """Return a synced, read-only file of ours with the content of `path`: a link to it on the same disk."""
        if not stat.S_ISREG(path.lstat().st_mode):
            raise FileNotFoundError(f"{path.name} is no regular file")
        draft = self._ours() / uuid4().hex
        try:
            try:
                os.link(path, draft)
            except OSError:  # another disk, too many links, or no right to link another user's file
                _copy(path, draft, check)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
                with suppress(PermissionError):  # a linked file may be another user's
                    os.fchmod(file.fileno(), 0o444)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return draft

    def _written(self, body: bytes) -> Path:
        draft = self._ours() / uuid4().hex
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        return draft

    def _ours(self) -> Path:
        ours = self.root / OURS
        if not ours.is_dir():
            raise Unavailable(_AWAY, code="FILES_UNAVAILABLE")
        return ours

    def _sync_above(self, name: str) -> None:
        """Write the names of the folders through that may have been made for a file."""
        for part in range(name.count("/")):
            with suppress(FileNotFoundError):
                sync_folder(self.root.joinpath(*name.split("/")[:part]))

    # ---- looking

    def find(self, name: str) -> Found | None:
        """Return a file's size and links, or None where there is no regular file of that name."""
        with disk_errors():
            try:
                with self._parent(name) as (folder, last):
                    found = os.stat(last, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                return None
        return Found(found.st_size, found.st_nlink) if stat.S_ISREG(found.st_mode) else None

    def label(self, name: str) -> Label | None:
        """Return a file's label, or None where there is none that can be read."""
        with disk_errors():
            try:
                with self._parent(name) as (folder, last):
                    return self._read_label(folder, last)
            except FileNotFoundError:
                return None

    def path(self, name: str) -> Path:
        """Return where a file is."""
        return self.root / kept_name(name)

    def aread(self, name: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Return the bytes of a range, in pieces. Raises NotFound with the first piece."""
        return read_pieces(lambda: self._open(name), start, end)

    def walk(self) -> Iterator[str]:
        """Yield the names of all files that have a label; remove labels whose files are long gone."""
        pending = [""]
        while pending:
            folder = pending.pop()
            seen = self._scan(folder)
            pending += [f"{folder}{entry.name}/" for entry in seen.values() if entry.is_dir(follow_symlinks=False)]
            for entry in seen.values():
                if not (entry.name.startswith(".") and entry.name.endswith(".json")):
                    continue
                name = entry.name[1 : -len(".json")]
                if name in seen:
                    yield folder + name
                else:
                    self._remove_bare(entry)

    def _scan(self, folder: str) -> dict[str, "os.DirEntry[str]"]:
        with disk_errors():
            try:
                with os.scandir(self.root / folder) as entries:
                    return {entry.name: entry for entry in entries if entry.name != OURS}
            except FileNotFoundError:
                return {}

    @staticmethod
    def _remove_bare(label: "os.DirEntry[str]") -> None:
        with disk_errors(), suppress(FileNotFoundError):
            if label.stat(follow_symlinks=False).st_ctime <= time.time() - _BARE_LABEL_S:
                Path(label.path).unlink()

    # ---- taking away

    def remove(self, name: str) -> None:
        """Remove a file, then its label, then folders that are empty. Repeatable."""
        with disk_errors():
            with suppress(FileNotFoundError), self._parent(name) as (folder, last):
                for each in (last, _label(last)):
                    with suppress(FileNotFoundError):
                        os.unlink(each, dir_fd=folder)
            remove_empty(self.path(name).parent, self.root)

    def sweep(self, *, older_than_s: float = 86_400.0) -> int:
        """Delete old drafts; return how many."""
        newest, count = time.time() - older_than_s, 0
        for entry in self._scan(OURS).values():
            with disk_errors(), suppress(FileNotFoundError):
                # The change time: a link keeps the modification time of a file that may be old.
                if entry.name != _MARK and entry.stat(follow_symlinks=False).st_ctime <= newest:
                    Path(entry.path).unlink()
                    count += 1
        return count

    # ---- names

    @contextmanager
    def _parent(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder in which a file is, and tell what it is called there.

        Raises FileNotFoundError where there is no such folder, and where there is something else. make: then it is
        made; PermanentError with code LIBRARY_NAME where something else is in the way.
        """
        *folders, last = kept_name(name).split("/")
        try:
            folder = self._descend(folders, make=make)
        except OSError as error:
            if error.errno not in _NO_FOLDER:
                raise
            if make:
                raise PermanentError("a part of the name is no folder of ours", code="LIBRARY_NAME") from None
            raise FileNotFoundError(name) from None
        try:
            yield folder, last
        finally:
            os.close(folder)

    def _descend(self, folders: list[str], *, make: bool) -> int:
        for _ in range(_ROUNDS if make else 1):
            at = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                for each in folders:
                    at = _entered(at, each, make=make)
            except FileNotFoundError:  # somebody else's `remove` took a folder that was still empty
                os.close(at)
                continue
            except BaseException:
                os.close(at)
                raise
            return at
        raise FileNotFoundError("/".join(folders))

    def _open(self, name: str) -> FileIO:
        with disk_errors():
            try:
                with self._parent(name) as (folder, last):
                    descriptor = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            except FileNotFoundError:
                raise NotFound("the file is not there any more", code="FILE_GONE") from None
        return FileIO(descriptor, "rb")

    @staticmethod
    def _read_label(folder: int, last: str) -> Label | None:
        descriptor = os.open(_label(last), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            body = file.read(_LABEL_BYTES)
        try:
            return Label.model_validate_json(body)
        except ValidationError:  # a hand in the files
            return None


def _entered(at: int, name: str, *, make: bool) -> int:
    """Return the folder `name` in the open folder `at`, which is closed then. Raises OSError; then it is not."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=at)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    os.close(at)
    return inner


def _label(last: str) -> str:
    return f".{last}.json"


def _names(asked: str) -> Iterator[str]:
    """Yield `a/b.mp4`, `a/b (2).mp4`, `a/b (3).mp4` and so on; each part of it stays short enough."""
    yield asked
    folder, slash, last = asked.rpartition("/")
    stem, dot, extension = last.rpartition(".")
    if not stem:
        stem, dot, extension = last, "", ""
    for number in range(2, _SAME_NAMES + 1):
        end = f" ({number}){dot}{extension}"
        short = stem.encode()[: NAME_BYTES - len(end.encode())].decode(errors="ignore").rstrip()
        yield f"{folder}{slash}{short}{end}"


def _copy(path: Path, draft: Path, check: Callable[[], None]) -> None:
    with path.open("rb", buffering=0) as source, draft.open("xb", buffering=0) as target:
        while piece := source.read(_PIECE_BYTES):
            check()
            view = memoryview(piece)
            while view:
                view = view[target.write(view) :]
