"""Building WordNet's database where mediamill is set up."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.media.lexicon import sources, wordnet, wordnet_files

LICENCE: Final = "wordnet-licence.txt"
_LOCK: Final = ".wordnet.lock"
_ASIDE: Final = ".wordnet-building-"

#: Gets the files of a release into an empty folder, and returns where in it they are.
Fetch = Callable[[Path], Path]


def install(fetch: Fetch = sources.fetch) -> Path:
    """Build the database at `wordnet.place()`, its licence beside it, and return where. Does nothing if it is there.

    Takes some seconds. Several processes may try at once: one builds, the others wait for it. It is made aside and
    renamed when it is whole, so that nobody ever sees a half; what a killed one left behind goes with the next.
    Raises PermanentError that says why it could not be built.
    """
    place = wordnet.place()
    if place.is_file():
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent):
            if not place.is_file():
                _build(place, fetch)
    except OSError as error:
        raise PermanentError(f"{place.parent}: {error.strerror or error}") from error
    return place


def _build(place: Path, fetch: Fetch) -> None:
    for leftover in place.parent.glob(f"{_ASIDE}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=place.parent) as aside:
        files, database, licence = Path(aside, "files"), Path(aside, place.name), Path(aside, LICENCE)
        files.mkdir()
        release = fetch(files)
        licence.write_text(wordnet_files.licence(release), encoding="utf-8")
        wordnet.build(release, database)
        with database.open("rb") as built:
            os.fsync(built.fileno())
        licence.replace(place.with_name(LICENCE))
        database.replace(place)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process builds there; the lock goes with its process, however that ends."""
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
