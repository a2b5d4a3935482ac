"""What is known of downloaded files: kept beside them in the cache, and told in the result's data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from mediamill.media.adapters.fetched import Item

#: Beside the files; their own names are numbers.
_LIST: Final = "files.json"
#: Of a result's data, which may have 256 KiB in all.
TOLD_CHARS: Final = 200_000


@dataclass(frozen=True)
class FileFacts:
    """One file. file: its name in the folder. Texts are "", numbers None, where nothing is known.

    fault: why its tags could not be completed; "": they could, or were not to be.
    """

    file: str
    title: str
    artist: str = ""
    album: str = ""
    track: int | None = None
    released: str = ""
    id: str = ""
    source: str = ""
    url: str = ""
    duration_s: float | None = None
    tagged: bool = False
    fault: str = ""

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return what the program said."""
        return cls(
            file=item.path.name,
            title=item.title,
            artist=item.artist,
            album=item.album,
            track=item.track,
            released=item.released,
            id=item.id,
            source=item.source,
            url=item.url.partition("#")[0],  # where yt-dlp hides words of its own
            duration_s=item.duration_s,
        )

    @property
    def suffix(self) -> str:
        """The file's kind, with its dot."""
        return Path(self.file).suffix

    def values(self, number: int) -> Mapping[str, str | int | None]:
        """Return what a template may name. number: which of the files it is, from 1."""
        return {
            "title": self.title,
            "artist": self.artist,
            "album": self.album,
            "track": self.track,
            "date": self.released,
            "year": self.released[:4],
            "id": self.id,
            "source": self.source,
            "number": number,
        }

    def told(self, name: str, size_bytes: int) -> dict[str, Any]:
        """Return it for a result's data, without what is not known. name: of the artifact."""
        known = {key: value for key, value in asdict(self).items() if key != "file" and value not in ("", None)}
        return {"name": name, "format": self.suffix.removeprefix("."), "size_bytes": size_bytes, **known}


def write(files: Iterable[FileFacts], folder: Path) -> None:
    """Keep what is known of the files beside them. Raises FileExistsError for what a program left in its place."""
    with (folder / _LIST).open("x", encoding="utf-8") as file:  # follows no link
        json.dump([asdict(each) for each in files], file, ensure_ascii=False)


def read(folder: Path) -> tuple[FileFacts, ...]:
    """Return what `write` kept."""
    return tuple(FileFacts(**each) for each in json.loads((folder / _LIST).read_text("utf-8")))


def fitting(told: Sequence[Mapping[str, Any]], most_chars: int = TOLD_CHARS) -> Sequence[Mapping[str, Any]]:
    """Return as many from the beginning as a result's data have room for."""
    room = most_chars
    for number, each in enumerate(told):
        room -= len(json.dumps(each)) + len(", ")
        if room < 0:
            return told[:number]
    return told
