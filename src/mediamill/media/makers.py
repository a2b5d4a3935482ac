"""What makes a file, as a part of its cache key: other code, or another library, may make another one.

So a change makes files anew, and nobody has to think of a number.
"""

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

#: Of what lies in a folder: code, and templates.
_KINDS: Final = ("*.py", "*.typ")


def made_by(*sources: Path, libraries: Iterable[str]) -> str:
    """Return a digest of the code in files and in folders, with all below them, and of the versions of libraries."""
    from importlib import metadata  # noqa: PLC0415 - 20 ms of every process that imports us and makes nothing

    whole = hashlib.sha256(_code(sources).encode())
    for library in libraries:
        whole.update(f"{library} {metadata.version(library)}\0".encode())
    return whole.hexdigest()


@functools.cache
def _code(sources: tuple[Path, ...]) -> str:
    whole = hashlib.sha256()
    for source in sources:
        for path in _files(source):
            whole.update(f"{path.relative_to(source.parent)}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for kind in _KINDS for path in source.rglob(kind))
