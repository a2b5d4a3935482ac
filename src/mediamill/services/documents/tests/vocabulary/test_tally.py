"""Counts of more things than there is room for."""

import random
from collections import Counter

from mediamill.services.documents.vocabulary.sighting import Sighting
from mediamill.services.documents.vocabulary.tally import Tally


def counted(keys: list[str], room: int) -> Tally[Sighting]:
    tally = Tally(Sighting, room)
    for key in keys:
        tally[key].met(0, whole=True)
    return tally


def test_with_room_for_all_counts_are_exact() -> None:
    keys = ["bee"] * 5 + ["hive"] * 3 + ["comb"]
    tally = counted(keys, room=10)
    assert {key: seen.count for key, seen in tally.found()} == Counter(keys)
    assert tally.forgotten == 0


def test_memory_is_bounded_and_counts_are_too_low_by_what_is_told_at_most() -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time
    keys = [f"rare{chance.randrange(50_000)}" for _ in range(40_000)]
    keys += [f"frequent{at % 20}" for at in range(8_000)]
    keys += [f"middling{at}" for at in range(80) for _ in range(at)]
    chance.shuffle(keys)
    tally = counted(keys, room=1_000)
    assert len(tally) <= 1_000
    true = Counter(keys)
    found = {key: seen.count for key, seen in tally.found()}
    assert tally.forgotten > 0
    assert all(true[key] - tally.forgotten <= many <= true[key] for key, many in found.items())
    assert all(key in found for key, many in true.items() if many > tally.forgotten)
    assert any(many <= tally.forgotten + 3 for key, many in true.items() if many > tally.forgotten)
    assert {key for key in found if key.startswith("frequent")} == {f"frequent{at}" for at in range(20)}


def test_a_key_met_again_after_it_was_forgotten_begins_anew() -> None:
    tally = counted(["bee", *(f"wasp{at}" for at in range(50))], room=10)
    assert len(tally) <= 10
    tally["bee"].met(0, whole=True)
    assert tally["bee"].count <= 2
