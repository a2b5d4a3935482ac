"""What a finished film is made of."""

from dataclasses import dataclass
from pathlib import Path

from mediamill.media.film.look import Look
from mediamill.media.film.soundtrack import Track


@dataclass(frozen=True)
class Chapter:
    """A part with a title, from a frame of the film on."""

    title: str
    frame: int


@dataclass(frozen=True)
class Cut:
    """Segments one after another, their sound in as many pieces or one, and what players show beside them.

    subtitles: SRT.
    """

    segments: tuple[Path, ...]
    sound: tuple[Track, ...]
    title: str
    language: str
    chapters: tuple[Chapter, ...] = ()
    subtitles: Path | None = None


@dataclass(frozen=True)
class Order:
    """What is asked for: a film, written to `to`."""

    cut: Cut
    look: Look
    to: Path
