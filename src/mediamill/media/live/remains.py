"""What a recording that was killed left in its folder: parts, and how far each is whole.

Of a stream in numbered pieces a part may end in the middle of one; its successor takes that piece again, whole, so
what there is of it has to go. A ledger of one line beside the parts says where the last whole piece ends and which
it was. Streams without numbers (FLV, plain TS) are whole up to the last tag or packet, and nobody counts.
"""

import json
import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

_LEDGER: Final = ".ledger"
#: A page: the kernel writes it in one piece, whoever is killed meanwhile.
_MOST_BYTES: Final = 4_096
_NAME: Final = re.compile(r"part-([0-9]{5,9})\.[a-z0-9]{2,4}")


@dataclass(frozen=True)
class Part:
    """A file that is finished: some minutes of a stream in one piece. began_at: Unix time, seconds.

    last: which piece of the stream is its last, for `Wishes.after`; "" where pieces have no numbers.
    """

    path: Path
    size_bytes: int
    began_at: float
    last: str = ""

    @property
    def name(self) -> str:
        """Its file's name: `part-00001.ts`. Names sort as the parts follow each other."""
        return self.path.name


def name_of(number: int, suffix: str) -> str:
    """Return the name of a part; numbers begin at 1."""
    return f"part-{number:05d}{suffix}"


def number_of(name: str) -> int | None:
    """Return which part has a name; None: it is none's."""
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class Entry:
    """What the ledger says of the part that was begun last.

    size_bytes: so much of it is whole; None: nobody counts. last: the last whole piece, of this part or one before.
    """

    part: str
    began_at: float
    size_bytes: int | None
    last: str


class Ledger:
    """One line, written again for each piece. A write takes 10 microseconds, and waits for no disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _LEDGER
        self._file: int | None = None
        self._longest = 0

    def note(self, entry: Entry) -> None:
        """Write an entry over the one before."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._longest = os.fstat(self._file).st_size
        said = json.dumps([entry.part, entry.began_at, entry.size_bytes, entry.last])
        line = f"{crc32(said.encode()):08x} {said}".encode()
        self._longest = max(self._longest, len(line))
        if self._longest > _MOST_BYTES:
            raise ValueError(f"an entry has {_MOST_BYTES} bytes at most")
        os.pwrite(self._file, line.ljust(self._longest), 0)

    def close(self) -> None:
        """Let go of the file; it stays for a successor."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@dataclass(frozen=True)
class Remains:
    """What was left. parts: in order; the last of a stream without numbers may end in the middle of a tag or packet.

    first: the number of the part that follows, for `Parts`. after: the last piece that is whole, for `Wishes`.
    """

    parts: tuple[Part, ...] = ()
    first: int = 1
    after: str = ""


def remains(folder: Path, published: Collection[str] = ()) -> Remains:
    """Cut the open part of a recording that was killed back to its last whole piece, and return what there is.

    published: names of parts that are no longer in the folder. Where the machine itself went down, a part may hold
    less than the ledger says, and where another machine has gone on since, the ledger is behind that: then `after` is
    "", so that something may be there twice, and nothing is missing.
    """
    entry = _read(folder)
    after = entry.last if entry else ""
    if entry is not None and entry.size_bytes is not None:
        after = after if _cut(folder / entry.part, entry.size_bytes) else ""
    latest = max((number_of(name) or 0 for name in published), default=0)
    if entry is not None and latest > (number_of(entry.part) or 0):
        after = ""
    found = sorted(path for path in folder.iterdir() if number_of(path.name) is not None)
    for path in found:
        if not path.stat().st_size:
            path.unlink()
    parts = tuple(_part(path, entry) for path in found if path.exists())
    names = (*published, *(part.name for part in parts), *((entry.part,) if entry else ()))
    first = max((number_of(name) or 0 for name in names), default=0) + 1
    return Remains(parts, first, after)


def _read(folder: Path) -> Entry | None:
    try:
        sum_, _, said = (folder / _LEDGER).read_text("utf-8").rstrip().partition(" ")
        entry = Entry(*json.loads(said)) if sum_ == f"{crc32(said.encode()):08x}" else None
    except (OSError, ValueError, TypeError):
        return None
    return entry if entry is not None and number_of(entry.part) is not None else None


def _cut(path: Path, size_bytes: int) -> bool:
    """Drop what is behind the last whole piece; False: there is less than that.

    A part that is not there any more was whole, and is published.
    """
    with suppress(FileNotFoundError):
        if path.stat().st_size < size_bytes:
            return False
        os.truncate(path, size_bytes)
    return True


def _part(path: Path, entry: Entry | None) -> Part:
    stat = path.stat()
    noted = entry if entry is not None and entry.part == path.name else None
    return Part(path, stat.st_size, noted.began_at if noted else stat.st_mtime, noted.last if noted else "")
