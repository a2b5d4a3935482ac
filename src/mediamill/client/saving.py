"""Files that arrive: whole, checked, and nowhere but in their folder."""

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mediamill.client.answers import JobFile
from mediamill.client.errors import DownloadError

_CHUNK_BYTES: Final = 1024 * 1024
_PARTIAL: Final = 206
_LONGEST_PART: Final = 240  # bytes; a draft's name is a little longer, and a file system takes 255


class Arriving(ABC):
    """Something that is fetched in one request or several, each going on where the last one broke.

    target: where it is in the end. A subclass sets `_fd` when it opens, to where what comes is written.
    """

    target: Path
    _fd = -1

    @property
    @abstractmethod
    def complete(self) -> bool:
        """Whether it is there already."""

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """Return what asks for the missing rest only."""

    @abstractmethod
    def open(self, status: int, headers: Mapping[str, str]) -> Self:
        """Begin to write what a response with this status and these headers brings. Raises DownloadError."""

    @abstractmethod
    def finish(self) -> Path:
        """Check what came, put it in its place and return that. Raises DownloadError."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def write(self, chunk: bytes) -> None:
        """Add what came."""
        view = memoryview(chunk)
        while view:
            view = view[os.write(self._fd, view) :]


class Draft(Arriving):
    """A file on its way in: `.NAME.SHA.part` beside its target, so that a broken download goes on later."""

    def __init__(self, folder: Path, file: JobFile) -> None:
        """Make the folders. Raises DownloadError when the name would leave `folder`."""
        self.file = file
        self.target = target_of(folder, file.name)
        mark = hashlib.sha256(f"{file.sha256} {file.name}".encode()).hexdigest()[:16]
        self._path = self.target.with_name(f".{mark}.part")

    @property
    def complete(self) -> bool:
        """Whether the target is there already, the same to the last bit."""
        try:
            same = not self.target.is_symlink() and self.target.stat().st_size == self.file.size_bytes
        except FileNotFoundError:
            return False
        return same and _sha256(self.target) == self.file.sha256

    def headers(self) -> dict[str, str]:
        """Return what asks for the missing rest only. The content must come as it is stored."""
        there = self._size()
        if not 0 < there < self.file.size_bytes:
            return {"Accept-Encoding": "identity"}
        return {"Accept-Encoding": "identity", "Range": f"bytes={there}-", "If-Range": f'"{self.file.sha256}"'}

    def open(self, status: int, headers: Mapping[str, str]) -> Self:
        """Begin to write what a response with this status and these headers brings."""
        there = self._size()
        goes_on = status == _PARTIAL and headers.get("content-range", "").startswith(f"bytes {there}-")
        if status == _PARTIAL and not goes_on:
            raise DownloadError(f"{self.file.name}: the server sent another part than the one asked for")
        how = os.O_APPEND if goes_on else os.O_TRUNC
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o666)
        return self

    def finish(self) -> Path:
        """Check the content, put it in its place and return that.

        Raises DownloadError when it is not what was announced; the draft is then removed.
        """
        if self._size() < self.file.size_bytes:
            raise DownloadError(f"{self.file.name}: {self._size()} of {self.file.size_bytes} bytes came")
        if self._size() > self.file.size_bytes or _sha256(self._path) != self.file.sha256:
            self._path.unlink()
            raise DownloadError(f"{self.file.name}: what came is not what was announced (SHA-256 differs)")
        self._path.replace(self.target)
        return self.target

    def _size(self) -> int:
        try:
            return self._path.lstat().st_size
        except FileNotFoundError:
            return 0


def target_of(folder: Path, name: str) -> Path:
    """Return where a file of this name goes, with its folders made. Raises DownloadError when it would leave."""
    parts = name.split("/")
    if not name or any(_leaves(part) for part in parts):
        raise DownloadError(f"{name[:80]!a} is no name for a file here")
    folder.mkdir(parents=True, exist_ok=True)
    parent = folder
    for part in parts[:-1]:
        parent /= part
        if parent.is_symlink():  # one that lay there before might lead anywhere
            raise DownloadError(f"{name[:80]!a} would leave {folder}")
        parent.mkdir(exist_ok=True)
    return parent / parts[-1]


def _leaves(part: str) -> bool:
    """Whether a part of a name is no plain file name."""
    strange = "\\" in part or ":" in part[1:2] or any(ord(character) < 32 for character in part)  # noqa: PLR2004
    return part in {"", ".", ".."} or strange or len(part.encode(errors="surrogatepass")) > _LONGEST_PART


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
