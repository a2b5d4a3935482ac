"""How a film looks, and what it is stored as."""

from dataclasses import dataclass
from enum import StrEnum

from mediamill.media.pictures.slide import Frame


class Container(StrEnum):
    """MP4 has H.264 and AAC, WebM has VP9 and Opus."""

    MP4 = "mp4"
    WEBM = "webm"


class Place(StrEnum):
    """Where subtitles stand."""

    BOTTOM = "bottom"
    TOP = "top"


@dataclass(frozen=True)
class Lettering:
    """How subtitles that are burned into the picture look. scale: 1 is 3.7 % of the frame's shorter side."""

    scale: float = 1.0
    place: Place = Place.BOTTOM
    outline: bool = False


@dataclass(frozen=True)
class Look:
    """What all shots of a film share.

    fps: frames per second. constant_rate: every frame is stored; False: only where something changes, and every
    2 s. zoom: the picture comes slowly nearer. crossfade_s: from one picture to the next, at the next one's start.
    lettering: of subtitles in the picture; None: there are none.
    """

    frame: Frame
    fps: int = 25
    container: Container = Container.MP4
    constant_rate: bool = False
    zoom: bool = False
    crossfade_s: float = 0.5
    lettering: Lettering | None = Lettering()
