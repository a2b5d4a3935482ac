"""The line, simulated on the real moves: who is claimed when, with a clock that is moved.

Each simulation returns what it saw as one number; docs/queueing.md has them in a table, and a test compares.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

from tests.store.kit import FAILED, World

from mediamill.core.job import Job
from mediamill.core.policy import AGEING_MS_PER_STEP, PRIORITY_MAX, PRIORITY_MIN
from mediamill.core.queues import Queue

STEP_S = AGEING_MS_PER_STEP / 1000
#: After this long a job of the lowest priority passes every newer one.
PASSES_ALL_S = (PRIORITY_MAX - PRIORITY_MIN) * STEP_S


def submit_many(world: World, number: int, owner: str, priority: int = 0) -> None:
    """Submit jobs in one round trip."""
    fields = ("service", "x", "params", "{}", "uploads", "{}", "time_limit_s", "60")
    names = count(world.client.run("ZCARD", world.keys("index")))
    call = {"owner": owner, "queue": Queue.CPU, "priority": priority, "request_hash": "h"}
    calls = [{**call, "id": f"{owner}-{next(names):06d}"} for _ in range(number)]
    world.scripts.many("submit", calls, [fields] * number)


def claim(world: World, queue: Queue = Queue.CPU) -> Job | None:
    return world.attempts.claim(queue, machine="m", worker="w")


def claims_until(world: World, job_id: str) -> int:
    """Return how many claims it takes to get to a job, its own included."""
    for number in count(1):
        job = claim(world)
        assert job is not None, f"{job_id} was not claimed"
        if job.id == job_id:
            return number
    raise AssertionError


# ---- one owner


def minutes_under_urgent_load(world: World, per_minute: int) -> int:
    """How long a job of the lowest priority waits: one claim a minute, before each come `per_minute` of the highest."""
    low = world.submit(priority=PRIORITY_MIN)
    for minute in count():
        submit_many(world, per_minute, "ann", PRIORITY_MAX)
        job = claim(world)
        assert job is not None
        if job.id == low:
            return minute
        world.wait(60)
    raise AssertionError


# ---- many owners


def claims_behind_a_crowd(world: World, crowd: int, owners: int) -> int:
    """`owners` have `crowd` jobs each, of the highest priority; another owner's only job has the lowest."""
    for number in range(owners):
        submit_many(world, crowd, f"owner-{number}", PRIORITY_MAX)
    return claims_until(world, world.submit(owner="eve", priority=PRIORITY_MIN))


def widest_gap_between_shares(world: World, owners: int, claims: int) -> int:
    """`owners` with a backlog of random priorities. The most that two of them differ in claims, at any time."""
    chance = random.Random(owners)  # noqa: S311 - a simulation
    for number in range(owners):
        for _ in range(claims // owners + 1):
            world.submit(owner=f"owner-{number}", priority=chance.randint(PRIORITY_MIN, PRIORITY_MAX))
    shares = Counter({f"owner-{number}": 0 for number in range(owners)})
    widest = 0
    for _ in range(claims):
        job = claim(world)
        assert job is not None
        shares[job.owner] += 1
        widest = max(widest, max(shares.values()) - min(shares.values()))
    return widest


# ---- an owner who wants more than a share


def one_at_a_time(world: World) -> Iterator[None]:
    """Leave the line with each claim and return at once."""
    while True:
        if not world.client.run("ZCARD", world.keys("waiting", Queue.CPU, "eve")):
            world.submit(owner="eve")
        yield


def always_first(world: World) -> Iterator[None]:
    """Ask for the best priority again and again."""
    while True:
        job_id = world.submit(owner="eve")
        for priority in (PRIORITY_MIN, PRIORITY_MAX):
            world.jobs.prioritise(job_id, priority)
        yield


def cancel_and_return(world: World) -> Iterator[None]:
    """Cancel what waits and ask anew."""
    job_id = ""
    while True:
        world.jobs.cancel(job_id)
        job_id = world.submit(owner="eve")
        yield


def repeat_with_more(world: World) -> Iterator[None]:
    """Send the same request again with a better priority."""
    while True:
        for priority in (0, PRIORITY_MAX):
            world.submit(owner="eve", dedupe_key="d", priority=priority)
        yield


def retry_at_once(world: World) -> Iterator[None]:
    """Fail each attempt, and be due at once."""
    world.submit(owner="eve")
    while True:
        for held in world.jobs.get_many(world.members("leases")):
            if held.owner == "eve" and held.token:
                world.attempts.retry(held.id, held.token, FAILED, delay_s=0)
                world.sweeps.due([held.id])
        yield


def be_handed_back(world: World) -> Iterator[None]:
    """Be given back by a draining worker each time."""
    world.submit(owner="eve")
    while True:
        for held in world.jobs.get_many(world.members("leases")):
            if held.owner == "eve" and held.token:
                world.attempts.hand_back(held.id, held.token)
        yield


TRICKS = (one_at_a_time, always_first, cancel_and_return, repeat_with_more, retry_at_once, be_handed_back)
HONEST = 3
TRICKED_CLAIMS = 80


def share_by(world: World, trick: Callable[[World], Iterator[None]]) -> int:
    """Eve's claims out of 80, beside three owners with a backlog."""
    for number in range(HONEST):
        submit_many(world, TRICKED_CLAIMS, f"owner-{number}")
    tricking = trick(world)
    shares: Counter[str] = Counter()
    for _ in range(TRICKED_CLAIMS):
        next(tricking)
        job = claim(world)
        assert job is not None
        shares[job.owner] += 1
        world.wait(1)
    assert min(shares[f"owner-{number}"] for number in range(HONEST)) >= TRICKED_CLAIMS // (HONEST + 1)
    return shares["eve"]


# ---- the table


@dataclass(frozen=True)
class Row:
    """One line of the table. bound: what the rules promise, the same unit as what is seen."""

    situation: str
    bound: int
    unit: str
    simulate: Callable[[World], int]


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "urgent": Row(
            "One claim a minute, one job at 9 a minute; a job at -9 of the same owner waits",
            90,
            "minutes",
            lambda world: minutes_under_urgent_load(world, 1),
        ),
        "overload": Row(
            "The same with two jobs at 9 a minute: twice what is served",
            180,
            "minutes",
            lambda world: minutes_under_urgent_load(world, 2),
        ),
        "crowd": Row(
            "One owner has 2,000 jobs at 9; another's only job, at -9, comes after",
            2,
            "claims",
            lambda world: claims_behind_a_crowd(world, 2_000, 1),
        ),
        "crowds": Row(
            "Ten owners have 200 jobs each at 9; another's only job, at -9, comes after",
            11,
            "claims",
            lambda world: claims_behind_a_crowd(world, 200, 10),
        ),
        "shares": Row(
            "Seven owners with backlogs of random priorities, 350 claims: how far two shares are apart",
            1,
            "claims",
            lambda world: widest_gap_between_shares(world, 7, 350),
        ),
        "tricks": Row(
            "Four owners, 80 claims; one leaves and returns, changes priorities, cancels, repeats, fails: its share",
            20,
            "claims",
            lambda world: max(_fresh(world, trick) for trick in TRICKS),
        ),
    }
)


def _fresh(world: World, trick: Callable[[World], Iterator[None]]) -> int:
    world.forget_all()
    return share_by(world, trick)
