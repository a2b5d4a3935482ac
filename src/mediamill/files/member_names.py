"""Names within an archive: safe wherever it is unpacked, and none of them twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from mediamill.core.errors import PermanentError
from mediamill.files.names import clean_name, safe_name

#: What Windows takes for something else; an archive with it cannot be unpacked there.
_STRANGE: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


def member_names(names: Iterable[str]) -> list[str]:
    """Return the names under which files stand in one archive, in their order.

    Each stays below the folder that it is unpacked in. Those that one file system or another takes for the same are
    numbered: `a.mp3`, `A (2).mp3`; so is a file where a folder has its name.
    """
    portable = [_portable(name) for name in names]
    folders = {folder.casefold() for name in portable for folder in _folders(name)}
    taken: set[str] = set()
    last: defaultdict[str, int] = defaultdict(lambda: 1)
    found = []
    for name in portable:
        place, free = name.casefold(), name
        while free.casefold() in taken or free.casefold() in folders:
            last[place] += 1
            free = _numbered(name, last[place])
        taken.add(free.casefold())
        found.append(free)
    return found


def _portable(name: str) -> str:
    try:
        parts = safe_name(name).split("/")
    except PermanentError:  # of a record that was written by hand, or restored from one
        parts = [clean_name(part.translate(_STRANGE)) for part in name.split("/") if part] or ["file"]
    return "/".join(_portable_part(part) for part in parts)


def _portable_part(part: str) -> str:
    plain = part.translate(_STRANGE).rstrip(". ") or "_"
    return f"_{plain}" if plain.partition(".")[0].casefold() in _DEVICES else plain


def _folders(name: str) -> Iterator[str]:
    """Yield the folders that a name lies in."""
    at = name.find("/")
    while at >= 0:
        yield name[:at]
        at = name.find("/", at + 1)


def _numbered(name: str, number: int) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, extension = last.rpartition(".")
    if not stem:
        stem, dot, extension = last, "", ""
    return f"{folder}{slash}{stem} ({number}){dot}{extension}"
