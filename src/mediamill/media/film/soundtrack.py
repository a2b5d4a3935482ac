"""What a film sounds like: its scenes' words one after another, and music below them."""

from dataclasses import dataclass
from pathlib import Path

from mediamill.media.film.look import Container


@dataclass(frozen=True)
class Part:
    """The sound of a shot, WAV, 24 kHz mono. frames: of its picture; the sound is made exactly as long."""

    sound: Path
    frames: int


@dataclass(frozen=True)
class Music:
    """What is heard below the words. volume_db: where nobody speaks; ducking_db: added while somebody does."""

    path: Path
    volume_db: float
    ducking_db: float


@dataclass(frozen=True)
class Order:
    """What is asked for: all parts as one WAV, 48 kHz, written to `to`. fps: of the picture."""

    parts: tuple[Part, ...]
    music: Music | None
    fps: int
    to: Path


@dataclass(frozen=True)
class Recording:
    """What is asked for: what is mixed, which is gone then, encoded for a container, written to `to`."""

    mix: Order
    container: Container
    to: Path


@dataclass(frozen=True)
class Track:
    """A recording, and how many frames of the picture it is for."""

    path: Path
    frames: int
