"""Chains: boxes that follow one another, in rows that turn at their ends; a closed one goes around."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.media.pictures.contents.diagram_parts import (
    Area,
    Line,
    PlacedBox,
    PlacedLabel,
    Plan,
    Point,
    Role,
    cornered,
    fitted,
)
from mediamill.media.pictures.contents.diagram_sizes import Sizes
from mediamill.media.pictures.contents.diagrams import Diagram

#: Between boxes, em: beside and below each other; what an arrow wants before and behind a label.
_GAP_X: Final = 2.5
_GAP_Y: Final = 2.0
_GAP_LONE: Final = 1.4
_AROUND_LABEL: Final = 2.3
_RADIUS: Final = 0.8
#: What a chain that turns is worth beside one that does not: it is harder to follow.
_TURNED: Final = 0.86
#: What is lost when the last row is almost empty.
_RAGGED: Final = 0.15
_FEWEST_IN_RING: Final = 3


@dataclass(frozen=True)
class Chain:
    """Boxes in their order, and the arrow behind each; closed: the last one's leads to the first."""

    boxes: tuple[int, ...]
    arrows: tuple[int, ...]
    closed: bool


def chain_of(diagram: Diagram) -> Chain | None:
    """Return the diagram as a chain, or boxes without any arrow as one; None: it is neither."""
    count = len(diagram.boxes)
    if not diagram.arrows:
        return Chain(tuple(range(count)), (), closed=False)
    after = {arrow.start: (arrow.end, number) for number, arrow in enumerate(diagram.arrows)}
    entered = [arrow.end for arrow in diagram.arrows]
    if len(after) != len(diagram.arrows) or len(set(entered)) != len(entered):
        return None
    starts = [box for box in range(count) if box not in entered]
    if len(starts) > 1:
        return None
    box = starts[0] if starts else 0
    boxes, arrows = [box], []
    while box in after:
        box, number = after[box]
        arrows.append(number)
        if box == boxes[0]:
            break
        boxes.append(box)
    closed = len(arrows) == len(boxes)
    if len(boxes) != count or (closed and count < _FEWEST_IN_RING):
        return None
    return Chain(tuple(boxes), tuple(arrows), closed)


def chained(diagram: Diagram, chain: Chain, sizes: Sizes, roles: Sequence[Role], worth: float) -> list[Plan]:
    """Return the chain in each number of columns, or around in both directions."""
    count = len(chain.boxes)
    if chain.closed:
        return [
            _laid(diagram, chain, sizes, roles, worth, cells=_ring(count, turned=turned)) for turned in (False, True)
        ]
    plans = []
    for columns in range(1, count + 1):
        straight = columns in (1, count) or not chain.arrows
        cells = _rows(count, columns, turning=bool(chain.arrows))
        ragged = _RAGGED * (-count % columns) / columns
        plans.append(_laid(diagram, chain, sizes, roles, (worth - ragged) * (1 if straight else _TURNED), cells=cells))
    return plans


def _rows(count: int, columns: int, *, turning: bool) -> list[tuple[float, int]]:
    """Return the column and row of each box; every second row goes back where the chain turns.

    Boxes without arrows have their last row in the middle.
    """
    cells: list[tuple[float, int]] = []
    for number in range(count):
        row, column = divmod(number, columns)
        if turning:
            cells.append((columns - 1 - column if row % 2 else column, row))
        else:
            missing = -count % columns if row == (count - 1) // columns else 0
            cells.append((column + missing / 2, row))
    return cells


def _ring(count: int, *, turned: bool) -> list[tuple[float, int]]:
    ahead = math.ceil(count / 2)
    cells: list[tuple[float, int]] = [
        (number, 0) if number < ahead else (2 * ahead - 1 - number, 1) for number in range(count)
    ]
    return [(row, int(column)) for column, row in cells] if turned else cells


def _laid(  # noqa: PLR0913 - a plan is made of them
    diagram: Diagram,
    chain: Chain,
    sizes: Sizes,
    roles: Sequence[Role],
    worth: float,
    *,
    cells: Sequence[tuple[float, int]],
) -> Plan:
    labels = [label for number in chain.arrows if (label := sizes.labels.get(number)) is not None]
    gap_x = max([_GAP_X, *(label.width + _AROUND_LABEL for label in labels)]) if chain.arrows else _GAP_LONE
    gap_y = max([_GAP_Y, *(label.height + _AROUND_LABEL - 0.4 for label in labels)]) if chain.arrows else _GAP_LONE
    middles = {
        box: (column * (sizes.width + gap_x), row * (sizes.height + gap_y))
        for box, (column, row) in zip(chain.boxes, cells, strict=True)
    }
    boxes = [
        PlacedBox(Area.around(middles[box], sizes.width, sizes.height), sizes.names[box], roles[box], own.question)
        for box, own in enumerate(diagram.boxes)
    ]
    lines: list[Line] = []
    placed: list[PlacedLabel] = []
    for number in chain.arrows:
        arrow = diagram.arrows[number]
        points = _between(middles[arrow.start], middles[arrow.end], sizes, set(middles.values()))
        lines.append(cornered(points, _RADIUS, head=arrow.head, tail=arrow.tail))
        if (label := sizes.labels.get(number)) is not None:
            placed.append(PlacedLabel(Area.around(_middle(points), label.width, label.height), label.lines))
    return fitted(boxes, placed, lines, worth, turned=False)


def _between(one: Point, other: Point, sizes: Sizes, taken: set[Point]) -> list[Point]:
    """Return the corners of a line from the edge of one box to that of another, with one turn at most."""
    across = math.copysign(sizes.width / 2, other[0] - one[0])
    down = math.copysign(sizes.height / 2, other[1] - one[1])
    if one[1] == other[1]:
        return [(one[0] + across, one[1]), (other[0] - across, other[1])]
    if one[0] == other[0]:
        return [(one[0], one[1] + down), (other[0], other[1] - down)]
    # Only the last arrow of a ring turns, where no box stands.
    if (other[0], one[1]) in taken:
        return [(one[0], one[1] + down), (one[0], other[1]), (other[0] - across, other[1])]
    return [(one[0] + across, one[1]), (other[0], one[1]), (other[0], other[1] - down)]


def _middle(points: Sequence[Point]) -> Point:
    """Return the middle of the last piece that leads to a box."""
    (x, y), (x2, y2) = points[-2], points[-1]
    return ((x + x2) / 2, (y + y2) / 2)
