"""A claim is one move, and its answer may be lost: asked again with its token it gives the job that it took."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
from tests.faults.proxy import Proxy
from tests.server import Server
from tests.store import invariants
from tests.store.kit import Held, World

from mediamill.core.errors import Unavailable
from mediamill.core.job import Job
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.store.attempts import Attempts, new_token
from mediamill.store.pool import connect
from mediamill.store.scripts import CLAIM_KEPT_MS, Scripts
from mediamill.testing import eventually


@dataclass
class Distant:
    """A worker whose way to the store leads through a proxy, and what it claims."""

    world: World
    proxy: Proxy
    attempts: Attempts

    def claim(self, token: str) -> Job | None:
        return self.attempts.claim(Queue.CPU, machine="m", worker="w", token=token)


@pytest.fixture
def distant(private_world: World, private_valkey: Server) -> Iterator[Distant]:
    with Proxy(str(private_valkey.socket)) as proxy:
        client = connect(RedisSettings(url=f"redis://127.0.0.1:{proxy.port}", prefix="p:", timeout_s=1))
        far = Scripts(client, private_world.keys, "ticket")
        client.run("PING")
        yield Distant(private_world, proxy, Attempts(far))
        client.close()


def test_a_connection_that_breaks_before_the_answer_claims_one_job(distant: Distant) -> None:
    first, second = distant.world.submit(), distant.world.submit()
    assert distant.claim(new_token()) is not None  # the script is loaded
    third = distant.world.submit()
    token = new_token()
    distant.proxy.half_open()
    with ThreadPoolExecutor(1) as pool:
        claiming = pool.submit(partial(distant.claim, token))
        eventually(lambda: distant.world.get(second).state is State.STARTED)
        distant.proxy.reset()  # the pool tries once more
        job = claiming.result()
    assert job is not None
    assert (job.id, job.token) == (second, token)
    assert distant.world.get(third).state is State.PENDING
    assert distant.world.get(first).token != token
    invariants.check(distant.world)


def test_a_claim_without_an_answer_is_asked_for_again(distant: Distant) -> None:
    only = distant.world.submit()
    token = new_token()
    assert distant.claim("warm") is not None
    distant.world.attempts.hand_back(only, "warm")
    distant.proxy.half_open()
    with pytest.raises(Unavailable, match="Timeout"):
        distant.claim(token)
    assert distant.world.get(only).token == token
    job = distant.claim(token)
    assert job is not None
    assert (job.id, job.attempt, job.worker_losses) == (only, 1, 0)


def test_the_same_token_changes_nothing_the_second_time(world: World) -> None:
    world.submit()
    world.submit()
    token = new_token()
    claim = partial(world.attempts.claim, Queue.CPU, machine="m", worker="w", token=token, follow=True)
    first = claim()
    before = world.dump()
    assert claim() == first
    assert world.dump() == before


def test_a_paused_queue_still_gives_what_it_gave(world: World) -> None:
    world.submit()
    token = new_token()
    first = world.attempts.claim(Queue.CPU, machine="m", worker="w", token=token)
    world.queues.pause(Queue.CPU)
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w", token=token) == first


@pytest.mark.parametrize("end", ["lost", "done", "removed"])
def test_a_token_whose_attempt_is_over_takes_another_job(world: World, end: str) -> None:
    held = world.running()
    if end == "lost":
        world.wait(11)
        world.sweeps.lose([held.id])
        world.jobs.cancel(held.id)
    else:
        world.succeed(held)
        if end == "removed":
            world.jobs.forget(held.id)
    other = world.submit()
    again = world.attempts.claim(Queue.CPU, machine="m", worker="w", token=held.token)
    assert again is not None
    assert again.id == other
    invariants.check(world)


def test_a_cancelled_one_is_given_too_for_somebody_has_to_say_its_end(world: World) -> None:
    held = world.running()
    world.jobs.cancel(held.id)
    again = world.attempts.claim(Queue.CPU, machine="m", worker="w", token=held.token)
    assert again is not None
    assert (again.id, again.state) == (held.id, State.CANCELLING)
    assert world.attempts.cancelled(*Held(again).pair)


def test_a_claim_is_known_by_its_token_for_a_while_only(world: World) -> None:
    held = world.running()
    life_ms = world.client.run("PTTL", world.keys("claimed", held.token))
    assert CLAIM_KEPT_MS - 1_000 < life_ms <= CLAIM_KEPT_MS
