"""What is built once for an installation: where it lies, and that it is whole whoever builds it."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mediamill.core.errors import MediamillError, PermanentError

_BUILDING: Final = "-building-"

#: Writes the file of that name, and any that belong beside it, into an empty folder. Folders that it leaves there go.
Build = Callable[[Path], None]

_HERE: Final = Path(sys.prefix, "share", "mediamill")
_folder = _HERE


def use(folder: Path | None) -> None:
    """Look for what was built in this folder; None: in the one of this installation."""
    global _folder  # noqa: PLW0603 - where a process looks is settled where it begins
    _folder = folder or _HERE


def folder() -> Path:
    """Return where it is, or has to be built: beside this Python's packages, for all data folders."""
    return _folder


def install(place: Path, build: Build, *, whole: Callable[[Path], bool] = Path.is_file) -> Path:
    """Build the file `place`, and return where it is. Does nothing if it is `whole`; one that is not is replaced.

    Several processes may try at once: one builds, the others wait for it. It is made aside and renamed when it is on
    the disk, after what belongs beside it, so that nobody ever sees a half; what a killed one left behind goes with the
    next. Raises PermanentError that says why it could not be built.
    """
    if whole(place):
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place):
            if not whole(place):
                _build(place, build)
    except OSError as error:
        raise PermanentError(f"{place.parent}: {error.strerror or error}") from error
    return place


def _build(place: Path, build: Build) -> None:
    prefix = f".{place.name}{_BUILDING}"
    for leftover in place.parent.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place.parent) as aside:
        build(Path(aside))
        made = [each for each in Path(aside).iterdir() if each.is_file()]
        for each in sorted(made, key=lambda path: path.name == place.name):
            with each.open("rb") as written:
                os.fsync(written.fileno())
            each.replace(place.with_name(each.name))


def set_up(what: str, build: Callable[[], Path], *, there: bool) -> int:
    """Build it unless it is there, for scripts/setup: say so, and return 0, or 1 where it cannot be built."""
    if there:
        return 0
    try:
        place = build()
    except MediamillError as error:
        print(f"{what} was not built: {error}", file=sys.stderr)  # noqa: T201 - a script's answer
        return 1
    print(f"{what} is in {place}")  # noqa: T201
    return 0


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Wait until no other process builds it; the lock goes with its process, however that ends."""
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
