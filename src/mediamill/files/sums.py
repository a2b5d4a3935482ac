"""What a folder should hold: a line for each file, as `sha256sum -c` reads it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from mediamill.files.artifacts import digest

NAME: Final = "SHA256SUMS"
_DIGEST_CHARS: Final = 64


class Line(NamedTuple):
    """One file: its SHA-256, hexadecimal, and its path below the folder."""

    sha256: str
    name: str


class Sums:
    """Writes the list. Names hold no line break and no backslash, as keys do not."""

    def __init__(self, folder: Path) -> None:
        """Begin the list of `folder`. Raises FileExistsError."""
        self._folder = folder
        self._file = (folder / NAME).open("xb")
        self._hash = hashlib.sha256()

    def add(self, name: str, sha256: str | None = None) -> None:
        """Note a file below the folder; it is read where its digest is not known."""
        line = f"{sha256 or digest(self._folder / name)}  {name}\n".encode()
        self._hash.update(line)
        self._file.write(line)

    @property
    def sha256(self) -> str:
        """The digest of the list itself so far."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read(folder: Path) -> Iterator[Line]:
    """Yield the lines of a list. Raises ValueError at one that is none, or that leads out of the folder."""
    with (folder / NAME).open(encoding="utf-8") as lines:
        for line in lines:
            sha256, name = line[:_DIGEST_CHARS], line[_DIGEST_CHARS + 2 :].rstrip("\n")
            if len(sha256) < _DIGEST_CHARS or not name or name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"{NAME} has a line that is none")
            yield Line(sha256, name)
