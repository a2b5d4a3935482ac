"""What a program fetched."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Item:
    """One file, and what the program said of it: hostile text, but no control characters, 500 characters at most.

    path: a regular file; its name is a number and a suffix, never what the site called it. title: the name of the file
    where nothing was said. source: the site, as the program calls it. url: of the page, without a fragment; "" where it
    was not http(s). track: its number on the album. released: "2024", "2024-05" or "2024-05-17". thumbnail: a JPEG.
    Texts are "", numbers None, where nothing was said.
    """

    path: Path
    title: str
    id: str = ""
    source: str = ""
    url: str = ""
    duration_s: float | None = None
    artist: str = ""
    album: str = ""
    track: int | None = None
    released: str = ""
    thumbnail: Path | None = None


@dataclass(frozen=True)
class Fetched:
    """The files in the order in which they were wanted: one at least.

    missing: the code of what kept the others away, "" when nothing is missing; said: the words for it. A playlist is
    kept without the entries that cannot be had; nobody else should get such a result from the cache.
    """

    items: tuple[Item, ...]
    missing: str = ""
    said: str = ""
