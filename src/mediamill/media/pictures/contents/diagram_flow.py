"""Graphs: layers beside each other, lines bent between them; what leads back goes around outside."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.media.pictures.contents.diagram_layers import Stop, layered
from mediamill.media.pictures.contents.diagram_parts import (
    Area,
    Line,
    PlacedBox,
    PlacedLabel,
    Plan,
    Point,
    Role,
    cornered,
    curved,
    fitted,
)
from mediamill.media.pictures.contents.diagram_sizes import Label, Sizes
from mediamill.media.pictures.contents.diagrams import Diagram

#: Between two layers of boxes, em; beside each other, and below each other.
_GAP: Final = (2.6, 2.1)
_BEFORE_LABEL: Final = 0.8
_BEHIND_LABEL: Final = 1.75
#: A gap is so much of how far its lines go aside in it, up to a width.
_BENT: Final = 0.3
_WIDEST_GAP: Final = 5.0
#: Of lines outside: from the boxes, and from each other.
_LANE: Final = 1.15
_RADIUS: Final = 0.7
_LOOP: Final = 0.9
_NARROWEST_LABEL: Final = 4.0


@dataclass(frozen=True)
class _Leg:
    """Where a line leaves its box, or enters it. along: of the leg that goes outwards."""

    points: tuple[Point, ...]
    along: float


def flowing(diagram: Diagram, sizes: Sizes, roles: Sequence[Role], worth: float, *, turned: bool) -> Plan:
    """Return the plan in layers: from left to right, turned: from top to bottom."""
    return _Flow(diagram, sizes, turned=turned).plan(roles, worth)


class _Flow:
    """Works on two axes: along the flow, and across it."""

    def __init__(self, diagram: Diagram, sizes: Sizes, *, turned: bool) -> None:
        self._diagram = diagram
        self._sizes = sizes
        self._turned = turned
        self._long, self._wide = (sizes.height, sizes.width) if turned else (sizes.width, sizes.height)
        loops = {arrow.start for arrow in diagram.arrows if arrow.start == arrow.end}
        wide = [self._wide + (2 * self._loop_room(box) if box in loops else 0.0) for box in range(len(diagram.boxes))]
        labels = {number: self._size(label)[1] for number, label in sizes.labels.items()}
        self._layers = layered(len(diagram.boxes), diagram.arrows, wide, labels)
        self._spans = self._along()
        self._labels: list[PlacedLabel] = []
        self._lanes: list[tuple[float, float, float, float]] = []

    def plan(self, roles: Sequence[Role], worth: float) -> Plan:
        """Return everything in its place."""
        boxes = [
            PlacedBox(self._area(self._middle(box), self._long, self._wide), names, roles[box], own.question)
            for box, (own, names) in enumerate(zip(self._diagram.boxes, self._sizes.names, strict=True))
        ]
        lines = [self._forward(number, way) for number, way in self._layers.ways.items()]
        lines += [self._loop(n) for n, arrow in enumerate(self._diagram.arrows) if arrow.start == arrow.end]
        lines += self._backward()
        return fitted(boxes, self._labels, lines, worth, turned=self._turned)

    # ---- along the flow

    def _along(self) -> dict[int, tuple[float, float]]:
        """Return where each layer begins and ends."""
        spans: dict[int, tuple[float, float]] = {}
        at = 0.0
        for one, other in itertools.pairwise((None, *self._layers.layers)):
            if other is None:
                continue
            if one is not None:
                at += self._gap(one, other)
            thick = max(self._thickness(stop) for stop in other)
            spans[other[0].layer] = (at, at + thick)
            at += thick
        return spans

    def _gap(self, one: Sequence[Stop], other: Sequence[Stop]) -> float:
        aside = max((abs(stop.across - after.across) for stop in one for after in stop.after), default=0.0)
        least = _GAP[self._turned]
        if other[0].layer % 2:
            least = _BEFORE_LABEL
        elif one[0].layer % 2:
            least = _BEHIND_LABEL
        return max(least, min(aside * _BENT, _WIDEST_GAP))

    def _thickness(self, stop: Stop) -> float:
        if stop.box is not None:
            return max([self._long, *(self._size(label)[0] for label in self._loop_labels(stop.box))])
        return self._size(self._sizes.labels[stop.arrow])[0] if stop.label and stop.arrow is not None else 0.0

    def _size(self, label: Label) -> tuple[float, float]:
        """Return the size of a label along the flow and across it."""
        return (label.height, label.width) if self._turned else (label.width, label.height)

    def _middle(self, box: int) -> Point:
        stop = self._layers.boxes[box]
        begin, end = self._spans[stop.layer]
        return ((begin + end) / 2, stop.across)

    @staticmethod
    def _area(middle: Point, long: float, wide: float) -> Area:
        return Area.around(middle, long, wide)

    def _label(self, middle: Point, label: Label) -> None:
        self._labels.append(PlacedLabel(self._area(middle, *self._size(label)), label.lines))

    # ---- with the flow

    def _forward(self, number: int, way: Sequence[Stop]) -> Line:
        points: list[Point] = []
        for stop in way:
            begin, end = self._spans[stop.layer]
            if stop.box is not None:
                begin, end = (begin + end - self._long) / 2, (begin + end + self._long) / 2
            points += [(begin, stop.across), (end, stop.across)]
            if stop.label:
                self._label(((begin + end) / 2, stop.across), self._sizes.labels[number])
        arrow = self._diagram.arrows[number]
        return curved(points[1:-1], head=arrow.head, tail=arrow.tail)

    # ---- against it

    def _backward(self) -> list[Line]:
        """Return the lines that lead back, the short ones nearest to the boxes."""
        arrows = self._diagram.arrows
        order = sorted(
            self._layers.backward,
            key=lambda number: (self._middle(arrows[number].start)[0] - self._middle(arrows[number].end)[0], number),
        )
        legs: dict[int, tuple[float, _Leg, _Leg]] = {}
        for place, number in enumerate(order):
            legs[number] = self._legs(arrows[number].start, arrows[number].end, place)
        return [
            self._around(number, *legs[number], [leg for other in legs if other != number for leg in legs[other][1:]])
            for number in order
        ]

    def _legs(self, start: int, end: int, place: int) -> tuple[float, _Leg, _Leg]:
        """Return on which side a line goes around (1 or -1), and how it leaves its boxes."""
        side = next((side for side in (1.0, -1.0) if self._outer(start, side) and self._outer(end, side)), 1.0)
        aside = self._long * 0.13 * (1 + place % 2)
        return side, self._leg(start, side, aside, leaving=True), self._leg(end, side, -aside, leaving=False)

    def _outer(self, box: int, side: float) -> bool:
        """Tell whether nothing of its layer stands beyond a box."""
        stop = self._layers.boxes[box]
        return all((other.across - stop.across) * side <= 0 for other in self._layer(stop))

    def _layer(self, stop: Stop) -> Sequence[Stop]:
        return next(layer for layer in self._layers.layers if layer[0].layer == stop.layer)

    def _leg(self, box: int, side: float, aside: float, *, leaving: bool) -> _Leg:
        along, across = self._middle(box)
        if self._outer(box, side):
            return _Leg(((along + aside, across + side * self._wide / 2),), along + aside)
        ahead = 1 if leaving else -1
        edge = (along + ahead * self._long / 2, across + side * self._wide * 0.3)
        turn = edge[0] + ahead * (0.7 if leaving else 1.0)
        return _Leg((edge, (turn, edge[1])), turn)

    def _around(self, number: int, side: float, out: _Leg, into: _Leg, others: Sequence[_Leg]) -> Line:
        arrow = self._diagram.arrows[number]
        low, high = sorted((out.along, into.along))
        label = self._lane_label(arrow.label, high - low)
        long, wide = self._size(label) if label else (0.0, 0.4)
        aside = max(0.0, (long - (high - low)) / 2)  # a label may be longer than its line
        lane = self._lane(low - aside, high + aside, side, wide / 2)
        corners = [*out.points, (out.along, lane), (into.along, lane), *reversed(into.points)]
        if label is not None:
            self._label((self._free(low, high, long, others), lane), label)
        return cornered(corners, _RADIUS, head=arrow.head, tail=arrow.tail, backward=True)

    def _lane_label(self, text: str, length: float) -> Label | None:
        """Return the label of a line outside, in lines that are no longer than the line has room for."""
        if not text:
            return None
        return Label.of(text) if self._turned else Label.of(text, max(_NARROWEST_LABEL, length - 2.5))

    def _lane(self, low: float, high: float, side: float, room: float) -> float:
        """Return how far outside there is room from `low` to `high`, and keep it."""
        beyond = [
            side * stop.across + stop.size / 2
            for layer in self._layers.layers
            for stop in layer
            if self._spans[stop.layer][1] >= low - _LANE and self._spans[stop.layer][0] <= high + _LANE
        ]
        at = max(beyond) + _LANE + max(0.0, room - _LANE / 2)
        for begin, end, own_side, outer in self._lanes:
            if begin <= high + 1 and end >= low - 1 and own_side == side:
                at = max(at, outer + room + _LANE * 0.7)
        self._lanes.append((low, high, side, at + room))
        return side * at

    @staticmethod
    def _free(low: float, high: float, size: float, others: Sequence[_Leg]) -> float:
        """Return where along a lane no other line's leg crosses a label; its middle, if there is no such place."""
        middle = (low + high) / 2
        room = max(0.0, (high - low - size) / 2 - _RADIUS)
        for part in (0.0, 0.3, -0.3, 0.6, -0.6, 1.0, -1.0):
            at = middle + part * room
            if all(abs(leg.along - at) > size / 2 + 0.25 for leg in others):
                return at
        return middle

    # ---- to itself

    def _loop_labels(self, box: int) -> list[Label]:
        labels, arrows = self._sizes.labels, self._diagram.arrows
        return [labels[n] for n, arrow in enumerate(arrows) if arrow.start == arrow.end == box and n in labels]

    def _loop_room(self, box: int) -> float:
        return _LOOP + max((self._size(label)[1] for label in self._loop_labels(box)), default=0.0) + 0.3

    def _loop(self, number: int) -> Line:
        arrow = self._diagram.arrows[number]
        along, across = self._middle(arrow.start)
        edge = across + self._wide / 2
        half = min(0.9, self._long * 0.25)
        corners = [
            (along + half, edge),
            (along + half, edge + _LOOP),
            (along - half, edge + _LOOP),
            (along - half, edge),
        ]
        if (label := self._sizes.labels.get(number)) is not None:
            self._label((along, edge + _LOOP + self._size(label)[1] / 2 + 0.15), label)
        return cornered(corners, _RADIUS, head=arrow.head, tail=arrow.tail, backward=True)
