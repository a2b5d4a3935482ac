"""How large the boxes and labels of a diagram are when their lines are so wide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mediamill.media.pictures.contents.diagram_text import width_em, wrapped
from mediamill.media.pictures.contents.diagrams import Diagram

#: A line of text, and what is around it in a box, em.
LINE_EM: Final = 1.3
_PADDING_X: Final = 0.95
_PADDING_Y: Final = 0.62
_NARROWEST: Final = 3.6
#: Labels are smaller than names, by this.
LABEL_SIZE: Final = 0.8
#: No line of a label is wider, em of the label.
_LABEL_WIDTH: Final = 8.5
_LABEL_PADDING: Final = 0.35


@dataclass(frozen=True)
class Label:
    """A label's lines and its size, em of the boxes' text."""

    lines: tuple[str, ...]
    width: float
    height: float

    @classmethod
    def of(cls, text: str, most_em: float = _LABEL_WIDTH) -> "Label":
        """Return a label with lines not wider than `most_em` of its own em."""
        lines = wrapped(text, most_em)
        width = max(width_em(line) for line in lines) * LABEL_SIZE + 2 * _LABEL_PADDING
        return cls(lines, width, len(lines) * LINE_EM * LABEL_SIZE + 0.2)


@dataclass(frozen=True)
class Sizes:
    """All boxes are as large as the largest: a diagram is calm then. names: the lines in each."""

    names: tuple[tuple[str, ...], ...]
    width: float
    height: float
    labels: Mapping[int, Label]

    @classmethod
    def of(cls, diagram: Diagram, most_em: float) -> "Sizes":
        """Return the sizes when no line of a name is wider than `most_em`."""
        names = tuple(wrapped(box.name, most_em) for box in diagram.boxes)
        widest = max(width_em(line) for lines in names for line in lines)
        # What asks has round ends, which take some of its room.
        rounded = 0.5 if any(box.question for box in diagram.boxes) else 0.0
        return cls(
            names,
            max(_NARROWEST, widest + 2 * _PADDING_X + rounded),
            max(len(lines) for lines in names) * LINE_EM + 2 * _PADDING_Y,
            {number: Label.of(arrow.label) for number, arrow in enumerate(diagram.arrows) if arrow.label},
        )
