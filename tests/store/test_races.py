"""Threads ask for, cancel, expire, redrive and remove the same few requests; what must hold is watched meanwhile."""

import random
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, World, request

from mediamill.core.states import FINAL, State
from mediamill.store.jobs import Submitted

OWNERS = ("ann", "bob")
REQUESTS = ("x", "y")
#: Idempotency-Keys: each belongs to one owner and one request.
CALLS = tuple((f"{owner}-{name}-{number}", owner, name) for owner in OWNERS for name in REQUESTS for number in range(2))
THREADS, MOVES = 6, 120
ALIVE = {state.value for state in State if state not in FINAL and state is not State.CANCELLING}

#: All jobs and who stands for each request, at one instant. KEYS and names are the test's own.
SNAPSHOT = """
local seen = {}
for _, place in ipairs(redis.call('ZRANGE', ARGV[1] .. 'index', 0, -1)) do
  local id = place:match(':(.*)$')
  local job = redis.call('HMGET', ARGV[1] .. 'job:' .. id, 'state', 'owner', 'dedupe_key', 'redriven_ms')
  seen[#seen + 1] = { id, job[1] or '', job[2] or '', job[3] or '', job[4] or '' }
end
local stands = {}
for i = 2, #ARGV do stands[#stands + 1] = redis.call('GET', ARGV[1] .. 'dedupe:' .. ARGV[i]) or '' end
return { seen, stands }
"""
PLACES = [f"{owner}:{name}" for owner in OWNERS for name in REQUESTS]


@dataclass
class Told:
    """What clients were told: of each key the ids; and joins of jobs that were being cancelled."""

    by_key: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    wrong: list[Submitted] = field(default_factory=list)


class Client:
    """One thread's random walk."""

    def __init__(self, world: World, told: Told, seed: str) -> None:
        self.world = world
        self.told = told
        self.chance = random.Random(seed)  # noqa: S311 - a schedule

    def run(self) -> None:
        for _ in range(MOVES):
            move = self.chance.choice(
                (self.submit, self.submit, self.submit, self.call, self.call, self.change, self.change, self.work)
            )
            move()

    def submit(self) -> None:
        """Ask without a key."""
        self._ask(self.chance.choice(OWNERS), self.chance.choice(REQUESTS))

    def call(self) -> None:
        """Ask with a key, from which the id is derived."""
        key, owner, name = self.chance.choice(CALLS)
        answer = self._ask(owner, name, id=f"of-{key}", idempotency=key)
        self.told.by_key[key].add(answer.id)

    def _ask(self, owner: str, name: str, **more: object) -> Submitted:
        start_in_ms = self.chance.choice((None, None, 1))
        asked = request(owner=owner, dedupe_key=name, request_hash=name, start_in_ms=start_in_ms, **more)
        answer = self.world.jobs.submit(asked)
        joined_a_dying = answer.outcome == "alive" and (answer.state.final or answer.state is State.CANCELLING)
        if joined_a_dying or answer.outcome == "reused":
            self.told.wrong.append(answer)
        return answer

    def change(self) -> None:
        """Cancel, redrive, expire, forget or purge any job."""
        jobs = self.world.jobs
        known = [place.split(":", 1)[1] for place in self.world.members("index")]
        if known:
            act = self.chance.choice((jobs.cancel, jobs.cancel, jobs.redrive, jobs.forget, jobs.purge, self._expire))
            act(self.chance.choice(known))

    def _expire(self, job_id: str) -> None:
        self.world.sweeps.expire([job_id])

    def work(self) -> None:
        """Claim, and end in any way."""
        job = self.world.attempts.claim(request().queue, machine="m", worker="w")
        if job is None or job.token is None:
            return
        pair, attempts = (job.id, job.token), self.world.attempts
        end = self.chance.choice(("succeed", "fail", "retry", "hand_back", "cancelled"))
        if end == "succeed":
            attempts.succeed(*pair, {}, {})
        elif end == "fail":
            attempts.fail(*pair, FAILED)
        elif end == "retry":
            attempts.retry(*pair, FAILED, delay_s=0)
            self.world.sweeps.due([job.id])
        elif end == "hand_back":
            attempts.hand_back(*pair)
        else:
            self.world.jobs.cancel(job.id)
            attempts.cancelled(*pair)


def faults(world: World) -> Iterator[str]:
    """Look once, at one instant, and name what must not be."""
    seen, stands = world.client.run("EVAL", SNAPSHOT, 0, world.keys.prefix, *PLACES)
    jobs = {job_id: (state, f"{owner}:{name}", redriven) for job_id, state, owner, name, redriven in seen}
    for place, stander in zip(PLACES, stands, strict=True):
        # Who is redriven runs beside another that may stand for the request by now, as with force.
        alive = [one for one, (state, its, again) in jobs.items() if state in ALIVE and its == place and not again]
        if len(alive) > 1:
            yield f"{alive} live for {place}"
        if stander and stander not in jobs:
            yield f"{place} is {stander}'s, who is gone"
        if alive and stander not in alive:
            yield f"{place} is {stander or 'nobody'}'s while {alive} lives"


@pytest.mark.parametrize("seed", range(6))
def test_one_job_at_most_lives_for_a_request_whatever_races_with_it(world: World, seed: int) -> None:
    told, over, found = Told(), Event(), set[str]()

    def watch() -> None:
        while not over.is_set():
            found.update(faults(world))

    with ThreadPoolExecutor(THREADS + 1) as pool:
        watching = pool.submit(watch)
        walks = [pool.submit(Client(world, told, f"{seed}-{number}").run) for number in range(THREADS)]
        errors = [walk.exception() for walk in walks]
        over.set()
        watching.result()
    assert errors == [None] * THREADS
    assert found == set()
    assert told.wrong == []
    assert {key: ids for key, ids in told.by_key.items() if len(ids) != 1} == {}, "a key stood for two jobs"
    invariants.check(world)
