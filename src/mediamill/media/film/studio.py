"""Our side of the crew: a film's parts are made once, and kept."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from mediamill.core.context import Context
from mediamill.media.digests import digest_of
from mediamill.media.film import cut, joints, orders, shot, soundtrack
from mediamill.media.film.cut import Cut
from mediamill.media.film.look import Look
from mediamill.media.film.shot import Shot
from mediamill.media.film.soundtrack import Music, Part, Track
from mediamill.media.makers import made_by
from mediamill.media.pictures import fonts

_CREW: Final = "mediamill.media.film.crew"
#: A crew that has not answered by then hangs. A frame of 1080p with a zoom takes 0.05 s of a quiet processor.
_PATIENCE_S: Final = 120.0
_PATIENCE_PER_FRAME_S: Final = 1.0
#: The code that makes a segment, or a piece of sound.
_MEDIA: Final = Path(__file__).parents[1]
SOURCES: Final = tuple(
    _MEDIA / name
    for name in ("film", "pictures/fonts.py", "voices/files/aac.py", "voices/files/containers.py", "voices/sounds")
)
#: Whose versions change them: one of another encoder may not fit behind those that are kept.
_LIBRARIES: Final = ("av", "numpy", "pillow", "soxr")

OnProgress = Callable[[float], None]


class Studio:
    """Makes the parts of one film, and the film. Use it in a `with`: behind it no process is left.

    Every method raises what `Coprocess.ask` raises, FileNotFoundError and other OSErrors for what is not there.
    """

    def __init__(self, ctx: Context, look: Look) -> None:
        self._ctx = ctx
        self._look = look
        self._crew = ctx.coprocess(_CREW)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._crew.__exit__(kind, error, trace)

    def shoot(self, scene: Shot, on_progress: OnProgress | None = None) -> Path:
        """Return the segment of a shot: its pictures, silent; see camera.py.

        on_progress: told how far it is, 0..1, unless the segment is there already.
        """
        seen = _seen(scene, self._look)

        def make(path: Path) -> None:
            self._ask("shoot", shot.Order(*seen, path), scene.frames, on_progress)

        # Which letters there are, and how they look, is a matter of the fonts that are installed.
        written_in = tuple((family.name, family.version) for family in fonts.families()) if seen[0].captions else ()
        return self._ctx.cached(_key("shot", (*seen, written_in)), make)

    def mix(
        self, parts: Sequence[Part], music: Music | None, on_progress: OnProgress | None = None
    ) -> tuple[Track, ...]:
        """Return the sound of the film, encoded: each part by itself, or one piece with music, which knows no parts.

        Parts that do not meet in silence are one piece too, which is made anew with each of them; see joints.py.
        """
        pieces = [tuple(parts)] if music else joints.pieces(parts, self._look.fps)
        lengths = [sum(part.frames for part in piece) for piece in pieces]
        tracks, done, total = list[Track](), 0, sum(lengths)
        for piece, frames in zip(pieces, lengths, strict=True):
            tell = _share(on_progress, done / total, frames / total)
            tracks.append(Track(self._record(piece, music, frames, tell), frames))
            done += frames
        return tuple(tracks)

    def _record(self, parts: tuple[Part, ...], music: Music | None, frames: int, on_progress: OnProgress) -> Path:
        heard = (parts, music, self._look.fps)

        def make(path: Path) -> None:
            mix = soundtrack.Order(*heard, self._ctx.scratch / "mix.wav")
            self._ask("mix", soundtrack.Recording(mix, self._look.container, path), frames, on_progress)

        return self._ctx.cached(_key("mix", (*heard, self._look.container)), make)

    def cut(self, film: Cut, to: Path, on_progress: OnProgress | None = None) -> None:
        """Write the film: segments and sound as one file; see cut.py."""
        # Of a film's length nothing is known here; its bytes are what takes the time.
        size_mib = sum(path.stat().st_size for path in (*film.segments, *(each.path for each in film.sound))) / 2**20
        self._ask("cut", cut.Order(film, self._look, to), size_mib, on_progress)

    def _ask(self, what: str, order: object, size: float, on_progress: OnProgress | None) -> None:
        request = {"do": what, "order": str(orders.write(order, self._ctx.scratch))}
        timeout_s = _PATIENCE_S + _PATIENCE_PER_FRAME_S * size
        self._crew.ask(request, timeout_s=timeout_s, on_progress=on_progress)


def _share(on_progress: OnProgress | None, begin: float, share: float) -> OnProgress:
    """Return who tells of a part of the whole."""
    return lambda fraction: on_progress(begin + share * fraction) if on_progress else None


def _seen(scene: Shot, look: Look) -> tuple[Shot, Look]:
    """Return shot and look without what changes nothing in this shot, so that its segment is found again."""
    if not look.crossfade_s:
        scene = replace(scene, before=None)
    if look.lettering is None:
        scene = replace(scene, captions=())
    return scene, replace(
        look,
        crossfade_s=look.crossfade_s if scene.before else 0.0,
        lettering=look.lettering if scene.captions else None,
    )


def _key(what: str, parts: tuple[Any, ...]) -> str:
    """Return the cache key: everything that decides the content; of files what is in them, not where they are."""
    whole = (made_by(*SOURCES, libraries=_LIBRARIES), *parts)
    known = json.dumps([_content(part) for part in whole], sort_keys=True)
    return f"film.{what}:{hashlib.sha256(known.encode()).hexdigest()}"


def _content(part: Any) -> Any:  # noqa: ANN401 - any dataclass of the film, and what is in it
    match part:
        case Path():
            return digest_of(part)
        case dict():
            return {name: _content(value) for name, value in part.items()}
        case tuple() | list():
            return [_content(value) for value in part]
        case str() | int() | float() | None:
            return part
    return _content(asdict(part))
