"""Slides become pictures: each one cached, and one that cannot be drawn becomes a plain one that says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mediamill.core.context import Context
from mediamill.core.errors import InvalidInput, PermanentError, RetryableError
from mediamill.media.digests import digest_of
from mediamill.media.pictures.letters import undrawn
from mediamill.media.pictures.sheet import Sheet
from mediamill.media.pictures.slide import Frame, Kind, Painted, Slide, Theme
from mediamill.media.pictures.themes import Colours

_PRESS: Final = "mediamill.media.pictures.press"
_MEMORY_BYTES: Final = 768 * 1024 * 1024
#: The press needs a second for its first picture, and a tenth for others.
DRAWING_S: Final = 30.0


class _Undrawn(Exception):  # noqa: N818 - what became of a picture
    """A picture that was not made, for a reason that lies in what it shows or in the press."""


class Painter:
    """Paints the slides of one film in a process of its own: `with Painter(...) as painter`.

    drawing_s: how long one picture may take. Raises ValueError for a theme that is none.
    """

    def __init__(self, ctx: Context, frame: Frame, theme: Theme, *, drawing_s: float = DRAWING_S) -> None:
        Colours.of(theme)
        self._ctx = ctx
        self._frame = frame
        self._theme = theme
        self._drawing_s = drawing_s
        self._press = ctx.coprocess(_PRESS, memory_bytes=_MEMORY_BYTES)
        self._digests: dict[Path, str] = {}

    def paint(self, slide: Slide) -> Painted:
        """Return the picture of a slide.

        Raises PermanentError or RetryableError with code PICTURE_FAILED when not even a plain slide could be painted.
        """
        sheet = Sheet(slide, self._frame, self._theme)
        try:
            return Painted(self._printed(sheet), _lacking(slide))
        except _Undrawn as undrawn:
            fault = str(undrawn)
        try:
            return Painted(self._printed(replace(sheet, plain=True)), fault, plain=True)
        except _Undrawn as undrawn:
            failure = RetryableError if isinstance(undrawn.__cause__, RetryableError) else PermanentError
            raise failure(f"slide {slide.number} could not be painted: {undrawn}", code="PICTURE_FAILED") from undrawn

    def __enter__(self) -> Self:
        self._press.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._press.__exit__(kind, error, trace)

    def _printed(self, sheet: Sheet) -> Path:
        """Return the PNG of a sheet. Only what was drawn is kept: what failed is tried again by the next attempt."""
        return self._ctx.cached(sheet.key(self._digest), self._printer(sheet))

    def _printer(self, sheet: Sheet) -> Callable[[Path], None]:
        def print_to(path: Path) -> None:
            order = self._ctx.scratch / "picture.json"
            sheet.write(order)
            try:
                self._ask({"sheet": str(order), "to": str(path.absolute())})
            except (InvalidInput, PermanentError, RetryableError) as failed:
                raise _Undrawn(failed.message) from failed
            except RuntimeError as failed:  # an exception of the press that it did not foresee
                raise _Undrawn(str(failed)) from failed

        return print_to

    def _ask(self, request: dict[str, object]) -> None:
        try:
            self._press.ask(request, timeout_s=self._drawing_s)
        except RetryableError as failed:
            if failed.code != "PROGRAM_LOST":
                raise
            # Somebody killed it, which says nothing about the slide.
            self._press.ask(request, timeout_s=self._drawing_s)

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = digest_of(path)
        return self._digests[path]


def _lacking(slide: Slide) -> str:
    """Return which letters of a slide are boxes in its picture; "": none."""
    scripts = undrawn(slide.title if slide.kind is Kind.IMAGE else f"{slide.title} {slide.content}")
    return f"no font here draws {', '.join(scripts)}: install one on the workers" if scripts else ""
