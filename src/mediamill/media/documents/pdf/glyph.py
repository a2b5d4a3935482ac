"""A letter of a PDF."""

from typing import NamedTuple

from mediamill.media.documents.pdf.fonts import Font


class Glyph(NamedTuple):
    """A letter, upright: x grows to the right, y upwards, in points. x0, x1: its advance. y: its base line."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    font: Font
