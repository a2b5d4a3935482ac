"""Cuts off what a recorder that was killed did not write to its end. Reads bytes alone, and decodes nothing."""

import os
import re
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO, Final

from mediamill.core.errors import PermanentError
from mediamill.media.live.ts import PACKET

_SYNC: Final = 0x47
#: So many packets in a row tell where packets are.
_SURE: Final = 5
#: At once, from a file's end on; more than a row of packets.
_LOOKED_AT: Final = 64 * 1024
#: The head that all recorders write, with the size of the tag before the first.
_FLV: Final = re.compile(rb"FLV\x01[\x00-\x05]\x00\x00\x00\x09\x00\x00\x00\x00")
_FLV_HEAD: Final = 13
_TAG_HEAD: Final = 11
_SIZE_AFTER: Final = 4
_TAGS: Final = frozenset({8, 9, 18})
_BOX_HEAD: Final = 8
_LARGE_HEAD: Final = 16
_COPY: Final = 4 * 2**20


class Broken(PermanentError):  # noqa: N818 - what the file is
    """There is nothing whole in a part."""

    code = "PART_BROKEN"


def heal(path: Path) -> int:
    """Cut a part where the last whole piece of it ends, in place; return how many bytes that took off.

    A transport stream ends with a packet, FLV with a tag, fragmented MP4 with a fragment. What a file is its first
    bytes say, not its name; of other kinds nothing is cut. Of FLV it reads the heads of all tags, else little.

    Raises Broken where nothing whole is in it, and then the file is as it was; OSError.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        whole = _whole(file, size)
        if whole <= 0:
            raise Broken(f"there is nothing whole in {size} bytes")
        if whole < size:
            file.truncate(whole)
    return size - whole


def split(path: Path, folder: Path) -> tuple[Path, ...]:
    """Write the streams of an FLV file that holds several into files of their own, in `folder`; return them in order.

    A recorder that goes on in the same file after an outage makes such files; readers lose what is behind the second
    head. `(path,)` for a file that holds one stream, and for what is no FLV.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        heads = _heads(file) if _FLV.match(file.read(_FLV_HEAD)) else []
        if len(heads) <= 1:
            return (path,)
        made = []
        for number, (begin, end) in enumerate(pairwise([*heads, size]), 1):
            made.append(folder / f"{path.stem}-{number:03d}.flv")
            with made[-1].open("xb") as to:
                file.seek(begin)
                _copy(file, to, end - begin)
    return tuple(made)


def _whole(file: BinaryIO, size: int) -> int:
    """Return how much of a file is whole, bytes; 0: nothing."""
    file.seek(0)
    first = file.read(_FLV_HEAD)
    if _FLV.match(first):
        return _last_tag(file, size)
    if first[4:8] in {b"ftyp", b"styp", b"moov", b"moof", b"sidx"}:
        return _last_fragment(file, size)
    if first[:1] == bytes([_SYNC]):
        return _last_packet(file, size)
    return size


# ---- transport streams


def _last_packet(file: BinaryIO, size: int) -> int:
    """Return where the last packet ends of which we can be sure; 0: there is none."""
    behind = size
    while behind >= PACKET:
        begin = max(0, behind - _LOOKED_AT)
        file.seek(begin)
        tail = file.read(behind - begin)
        if tail.strip(b"\0"):  # else the machine went down: there is room in the file for what was never written
            for end in range(len(tail), PACKET - 1, -1):
                row = tail[max(end % PACKET, end - _SURE * PACKET) : end : PACKET]
                if row.count(_SYNC) == len(row):
                    return begin + end
        if not begin:
            break
        behind = begin + _SURE * PACKET
    return 0


# ---- FLV


def _last_tag(file: BinaryIO, size: int) -> int:
    """Return where the last tag ends; 0: there is none."""
    heads = _heads(file)
    for begin in reversed(heads):
        at = end = begin + _FLV_HEAD
        while (following := _behind_tag(file, at, size)) > 0:
            at = end = following
        if end > begin + _FLV_HEAD:
            return end
    return 0


def _heads(file: BinaryIO) -> list[int]:
    """Return where streams begin: by their heads, for what is before one may end in the middle of a tag."""
    with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return [found.start() for found in _FLV.finditer(content)]


def _behind_tag(file: BinaryIO, at: int, size: int) -> int:
    """Return where the tag ends that begins at a place; 0: there is no whole one."""
    file.seek(at)
    head = file.read(_TAG_HEAD)
    if len(head) < _TAG_HEAD or head[0] not in _TAGS:
        return 0
    end = at + _TAG_HEAD + int.from_bytes(head[1:4], "big") + _SIZE_AFTER
    return end if end <= size else 0


# ---- MP4


def _last_fragment(file: BinaryIO, size: int) -> int:
    """Return where the last fragment ends, or what the file begins with."""
    at = whole = 0
    while at + _BOX_HEAD <= size:
        file.seek(at)
        head = file.read(_LARGE_HEAD)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < _BOX_HEAD or at + length > size:
            break
        at += length
        if kind not in {b"moof", b"styp", b"sidx", b"emsg", b"prft"}:  # they stand before what they speak of
            whole = at
    return whole


def _copy(file: BinaryIO, to: BinaryIO, size: int) -> None:
    while size and (piece := file.read(min(size, _COPY))):
        to.write(piece)
        size -= len(piece)
