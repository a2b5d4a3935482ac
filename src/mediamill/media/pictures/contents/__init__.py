"""The text forms of what pictures show: read at the door to refuse what is wrong, and again to draw it."""

from typing import Any

from mediamill.media.pictures.contents import codes, slides
from mediamill.media.pictures.slide import Kind

__all__ = ["check", "parse"]


def parse(kind: Kind, content: str) -> Any:  # noqa: ANN401 - a frozen dataclass, another one for each kind
    """Return what the content says, as its kind reads it. Raises InvalidInput, which says what is wrong."""
    match kind:
        case Kind.CODE:
            return codes.parse(content)
        case Kind.DIAGRAM:
            from mediamill.media.pictures.contents import diagrams

            return diagrams.parse(content)
        case Kind.CHART:
            from mediamill.media.pictures.contents import charts

            return charts.parse(content)
        case Kind.FORMULA:
            from mediamill.media.pictures.contents import formulas

            return formulas.parse(content)
        case Kind.TITLE | Kind.SLIDE | Kind.IMAGE:
            return slides.parse(content)


def check(kind: Kind, content: str) -> None:
    """Raise InvalidInput unless the content can be read as its kind."""
    parse(kind, content)
