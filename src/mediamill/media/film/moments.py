"""When a shot's picture changes, and which of its frames are stored."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from mediamill.media.film.look import Look
from mediamill.media.film.shot import Shot

#: A variable rate stores a frame so often even if nothing changes: players that seek or count time by frames need it.
HEARTBEAT_S: Final = 2


def fade(shot: Shot, look: Look) -> int:
    """Return how many frames at a shot's start still show the picture before. The last frame never does."""
    return min(round(look.crossfade_s * look.fps), shot.frames - 1) if shot.before else 0


def stored(shot: Shot, look: Look) -> Sequence[int]:
    """Return the numbers of the frames that are stored, from 0; the first and the last are among them.

    The last one, so that the next segment's frames follow it as closely as they would have in one piece.
    """
    if look.constant_rate or look.zoom:
        return range(shot.frames)
    return list(_of_change(shot, look))


def caption_at(shot: Shot, number: int) -> int | None:
    """Return which caption a frame shows: where two meet in one frame, the one that begins there."""
    seen = [index for index, caption in enumerate(shot.captions) if caption.begin <= number < caption.end]
    return seen[-1] if seen else None


def _of_change(shot: Shot, look: Look) -> Iterator[int]:
    last = shot.frames - 1
    changes = {0, last, *range(fade(shot, look) + 1)}
    changes |= {edge for caption in shot.captions for edge in (caption.begin, caption.end) if 0 <= edge <= last}
    for begin, end in pairwise(sorted(changes)):
        yield from range(begin, end, HEARTBEAT_S * look.fps)
    yield last
