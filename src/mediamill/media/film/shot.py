"""One picture for as long as its words take."""

from dataclasses import dataclass
from pathlib import Path

from mediamill.media.film.look import Look


@dataclass(frozen=True)
class Caption:
    """Words that are seen from frame `begin` of their shot up to frame `end`, which has them no more."""

    text: str
    begin: int
    end: int


@dataclass(frozen=True)
class Shot:
    """A picture, frames long. before: the picture of the shot before, from which this one is faded in."""

    picture: Path
    frames: int
    captions: tuple[Caption, ...] = ()
    before: Path | None = None


@dataclass(frozen=True)
class Order:
    """What the camera is asked for: a segment, written to `to`."""

    shot: Shot
    look: Look
    to: Path
