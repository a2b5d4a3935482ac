"""Shoots: draws what is seen in each stored frame of a shot, and has it encoded. Runs in the crew."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mediamill.media.answering import OnProgress
from mediamill.media.film import moments
from mediamill.media.film.letters import lettered
from mediamill.media.film.look import Look
from mediamill.media.film.planes import Overlay, Planes, mix
from mediamill.media.film.scenery import Nearing, Scenery, Still, nearest
from mediamill.media.film.segment import Segment
from mediamill.media.film.shot import Order, Shot
from mediamill.media.pictures.slide import Frame


def shoot(order: Order, on_progress: OnProgress) -> Mapping[str, object]:
    """Write the segment of a shot, `shot.frames` long; return how many of its frames are stored.

    on_progress: told once for each hundredth.

    Raises ValueError for a picture that has not the frame's size, or is none; OSError for what the system refuses.
    """
    shot, look = order.shot, order.look
    view, told, frames = View(shot, look), 0, moments.stored(shot, look)
    with Segment(order.to, look) as segment:
        for number in frames:
            view.draw(number, segment.canvas)
            segment.add(number)
            if (done := (number + 1) * 100 // shot.frames) > told:
                told = done
                on_progress(done / 100)
    return {"stored": len(frames)}


@dataclass(frozen=True)
class _Seen:
    """What is seen in a frame: two of them that are equal look alike. moved: how often the camera has."""

    fading: int | None
    moved: int
    caption: int | None


class View:
    """What the camera sees of a shot, frame by frame."""

    def __init__(self, shot: Shot, look: Look) -> None:
        self._shot = shot
        self._look = look
        self._scenery = _scenery(shot, look)
        self._fade = moments.fade(shot, look)
        self._before = _end(shot.before, look) if shot.before and self._fade else None
        self._drawn: _Seen | None = None
        self._caption: tuple[int, Overlay | None] | None = None

    def draw(self, number: int, canvas: Planes) -> None:
        """Draw a frame on the canvas, which still has what was drawn last."""
        seen = self._seen(number)
        if seen == self._drawn:
            return
        self._scenery.draw(number, canvas)
        if self._before is not None and seen.fading is not None:
            mix(self._before, canvas, (seen.fading + 1) / (self._fade + 1), canvas)
        else:
            self._before = None  # it is not seen again
        if seen.caption is not None and (overlay := self._overlay(seen.caption)):
            overlay.draw_on(canvas)
        self._drawn = seen

    def _seen(self, number: int) -> _Seen:
        return _Seen(
            fading=number if number < self._fade else None,
            moved=number if self._look.zoom else 0,
            caption=moments.caption_at(self._shot, number),
        )

    def _overlay(self, index: int) -> Overlay | None:
        if self._caption is None or self._caption[0] != index:
            style = self._look.lettering
            shown = lettered(self._shot.captions[index].text, self._look.frame, style) if style else None
            self._caption = index, Overlay.of(shown.picture, shown.x, shown.y) if shown else None
        return self._caption[1]


def _scenery(shot: Shot, look: Look) -> Scenery:
    planes = _loaded(shot.picture, look.frame)
    return Nearing(planes, shot.frames) if look.zoom else Still(planes)


def _end(picture: Path, look: Look) -> Planes:
    """Return where the shot of a picture has ended: with the camera at its nearest."""
    planes = _loaded(picture, look.frame)
    return nearest(planes) if look.zoom else planes


def _loaded(path: Path, frame: Frame) -> Planes:
    try:
        with Image.open(path) as picture:
            if picture.size != (frame.width, frame.height):
                raise ValueError(f"a picture has {picture.size} pixels, not {(frame.width, frame.height)}")
            return Planes.of(picture.convert("RGB"))
    except OSError as error:
        if error.errno:
            raise
        raise ValueError(f"a file is no picture: {error}") from error  # so Pillow says it
