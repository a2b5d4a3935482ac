"""The descriptions of programs: those of a service, and the operator's beside them, looked at once a second."""

import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mediamill.media import adapters as room
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.places import place_of

_LOOK_EVERY_S: Final = 1.0
_FILE_BYTES: Final = 256 * 1024
_FILES_MOST: Final = 200
_SHOWN: Final = 3


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


def adapters(folder: Path) -> Mapping[str, Adapter]:
    """Return the adapters that may be asked, by name: those described in `folder`, and the operator's.

    Cheap: files are looked at once a second, and read again where they changed.
    """
    return shelf(folder).on


def choose(found: Mapping[str, Adapter], url: str) -> Adapter | None:
    """Return the adapter that takes this address, of several the one with the highest rank; None: none does."""
    taking = [adapter for adapter in found.values() if adapter.takes(url)]
    return max(taking, key=lambda adapter: adapter.rank, default=None)


def shelf(folder: Path) -> Shelf:
    """Return all descriptions of `folder` and of the operator's folder, one of whose names wins over ours."""
    settings = room.used()
    folders = (folder, settings.folder) if settings and settings.folder else (folder,)
    flags = settings.flags if settings else {}
    return _CACHE.shelf(folders, flags)


def read(path: Path) -> Adapter | Broken:
    """Read one description. What is wrong is told with its line."""
    try:
        with path.open("rb") as file:
            content = file.read(_FILE_BYTES + 1)
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
        found = error.errors(include_url=False, include_context=False)
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        return Broken(path, "; ".join(_told(each, text) for each in found[:_SHOWN]) + more)


def _told(error: ErrorDetails, text: str) -> str:
    place = error["loc"]
    line = place_of(text, place, error["input"])
    # pydantic puts names of its own into a path; those of the file are words of it.
    named = ".".join(str(part) for part in place if isinstance(part, int) or part in text)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "there is no such field"
    return f"line {line}: {named}: {message}" if named else f"line {line}: {message}"


class _Cache:
    """What was read last of each set of folders."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looked: dict[Any, tuple[float, Shelf]] = {}
        self._files: dict[Path, tuple[tuple[int, int], Adapter | Broken]] = {}

    def shelf(self, folders: tuple[Path, ...], flags: Mapping[str, bool | None]) -> Shelf:
        key = (folders, tuple(sorted(flags.items())))
        with self._lock:
            at, found = self._looked.get(key, (0.0, Shelf()))
            if key not in self._looked or time.monotonic() - at >= _LOOK_EVERY_S:
                found = self._gathered(folders, flags)
                self._looked[key] = (time.monotonic(), found)
            return found

    def _gathered(self, folders: tuple[Path, ...], flags: Mapping[str, bool | None]) -> Shelf:
        found: dict[str, Adapter] = {}
        broken: list[Broken] = []
        for folder in folders:
            try:
                paths = sorted(path for path in folder.glob("*.toml"))[:_FILES_MOST]
            except OSError as error:
                broken.append(Broken(folder, error.strerror or "it cannot be read"))
                continue
            here: dict[str, Path] = {}
            for path in paths:
                described = self._read(path)
                if isinstance(described, Broken):
                    broken.append(described)
                elif described.name in here:
                    broken.append(Broken(path, f"{here[described.name].name} has the same name: {described.name}"))
                else:
                    here[described.name] = path
                    found[described.name] = described
        return _sorted(found, flags, broken)

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
