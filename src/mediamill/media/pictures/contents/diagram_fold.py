"""Long graphs in rows: where one arrow alone leads on, the flow may turn and go back below, as a chain does.

The same in columns: all is worked out in rows, with both axes changed over before and after.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from mediamill.media.pictures.contents.diagram_flow import flowing
from mediamill.media.pictures.contents.diagram_parts import (
    Area,
    Line,
    PlacedLabel,
    Plan,
    Point,
    Role,
    cornered,
    fitted,
)
from mediamill.media.pictures.contents.diagram_sizes import Label, Sizes
from mediamill.media.pictures.contents.diagrams import Diagram

#: Between rows, em; what an arrow wants before and behind a label.
_GAP: Final = 2.0
_AROUND_LABEL: Final = 1.9
#: What is kept free beside the arrow between two rows.
_BESIDE: Final = 0.5
#: A label stands a little above the middle, for the head is below.
_ABOVE: Final = 0.2
#: What a graph that turns is worth beside one that does not, in rows and in columns: it is harder to follow.
_WORTH: Final = (0.8, 0.68)
_MOST_ROWS: Final = 6
_NEAR: Final = 1e-3


@dataclass(frozen=True)
class _Joint:
    """An arrow without which a diagram would fall apart. behind: the boxes on the side that it leads to."""

    arrow: int
    behind: frozenset[int]


@dataclass(frozen=True)
class _Row:
    """The plan of some boxes, in their order. entry: the box that the row before leads to. way: the arrow behind it."""

    boxes: tuple[int, ...]
    plan: Plan
    entry: int | None
    way: int | None

    def area(self, box: int) -> Area:
        """Return where a box of the row is."""
        return self.plan.boxes[self.boxes.index(box)].area

    @property
    def long(self) -> bool:
        """Whether boxes follow one another in it: the next one goes the other way."""
        return len({box.area.x for box in self.plan.boxes}) > 1

    def changed(self, change: Callable[[Point], Point]) -> "_Row":
        """Return it with every point moved or mirrored."""
        return replace(self, plan=self.plan.changed(change))

    def mirrored(self) -> "_Row":
        """Return it from right to left."""
        return self.changed(lambda point: (self.plan.width - point[0], point[1]))

    def upside_down(self) -> "_Row":
        """Return it with its foot above."""
        return self.changed(lambda point: (point[0], self.plan.height - point[1]))

    def moved(self, across: float, down: float) -> "_Row":
        """Return it elsewhere."""
        return self.changed(lambda point: (point[0] + across, point[1] + down))


def folded(diagram: Diagram, sizes: Sizes, roles: Sequence[Role], worth: float) -> list[Plan]:
    """Return the graph in each number of rows and of columns that turn; none where it cannot turn."""
    joints = _joints(diagram)
    plans = []
    for turned in (False, True):
        fold = _Fold(diagram, sizes, roles, joints, turned=turned)
        rows = [fold.rows(count) for count in range(2, min(len(joints) + 1, _MOST_ROWS) + 1)]
        plans += [fold.plan(each, worth * _WORTH[turned]) for each in rows if each]
    return plans


def _joints(diagram: Diagram) -> list[_Joint]:
    """Return joints that follow one another, as many as there are."""
    found: list[_Joint] = []
    for number, arrow in enumerate(diagram.arrows):
        behind = _reached(diagram, arrow.end, without=number)
        if arrow.head and arrow.start not in behind:
            found.append(_Joint(number, behind))
    longest: dict[int, list[_Joint]] = {}
    for joint in sorted(found, key=lambda joint: len(joint.behind)):
        after = [row for other, row in longest.items() if diagram.arrows[other].start in joint.behind]
        inside = [row for row in after if row[0].behind < joint.behind]
        longest[joint.arrow] = [joint, *max(inside, key=len, default=[])]
    return max(longest.values(), key=len, default=[])


def _reached(diagram: Diagram, box: int, *, without: int) -> frozenset[int]:
    """Return what is joined to a box, in whatever direction, by other arrows than one."""
    reached, left = {box}, [box]
    while left:
        here = left.pop()
        for number, arrow in enumerate(diagram.arrows):
            if number != without and here in (arrow.start, arrow.end):
                news = {arrow.start, arrow.end} - reached
                reached |= news
                left += news
    return frozenset(reached)


class _Fold:
    """Lays out what is between any two joints, once, and puts rows of it together."""

    def __init__(
        self, diagram: Diagram, sizes: Sizes, roles: Sequence[Role], joints: Sequence[_Joint], *, turned: bool
    ) -> None:
        self._diagram = diagram
        self._sizes = sizes
        self._roles = roles
        self._joints = joints
        self._turned = turned
        self._row = cache(self._laid)

    def rows(self, count: int) -> list[_Row] | None:
        """Return the parts as so many rows, the widest of them as narrow as can be; None where they do not turn."""
        parts = len(self._joints) + 1
        # By how many parts stand in the rows so far: the widest row's width, and the rows.
        best: dict[int, tuple[float, list[_Row]]] = {0: (0.0, [])}
        for _ in range(count):
            longer: dict[int, tuple[float, list[_Row]]] = {}
            for begin, (width, before) in best.items():
                for end in range(begin + 1, parts + 1):
                    row = self._row(begin, end)
                    widest = max(width, row.plan.width) if row else math.inf
                    if row and widest < longer.get(end, (math.inf, []))[0]:
                        longer[end] = (widest, [*before, row])
            best = longer
        return best[parts][1] if parts in best else None

    def plan(self, rows: Sequence[_Row], worth: float) -> Plan:
        """Return the rows below each other, with what leads from one to the next."""
        placed: list[_Row] = []
        lines: list[Line] = []
        labels: list[PlacedLabel] = []
        foot, back = 0.0, False
        for row in rows:
            own, way = row.mirrored() if back else row, placed[-1].way if placed else None
            if way is not None:
                arrow, label = self._diagram.arrows[way], self._label(way)
                top = foot + max(_GAP, label.height + _AROUND_LABEL if label else 0.0)
                begin = placed[-1].area(arrow.start)
                own = own.moved(begin.x - own.area(arrow.end).x, top)
                x, y = begin.middle[0], own.area(arrow.end).y
                lines.append(cornered([(x, begin.y + begin.height), (x, y)], 0.0, head=arrow.head, tail=arrow.tail))
                if label:
                    area = Area.around((x, (foot + top) / 2 - _ABOVE), label.width, label.height)
                    labels.append(PlacedLabel(area, label.lines))
                foot = top
            placed.append(own)
            foot += row.plan.height
            back ^= row.long
        boxes = {box: own for row in placed for box, own in zip(row.boxes, row.plan.boxes, strict=True)}
        labels += [label for row in placed for label in row.plan.labels]
        lines += [line for row in placed for line in row.plan.lines]
        return fitted([boxes[box] for box in sorted(boxes)], labels, lines, worth, turned=self._turned)

    def _laid(self, begin: int, end: int) -> _Row | None:
        """Return the parts from one up to another as a row; None where nothing may come in or lead on from it."""
        boxes = self._behind(begin) - self._behind(end)
        entry = self._diagram.arrows[self._joints[begin - 1].arrow].end if begin else None
        way = self._joints[end - 1].arrow if end <= len(self._joints) else None
        row = _Row(tuple(sorted(boxes)), self._flow(boxes), entry, way)
        return next((each for each in (row, row.upside_down()) if self._turns(each)), None)

    def _behind(self, part: int) -> frozenset[int]:
        if part == 0:
            return frozenset(range(len(self._diagram.boxes)))
        return self._joints[part - 1].behind if part <= len(self._joints) else frozenset()

    def _flow(self, boxes: frozenset[int]) -> Plan:
        """Return the plan of some boxes and what is between them."""
        order = sorted(boxes)
        places = {box: place for place, box in enumerate(order)}
        kept = [n for n, arrow in enumerate(self._diagram.arrows) if {arrow.start, arrow.end} <= boxes]
        arrows = [self._diagram.arrows[n] for n in kept]
        part = Diagram(
            tuple(self._diagram.boxes[box] for box in order),
            tuple(replace(arrow, start=places[arrow.start], end=places[arrow.end]) for arrow in arrows),
        )
        labels = {place: self._sizes.labels[n] for place, n in enumerate(kept) if n in self._sizes.labels}
        sizes = replace(self._sizes, names=tuple(self._sizes.names[box] for box in order), labels=labels)
        plan = flowing(part, sizes, [self._roles[box] for box in order], 1.0, turned=self._turned)
        if not self._turned:
            return plan
        return replace(plan.changed(lambda point: (point[1], point[0])), width=plan.height, height=plan.width)

    def _label(self, arrow: int) -> Label | None:
        """Return the label of an arrow between two rows, as large as it is along them and across."""
        label = self._sizes.labels.get(arrow)
        if label is None or not self._turned:
            return label
        return replace(label, width=label.height, height=label.width)

    def _turns(self, row: _Row) -> bool:
        """Tell whether the row begins with what leads into it, ends with what leads on, and has its ways there free."""
        if row.entry is not None:
            area = row.area(row.entry)
            first = area.x <= min(box.area.x for box in row.plan.boxes) + _NEAR
            if not first or not _free(row, area, 0.0, area.y, _BESIDE):
                return False
        if row.way is None:
            return True
        area, label = row.area(self._diagram.arrows[row.way].start), self._label(row.way)
        last = area.x >= max(box.area.x for box in row.plan.boxes) - _NEAR
        beside = max(_BESIDE, label.width / 2 if label else 0.0)
        return last and _free(row, area, area.y + area.height, row.plan.height, beside)


def _free(row: _Row, box: Area, top: float, foot: float, beside: float) -> bool:
    """Tell whether nothing is above or below a box, between two heights."""
    left, right = box.middle[0] - beside, box.middle[0] + beside
    areas = [*(own.area for own in row.plan.boxes), *(label.area for label in row.plan.labels)]
    others: list[tuple[Point, ...]] = [area.corners for area in areas]
    for line in row.plan.lines:
        at = line.start
        for step in line.steps:
            others.append((at, *step))
            at = step[-1]
    return not any(
        min(x for x, _ in points) < right
        and max(x for x, _ in points) > left
        and min(y for _, y in points) < foot - _NEAR
        and max(y for _, y in points) > top + _NEAR
        for points in others
    )
