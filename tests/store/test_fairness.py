"""No record starves, and no owner takes another's turn: simulated, and derived."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store import invariants
from tests.store.fairness import HONEST, PASSES_ALL_S, ROWS, TRICKED_CLAIMS, TRICKS, claim, share_by
from tests.store.kit import World

from mediamill.core.policy import PRIORITY_MAX, PRIORITY_MIN
from mediamill.core.queues import Queue

DOCS = Path(__file__).parents[2] / "docs" / "queueing.md"


@pytest.mark.parametrize("name", ROWS)
def test_the_table_in_the_docs_is_what_the_moves_do(world: World, name: str) -> None:
    row = ROWS[name]
    seen = row.simulate(world)
    assert seen <= row.bound
    assert f"| {row.situation} | {row.bound} | {seen} | {row.unit} |" in DOCS.read_text("utf-8").splitlines()


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_an_owner_more_than_its_turns(world: World, trick: object) -> None:
    assert share_by(world, trick) <= TRICKED_CLAIMS // (HONEST + 1)  # type: ignore[arg-type]
    invariants.check(world)


def test_the_lowest_waits_for_those_only_that_came_within_ninety_minutes(world: World) -> None:
    """However much comes: what is ahead of a job at -9 is what was asked for until 90 minutes after it."""
    chance = random.Random(7)  # noqa: S311 - a simulation
    low = world.submit(priority=PRIORITY_MIN)
    began_ms = world.now_ms()
    ahead: set[str] = set()
    while True:
        for _ in range(chance.randint(0, 3)):
            urgent = world.submit(priority=PRIORITY_MAX)
            if world.now_ms() < began_ms + PASSES_ALL_S * 1000:
                ahead.add(urgent)
        job = claim(world)
        if job and job.id == low:
            break
        if job:
            assert job.id in ahead
            ahead.remove(job.id)
        world.wait(chance.randint(30, 300))
    assert not ahead


LINES = st.lists(
    st.lists(st.integers(PRIORITY_MIN, PRIORITY_MAX), min_size=1, max_size=8),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, newcomers=st.lists(st.integers(0, 40), max_size=4))
def test_every_job_is_claimed_within_its_bound(world: World, lines: list[list[int]], newcomers: list[int]) -> None:
    """A job with k of its owner's jobs before it is claimed within (k + 1) rounds, a round being one claim per owner.

    Owners who join while it waits come after everybody who is in line, each time.
    """
    world.forget_all()
    jobs = {
        world.submit(owner=f"owner-{number}", priority=priority): (number, priority)
        for number, line in enumerate(lines)
        for priority in line
    }
    ahead = {
        job_id: sum(
            world.get(other).priority > priority or (world.get(other).priority == priority and other < job_id)
            for other, (owner, _) in jobs.items()
            if owner == number
        )
        for job_id, (number, priority) in jobs.items()
    }
    joined = Counter(newcomers)
    owners = len(lines) + len(newcomers)
    for claimed in range(1, 1 + len(jobs) + len(newcomers)):
        for _ in range(joined[claimed - 1]):
            world.submit(owner=f"newcomer-{claimed}", priority=PRIORITY_MAX)
        job = claim(world)
        if job is None:
            break
        if job.id in jobs:
            assert claimed <= (ahead[job.id] + 1) * owners
            del jobs[job.id]
    assert not jobs


def test_queues_know_nothing_of_each_other(world: World) -> None:
    chance = random.Random(3)  # noqa: S311 - a simulation
    asked = [(f"owner-{chance.randrange(4)}", chance.randint(PRIORITY_MIN, PRIORITY_MAX)) for _ in range(40)]

    def order(*, beside: bool) -> list[int]:
        world.forget_all()
        ids = []
        for owner, priority in asked:
            if beside:
                for _ in range(3):
                    world.submit(owner=owner, priority=PRIORITY_MAX)
            ids.append(world.submit(owner=owner, priority=priority, queue=Queue.DEFAULT))
        claimed = []
        while job := claim(world, Queue.DEFAULT):
            claimed.append(ids.index(job.id))
            if beside:
                claim(world)
        return claimed

    assert order(beside=True) == order(beside=False)
