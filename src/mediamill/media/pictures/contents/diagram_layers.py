"""Put a graph into layers: boxes that lead to others before them, few crossings, lines as straight as they can be.

Source: Sugiyama, Tagawa, Toda (1981), in the steps of Gansner et al., "A technique for drawing directed graphs" (1993):
cycles, ranks, order by barycentres, coordinates; the last as isotonic regression, layer by layer. Written here because
a layout for at most 14 boxes is short, while grandalf gives labels no room of their own, and graphviz-pure measures
text in its own fonts, wraps nothing and knows no chain that turns.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mediamill.media.pictures.contents.diagrams import Arrow

_SWEEPS: Final = 12
_PULLS: Final = 20
_STRAIGHTENING: Final = 4
#: A line that passes a layer takes so much of it, em.
_PASSING: Final = 0.7
#: Between two that stand in one layer, em: between boxes, and beside a line.
_BETWEEN: Final = 1.3
_BESIDE_LINE: Final = 0.6


@dataclass(eq=False)
class Stop:
    """A place in a layer: of a box, of a label, or where a line passes. across: its middle in the layer, em."""

    layer: int
    size: float
    box: int | None = None
    arrow: int | None = None
    label: bool = False
    across: float = 0.0
    before: list["Stop"] = field(default_factory=list)
    after: list["Stop"] = field(default_factory=list)

    @property
    def passing(self) -> bool:
        """Whether only a line goes through."""
        return self.box is None and not self.label


@dataclass(frozen=True)
class Layers:
    """Layers of stops. Boxes are in the even layers, labels in the odd ones. ways: the stops of each forward arrow."""

    layers: tuple[tuple[Stop, ...], ...]
    boxes: Mapping[int, Stop]
    ways: Mapping[int, tuple[Stop, ...]]
    backward: tuple[int, ...]


def layered(count: int, arrows: Sequence[Arrow], sizes: Sequence[float], label_sizes: Mapping[int, float]) -> Layers:
    """Return boxes 0..count-1 in layers. sizes: of each box across its layer; label_sizes: by arrow, likewise."""
    backward = backward_arrows(count, arrows)
    forward = [number for number, arrow in enumerate(arrows) if number not in backward and arrow.start != arrow.end]
    ranks = _ranks(count, [(arrows[number].start, arrows[number].end) for number in forward])
    boxes = {box: Stop(2 * ranks[box], sizes[box], box=box) for box in range(count)}
    labels_after = {2 * ranks[arrows[number].start] + 1 for number in forward if number in label_sizes}
    used = sorted({stop.layer for stop in boxes.values()} | labels_after)
    layers: dict[int, list[Stop]] = {layer: [] for layer in used}
    for stop in boxes.values():
        layers[stop.layer].append(stop)
    ways = {}
    for number in forward:
        start, end = boxes[arrows[number].start], boxes[arrows[number].end]
        way = [start]
        for layer in used:
            if start.layer < layer < end.layer:
                labelled = layer == start.layer + 1 and number in label_sizes
                size = label_sizes[number] if labelled else _PASSING
                way.append(Stop(layer, size, arrow=number, label=labelled))
                layers[layer].append(way[-1])
        way.append(end)
        for one, other in itertools.pairwise(way):
            one.after.append(other)
            other.before.append(one)
        ways[number] = tuple(way)
    ordered = _ordered([layers[layer] for layer in used])
    if any(len(layer) > 1 for layer in ordered):  # else each is where it begins, at 0
        _place(ordered)
    return Layers(tuple(tuple(layer) for layer in ordered), boxes, {k: tuple(v) for k, v in ways.items()}, backward)


def backward_arrows(count: int, arrows: Sequence[Arrow]) -> tuple[int, ...]:
    """Return the arrows that close a cycle, seen from the boxes that are named first."""
    leaving: dict[int, list[int]] = {box: [] for box in range(count)}
    for number, arrow in enumerate(arrows):
        leaving[arrow.start].append(number)
    entered = {arrow.end for arrow in arrows if arrow.start != arrow.end}
    state = [0] * count
    backward: list[int] = []

    def visit(box: int) -> None:
        state[box] = 1
        for number in leaving[box]:
            other = arrows[number].end
            if other == box:
                continue
            if state[other] == 1:
                backward.append(number)
            elif state[other] == 0:
                visit(other)
        state[box] = 2

    for box in sorted(range(count), key=lambda box: (box in entered, box)):
        if state[box] == 0:
            visit(box)
    return tuple(sorted(backward))


def _ranks(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the layer of each box: one more than the last that leads to it; sources stand beside what they lead to."""
    ranks = [0] * count
    for _ in range(count):
        for start, end in edges:
            ranks[end] = max(ranks[end], ranks[start] + 1)
    entered = {end for _, end in edges}
    for box in range(count):
        after = [ranks[end] for start, end in edges if start == box]
        if box not in entered and after:
            ranks[box] = min(after) - 1
    return ranks


# ---- order


def _ordered(layers: list[list[Stop]]) -> list[list[Stop]]:
    best, fewest = layers, _crossings(layers)
    if fewest == 0:
        return layers
    current = [list(layer) for layer in layers]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for index in range(1, len(current)) if down else range(len(current) - 2, -1, -1):
            beside = current[index - 1 if down else index + 1]
            places = {id(stop): place for place, stop in enumerate(beside)}
            current[index] = _by_barycentre(current[index], places, down=down)
        crossings = _crossings(current)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in current], crossings
    return _switched(best)


def _by_barycentre(layer: list[Stop], places: Mapping[int, int], *, down: bool) -> list[Stop]:
    """Return a layer in the order of the middles of what each stop is joined to; one joined to none keeps its place."""
    keys = {}
    for place, stop in enumerate(layer):
        joined = [places[id(other)] for other in (stop.before if down else stop.after)]
        keys[id(stop)] = sum(joined) / len(joined) if joined else float(place)
    return sorted(layer, key=lambda stop: keys[id(stop)])


def _switched(layers: list[list[Stop]]) -> list[list[Stop]]:
    """Return the layers with neighbours changed over wherever that takes a crossing away."""
    fewest = _crossings(layers)
    better = True
    while better and fewest:
        better = False
        for layer in layers:
            for place in range(len(layer) - 1):
                layer[place], layer[place + 1] = layer[place + 1], layer[place]
                crossings = _crossings(layers)
                if crossings < fewest:
                    fewest, better = crossings, True
                else:
                    layer[place], layer[place + 1] = layer[place + 1], layer[place]
    return layers


def _crossings(layers: Sequence[Sequence[Stop]]) -> int:
    count = 0
    for one, other in itertools.pairwise(layers):
        places = {id(stop): place for place, stop in enumerate(other)}
        lines = [(place, places[id(after)]) for place, stop in enumerate(one) for after in stop.after]
        count += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for number, a in enumerate(lines) for b in lines[number + 1 :])
    return count


# ---- coordinates


def _place(layers: Sequence[Sequence[Stop]]) -> None:
    for layer in layers:
        across = 0.0
        for one, other in itertools.pairwise((None, *layer)):
            across += _distance(one, other) if one is not None and other is not None else 0.0
            if other is not None:
                other.across = across
        for stop in layer:
            stop.across -= across / 2
    for sweep in range(_PULLS):
        both = sweep >= _PULLS // 2
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _pull(layer, before=sweep % 2 == 0 or both, after=sweep % 2 == 1 or both)
    for layer in layers:
        _pull(layer, before=True, after=True)
    runs = sorted(_runs(layers), key=len, reverse=True)
    beside = {id(stop): _beside(layer, place) for layer in layers for place, stop in enumerate(layer)}
    for _ in range(_STRAIGHTENING):
        for run in runs:
            _straighten(run, beside)


def _distance(one: Stop, other: Stop) -> float:
    gap = _BESIDE_LINE if one.passing or other.passing else _BETWEEN
    return (one.size + other.size) / 2 + gap


def _pull(layer: Sequence[Stop], *, before: bool, after: bool) -> None:
    """Move the stops of a layer to the middles of what they are joined to, as near as their order and sizes allow."""
    offset = 0.0
    offsets, wanted, weights = [], [], []
    for index, stop in enumerate(layer):
        offset += _distance(layer[index - 1], stop) if index else 0.0
        joined = (stop.before if before else []) + (stop.after if after else [])
        pulls = [(other.across, _pull_of(stop, other)) for other in joined] or [(stop.across, 0.1)]
        weight = sum(pull for _, pull in pulls)
        offsets.append(offset)
        wanted.append(sum(across * pull for across, pull in pulls) / weight - offset)
        weights.append(weight)
    for stop, across, offset in zip(layer, _growing(wanted, weights), offsets, strict=True):
        stop.across = across + offset


def _pull_of(one: Stop, other: Stop) -> float:
    """Return how much one stop is drawn to another: long lines are to be straight first, then what is joined alone."""
    pull = {0: 1.0, 1: 3.0, 2: 9.0}[(one.box is None) + (other.box is None)]
    return pull * 4 if _alone(one, other) or _alone(other, one) else pull


def _alone(one: Stop, other: Stop) -> bool:
    """Tell whether nothing but one leads to the other, and to nothing else."""
    return len(one.after) == 1 and len(other.before) == 1 and one.after[0] is other


def _runs(layers: Sequence[Sequence[Stop]]) -> list[list[Stop]]:
    """Return stops that are joined alone, one after another."""
    runs = []
    for layer in layers:
        for stop in layer:
            if len(stop.before) == 1 and _alone(stop.before[0], stop):
                continue
            run = [stop]
            while run[-1].after and _alone(run[-1], run[-1].after[0]):
                run.append(run[-1].after[0])
            if len(run) > 1:
                runs.append(run)
    return runs


def _beside(layer: Sequence[Stop], place: int) -> tuple[Stop | None, Stop | None]:
    return (layer[place - 1] if place else None, layer[place + 1] if place + 1 < len(layer) else None)


def _straighten(run: Sequence[Stop], beside: Mapping[int, tuple[Stop | None, Stop | None]]) -> None:
    """Put a run in one line, where its neighbours leave room: pulls alone spread a bend over all of it."""
    low, high = -math.inf, math.inf
    for stop in run:
        before, after = beside[id(stop)]
        low = max(low, before.across + _distance(before, stop)) if before else low
        high = min(high, after.across - _distance(stop, after)) if after else high
    if low > high:
        return
    ends = [other.across for other in (*run[0].before, *run[-1].after)] or [stop.across for stop in run]
    wanted = sum(ends) / len(ends)
    for stop in run:
        stop.across = min(max(wanted, low), high)


def _growing(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the numbers nearest to `wanted` that never fall: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, one_weight, ones), (two, two_weight, twos) = pools[-2:]
            total = one_weight + two_weight
            pools[-2:] = [((one * one_weight + two * two_weight) / total, total, ones + twos)]
    return [value for value, _, count in pools for _ in range(count)]
