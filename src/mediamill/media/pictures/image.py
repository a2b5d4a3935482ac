"""What a client's picture is, by its first bytes alone: nothing of it is decoded at the door."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from mediamill.core.errors import InvalidInput

MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 20_000

_SNIFFED_BYTES: Final = 32
_GIF: Final = (b"GIF87a", b"GIF89a")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
#: Markers with the size of a picture: start of frame, but not of tables and extensions between them.
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers that stand alone, without a length.
_JPEG_LONE: Final = frozenset(range(0xD0, 0xD8)) | {0x01}
_JPEG_FILL: Final = 0xFF
_JPEG_SCAN: Final = 0xDA
#: A picture of a camera has 10 or 20 before its size: Exif, profiles, previews.
_MOST_SEGMENTS: Final = 1_000


@dataclass(frozen=True)
class Header:
    """What the first bytes say. width, height: pixels, as stored: a camera may mean them turned."""

    kind: str
    width: int
    height: int


def check_image(path: Path, *, field: str) -> Header:
    """Return what the file is. Raises InvalidInput unless it is a PNG, JPEG, WebP or GIF of a size that we draw.

    Limits: 40 megapixels, 20,000 a side. field: the parameter that the error names.
    """
    with path.open("rb") as file:
        header = _header(file)
    if header is None:
        raise InvalidInput("the picture is no PNG, JPEG, WebP or GIF, or is broken at its beginning", field=field)
    size = f"the {header.kind} has {header.width:,} x {header.height:,} pixels"
    if min(header.width, header.height) < 1:
        raise InvalidInput(f"{size}: nothing to see", field=field)
    if max(header.width, header.height) > LONGEST_SIDE:
        raise InvalidInput(f"{size}; a side has at most {LONGEST_SIDE:,}", field=field)
    if header.width * header.height > MOST_PIXELS:
        raise InvalidInput(f"{size}; at most {MOST_PIXELS // 1_000_000} megapixels are read", field=field)
    return header


def _header(file: BinaryIO) -> Header | None:
    head = file.read(_SNIFFED_BYTES)
    file.seek(0)
    for name, begins, size in _KINDS:
        if begins(head):
            try:
                found = size(head, file)
            except struct.error:  # it ends before its size
                return None
            return Header(name, *found) if found else None
    return None


def _png_size(head: bytes, _file: BinaryIO) -> tuple[int, int] | None:
    return struct.unpack_from(">II", head, 16) if head[12:16] == b"IHDR" else None


def _gif_size(head: bytes, _file: BinaryIO) -> tuple[int, int] | None:
    return struct.unpack_from("<HH", head, 6)


def _webp_size(head: bytes, _file: BinaryIO) -> tuple[int, int] | None:
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return (width & 0x3FFF, height & 0x3FFF) if head[23:26] == b"\x9d\x01\x2a" else None
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if head[20] == 0x2F else None  # noqa: PLR2004
        case b"VP8X":
            width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
            return width, height
    return None


def _jpeg_size(_head: bytes, file: BinaryIO) -> tuple[int, int] | None:
    file.seek(2)
    for _segment in range(_MOST_SEGMENTS):
        marker = _next_marker(file)
        if marker in _JPEG_LONE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _JPEG_FRAMES:
            _bits, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        if marker == _JPEG_SCAN or length < 2:  # noqa: PLR2004 - the length counts itself
            return None
        file.seek(length - 2, 1)
    return None


def _next_marker(file: BinaryIO) -> int:
    """Return the marker at this place, which any number of fill bytes may precede. Raises struct.error without one."""
    (lead,) = struct.unpack(">B", file.read(1))
    marker = lead
    while marker == _JPEG_FILL:
        (marker,) = struct.unpack(">B", file.read(1))
    if lead != _JPEG_FILL:
        raise struct.error("no marker")
    return int(marker)


_Size = Callable[[bytes, BinaryIO], "tuple[int, int] | None"]
_KINDS: Final[tuple[tuple[str, Callable[[bytes], bool], _Size], ...]] = (
    ("PNG", lambda head: head.startswith(_PNG), _png_size),
    ("JPEG", lambda head: head.startswith(_JPEG), _jpeg_size),
    ("GIF", lambda head: head.startswith(_GIF), _gif_size),
    ("WebP", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _webp_size),
)
