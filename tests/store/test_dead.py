"""Dead letters: an owner's are found without a look at everybody's, and a round over them is bounded."""

from collections.abc import Iterator

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, World

from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.attempts import Failure
from mediamill.store.dead import DeadFilter
from mediamill.store.finished import ROWS, Place, Span


def dead(world: World, **changes: object) -> str:
    """Return a job that failed, a millisecond or more after the one before."""
    held = world.running(**changes)
    assert world.attempts.fail(*held.pair, FAILED)
    world.wait(0.002)
    return held.id


def herd(world: World, count: int, owner: str = "ann") -> list[str]:
    """Return many jobs that failed, the last one first."""
    ids = [f"{owner}-{number:06d}" for number in range(count)]
    for start in range(0, count, 500):
        part = ids[start : start + 500]
        plain = {"owner": owner, "queue": "cpu", "priority": 0, "request_hash": "h"}
        claim = {"queue": "cpu", "machine": "m", "worker": "w", "lease_ms": 10_000}
        world.scripts.many("submit", [{"id": job_id, **plain} for job_id in part])
        world.client.many([("HSET", world.keys("job", job_id), "service", "shout") for job_id in part])
        world.scripts.many("claim", [{"token": job_id, **claim} for job_id in part])
        world.scripts.many("move", [{"id": job_id, "event": "fail", "token": job_id} for job_id in part])
    return ids[::-1]


def pages(world: World, wanted: DeadFilter, limit: int) -> Iterator[list[str]]:
    place = None
    while True:
        page = world.dead.page(wanted, cursor=place, limit=limit)
        yield [job.id for job in page.jobs]
        place = page.next
        if place is None:
            return


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_pages_miss_nothing_and_repeat_nothing(world: World, limit: int) -> None:
    ids = [dead(world) for _ in range(7)][::-1]
    dead(world, owner="bob")
    world.finished()
    found = list(pages(world, DeadFilter(owner="ann"), limit))
    assert [job_id for page in found for job_id in page] == ids
    assert all(len(page) <= limit for page in found)


def test_an_owners_few_are_read_at_once_beside_the_many_of_others(world: World) -> None:
    mine = dead(world)
    herd(world, 3 * ROWS, owner="bob")
    page = world.dead.page(DeadFilter(owner="ann"), limit=1)
    assert [job.id for job in page.jobs] == [mine]
    assert world.members("dead_of", "ann") == [mine]


def test_a_rare_filter_looks_at_a_bounded_number_of_records_per_page(world: World) -> None:
    rare = dead(world, service="rare")
    herd(world, 1_100)
    first = world.dead.page(DeadFilter(service="rare"), limit=100)
    assert (first.jobs, first.next is not None) == ([], True)
    assert [job_id for page in pages(world, DeadFilter(service="rare"), 100) for job_id in page] == [rare]


def test_a_span_has_its_first_moment_and_not_its_last(world: World) -> None:
    ids = [dead(world) for _ in range(3)]
    ends = [world.get(job_id).ended_ms for job_id in ids]
    found = world.dead.page(DeadFilter(span=Span(ends[1], ends[2])))
    assert [job.id for job in found.jobs] == [ids[1]]


def test_a_redrive_leaves_both_lists_and_a_forget_too(world: World) -> None:
    ids = [dead(world) for _ in range(3)]
    assert world.dead.redrive(ids[:1]) == 1
    assert world.jobs.forget(ids[1])
    assert world.members("dead") == world.members("dead_of", "ann") == [ids[2]]
    invariants.check(world)


def test_what_is_not_failed_any_more_is_left_alone(world: World) -> None:
    running, done = world.running(priority=9), world.finished(priority=9)
    assert world.dead.redrive([running.id, done, "nobody"]) == 0
    assert world.get(running.id).state is State.STARTED


def test_a_row_whose_job_was_redriven_meanwhile_is_left_out(world: World) -> None:
    failed, running = dead(world), world.running()
    for name in (world.keys("dead"), world.keys("dead_of", "ann")):
        world.client.run("ZADD", name, 1, running.id, 2, "nobody")
    for owner in ("ann", None):
        assert [job.id for job in world.dead.page(DeadFilter(owner=owner)).jobs] == [failed]
    done = world.dead.redrive_round(DeadFilter())
    assert (done.redriven, done.unchanged) == (1, 0)


def test_a_record_of_another_kind_does_not_stop_a_round_over_a_filter(world: World) -> None:
    spoilt, other = dead(world), dead(world)
    world.client.run("DEL", world.keys("job", spoilt))
    world.client.run("SET", world.keys("job", spoilt), "spoilt")
    done = world.dead.redrive_round(DeadFilter(owner="ann", service="shout"))
    assert (done.redriven, done.unchanged) == (1, 0)
    assert world.get(other).state is State.PENDING


def test_one_spoilt_record_does_not_stop_the_redrive_of_others(world: World) -> None:
    ids = [dead(world) for _ in range(3)]
    world.client.run("HSET", world.keys("job", ids[1]), "attempt", "many")
    assert world.dead.redrive(ids) == 2


def test_a_filter_is_run_again_round_by_round_each_job_once(world: World) -> None:
    herd(world, ROWS + 100)
    other = dead(world, queue=Queue.DEFAULT)
    place: Place | None = None
    rounds = []
    while True:
        done = world.dead.redrive_round(DeadFilter(queue=Queue.CPU), place)
        rounds.append((done.redriven, done.unchanged))
        place = done.next
        if place is None:
            break
        held = world.claim()  # one of them fails again at once
        world.attempts.fail(*held.pair, Failure("AGAIN", "no"))
    assert rounds == [(ROWS - 1, 0), (101, 0), (0, 0)]  # of the first 500 one is in another queue
    assert world.get(other).state is State.FAILURE
