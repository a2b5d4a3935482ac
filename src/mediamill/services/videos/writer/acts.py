"""A page in acts: each becomes one scene."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from mediamill.services.videos.script import FEWEST_SCENES, MOST_SCENES
from mediamill.services.videos.writer.blocks import (
    BOLD_LEVEL,
    Block,
    Code,
    Formula,
    Heading,
    Listing,
    Prose,
    Table,
    Words,
    size_of,
)
from mediamill.services.videos.writer.outline import Outline, Part
from mediamill.services.videos.writer.wording import joined, whole_sentences

#: What a scene tells well, characters: a page without headings, and one with them, gets so many acts.
_CHARS_AN_ACT: Final = 300
_CHARS_A_SHORT_ACT: Final = 200
_CHARS_A_LONG_ACT: Final = 1_500
#: A heading with less below it before the next, lower one has nothing of its own to tell.
_SHORTEST_OWN_CHARS: Final = 80
#: How far from the middle a place between two paragraphs is better than one within a paragraph.
_TOLERANCE: Final = 0.3
_MANY_ACTS: Final = 60
_LAST_COUNTS: Final = 2
_SHORTEST_TOLD_CHARS: Final = 30
#: A list of so few and short entries is seen at one glance.
_GLANCE_ENTRIES: Final = 6
_GLANCE_CHARS: Final = 120


@dataclass(frozen=True)
class Act:
    """Blocks that are told together. titles: of the sections in it; (): it has none of its own.

    opens: it is the beginning, and has the page's title.
    """

    titles: tuple[str, ...]
    blocks: tuple[Block, ...]
    opens: bool = False

    @cached_property
    def size(self) -> int:
        """How much there is to tell, about characters."""
        return sum(map(size_of, self.blocks))

    @property
    def told(self) -> int:
        """How many characters of it are words."""
        return sum(size_of(block) for block in self.blocks if isinstance(block, Prose | Listing))


def acts_of(outline: Outline) -> list[Act]:
    """Return MOST_SCENES acts at most, and FEWEST_SCENES at least where there is so much to tell."""
    opening = Act((outline.title,) if outline.title else (), outline.opening, opens=True)
    if not outline.parts:
        return _without_headings(opening)
    parts = _opened(outline.parts, MOST_SCENES - 1)
    acts = [_act(part) for part in parts]
    if opening.blocks or outline.title:
        acts = _merged(acts, MOST_SCENES - 1)
        acts = [opening, *acts]
    else:
        acts = _merged(acts, MOST_SCENES)
        acts = [replace(acts[0], opens=True), *acts[1:]]
    acts = _split_pictures(acts)
    return _split_long(acts)


def _without_headings(whole: Act) -> list[Act]:
    sizes = [size_of(block) for block in whole.blocks]
    even = FEWEST_SCENES <= len(sizes) <= MOST_SCENES and min(sizes) >= _CHARS_A_SHORT_ACT
    if even and all(isinstance(block, Prose) for block in whole.blocks) and max(sizes) <= _CHARS_A_LONG_ACT:
        # Paragraphs such as a scene takes are one each.
        return [replace(whole, blocks=whole.blocks[:1]), *(Act((), (block,)) for block in whole.blocks[1:])]
    wanted = min(max(round(whole.size / _CHARS_AN_ACT), FEWEST_SCENES), MOST_SCENES)
    acts, rest = list[Act](), whole
    for left in range(wanted, 1, -1):
        cut = _cut(rest, rest.size / left)
        if cut is None:
            break
        first, rest = cut
        acts.append(first)
    return _split_pictures([*acts, rest])


def _opened(parts: Sequence[Part], most: int) -> list[Part]:
    """Take the largest parts apart while there is room."""
    found = list(parts)
    while len(found) < most:
        room = most - len(found) + 1
        few = len(found) < FEWEST_SCENES - 1
        large = [part for part in found if part.parts and (few or (_pieces(part) <= room and _is_long(part)))]
        if not large:
            break
        largest = max(large, key=lambda part: part.size)
        place = found.index(largest)
        found[place : place + 1] = _apart(largest)
    return found


def _is_long(part: Part) -> bool:
    return part.size > _CHARS_A_LONG_ACT


def _pieces(part: Part) -> int:
    return len(_apart(part))


def _apart(part: Part) -> list[Part]:
    own = Part(part.title, part.blocks)
    if own.size >= _SHORTEST_OWN_CHARS:
        return [own, *part.parts]
    first, *others = part.parts
    return [replace(first, blocks=(*part.blocks, *first.blocks)), *others]


def _act(part: Part) -> Act:
    return Act((part.title,) if part.title else (), tuple(part.flat))


def _merged(acts: Sequence[Act], most: int) -> list[Act]:
    """Put the smallest neighbours together until there are `most`."""
    found = _grouped([act for act in acts if act.blocks])
    while len(found) > most:
        sizes = [before.size + after.size for before, after in itertools.pairwise(found)]
        # What a page says last is remembered: it stays by itself for longer.
        sizes[-1] *= _LAST_COUNTS
        place = sizes.index(min(sizes))
        found[place : place + 2] = [together(*found[place : place + 2])]
    return found


def _grouped(acts: list[Act]) -> list[Act]:
    """Put hundreds of neighbours together to _MANY_ACTS of about the same size: to look for the smallest takes long."""
    if len(acts) <= _MANY_ACTS:
        return acts
    share = sum(act.size for act in acts) / _MANY_ACTS
    groups, ends = list[list[Act]](), 0
    for act in acts:
        if not groups or ends >= share * len(groups):
            groups.append([])
        groups[-1].append(act)
        ends += act.size
    return [_joined(group) for group in groups]


def _joined(group: Sequence[Act]) -> Act:
    blocks = list[Block]()
    for act in group:
        blocks += [Heading(Words(title, title), BOLD_LEVEL) for title in act.titles[:1] if blocks]
        blocks += act.blocks
    return Act(tuple(title for act in group for title in act.titles), tuple(blocks))


def together(before: Act, after: Act) -> Act:
    """Return two neighbours as one act."""
    headings = [Heading(Words(title, title), BOLD_LEVEL) for title in after.titles[:1]]
    blocks = (*before.blocks, *headings, *after.blocks)
    return Act(before.titles if before.opens else (*before.titles, *after.titles), blocks, opens=before.opens)


def _split_pictures(acts: list[Act]) -> list[Act]:
    """Give the second picture of an act a scene of its own, where there is room and something to say."""
    place = 0
    while place < len(acts) < MOST_SCENES:
        halves = _between_pictures(acts[place])
        if halves:
            acts[place : place + 1] = halves
        place += 1
    return acts


def _between_pictures(act: Act) -> list[Act] | None:
    drawn = [number for number, block in enumerate(act.blocks) if isinstance(block, Table | Code | Formula)]
    kinds = [type(act.blocks[number]) for number in drawn]
    second = next((number for number, kind in zip(drawn, kinds, strict=True) if kind is not kinds[0]), None)
    if second is None:
        return None
    last = max(number for number in drawn if number < second)
    first, rest = replace(act, blocks=act.blocks[: last + 1]), act.blocks[last + 1 :]
    titles, rest = _own_title(rest)
    after = Act(titles, rest)
    return [first, after] if min(first.told, after.told) >= _SHORTEST_TOLD_CHARS else None


def _own_title(blocks: tuple[Block, ...]) -> tuple[tuple[str, ...], tuple[Block, ...]]:
    if blocks and isinstance(blocks[0], Heading):
        return (blocks[0].words.spoken,), blocks[1:]
    return (), blocks


def _split_long(acts: list[Act]) -> list[Act]:
    """Cut the longest acts in two while there are too few, or while they are far too long."""
    while len(acts) < MOST_SCENES:
        longest = max(acts, key=lambda act: act.told)
        cut = _cut(longest, longest.size / 2) if longest.told else None
        enough = len(acts) >= FEWEST_SCENES and longest.told < 2 * _CHARS_A_LONG_ACT
        if cut is None or enough:
            break
        place = acts.index(longest)
        acts[place : place + 1] = cut
    return acts


def _cut(act: Act, wanted: float) -> tuple[Act, Act] | None:
    """Cut an act where about `wanted` of its size is before the place; None: nothing to cut."""
    ends = list[int]()
    for block in act.blocks:
        ends.append((ends[-1] if ends else 0) + size_of(block))
    places = [number for number in range(1, len(act.blocks)) if _may_cut(act.blocks, number)]
    best = min(places, key=lambda number: abs(ends[number - 1] - wanted), default=0)
    if best and abs(ends[best - 1] - wanted) <= act.size * _TOLERANCE:
        return _apart_at(act, act.blocks[:best], act.blocks[best:])
    number = next((number for number, end in enumerate(ends) if end >= wanted), len(ends) - 1)
    within = wanted - (ends[number] - size_of(act.blocks[number])) if ends else 0.0
    halves = _halves(act.blocks[number], within) if act.blocks else None
    if halves:
        return _apart_at(act, (*act.blocks[:number], halves[0]), (halves[1], *act.blocks[number + 1 :]))
    return _apart_at(act, act.blocks[:best], act.blocks[best:]) if best else None


def _apart_at(act: Act, before: Sequence[Block], after: Sequence[Block]) -> tuple[Act, Act] | None:
    titles, rest = _own_title(tuple(after))
    first, second = replace(act, blocks=tuple(before)), Act(titles, rest)
    return (first, second) if first.told and second.told else None


def _may_cut(blocks: Sequence[Block], number: int) -> bool:
    """Whether what is before a place does not belong to what is behind it."""
    before, after = blocks[number - 1], blocks[number]
    leads = isinstance(before, Prose) and before.words.spoken.endswith(":")
    return not isinstance(before, Heading) and not leads and isinstance(after, Prose | Heading | Listing)


def _halves(block: Block, wanted: float) -> tuple[Block, Block] | None:
    """Cut a paragraph between two sentences, or a list between two entries."""
    if isinstance(block, Listing):
        if len(block.entries) <= _GLANCE_ENTRIES and size_of(block) <= _GLANCE_CHARS:
            return None
        place = _place([entry.words.spoken for entry in block.entries], wanted)
        if not place:
            return None
        return replace(block, entries=block.entries[:place]), replace(block, entries=block.entries[place:])
    if not isinstance(block, Prose):
        return None
    sentences = whole_sentences(block.words.spoken)
    place = _place(sentences, wanted)
    if not place:
        return None
    first, second = joined(sentences[:place]), joined(sentences[place:])
    return Prose(Words(first, first, block.words.formulas)), Prose(Words(second, second))


def _place(texts: Sequence[str], wanted: float) -> int:
    """Return before which of them about `wanted` characters have gone by, 0 for none: the first and last stay apart."""
    if len(texts) < 2:  # noqa: PLR2004 - two are needed to come between
        return 0
    ends = [0]
    for text in texts:
        ends.append(ends[-1] + len(text))
    return min(range(1, len(texts)), key=lambda number: abs(ends[number] - wanted))
