"""Tables of numbers in one file, in the form of safetensors, that all processes of a machine map and share."""

import hashlib
import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_DTYPES: Final = {"F16": "<f2", "F32": "<f4", "I32": "<i4", "U32": "<u4"}
_NAMES: Final = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_LENGTH_BYTES: Final = 8
#: Where the numbers begin, and each table: of any of these sizes. It is a whole number of each.
_ALIGNED: Final = 64
_ABOUT: Final = "__metadata__"
_DIGEST: Final = "sha256"


class Tables(NamedTuple):
    """What a file has. by_name: arrays of the file's own pages, that cannot be written. about: words on them."""

    by_name: Mapping[str, NDArray[Any]]
    about: Mapping[str, str]


def write(to: Path, by_name: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> None:
    """Write a new file. Its head has a digest of itself; the numbers have none. Not on the disk yet when it returns.

    Source: safetensors' README: the length of its head in eight bytes, the head in JSON, the numbers.
    """
    head: dict[str, Any] = {_ABOUT: dict(about)}
    end = 0
    for name, table in by_name.items():
        begin, end = end, end + table.nbytes
        head[name] = {"dtype": _NAMES[table.dtype], "shape": table.shape, "data_offsets": (begin, end)}
    head[_ABOUT][_DIGEST] = _digest(head)
    told = json.dumps(head).encode()
    told += b" " * (-(_LENGTH_BYTES + len(told)) % _ALIGNED)
    with to.open("wb") as file:
        file.write(len(told).to_bytes(_LENGTH_BYTES, "little") + told)
        for table in by_name.values():
            file.write(np.ascontiguousarray(table).data)


def mapped(file: Path) -> Tables:
    """Return a file's tables where they lie. About 0.2 ms.

    Raises OSError, and ValueError for a file that is cut off, or whose head is not what was written or says nonsense.
    """
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(_LENGTH_BYTES), "little")
        pages = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _read(pages, _LENGTH_BYTES + length)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{file.name} is broken: {error}") from error


def _read(pages: mmap.mmap, begin: int) -> Tables:
    head: dict[str, Any] = json.loads(pages[_LENGTH_BYTES:begin])
    about: dict[str, str] = head.get(_ABOUT, {})
    digest = about.pop(_DIGEST, None)
    if digest not in {None, _digest(head)}:
        raise ValueError("its head has changed")
    head.pop(_ABOUT, None)
    if begin + max(each["data_offsets"][1] for each in head.values()) != len(pages):
        raise ValueError("it is cut off")
    return Tables({name: _table(pages, begin, **each) for name, each in head.items()}, about)


def _table(
    pages: mmap.mmap, at: int, dtype: str, shape: tuple[int, ...], data_offsets: tuple[int, int]
) -> NDArray[Any]:
    begin, end = data_offsets
    numbers = np.dtype(_DTYPES[dtype])
    # A plain array: what memmap adds to each row that is taken costs as much as the row.
    return np.frombuffer(pages, numbers, (end - begin) // numbers.itemsize, at + begin).reshape(shape)


def _digest(head: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()
