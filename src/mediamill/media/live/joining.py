"""Makes one file of the parts of a recording, and is sure of it before anybody deletes a part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediamill.core.context import Context

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Joined:
    """A file of a recording.

    parts: what is in it, in order; every part is in exactly one file. seconds: of it; 0 where it is not known.
    width, height: of the picture, px; 0 without one. note: "" for what was joined and verified; else why this is a
    part as it was recorded: for people.
    """

    path: Path
    parts: tuple[Path, ...]
    seconds: float
    width: int = 0
    height: int = 0
    note: str = ""


def join(parts: Sequence[Path], to: Path, ctx: Context, tell: Tell | None = None) -> tuple[Joined, ...]:
    """Join parts, in their order, into `to`; what cannot be one file becomes several: `to`, `to` with `-2` and so on.

    parts: readable local files, anywhere (`ctx.part`); none of them is changed or removed. to: a file in the attempt's
    scratch; its suffix is the container: `.mp4`, `.mkv` or `.ts`. tell: the fraction, 0..1, and words for it.

    Every part is in exactly one of the files that are returned, and each of these was verified: so the parts may go
    when their files are kept. A part that cannot be read is healed (a copy of it); where that does not help, or where
    the disk has no room for both (see `room_bytes`), the parts are files of their own, as they are, with a note.

    Raises what `ctx.run` raises, and ValueError for another suffix.
    """
    raise NotImplementedError(parts, to, ctx, tell)


def verify(joined: Joined, ctx: Context) -> None:
    """Raise Unsure where a joined file does not have what its parts have.

    Of each stream the packets are counted, and its length may differ by 0.5 s and 1 % at most.
    """
    raise NotImplementedError(joined, ctx)


def room_bytes(parts: Sequence[Path]) -> int:
    """Return how much of the disk has to be free to join parts: they stay until the file is sure."""
    raise NotImplementedError(parts)
