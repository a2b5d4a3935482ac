"""What goes wrong on the way from a live site to its viewers."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is asked for. STREAM: one answer without an end, FLV or TS. ROOM: who is on the air."""

    PLAYLIST = "playlist"
    SEGMENT = "segment"
    INIT = "init"
    KEY = "key"
    STREAM = "stream"
    ROOM = "room"


#: All but the room: what a channel's own servers send.
MEDIA = tuple(kind for kind in Kind if kind is not Kind.ROOM)


@dataclass(frozen=True)
class Refused:
    """An HTTP status instead of an answer; it may say when to come again, s."""

    status: int
    retry_after_s: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Cut:
    """Connections are closed: those that are open, and new ones before an answer."""


@dataclass(frozen=True)
class Stalled:
    """Connections stay open and nothing comes any more, from the middle of an answer."""


@dataclass(frozen=True)
class Slow:
    """Bytes come at this pace, each connection for itself."""

    bytes_s: int


Trouble = Refused | Cut | Stalled | Slow
