"""Files that outlive their jobs, such as recordings: how they are asked for, and how one arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mediamill.client.calls import Call
from mediamill.client.marked import MarkedDraft, Told
from mediamill.client.saving import target_of


@dataclass(frozen=True)
class KeptFile:
    """A file that was kept beyond its job. path: by which it is fetched; duration_s: of what it shows."""

    name: str
    path: str
    size_bytes: int
    kept_at: datetime
    began_at: datetime
    duration_s: float
    task_id: str
    room_id: str | None
    url: str | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "KeptFile":
        """Read one file."""
        return cls(
            name=str(body["name"]),
            path=str(body["path"]),
            size_bytes=int(body["size"]),
            kept_at=_time(body["mtime"]),
            began_at=_time(body["began_at"]),
            duration_s=float(body.get("duration", 0.0)),
            task_id=str(body["task_id"]),
            room_id=body.get("room_id"),
            url=body.get("url"),
        )


@dataclass(frozen=True)
class KeptFilter:
    """Which kept files; None: any. since, until: when they were kept, with a time zone.

    room_id: of this channel, as it was sent with the request; url: from this address, in any of its forms.
    """

    room_id: str | None = None
    url: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wire(self) -> dict[str, str | int | float]:
        """Return what is asked for, as the server reads it."""
        times = {"from": self.since, "to": self.until}
        wanted = {"room_id": self.room_id, "url": self.url}
        return {name: value for name, value in wanted.items() if value is not None} | {
            name: round(value.timestamp(), 3) for name, value in times.items() if value is not None
        }


@dataclass(frozen=True)
class KeptPage:
    """A part of the list, those kept last first. total: how many there are on all pages."""

    files: tuple[KeptFile, ...]
    total: int

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "KeptPage":
        """Read one page."""
        return cls(tuple(KeptFile.read(each) for each in body["files"]), int(body["total"]))


@dataclass(frozen=True)
class Place:
    """Where somebody who reads the list stands."""

    wanted: KeptFilter
    page_size: int
    page: int = 1

    def call(self) -> Call[KeptPage]:
        """Ask for the page."""
        query = self.wanted.wire() | {"page": self.page, "page_size": self.page_size}
        return Call("GET", "/files", KeptPage.read, query)

    def after(self, page: KeptPage) -> "Place | None":
        """Return where it goes on; None at the end. What is kept from the first page on does not move the others."""
        if not page.files or self.page * self.page_size >= page.total:
            return None
        still = replace(self.wanted, until=page.files[0].kept_at) if self.page == 1 else self.wanted
        return replace(self, wanted=still, page=self.page + 1)


def delete(path: str) -> Call[KeptFile]:
    """Take a file away."""
    return Call("DELETE", _url(path), KeptFile.read)


class KeptDraft(MarkedDraft):
    """A kept file on its way in. The server knows no sum of it: its size is what is checked."""

    def __init__(self, folder: Path, path: str, name: str | None, told: Told | None = None) -> None:
        """Make the folders. Raises DownloadError when the name would leave `folder`, or is that of a folder."""
        super().__init__(target_of(folder, name or path.rpartition("/")[2]), path, "file", told)
        self.url = _url(path)

    def _fault(self, path: Path, size_bytes: int) -> str | None:
        del path
        return None if size_bytes == self._size_bytes else f"{size_bytes} of {self._size_bytes} bytes came"


def _url(path: str) -> str:
    return f"/files/{quote(path)}"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds), 3), UTC)
