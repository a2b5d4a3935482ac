"""One job stands for one request, and an Idempotency-Key means one job."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.store.kit import FAILED, World

from mediamill.core.queues import Queue
from mediamill.core.states import State

TTL_MS = 60_000


def test_a_repeat_joins_the_job_that_is_alive(world: World) -> None:
    first = world.submit(dedupe_key="d")
    for _ in range(2):
        again = world.submitted(dedupe_key="d")
        assert (again.outcome, again.id, again.state) == ("alive", first, State.PENDING)
    world.claim()
    assert world.submitted(dedupe_key="d").state is State.STARTED
    assert world.tickets() == 1
    assert len(list(world.jobs.all_ids())) == 1


def test_another_owner_key_or_none_gets_another_job(world: World) -> None:
    ids = {world.submit(dedupe_key="d"), world.submit(dedupe_key="d", owner="bob"), world.submit(dedupe_key="e")}
    ids |= {world.submit(), world.submit()}
    assert len(ids) == 5


@pytest.mark.parametrize("state", ["PENDING", "RETRY", "STARTED"])
def test_a_repeat_keeps_the_better_priority(world: World, state: str) -> None:
    first = world.submit(dedupe_key="d", priority=1)
    if state != "PENDING":
        held = world.claim()
        if state == "RETRY":
            world.attempts.retry(*held.pair, FAILED, delay_s=9)
    for priority, kept in ((0, 1), (5, 5), (3, 5)):
        assert world.submitted(dedupe_key="d", priority=priority).outcome == "alive"
        assert world.get(first).priority == kept
    by_priority = {row.name: row.by_priority for row in world.queues.summaries()}[Queue.CPU]
    assert by_priority == ({5: 1} if state == "PENDING" else {})


def test_a_finished_job_stands_for_a_repeat_until_its_time_is_over(world: World) -> None:
    done = world.finished(dedupe_key="d", keep_dedupe=True)
    world.wait(TTL_MS / 1000 - 2)
    cached = world.submitted(dedupe_key="d", keep_dedupe=True, cache_ttl_ms=TTL_MS)
    assert (cached.outcome, cached.id, cached.state) == ("cached", done, State.SUCCESS)
    world.wait(4)
    fresh = world.submitted(dedupe_key="d", keep_dedupe=True, cache_ttl_ms=TTL_MS)
    assert (fresh.outcome, fresh.state) == ("new", State.PENDING)
    assert world.jobs.forget(done)  # and does not take the newer job's name with it
    assert world.submitted(dedupe_key="d").id == fresh.id


def test_a_service_that_joins_only_alive_jobs_works_again(world: World) -> None:
    done = world.finished(dedupe_key="d")
    assert world.submit(dedupe_key="d", cache_ttl_ms=TTL_MS) != done


def test_force_makes_a_new_job_that_stands_for_the_request_from_now_on(world: World) -> None:
    old = world.submit(dedupe_key="d")
    new = world.submitted(dedupe_key="d", force=True)
    assert (new.outcome, new.id != old) == ("new", True)
    assert world.submit(dedupe_key="d") == new.id
    world.jobs.cancel(old)  # releases only its own name
    assert world.submit(dedupe_key="d") == new.id


@pytest.mark.parametrize("end", ["fail", "cancel", "expire"])
def test_a_job_that_did_not_succeed_stands_for_nothing(world: World, end: str) -> None:
    job_id = world.submit(dedupe_key="d", keep_dedupe=True, start_in_ms=1_000)
    if end == "fail":
        world.attempts.fail(*world.claim().pair, FAILED)
    elif end == "cancel":
        world.jobs.cancel(job_id)
    else:
        world.wait(2)
        assert world.sweeps.expire([job_id]) == 1
    assert not [name for name in world.names() if name.startswith("dedupe")]
    assert world.submitted(dedupe_key="d", keep_dedupe=True, cache_ttl_ms=TTL_MS).outcome == "new"


def test_nobody_joins_a_job_that_is_being_cancelled(world: World) -> None:
    held = world.running(dedupe_key="d")
    world.jobs.cancel(held.id)
    fresh = world.submitted(dedupe_key="d")
    assert fresh.outcome == "new"
    world.attempts.cancelled(*held.pair)
    assert world.submit(dedupe_key="d") == fresh.id


def test_a_redriven_job_stands_for_its_request_again_unless_another_does(world: World) -> None:
    first = world.submit(dedupe_key="d")
    world.jobs.cancel(first)
    world.jobs.redrive(first)
    assert world.submit(dedupe_key="d") == first
    world.jobs.cancel(first)
    second = world.submit(dedupe_key="d")
    world.jobs.redrive(first)
    assert world.submit(dedupe_key="d") == second


# ---- Idempotency-Key


def test_a_call_that_is_repeated_with_its_key_gets_the_same_job(world: World) -> None:
    first = world.submitted(idempotency="i", request_hash="a")
    again = world.submitted(idempotency="i", request_hash="a")
    assert (first.outcome, again.outcome, again.id, again.state) == ("new", "replay", first.id, State.PENDING)


def test_a_key_that_comes_with_another_request_is_refused(world: World) -> None:
    first = world.submitted(idempotency="i", request_hash="a")
    before = world.dump()
    reused = world.submitted(idempotency="i", request_hash="b")
    assert (reused.outcome, reused.id) == ("reused", first.id)
    assert world.dump() == before


def test_an_id_that_comes_with_another_request_is_refused(world: World) -> None:
    world.submit(id="one", request_hash="a")
    assert world.submitted(id="one", request_hash="a").outcome == "replay"
    assert world.submitted(id="one", request_hash="b").outcome == "reused"


@pytest.mark.parametrize("state", ["alive", "cached"])
def test_a_key_is_remembered_for_the_job_that_stood_for_its_request(world: World, state: str) -> None:
    first = world.submit(dedupe_key="d", keep_dedupe=True)
    if state == "cached":
        world.succeed(world.claim())
    unseen = world.submitted(dedupe_key="d", idempotency="j", request_hash="a", cache_ttl_ms=TTL_MS)
    assert (unseen.outcome, unseen.id) == (state, first)
    assert (state == "alive") == world.client.run("EXISTS", world.keys("idempotency", "j"))  # are its files there?
    hit = world.submitted(dedupe_key="d", idempotency="i", request_hash="a", cache_ttl_ms=TTL_MS, seen=first)
    assert (hit.outcome, hit.id) == (state, first)
    again = world.submitted(dedupe_key="d", idempotency="i", request_hash="a", force=True)
    assert (again.outcome, again.id) == ("replay", first)
    assert world.submitted(idempotency="i", request_hash="b").outcome == "reused"


def test_a_key_means_one_job_for_a_day_even_when_that_is_removed(world: World) -> None:
    done = world.finished(id="i-job", idempotency="i", request_hash="a")
    life_ms = world.client.run("PTTL", world.keys("idempotency", "i"))
    assert 0.99 < life_ms / 86_400_000 <= 1
    world.jobs.purge(done)
    before = world.dump()
    again = world.submitted(id="i-job", idempotency="i", request_hash="a")
    assert (again.outcome, again.id, again.state) == ("replay", done, State.PENDING)  # as the first answer said
    assert world.submitted(id="i-job", idempotency="i", request_hash="b").outcome == "reused"
    assert world.dump() == before
    world.client.run("DEL", world.keys("idempotency", "i"))  # the day is over
    assert world.submitted(id="i-job", idempotency="i", request_hash="b").outcome == "new"


@pytest.mark.parametrize("end", ["cancelled", "failed", "expired"])
def test_a_key_stands_for_its_job_however_that_ended(world: World, end: str) -> None:
    held = world.running(idempotency="i", dedupe_key="d")
    if end == "failed":
        world.attempts.fail(*held.pair, FAILED)
    elif end == "cancelled":
        world.jobs.cancel(held.id)
        world.attempts.cancelled(*held.pair)
    else:
        world.attempts.hand_back(*held.pair)
        world.client.run("HSET", world.keys("job", held.id), "start_by_ms", 1)
        assert world.sweeps.expire([held.id])
    again = world.submitted(idempotency="i", dedupe_key="d")
    assert (again.outcome, again.id, again.state.final) == ("replay", held.id, True)
    assert world.submitted(dedupe_key="d").outcome == "new"  # without the key it is another request


def test_fifty_threads_that_ask_the_same_get_one_job(world: World) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: world.submitted(dedupe_key="d"), range(50)))
    assert len({answer.id for answer in answers}) == 1
    assert sorted(answer.outcome for answer in answers) == ["alive"] * 49 + ["new"]
    assert world.tickets() == 1
    assert world.claim()
