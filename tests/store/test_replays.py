"""The submit move for what was accepted elsewhere while the store was away."""

from dataclasses import replace
from typing import Any

import pytest
from tests.store import invariants
from tests.store.kit import World, request

from mediamill.core.errors import Unavailable
from mediamill.core.job import Upload
from mediamill.core.states import State
from mediamill.store.jobs import Refusal, Replay, Submitted

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _every_index_follows(world: World) -> Any:  # noqa: ANN401 - a generator
    yield
    invariants.check(world)


def replay(world: World, *, age_ms: int = HOUR_MS, cancelled: bool = False, **changes: Any) -> Replay:  # noqa: ANN401
    return Replay(request(**changes), world.now_ms() - age_ms, cancelled=cancelled)


def replayed(world: World, **changes: Any) -> Submitted:  # noqa: ANN401
    (answer,) = world.jobs.replay([replay(world, **changes)])
    assert isinstance(answer, Submitted)
    return answer


def test_a_job_is_as_old_as_its_acceptance_and_comes_before_younger_ones(world: World) -> None:
    young = world.submit()
    asked = replay(world, correlation_id="c", uploads={"f": Upload(filename="f", key="k", sha256="s", size_bytes=1)})
    (answer,) = world.jobs.replay([asked])
    assert answer == Submitted("new", asked.request.id, State.PENDING)
    job = world.get(asked.request.id)
    assert job.created_ms == job.queued_ms == asked.accepted_ms
    assert (job.params, job.correlation_id, job.uploads["f"].key) == ({"text": "hi"}, "c", "k")
    assert [found.id for found in world.jobs.page(owner="ann").jobs] == [young, job.id]
    assert [world.claim().id, world.claim().id] == [job.id, young]


def test_many_keep_their_order(world: World) -> None:
    asked = [replace(replay(world), accepted_ms=1_000 + number) for number in range(50)]
    answers = world.jobs.replay(asked)
    assert {answer.outcome for answer in answers if isinstance(answer, Submitted)} == {"new"}
    assert [world.claim().id for _ in range(50)] == [each.request.id for each in asked]


def test_a_node_whose_clock_is_ahead_makes_no_job_of_the_future(world: World) -> None:
    before = world.now_ms()
    job = world.get(replayed(world, age_ms=-HOUR_MS).id)
    assert before <= job.created_ms <= world.now_ms()


def test_what_the_store_has_is_left_alone(world: World) -> None:
    asked = replay(world, idempotency="i")
    assert world.jobs.submit(asked.request).outcome == "new"
    held = world.claim()
    before = world.dump()
    answers = world.jobs.replay([asked, asked, replace(asked, cancelled=True)])
    assert answers == [Submitted("replay", asked.request.id, State.STARTED)] * 3
    assert world.dump() == before
    world.succeed(held)
    assert world.jobs.replay([asked]) == [Submitted("replay", held.id, State.SUCCESS)]


def test_an_id_that_another_request_has_is_refused(world: World) -> None:
    taken = world.submit(request_hash="a")
    assert replayed(world, id=taken, request_hash="b").outcome == "reused"


def test_a_job_that_was_replayed_and_removed_does_not_come_back(world: World) -> None:
    asked = replay(world, idempotency="i")
    world.jobs.replay([asked])
    world.jobs.cancel(asked.request.id)
    world.jobs.forget(asked.request.id)
    assert world.jobs.replay([asked]) == [Submitted("replay", asked.request.id, State.PENDING)]
    assert world.jobs.get(asked.request.id) is None


def test_a_store_that_was_wiped_takes_everything(private_world: World) -> None:
    asked = [replay(private_world, idempotency=f"i{number}", dedupe_key=f"d{number}") for number in range(3)]
    private_world.jobs.replay(asked)
    private_world.client.run("FLUSHALL")
    private_world.client.run("SCRIPT", "FLUSH")
    answers = private_world.jobs.replay(asked)
    assert [answer.outcome for answer in answers if isinstance(answer, Submitted)] == ["new"] * 3
    invariants.check(private_world)


# ---- twins


def test_beside_a_living_twin_it_is_a_job_of_its_own_and_says_whose_duplicate(world: World) -> None:
    twin = world.submit(dedupe_key="d")
    mine = replayed(world, dedupe_key="d")
    assert (mine.outcome, mine.state, world.get(mine.id).duplicate_of) == ("new", State.PENDING, twin)
    assert world.submitted(dedupe_key="d").id == twin  # who stands for the request stays the same
    first = world.claim()
    world.succeed(first)
    assert first.id == mine.id
    assert world.submitted(dedupe_key="d").id == twin


def test_beside_a_twin_that_succeeded_it_is_one_too(world: World) -> None:
    twin = world.finished(dedupe_key="d", keep_dedupe=True)
    assert world.get(replayed(world, dedupe_key="d", cache_ttl_ms=HOUR_MS).id).duplicate_of == twin
    assert world.submitted(dedupe_key="d", cache_ttl_ms=HOUR_MS).outcome == "cached"


@pytest.mark.parametrize("changes", [{"force": True}, {"cache_ttl_ms": 0}, {"owner": "bob"}])
def test_without_a_twin_that_counts_it_is_nobodys_duplicate(world: World, changes: dict[str, Any]) -> None:
    world.finished(dedupe_key="d", keep_dedupe=True)
    mine = replayed(world, **{"dedupe_key": "d", "cache_ttl_ms": HOUR_MS, **changes})
    assert world.get(mine.id).duplicate_of is None
    assert world.submitted(dedupe_key="d", owner=changes.get("owner", "ann")).id == mine.id


def test_a_key_that_joined_another_job_before_names_it_as_the_twin(world: World) -> None:
    twin = world.submit(dedupe_key="d", request_hash="h")
    assert world.submitted(dedupe_key="d", request_hash="h", idempotency="i").id == twin
    world.jobs.cancel(twin)
    mine = replayed(world, dedupe_key="d", request_hash="h", idempotency="i")
    assert (mine.outcome, world.get(mine.id).duplicate_of) == ("new", twin)
    assert world.submitted(request_hash="h", idempotency="i").id == twin
    other = replayed(world, request_hash="other", idempotency="i")
    assert (other.outcome, world.get(other.id).duplicate_of) == ("new", None)


# ---- too late, and cancelled


def test_one_that_was_cancelled_is_revoked_and_was_never_waiting(world: World) -> None:
    mine = replayed(world, cancelled=True, dedupe_key="d")
    assert (mine.outcome, mine.state, world.statuses(mine.id)) == ("new", State.REVOKED, ["PENDING", "REVOKED"])
    assert world.attempts.claim(world.get(mine.id).queue, machine="m", worker="w") is None
    assert world.members("outbox") == [mine.id]
    assert world.submitted(dedupe_key="d").outcome == "new"


def test_its_deadline_counts_from_its_acceptance(world: World) -> None:
    late, early = replayed(world, start_in_ms=HOUR_MS - 1_000), replayed(world, start_in_ms=HOUR_MS + 60_000)
    assert (late.outcome, late.state, world.get(late.id).error_code) == ("new", State.FAILURE, "EXPIRED")
    assert early.state is State.PENDING
    job = world.get(early.id)
    assert job.start_by_ms == job.created_ms + HOUR_MS + 60_000
    assert world.claim().id == early.id


# ---- trouble


def test_one_that_is_refused_does_not_hinder_the_others(world: World) -> None:
    spoilt, bob = replay(world, owner="ann"), replay(world, owner="bob")
    world.client.run("SET", world.keys("owned", "ann"), "spoilt")
    refusal, answer = world.jobs.replay([spoilt, bob])
    assert isinstance(refusal, Refusal)
    assert "WRONGTYPE" in refusal.why
    assert answer == Submitted("new", bob.request.id, State.PENDING)
    world.client.run("DEL", world.keys("owned", "ann"))


def test_a_store_that_is_full_takes_some_or_none_and_all_later(private_world: World) -> None:
    asked = [replay(private_world) for _ in range(5)]
    private_world.client.run("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(Unavailable):
            private_world.jobs.replay(asked)
    finally:
        private_world.client.run("CONFIG", "SET", "maxmemory", "0")
    assert len(private_world.jobs.replay(asked)) == len(list(private_world.jobs.all_ids())) == 5
