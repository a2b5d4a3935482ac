"""A small picture of a recording."""

from pathlib import Path

from mediamill.core.context import Context


def thumbnail(video: Path, to: Path, ctx: Context) -> Path | None:
    """Write a JPEG, 640 px wide, of a recording's first third, and return its path; None: there is no picture in it.

    to: in the attempt's scratch, `.jpg`. A picture that cannot be read is none either: nobody loses a recording for it.
    """
    raise NotImplementedError(video, to, ctx)
