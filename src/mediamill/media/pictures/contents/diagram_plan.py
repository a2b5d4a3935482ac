"""Lay diagrams out: in layers, or as a chain that may turn or close; each in widths of its boxes to choose from."""

from dataclasses import replace
from typing import Final

from mediamill.media.pictures.contents.diagram_chain import chain_of, chained
from mediamill.media.pictures.contents.diagram_flow import flowing
from mediamill.media.pictures.contents.diagram_fold import folded
from mediamill.media.pictures.contents.diagram_parts import Plan, Plans, Role
from mediamill.media.pictures.contents.diagram_sizes import Sizes
from mediamill.media.pictures.contents.diagram_text import width_em
from mediamill.media.pictures.contents.diagrams import Arrow, Diagram
from mediamill.media.pictures.letters import BOX, showable

#: Lines in boxes are at most so wide, em.
_WIDTHS: Final = (5.5, 7.5, 10.0, 14.0, 20.0)
#: Words up to here stay whole, em: some twenty letters.
_LONGEST_WORD: Final = 12.0
#: In rows wide boxes find no place; to try them would take half a second of a long graph.
_WIDEST_FOLDED: Final = 10.0
#: A text on two lines is a little harder to read than on one.
_LINE_COSTS: Final = 0.04


def plans(diagram: Diagram) -> Plans:
    """Return ways to lay a diagram out, none of them larger than another in both directions and worth no more."""
    diagram = _shown(diagram)
    diagram = replace(diagram, arrows=_merged(diagram.arrows))
    roles = _roles(diagram)
    found: list[Plan] = []
    seen = set()
    longest = max(width_em(word) for box in diagram.boxes for word in box.name.split())
    for width in _WIDTHS:
        sizes = Sizes.of(diagram, max(width, min(longest, _LONGEST_WORD)))
        if sizes.names in seen:
            continue
        seen.add(sizes.names)
        worth = 1 - _LINE_COSTS * (max(len(lines) for lines in sizes.names) - 1)
        chain = chain_of(diagram)
        if chain is not None:
            found += chained(diagram, chain, sizes, roles, worth)
        else:
            found += [flowing(diagram, sizes, roles, worth, turned=turned) for turned in (False, True)]
            if width <= _WIDEST_FOLDED:
                found += folded(diagram, sizes, roles, worth)
    return Plans(tuple(plan for plan in found if not any(_better(other, plan) for other in found)))


def _shown(diagram: Diagram) -> Diagram:
    """Return the diagram without letters that no font has, which would be measured and not seen."""
    return Diagram(
        tuple(replace(box, name=showable(box.name).strip() or BOX) for box in diagram.boxes),
        tuple(replace(arrow, label=showable(arrow.label).strip()) for arrow in diagram.arrows),
    )


def _better(one: Plan, other: Plan) -> bool:
    if one is other or one.width > other.width or one.height > other.height or one.worth < other.worth:
        return False
    return (one.width, one.height, one.worth) != (other.width, other.height, other.worth)


def _merged(arrows: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
    """Return the arrows, two that only differ in their direction made one with two heads."""
    merged: list[Arrow] = []
    for arrow in arrows:
        back = replace(arrow, start=arrow.end, end=arrow.start)
        if back in merged and arrow.head and not arrow.tail and arrow.start != arrow.end:
            merged[merged.index(back)] = replace(back, tail=True)
        else:
            merged.append(arrow)
    return tuple(merged)


def _roles(diagram: Diagram) -> tuple[Role, ...]:
    """Return which boxes begin and end: of a circle the one that is named first begins."""
    ways = [arrow for arrow in diagram.arrows if arrow.start != arrow.end and arrow.head and not arrow.tail]
    entered, left = {arrow.end for arrow in ways}, {arrow.start for arrow in ways}
    if ways and left <= entered:
        entered.discard(min(left))
    return tuple(
        "first" if box in left - entered else "last" if box in entered - left else "inner"
        for box in range(len(diagram.boxes))
    )
