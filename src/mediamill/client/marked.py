"""Something without a sum that arrives: it goes on where it broke off, as long as its ETag is the same."""

import hashlib
import os
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from mediamill.client.errors import DownloadError
from mediamill.client.saving import Arriving

_PARTIAL: Final = 206
#: It becomes a part of a file's name.
_ETAG: Final = re.compile(r'"([0-9A-Za-z_-]{1,128})"')
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+)")

#: Hears how many bytes are there, and of how many.
Told = Callable[[int, int], None]


class MarkedDraft(Arriving):
    """A file whose size and content only the server's answer tells: `.MARK-ETAG.part` beside its target.

    The mark is that of what was asked for and of the target's name; the etag says whether the server still has it so.
    """

    def __init__(self, target: Path, asked: str, noun: str, told: Told | None = None) -> None:
        """Make the folders. asked: what is fetched; noun: what it is called. Raises DownloadError for a folder."""
        if target.is_dir():
            raise DownloadError(f"{target} is a folder; the {noun} is a file")
        target.parent.mkdir(parents=True, exist_ok=True)
        self.target = target
        self._noun = noun
        self._told = told
        self._mark = hashlib.sha256(f"{target.name} {asked}".encode(errors="surrogatepass")).hexdigest()[:16]
        self._size_bytes = 0
        self._there = 0

    @property
    def complete(self) -> bool:
        """It never is: whether a file that is there is the server's is known only when it was asked for."""
        return False

    def headers(self) -> dict[str, str]:
        """Return what asks for the missing rest, and for the last byte that is there: a whole one has no rest."""
        there, etag = self._part()
        if there <= 1:
            return {"Accept-Encoding": "identity"}
        return {"Accept-Encoding": "identity", "Range": f"bytes={there - 1}-", "If-Range": f'"{etag}"'}

    def open(self, status: int, headers: Mapping[str, str]) -> Self:
        """Begin to write; what there was of another one is removed."""
        etag = _ETAG.fullmatch(headers.get("etag", ""))
        if etag is None:
            raise DownloadError(f"the server sends no {self._noun}")
        there, known = self._part()
        start = max(there - 1, 0)
        if status == _PARTIAL:
            part = _RANGE.fullmatch(headers.get("content-range", ""))
            if part is None or int(part[1]) != start or etag[1] != known:
                raise DownloadError(f"the server sent another part of the {self._noun} than the one asked for")
            self._size_bytes = int(part[2])
        else:
            start, self._size_bytes = 0, int(headers.get("content-length", "0"))
            for old in self._parts():
                old.unlink(missing_ok=True)
        path = self._place(etag[1])
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        os.ftruncate(self._fd, start)
        self._there = os.lseek(self._fd, 0, os.SEEK_END)
        return self

    def write(self, chunk: bytes) -> None:
        """Add what came."""
        super().write(chunk)
        self._there += len(chunk)
        if self._told is not None:
            self._told(self._there, self._size_bytes)

    def finish(self) -> Path:
        """Check what came, and put it in its place. What is spoilt is removed."""
        there, etag = self._part()
        if there < self._size_bytes:
            raise DownloadError(f"{self.target.name}: {there} of {self._size_bytes} bytes came")
        path = self._place(etag)
        if fault := self._fault(path, there):
            path.unlink()
            raise DownloadError(f"{self.target.name}: {fault}")
        path.replace(self.target)
        return self.target

    @abstractmethod
    def _fault(self, path: Path, size_bytes: int) -> str | None:
        """Return what is wrong with what came; None: nothing."""

    def _part(self) -> tuple[int, str]:
        """Return how much of which one is there."""
        for path in self._parts():
            return path.lstat().st_size, path.name.removeprefix(f".{self._mark}-").removesuffix(".part")
        return 0, ""

    def _parts(self) -> list[Path]:
        return sorted(self.target.parent.glob(f".{self._mark}-*.part"))

    def _place(self, etag: str) -> Path:
        return self.target.with_name(f".{self._mark}-{etag}.part")
