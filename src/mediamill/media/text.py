"""Turning the bytes of a text file into text, or saying why they are none."""

import codecs
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from mediamill.core.errors import InvalidInput

if TYPE_CHECKING:
    from pydantic import BaseModel

P = TypeVar("P", bound="BaseModel")

#: A longer text is a file of its job, and no parameter, once it is accepted.
KEPT_CHARS: Final = 10_000

#: How much of a file is looked at to tell text from something else.
_SNIFFED_BYTES = 64 * 1024
_PIECE_BYTES: Final = 256 * 1024
#: Longer marks first: UTF-32 LE starts with the mark of UTF-16 LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = (
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an XZ file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "an RTF document"),
    (b"ID3", "an MP3"),
    (b"\xff\xfb", "an MP3"),
    (b"fLaC", "a FLAC sound"),
    (b"RIFF", "a RIFF sound or video"),
    (b"OggS", "an Ogg sound or video"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
#: MP4 and its kin tell their kind behind the length of their first box.
_MP4: Final = b"ftyp"
_MP4_OFFSET: Final = 4
#: C0 control characters that no text needs; tab, line feed, form feed and carriage return are text.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROLS_PER_BYTE = 0.01
_UTF16_ZEROS_PER_BYTE = 0.25


def aside(params: P, text: str | None) -> tuple[P, Mapping[str, str]]:
    """Return a request whose field `text` is this one without it, and it as `file`, where it is long; see Service."""
    if text is None or len(text) <= KEPT_CHARS:
        return params, {}
    return params.model_copy(update={"text": None}), {"file": text}


def read_text(path: Path, *, field: str = "file") -> str:
    """Return the text of a file: UTF-8 with or without a mark, UTF-16 or UTF-32; lines end in LF.

    field: the parameter to blame. Raises InvalidInput for anything else, and says what it looks like.
    """
    return "".join(pieces(path, field=field))


def decode(raw: bytes, *, field: str = "file") -> str:
    """As `read_text`, for bytes."""
    return "".join(_decoded(io.BytesIO(raw), field))


def pieces(path: Path, *, field: str = "file") -> Iterator[str]:
    """As `read_text`, a piece at a time: a file of any size takes a megabyte of memory."""
    with path.open("rb") as file:
        yield from _decoded(file, field)


def _decoded(file: BinaryIO, field: str) -> Iterator[str]:
    raw = file.read(_PIECE_BYTES)
    encoding = _encoding_of(raw, field)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    place = 0
    while True:
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as wrong:
            raise InvalidInput(
                f"the file is not valid {encoding.removesuffix('-sig').upper()} at byte {place - held + wrong.start}; "
                "save it as UTF-8 and send it again",
                field=field,
            ) from wrong
        if text := lines.decode(text, final=not raw):
            yield text
        if not raw:
            return
        place += len(raw)
        raw = file.read(_PIECE_BYTES)


def _encoding_of(raw: bytes, field: str) -> str:
    for magic, kind in _KINDS:
        if raw.startswith(magic):
            raise InvalidInput(f"the file is {kind}, not text", field=field)
    if raw[_MP4_OFFSET : _MP4_OFFSET + len(_MP4)] == _MP4:
        raise InvalidInput("the file is an MP4 sound or video, not text", field=field)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    head = raw[:_SNIFFED_BYTES]
    if encoding := _unmarked_utf16(head):
        return encoding
    if len(_CONTROLS.findall(head)) > len(head) * _CONTROLS_PER_BYTE:
        raise InvalidInput("the file is binary, not text", field=field)
    return "utf-8"


def _unmarked_utf16(head: bytes) -> str:
    """Return the kind of UTF-16 that some Windows programs write without a mark, or "".

    Western text has a zero in every second byte; Vietnamese has one in most.
    """
    low, high = head[0::2].count(0), head[1::2].count(0)
    enough = len(head) * _UTF16_ZEROS_PER_BYTE
    if high > enough and low == 0:
        return "utf-16-le"
    if low > enough and high == 0:
        return "utf-16-be"
    return ""
