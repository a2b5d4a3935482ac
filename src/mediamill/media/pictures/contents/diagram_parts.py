"""What a diagram is drawn of. All lengths are em of the boxes' text, from the plan's left upper corner."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

Point = tuple[float, float]
#: Of a head: how long, and half of how wide; a line ends so far before its tip.
HEAD_EM: Final = 0.66
HALF_HEAD_EM: Final = 0.29
NECK_EM: Final = 0.5
#: Of a circle by a curve of third degree.
_KAPPA: Final = 0.5523


@dataclass(frozen=True)
class Area:
    """A rectangle by its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def around(cls, middle: Point, width: float, height: float) -> "Area":
        """Return the one of a size with its middle at a point."""
        return cls(middle[0] - width / 2, middle[1] - height / 2, width, height)

    @property
    def middle(self) -> Point:
        """Where its middle is."""
        return (self.x + self.width / 2, self.y + self.height / 2)

    @property
    def corners(self) -> tuple[Point, Point]:
        """The left upper and the right lower one."""
        return (self.x, self.y), (self.x + self.width, self.y + self.height)


#: Of a box: whether a way begins or ends there.
Role = Literal["first", "last", "inner"]


@dataclass(frozen=True)
class PlacedBox:
    """A box."""

    area: Area
    lines: tuple[str, ...]
    role: Role
    question: bool


@dataclass(frozen=True)
class PlacedLabel:
    """A label, upon its line."""

    area: Area
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """From `start` by steps: one point is a straight one, three (two of control, the end) are a curve.

    heads: the tips, each a triangle that begins with its point. backward: against the diagram's direction.
    """

    start: Point
    steps: tuple[tuple[Point, ...], ...]
    heads: tuple[tuple[Point, Point, Point], ...] = ()
    backward: bool = False

    @property
    def points(self) -> tuple[Point, ...]:
        """All points, those of control too: the line is within them."""
        return (self.start, *(p for step in self.steps for p in step), *(p for head in self.heads for p in head))


@dataclass(frozen=True)
class Plan:
    """One way to lay a diagram out. worth: how much it is to be preferred at the same size, up to 1."""

    width: float
    height: float
    worth: float
    boxes: tuple[PlacedBox, ...]
    labels: tuple[PlacedLabel, ...]
    lines: tuple[Line, ...]

    def changed(self, change: Callable[[Point], Point]) -> "Plan":
        """Return it with every point moved, mirrored or turned: whatever leaves upright and level lines so."""

        def area(old: Area) -> Area:
            (x, y), (x2, y2) = (change(corner) for corner in old.corners)
            return Area(min(x, x2), min(y, y2), round(abs(x2 - x), 4), round(abs(y2 - y), 4))

        return replace(
            self,
            boxes=tuple(replace(box, area=area(box.area)) for box in self.boxes),
            labels=tuple(replace(label, area=area(label.area)) for label in self.labels),
            lines=tuple(_changed(line, change) for line in self.lines),
        )


@dataclass(frozen=True)
class Plans:
    """Ways to lay one diagram out; its template takes the one that its area shows largest."""

    plans: tuple[Plan, ...]


def fitted(
    boxes: Sequence[PlacedBox], labels: Sequence[PlacedLabel], lines: Sequence[Line], worth: float, *, turned: bool
) -> Plan:
    """Return the plan of parts, moved to begin at (0, 0). turned: both axes are changed over, areas and lines alike."""

    def turn(point: Point) -> Point:
        return (point[1], point[0]) if turned else point

    areas = [*(box.area for box in boxes), *(label.area for label in labels)]
    corners = [turn(corner) for own in areas for corner in own.corners]
    points = corners + [turn(point) for line in lines for point in line.points]
    left, top = min(x for x, _ in points), min(y for _, y in points)
    right, foot = max(x for x, _ in points), max(y for _, y in points)

    def placed(point: Point) -> Point:
        x, y = turn(point)
        return (round(x - left, 4), round(y - top, 4))

    plan = Plan(round(right - left, 4), round(foot - top, 4), worth, tuple(boxes), tuple(labels), tuple(lines))
    return plan.changed(placed)


def _changed(line: Line, change: Callable[[Point], Point]) -> Line:
    return Line(
        change(line.start),
        tuple(tuple(change(point) for point in step) for step in line.steps),
        tuple((change(a), change(b), change(c)) for a, b, c in line.heads),
        line.backward,
    )


# ---- lines


def curved(stops: Sequence[Point], *, head: bool, tail: bool, backward: bool = False) -> Line:
    """Return a line along the first axis: level at each stop, bent between every second and third of them.

    stops: where it leaves, where it enters and leaves each layer it passes, where it enters.
    """
    points = list(stops)
    heads = []
    if head:
        heads.append(_head(points[-1], (1, 0)))
        points[-1] = (points[-1][0] - NECK_EM, points[-1][1])
    if tail:
        heads.append(_head(points[0], (-1, 0)))
        points[0] = (points[0][0] + NECK_EM, points[0][1])
    steps: list[tuple[Point, ...]] = []
    for (x, y), (x2, y2) in itertools.pairwise(points):
        if abs(y - y2) < 1e-3:  # noqa: PLR2004 - em, less than a hair
            steps.append(((x2, y2),))
        else:
            bend = (x2 - x) * 0.5
            steps.append(((x + bend, y), (x2 - bend, y2), (x2, y2)))
    return Line(points[0], tuple(steps), tuple(heads), backward)


def cornered(points: Sequence[Point], radius: float, *, head: bool, tail: bool, backward: bool = False) -> Line:
    """Return a line of level and upright pieces with rounded corners between them."""
    ends = list(points)
    heads = []
    if head:
        heads.append(_head(ends[-1], toward := _toward(ends[-2], ends[-1])))
        ends[-1] = _along(ends[-1], toward, -NECK_EM)
    if tail:
        heads.append(_head(ends[0], toward := _toward(ends[1], ends[0])))
        ends[0] = _along(ends[0], toward, -NECK_EM)
    steps: list[tuple[Point, ...]] = []
    for before, corner, after in zip(ends, ends[1:], ends[2:], strict=False):
        into, out = _toward(before, corner), _toward(corner, after)
        if into == out:
            continue
        size = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        begin, end = _along(corner, into, -size), _along(corner, out, size)
        steps += [
            (begin,),
            (_along(begin, into, size * _KAPPA), _along(end, out, -size * _KAPPA), end),
        ]
    return Line(ends[0], (*steps, (ends[-1],)), tuple(heads), backward)


def _toward(one: Point, other: Point) -> Point:
    length = math.dist(one, other) or 1.0
    return ((other[0] - one[0]) / length, (other[1] - one[1]) / length)


def _along(point: Point, direction: Point, distance: float) -> Point:
    return (point[0] + direction[0] * distance, point[1] + direction[1] * distance)


def _head(tip: Point, direction: Point) -> tuple[Point, Point, Point]:
    foot = _along(tip, direction, -HEAD_EM)
    aside = (-direction[1], direction[0])
    return tip, _along(foot, aside, HALF_HEAD_EM), _along(foot, aside, -HALF_HEAD_EM)
