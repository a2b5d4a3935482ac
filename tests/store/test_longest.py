"""No move holds the server for long, which does nothing else meanwhile: what a script calls is counted."""

from collections.abc import Callable

import pytest
from tests.store import invariants
from tests.store.kit import World, artifact

from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.scripts import PARENTS_OF_A_CHILD
from mediamill.store.sweeps import ROWS

#: The server does about one of the short commands that scripts call in a microsecond. A child that ends with all the
#: parents that it may have takes 5,300, every other move below 2,000.
MOST_CALLS = 6_000


def calls(world: World) -> int:
    """Return how many commands the server did since its counts were reset, in scripts too."""
    told = world.client.run("INFO", "commandstats")
    return sum(int(counts["calls"]) for name, counts in told.items() if name.startswith("cmdstat_"))


def ends_with_all_its_parents(world: World) -> None:
    for number in range(PARENTS_OF_A_CHILD):
        parent = world.running(owner=f"owner-{number}")
        world.child(parent, queue=Queue.DEFAULT, dedupe_key="d", owner="ann")
        world.later_for_children(parent)
    child = world.claim(Queue.DEFAULT)
    world.client.run("CONFIG", "RESETSTAT")
    world.succeed(child)
    assert world.client.run("ZCARD", world.keys("ages", Queue.CPU)) == PARENTS_OF_A_CHILD


def renews_as_many_as_it_may(world: World) -> None:
    held = [world.running().pair for _ in range(ROWS)]
    world.client.run("CONFIG", "RESETSTAT")
    assert world.attempts.renew(held) == ["held"] * ROWS


def names_and_clamps_full_lists(world: World) -> None:
    for name in ("delayed", "leases", "expiry", "outbox", "orphans", "done", "dead", "kept", "spent", "released"):
        rows = [word for number in range(ROWS + 1) for word in (number, f"job-{number}")]
        world.client.run("ZADD", world.keys(name), *rows)
    ahead = [word for number in range(ROWS) for word in (world.now_ms() + 10**9, f"ahead-{number}")]
    world.client.run("ZADD", world.keys("leases"), *ahead)
    world.client.run("CONFIG", "RESETSTAT")
    assert world.tick() is not None


def brings_as_many_tickets_as_it_may(world: World) -> None:
    rows = [word for number in range(ROWS) for word in (number, f"job-{number}")]
    world.client.run("ZADD", world.keys("ages", Queue.CPU), *rows)
    world.client.run("CONFIG", "RESETSTAT")
    assert world.sweeps.top_up(Queue.CPU) == ROWS


def drops_a_hundred_dead_entries(world: World) -> None:
    dead = [world.submit(owner=f"owner-{number}") for number in range(101)]
    world.client.many([("DEL", world.keys("job", job_id)) for job_id in dead])
    world.client.run("CONFIG", "RESETSTAT")
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None


def forgets_a_long_story(world: World) -> None:
    held = world.running()
    for number in range(0, 5_000, 500):
        lines = [{"at_ms": 1, "attempt": 1, "event": "x" * 100, "fields": {"n": number}}] * 500
        world.attempts.log(*held.pair, lines)
    for number in range(200):
        world.attempts.progress(*held.pair, number / 2, "reading")
        world.attempts.publish(*held.pair, artifact(f"{number}.txt"))
    world.succeed(held)
    world.client.run("CONFIG", "RESETSTAT")
    assert world.jobs.forget(held.id)


@pytest.mark.parametrize(
    "longest",
    [
        ends_with_all_its_parents,
        renews_as_many_as_it_may,
        names_and_clamps_full_lists,
        brings_as_many_tickets_as_it_may,
        drops_a_hundred_dead_entries,
        forgets_a_long_story,
    ],
)
def test_the_longest_way_of_a_move_is_bounded(private_world: World, longest: Callable[[World], None]) -> None:
    longest(private_world)
    assert calls(private_world) < MOST_CALLS


def test_a_child_with_as_many_parents_as_it_may_have_makes_room_for_a_twin(world: World) -> None:
    parents = [world.running(owner=f"owner-{number}") for number in range(PARENTS_OF_A_CHILD + 1)]
    children = [world.child(parent, queue=Queue.DEFAULT, dedupe_key="d", owner="ann") for parent in parents]
    assert len(set(children)) == 2
    assert children.count(children[0]) == PARENTS_OF_A_CHILD
    for parent in parents:
        world.later_for_children(parent)
    for _ in range(2):
        world.succeed(world.claim(Queue.DEFAULT))
    assert {world.get(parent.id).state for parent in parents} == {State.PENDING}
    invariants.check(world)


def test_a_family_too_large_to_look_through_gets_a_child_of_its_own(world: World) -> None:
    """Whether a twin waits for the asking parent itself is not known then: joining it might close a ring."""
    twin = world.submit(dedupe_key="d", queue=Queue.DEFAULT, owner="ann")
    parent = world.running()
    world.client.run("SADD", world.keys("parents", parent.id), *(f"parent-{number}" for number in range(ROWS + 1)))
    assert world.child(parent, queue=Queue.DEFAULT, dedupe_key="d", owner="ann") != twin
