"""What makes a file, as a part of its cache key: other code, or another library, may make another one.

So a change makes files anew, and nobody has to think of a number.
"""

import functools
import hashlib
from pathlib import Path
from typing import Final

#: Of what lies in a folder: code, and templates.
_KINDS: Final = ("*.py", "*.typ")


@functools.cache
def made_by(*sources: Path, libraries: tuple[str, ...]) -> str:
    """Return a digest of the code in files and in folders, with all below them, and of the versions of libraries.

    Looked at once: a process goes on with the code that it has loaded. Raises FileNotFoundError for code that is
    elsewhere, PackageNotFoundError for a library that is not installed.
    """
    from importlib.metadata import version  # noqa: PLC0415 - 20 ms of each process that makes files, which never asks

    whole = hashlib.sha256()
    for source in sources:
        for path in _files(source):
            whole.update(f"{path.relative_to(source.parent)}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    for library in libraries:
        whole.update(f"{library} {version(library)}\0".encode())
    return whole.hexdigest()


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for kind in _KINDS for path in source.rglob(kind))
    return [source]
