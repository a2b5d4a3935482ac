"""Whether a file can be an ONNX model: looked at without loading it, in microseconds whatever its size."""

import functools
from pathlib import Path
from typing import BinaryIO, Final

from mediamill.media.digests import digest_of

#: The fields of a ModelProto (onnx.proto3): version numbers and names, the graph (7), imports, functions.
_FIELDS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
_GRAPH: Final = 7
#: Of protocol buffers: https://protobuf.dev/programming-guides/encoding/
_VARINT, _BYTES = 0, 2
_LONGEST_VARINT: Final = 10
#: A protocol buffer has 2 GiB at most.
_LONGEST_FIELD: Final = 2**31
#: A model has a handful; each function of a model is one more.
_MOST_FIELDS: Final = 10_000


def flaw(path: Path) -> str:
    """Return what is wrong with a model as a whole: empty, cut off, none at all; "" when it looks complete."""
    try:
        stat = path.stat()
        return _flaw(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}"


def digest(path: Path) -> str:
    """Return a mark of a file's content, 16 hexadecimal digits. Read once for each change of the file.

    Raises OSError.
    """
    stat = path.stat()
    return _digest(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=1_024)
def _digest(path: Path, _mtime_ns: int, _size: int) -> str:
    return digest_of(path)[:16]


@functools.lru_cache(maxsize=1_024)
def _flaw(path: Path, _mtime_ns: int, size: int) -> str:
    if size == 0:
        return f"{path.name} is empty"
    with path.open("rb") as file:
        try:
            graphs, end = _walk(file, size)
        except ValueError:
            return f"{path.name} is no ONNX model"
    if end > size:
        return f"{path.name} is cut off: it has {size:,} bytes of {end:,} or more"
    return "" if graphs else f"{path.name} is no ONNX model"


def _walk(file: BinaryIO, size: int) -> tuple[int, int]:
    """Go from field to field; return how many graphs there are, and where the last field ends.

    Raises ValueError when it is something else than a model.
    """
    graphs = 0
    for _ in range(_MOST_FIELDS):
        if file.tell() >= size:
            return graphs, file.tell()
        key = _varint(file)
        field, kind = key >> 3, key & 7
        if field not in _FIELDS or kind not in {_VARINT, _BYTES}:
            raise ValueError(field)
        length = _varint(file)
        if kind == _BYTES:
            if length > _LONGEST_FIELD:
                raise ValueError(length)
            file.seek(length, 1)
        graphs += field == _GRAPH
    raise ValueError(graphs)


def _varint(file: BinaryIO) -> int:
    number = 0
    for place in range(_LONGEST_VARINT):
        byte = file.read(1)
        if not byte:  # the end, in the middle of a number: what is missing is a byte at least
            file.seek(1, 1)
            return number
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:  # noqa: PLR2004 - its upper bit says that the number goes on
            return number
    raise ValueError(number)
