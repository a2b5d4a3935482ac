"""How large subtitles are set, and how much of a frame they take. Cheap to import: pictures leave them their room."""

import math
from typing import Final

from mediamill.media.film.look import Lettering
from mediamill.media.pictures.slide import Frame

#: Of the frame's shorter side, at scale 1.
SIZE: Final = 0.037
#: Of the frame: how wide the letters may be, and how far from its edge.
WIDTH: Final = 0.84
MARGIN: Final = 0.03
#: Of the size of the letters.
LEADING: Final = 1.28
BESIDE: Final = 0.6
ABOVE: Final = 0.3
#: What is read at a glance: 50 letters or so.
READ: Final = 27.0
#: What is shown at a time is seldom wider: 84 letters, see `voices.files.captions.SHOWN_CHARS`.
_SHOWN: Final = 42.0
#: What a line seldom has at its end, since words are not broken.
_RAGGED: Final = 3.0


def size_in(frame: Frame, style: Lettering) -> float:
    """Return the size of letters, pixels."""
    return min(frame.width, frame.height) * SIZE * style.scale


def room_in(frame: Frame, size: float) -> float:
    """Return how wide a line of letters of that size may be, in sizes."""
    return frame.width * WIDTH / size - 2 * BESIDE


def most_lines(frame: Frame) -> int:
    """Return the most lines in a frame. What needs more is set smaller."""
    return 2 if frame.width > frame.height else 4


def share_of(frame: Frame, style: Lettering) -> float:
    """Return the share of the frame's height that subtitles and their margin take, 0..1, but for very long ones."""
    size = size_in(frame, style)
    lines = min(math.ceil(_SHOWN / (min(room_in(frame, size), READ) - _RAGGED)), most_lines(frame))
    return (lines * LEADING + 2 * ABOVE) * size / frame.height + MARGIN
