"""What a still picture shows, before anything is drawn."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class Kind(StrEnum):
    """What a slide is made of, and with it how its content is read; see `contents/`."""

    TITLE = "title"
    SLIDE = "slide"
    DIAGRAM = "diagram"
    CHART = "chart"
    FORMULA = "formula"
    CODE = "code"
    IMAGE = "image"


class Aspect(StrEnum):
    """The shape of a frame: width to height."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


class Resolution(StrEnum):
    """How fine a frame is: its shorter side in pixels."""

    HD = "720p"
    FULL_HD = "1080p"


#: The share of a frame's height that two lines of subtitles want.
SUBTITLES: Final = 0.15
_SIDES: Final = {Resolution.HD: 720, Resolution.FULL_HD: 1080}
_RATIOS: Final = {Aspect.WIDE: (16, 9), Aspect.TALL: (9, 16), Aspect.SQUARE: (1, 1)}


@dataclass(frozen=True)
class Frame:
    """The size of a picture, pixels; both even, as video wants it."""

    width: int
    height: int

    @classmethod
    def of(cls, aspect: Aspect, resolution: Resolution) -> "Frame":
        """Return the frame of a shape and a resolution."""
        across, down = _RATIOS[aspect]
        unit = _SIDES[resolution] / min(across, down)
        return cls(round(across * unit), round(down * unit))


@dataclass(frozen=True)
class Theme:
    """How slides look. Colours as `#rrggbb`; None: the theme's own. logo: a picture for a corner."""

    name: str = "light"
    accent: str | None = None
    background: str | None = None
    ink: str | None = None
    logo: Path | None = None


@dataclass(frozen=True)
class Slide:
    """One picture. content: in the text form of its kind; image: of kind IMAGE, what is shown.

    number, of: its place among all, from 1. above, below: the shares of the height that are kept free for subtitles.
    """

    kind: Kind
    title: str
    content: str = ""
    language: str = "en"
    number: int = 1
    of: int = 1
    image: Path | None = None
    above: float = 0.0
    below: float = SUBTITLES


@dataclass(frozen=True)
class Painted:
    """A PNG of the frame's size. fault: why it is not what was asked for; "": it is. plain: it is a plain slide."""

    path: Path
    fault: str = ""
    plain: bool = False
