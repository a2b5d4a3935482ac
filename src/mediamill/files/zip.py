"""ZIP archives by arithmetic: of files that are stored as they are, every byte's place is known before one is read.

So an archive has an exact length and can be asked for in part, and is never written anywhere. Only its headers are
made: they take some hundred bytes a file, when their turn comes. ZIP64 where a number needs it, names as UTF-8.

Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5; Info-ZIP, extrafld.txt (extended timestamp).
"""

import struct
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

_LOCAL: Final = struct.Struct("<IHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<IHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<IHHHHIIH")
_END64: Final = struct.Struct("<IQHHIIQQQQ")
_LOCATOR: Final = struct.Struct("<IIQI")
_STAMP: Final = struct.Struct("<HHBi")

#: Numbers from here on stand in ZIP64's fields; what is in the old ones then says so.
_MOST_BYTES: Final = 0xFFFF_FFFF
_MOST_FILES: Final = 0xFFFF
_PLAIN: Final = 20
_ZIP64: Final = 45
_UNIX: Final = 3 << 8
_UTF8_NAMES: Final = 0x0800
_REGULAR_FILE: Final = 0o100644 << 16
#: What a date can say: two seconds exact, 1980 to 2107. UTC here, and the extra field has the time itself.
_FIRST_S: Final = 315_532_800
_LAST_S: Final = 4_354_819_198
_LAST_STAMP_S: Final = 0x7FFF_FFFF


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A file of an archive. name: its path in there, unique and safe. modified_s: Unix time. source: what it is."""

    name: str
    size_bytes: int
    modified_s: int
    source: T


class Kind(Enum):
    """What lies at a place: a member's header, its bytes, its line in the directory, or the end of it all."""

    HEADER = "header"
    CONTENT = "content"
    LINE = "line"
    END = "end"


class Part(NamedTuple):
    """The bytes `start` up to but without `end` of a thing. member: its index; of the end, how many there are."""

    kind: Kind
    member: int
    start: int
    end: int


class Layout(Generic[T]):
    """Where everything of an archive lies. Holds 16 bytes a member beside the members themselves."""

    def __init__(self, members: Sequence[Member[T]]) -> None:
        self.members = members
        self._starts = array("Q", [0])  # of each member's header; after the last one's, of the directory
        for member in members:
            self._starts.append(self._starts[-1] + _header_bytes(member) + member.size_bytes)
        self._lines = array("Q", [self._starts[-1]])  # of each member's line; after the last one's, of the end
        for index in range(len(members)):
            self._lines.append(self._lines[-1] + self._line_bytes(index))
        self._end = self._make_end()
        self.size_bytes: int = self._lines[-1] + len(self._end)

    def parts(self, start: int, end: int) -> Iterator[Part]:
        """Yield what lies at the bytes `start` up to but without `end` of the archive, in its order."""
        for at, size, kind, index in self._things(start):
            if at >= end:
                return
            first, last = max(start - at, 0), min(end - at, size)
            if first < last:
                yield Part(kind, index, first, last)

    def header(self, index: int, crc32: int) -> bytes:
        """Return what stands before a member's bytes."""
        member = self.members[index]
        name, large = member.name.encode(), member.size_bytes >= _MOST_BYTES
        size = _MOST_BYTES if large else member.size_bytes
        extra = _stamp(member) + (_zip64(member.size_bytes, member.size_bytes) if large else b"")
        needs, at = _ZIP64 if large else _PLAIN, _dos_time(member.modified_s)
        return (
            _LOCAL.pack(0x04034B50, needs, _UTF8_NAMES, 0, *at, crc32, size, size, len(name), len(extra)) + name + extra
        )

    def line(self, index: int, crc32: int) -> bytes:
        """Return a member's line in the directory."""
        member, offset = self.members[index], self._starts[index]
        name, wide = member.name.encode(), self._wide(index)
        extra = _stamp(member) + (_zip64(*wide) if wide else b"")
        size, needs = min(member.size_bytes, _MOST_BYTES), _ZIP64 if wide else _PLAIN
        head = (0x02014B50, _UNIX | _ZIP64, needs, _UTF8_NAMES, 0, *_dos_time(member.modified_s), crc32, size, size)
        tail = (len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _MOST_BYTES))
        return _CENTRAL.pack(*head, *tail) + name + extra

    def end(self) -> bytes:
        """Return what stands after the directory."""
        return self._end

    def _things(self, start: int) -> Iterator[tuple[int, int, Kind, int]]:
        """Yield place, size, kind and member of everything, from the one in which the byte `start` lies."""
        count = len(self.members)
        for index in range(min(bisect_right(self._starts, start) - 1, count), count):
            at, header = self._starts[index], _header_bytes(self.members[index])
            yield at, header, Kind.HEADER, index
            yield at + header, self.members[index].size_bytes, Kind.CONTENT, index
        for index in range(min(max(bisect_right(self._lines, start) - 1, 0), count), count):
            yield self._lines[index], self._lines[index + 1] - self._lines[index], Kind.LINE, index
        yield self._lines[-1], len(self._end), Kind.END, count

    def _wide(self, index: int) -> list[int]:
        """Return the numbers of a member's line that need ZIP64, in their order."""
        size, offset = self.members[index].size_bytes, self._starts[index]
        return ([size, size] if size >= _MOST_BYTES else []) + ([offset] if offset >= _MOST_BYTES else [])

    def _line_bytes(self, index: int) -> int:
        wide = len(self._wide(index))
        return _CENTRAL.size + len(self.members[index].name.encode()) + _STAMP.size + (4 + 8 * wide if wide else 0)

    def _make_end(self) -> bytes:
        count, at = len(self.members), self._starts[-1]
        size = self._lines[-1] - at
        few = (min(count, _MOST_FILES), min(size, _MOST_BYTES), min(at, _MOST_BYTES))
        plain = _END.pack(0x06054B50, 0, 0, few[0], few[0], few[1], few[2], 0)
        if count < _MOST_FILES and size < _MOST_BYTES and at < _MOST_BYTES:
            return plain
        wide = _END64.pack(0x06064B50, _END64.size - 12, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, at)
        return wide + _LOCATOR.pack(0x07064B50, 0, self._lines[-1], 1) + plain


def _header_bytes(member: Member[T]) -> int:
    wide = 20 if member.size_bytes >= _MOST_BYTES else 0
    return _LOCAL.size + len(member.name.encode()) + _STAMP.size + wide


def _zip64(*numbers: int) -> bytes:
    return struct.pack(f"<HH{len(numbers)}Q", 0x0001, 8 * len(numbers), *numbers)


def _stamp(member: Member[T]) -> bytes:
    return _STAMP.pack(0x5455, 5, 1, max(0, min(member.modified_s, _LAST_STAMP_S)))


def _dos_time(modified_s: int) -> tuple[int, int]:
    """Return a time and a date as DOS wrote them."""
    at = time.gmtime(min(max(modified_s, _FIRST_S), _LAST_S))
    clock = at.tm_hour << 11 | at.tm_min << 5 | at.tm_sec // 2
    return clock, (at.tm_year - 1980) << 9 | at.tm_mon << 5 | at.tm_mday
