"""The descriptions of programs: those of a service, and the operator's beside them, looked at once a second."""

import errno
import os
import stat
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mediamill.media import adapters as room
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.places import place_of

_LOOK_EVERY_S: Final = 1.0
_FILE_BYTES: Final = 256 * 1024
_FILES_MOST: Final = 200
_SHOWN: Final = 3
#: pydantic's word.
_MISSING: Final = "missing"


@dataclass(frozen=True)
class Broken:
    """A description that cannot be used, and why, in words for whoever runs this machine; it takes nobody else down."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Shelf:
    """All descriptions that were found. on: by name, those that may be asked; off: those that a setting turns off."""

    on: Mapping[str, Adapter] = field(default_factory=dict)
    off: Mapping[str, Adapter] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()


def adapters(folder: Path, service: str = "downloads") -> Mapping[str, Adapter]:
    """Return the adapters that may be asked, by name; see `shelf`."""
    return shelf(folder, service).on


def choose(found: Mapping[str, Adapter], url: str) -> Adapter | None:
    """Return the adapter that takes this address, of several the one with the highest rank; None: none does."""
    taking = [adapter for adapter in found.values() if adapter.takes(url)]
    return max(taking, key=lambda adapter: adapter.rank, default=None)


def shelf(folder: Path, service: str = "downloads") -> Shelf:
    """Return the descriptions of `folder`, and those of the operator's that are for this service.

    Of two of one name the operator's counts. Cheap: files are looked at once a second, and read again where they
    changed.
    """
    settings = room.used()
    key = _Key(
        service, folder, settings.folder if settings else None, tuple((settings.flags if settings else {}).items())
    )
    return _CACHE.shelf(key)


def read(path: Path) -> Adapter | Broken:
    """Read one description. What is wrong is told with its line."""
    try:
        content = _content(path)
        if len(content) > _FILE_BYTES:
            return Broken(path, f"more than {_FILE_BYTES} bytes")
        text = content.decode()
        return Adapter.model_validate(tomllib.loads(text))
    except OSError as error:
        return Broken(path, error.strerror or "it cannot be read")
    except UnicodeDecodeError:
        return Broken(path, "it is not UTF-8")
    except tomllib.TOMLDecodeError as error:  # has the line
        return Broken(path, f"no TOML: {error}")
    except ValidationError as error:
        # A slip of the pen explains what is missing.
        found = sorted(error.errors(include_url=False), key=lambda each: each["type"] == _MISSING)
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return Broken(path, "; ".join(_told(each, text) for each in found[:_SHOWN]) + more)


def _content(path: Path) -> bytes:
    """Return the first bytes of a file. Raises OSError, for what is none, too."""
    # A pipe would keep whoever opens it waiting for a writer.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        return file.read(_FILE_BYTES + 1)


def _told(error: ErrorDetails, text: str) -> str:
    place = error["loc"]
    at = error.get("ctx", {}).get("at") or error["input"]
    line = place_of(text, place, at if isinstance(at, str) else "")
    # pydantic puts names of its own into a path; those of the file are words of it.
    missing = error["type"] == _MISSING
    parts = [str(part) for part in place if isinstance(part, int) or part in text or (missing and part == place[-1])]
    message = {_MISSING: "it is missing", "extra_forbidden": "there is no such field"}.get(error["type"], error["msg"])
    return f"line {line}: " + ": ".join(filter(None, (".".join(parts), message)))


@dataclass(frozen=True)
class _Key:
    """What decides a shelf, besides the files."""

    service: str
    ours: Path
    theirs: Path | None
    flags: tuple[tuple[str, bool | None], ...]


class _Cache:
    """What was read last of each set of folders."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looked: dict[_Key, tuple[float, Shelf]] = {}
        self._files: dict[Path, tuple[tuple[int, int], Adapter | Broken]] = {}

    def shelf(self, key: _Key) -> Shelf:
        with self._lock:
            at, found = self._looked.get(key, (0.0, None))
            if found is None or time.monotonic() - at >= _LOOK_EVERY_S:
                found = self._gathered(key)
                self._looked[key] = (time.monotonic(), found)
            return found

    def _gathered(self, key: _Key) -> Shelf:
        ours, broken = self._folder(key.ours)
        theirs, broken_too = self._folder(key.theirs) if key.theirs is not None else ({}, [])
        fitting = {name: adapter for name, adapter in theirs.items() if adapter.service == key.service}
        return _sorted({**ours, **fitting}, dict(key.flags), [*broken, *broken_too])

    def _folder(self, folder: Path) -> tuple[dict[str, Adapter], list[Broken]]:
        found: dict[str, Adapter] = {}
        broken: list[Broken] = []
        try:
            paths = sorted(folder.glob("*.toml"))[:_FILES_MOST]
        except OSError as error:
            return {}, [Broken(folder, error.strerror or "it cannot be read")]
        for path in paths:
            described = self._read(path)
            if isinstance(described, Broken):
                broken.append(described)
            elif described.name in found:
                broken.append(Broken(path, f"another file of the folder describes {described.name!r}, too"))
            else:
                found[described.name] = described
        return found, broken

    def _read(self, path: Path) -> Adapter | Broken:
        try:
            seen = path.stat()
        except OSError as error:
            return Broken(path, error.strerror or "it cannot be read")
        mark = (seen.st_mtime_ns, seen.st_size)
        kept = self._files.get(path)
        if kept is None or kept[0] != mark:
            kept = self._files[path] = (mark, read(path))
        return kept[1]


def _sorted(found: Mapping[str, Adapter], flags: Mapping[str, bool | None], broken: list[Broken]) -> Shelf:
    on: dict[str, Adapter] = {}
    off: dict[str, Adapter] = {}
    for name, adapter in found.items():
        enable = adapter.enable
        wanted = flags.get(enable.flag, enable.default) if enable else True
        if wanted is None and enable:
            broken.append(Broken(Path(f"{name}.toml"), f"{enable.flag}: yes or no is wanted"))
        elif wanted:
            on[name] = adapter
        else:
            off[name] = adapter
    return Shelf(on, off, tuple(broken))


_CACHE: Final = _Cache()
