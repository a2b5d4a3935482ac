"""The text forms of what pictures show: read at the door to refuse what is wrong, and again to draw it."""

from typing import Any

from mediamill.media.pictures.contents import charts, codes, diagrams, formulas, slides
from mediamill.media.pictures.slide import Kind

__all__ = ["check", "parse"]


def parse(kind: Kind, content: str, language: str = "en") -> Any:  # noqa: ANN401 - a frozen dataclass, another one for each kind
    """Return what the content says, as its kind reads it. Raises InvalidInput, which says what is wrong.

    language: of the numbers in a chart, where they could be read in two ways.
    """
    match kind:
        case Kind.CODE:
            return codes.parse(content)
        case Kind.DIAGRAM:
            return diagrams.parse(content)
        case Kind.CHART:
            return charts.parse(content, language)
        case Kind.FORMULA:
            return formulas.parse(content)
        case Kind.TITLE | Kind.SLIDE | Kind.IMAGE:
            return slides.parse(content)


def check(kind: Kind, content: str) -> None:
    """Raise InvalidInput unless the content can be read as its kind."""
    parse(kind, content)
