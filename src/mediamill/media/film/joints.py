"""Where a film's sound may be put together from pieces: where nobody speaks."""

import wave
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from mediamill.media.film.soundtrack import Part

#: Of silence that a piece has to begin and to end with: a packet of AAC, and one and a half. See encoder.py.
_HEAD_S: Final = 1_024 / 48_000
_TAIL_S: Final = 1.5 * _HEAD_S


def pieces(parts: Sequence[Part], fps: int) -> list[tuple[Part, ...]]:
    """Return the parts in as many pieces as there can be. fps: of the picture.

    Two parts that do not meet in silence are one piece: it is encoded as one, and nothing clicks between them.
    """
    found = [[part] for part in parts[:1]]
    for before, after in pairwise(parts):
        if _ends_silent(before, fps) and _begins_silent(after):
            found.append([after])
        else:
            found[-1].append(after)
    return [tuple(piece) for piece in found]


def _begins_silent(part: Part) -> bool:
    with wave.open(str(part.sound)) as sound:
        return not any(sound.readframes(round(_HEAD_S * sound.getframerate())))


def _ends_silent(part: Part, fps: int) -> bool:
    """Return whether it does, with the silence that it is filled up with to its picture's last frame."""
    with wave.open(str(part.sound)) as sound:
        begin = round((part.frames / fps - _TAIL_S) * sound.getframerate())
        sound.setpos(max(0, min(begin, sound.getnframes())))
        return not any(sound.readframes(sound.getnframes()))
