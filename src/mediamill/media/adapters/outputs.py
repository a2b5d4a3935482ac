"""What a program left behind: only what lies below its own folder, and is a plain file, is taken."""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urldefrag

from mediamill.core.errors import PermanentError
from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.errors import KINDS
from mediamill.media.adapters.fetched import Item
from mediamill.media.adapters.parts import Outputs
from mediamill.media.adapters.progress import dotted

_TEXT_CHARS: Final = 500
_URL_CHARS: Final = 2_000
#: Files of all kinds that a program may leave; a folder with more was not made by one of those described.
_ENTRIES_MOST: Final = 20_000
_DEPTH_MOST: Final = 20
_PICTURE_BYTES: Final = 20 * 2**20
_JPEG: Final = b"\xff\xd8\xff"
_PICTURES: Final = (".jpg", ".jpeg")
_DATE: Final = re.compile(r"(\d{4})(?:-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_DIGITS: Final = re.compile(r"(\d+)")


class TooManyFiles(PermanentError):  # noqa: N818 - its name is what it says
    """More files than the description allows: no larger disk would do."""

    code = "QUOTA"


@dataclass
class Findings:
    """What a program says of its files while it runs. Lines beyond `most` are not kept."""

    rule: Outputs
    most: int
    said: list[Mapping[str, Any]] = field(default_factory=list)

    def read(self, line: str) -> bool:
        """Take a line; return whether it told of files."""
        found = list(self._told(line))
        self.said += found[: max(self.most - len(self.said), 0)]
        return bool(found)

    def _told(self, line: str) -> Iterator[Mapping[str, Any]]:
        rule = self.rule
        if rule.found == "printed" and rule.match is not None:
            found = rule.match.search(line)
            if found:
                yield found.groupdict()
        elif rule.found == "json" and line.startswith(rule.prefix):
            try:
                told = json.loads(line[len(rule.prefix) :])
            except (ValueError, RecursionError):
                return
            for each in told if isinstance(told, list) else [told]:
                yield {name: _first(each, paths) for name, paths in rule.fields.items()}


def collect(adapter: Adapter, said: Sequence[Mapping[str, Any]], out: Path, into: Path) -> tuple[Item, ...]:
    """Move what the program left below `out` to `into`, which is a folder of ours, and say what each file is.

    Passed over: what is no plain file, has another name as well (a link to a file of ours would be one), lies
    elsewhere whatever the program says, is empty, or has no suffix of the description's.

    Raises PermanentError with code QUOTA for more bytes than the description allows, TooManyFiles for more files.
    """
    below = out.resolve()
    found = list(_there(said, below) if adapter.outputs.found != "new" else _whatever(below))
    taken = [(path, told) for path, told in found if _suffix(path) in adapter.outputs.suffixes]
    size = sum(path.stat().st_size for path, _ in taken)
    message = f"{adapter.title}: {KINDS['QUOTA'].words}: {len(taken)} files of {size} bytes"
    if len(taken) > adapter.most_files:
        raise TooManyFiles(message)
    if size > adapter.most_bytes:
        raise PermanentError(message, code="QUOTA")
    pictures = {path: _picture(path, adapter.outputs.covers) for path, _ in taken}
    return tuple(
        _moved(path, told, into / f"{number:04}.{_suffix(path)}", pictures[path])
        for number, (path, told) in enumerate(taken, 1)
    )


def _moved(path: Path, told: Mapping[str, Any], target: Path, picture: Path | None) -> Item:
    shutil.move(path, target)
    thumbnail = target.with_suffix(".jpg") if picture is not None else None
    if picture is not None and thumbnail is not None:
        shutil.copyfile(picture, thumbnail, follow_symlinks=False)
    return Item(
        path=target,
        title=_text(told.get("title")) or _text(path.stem) or "untitled",
        id=_text(told.get("id")),
        source=_text(told.get("source")),
        url=_url(told.get("url")),
        duration_s=_number(told.get("duration_s")),
        artist=_text(told.get("artist")),
        album=_text(told.get("album")),
        track=_whole(told.get("track")),
        released=_date(told.get("released")),
        thumbnail=thumbnail,
    )


# ---- files


def _there(said: Sequence[Mapping[str, Any]], below: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the files that the program told of, once each, in its order."""
    seen: set[Path] = set()
    for told in said:
        named = told.get("path")
        if not isinstance(named, str) or not named or "\0" in named:
            continue
        path = _meant(named, below)
        if path is not None and path not in seen:
            seen.add(path)
            yield path, told


def _meant(named: str, below: Path) -> Path | None:
    """Return the file that a program calls so: from `out`, or from the folder above, in which it runs."""
    # Lexically first: what is asked of the file system is below `out` in any case.
    paths = (Path(os.path.normpath(folder / named)) for folder in (below, below.parent))
    return next((path for path in paths if path.is_relative_to(below) and _is_plain(path, below)), None)


def _whatever(below: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield all plain files below a folder, in the order of their names, numbers by their size."""
    found: list[Path] = []
    for folder, folders, names in os.walk(below, followlinks=False):
        if len(Path(folder).relative_to(below).parts) >= _DEPTH_MOST:
            folders.clear()
        found += (Path(folder, name) for name in names)
        if len(found) > _ENTRIES_MOST:
            raise TooManyFiles(f"{KINDS['QUOTA'].words}: more than {_ENTRIES_MOST} files")
    for path in sorted(found, key=lambda path: _natural(str(path.relative_to(below)))):
        if _is_plain(path, below):
            yield path, {}


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in _DIGITS.split(name)]


def _is_plain(path: Path, below: Path) -> bool:
    """Whether it is a file with bytes in it, of one name, reached through no link."""
    try:
        found = path.lstat()
        straight = path.resolve(strict=True) == path and path.is_relative_to(below)
    except (OSError, ValueError, RuntimeError):  # gone, a name too long, links in a ring
        return False
    return straight and stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size > 0


def _suffix(path: Path) -> str:
    return path.suffix[1:].lower()


def _picture(path: Path, covers: Sequence[str]) -> Path | None:
    """Return the JPEG that lies beside a file: of its own name, or of one that covers have."""
    beside = (*(path.with_suffix(suffix) for suffix in _PICTURES), *(path.parent / name for name in covers))
    return next((picture for picture in beside if picture != path and _is_jpeg(picture, path.parent)), None)


def _is_jpeg(path: Path, below: Path) -> bool:
    if not _is_plain(path, below) or path.stat().st_size > _PICTURE_BYTES:
        return False
    with path.open("rb") as file:
        return file.read(len(_JPEG)) == _JPEG


# ---- what was said of them: hostile


def _first(told: Any, paths: Sequence[str]) -> Any:  # noqa: ANN401 - of a program's JSON
    if isinstance(told, str):  # a list of paths
        return told if "." in paths else None
    return next((value for path in paths if (value := dotted(told, path)) or value == 0), None)


def _text(value: object) -> str:
    if isinstance(value, list):
        return _text(", ".join(_text(each) for each in value[:20]))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(value)[: 4 * _TEXT_CHARS])
    return " ".join(plain.split())[:_TEXT_CHARS]


def _url(value: object) -> str:
    if not isinstance(value, str) or len(value) > _URL_CHARS or not value.isprintable() or " " in value:
        return ""
    return urldefrag(value).url if value.startswith(("http://", "https://")) else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e9 else None  # noqa: PLR2004 - thirty years of sound


def _whole(value: object) -> int | None:
    found = re.match(r"\d{1,6}", str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    return int(found[0]) or None if found else None


def _date(value: object) -> str:
    found = _DATE.match(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    return "-".join(part for part in found.groups() if part) if found else ""
