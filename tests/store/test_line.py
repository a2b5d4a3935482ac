"""Who is claimed next: owners in turn, within an owner by priority and age."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.store.kit import FAILED, World

from mediamill.core.policy import AGEING_MS_PER_STEP, PRIORITY_MAX, PRIORITY_MIN, rank_ms
from mediamill.core.queues import Queue

STEP_S = AGEING_MS_PER_STEP / 1000


def drained(world: World, queue: Queue = Queue.CPU) -> list[str]:
    """Claim until nothing waits."""
    claimed = []
    while job := world.attempts.claim(queue, machine="m", worker="w"):
        claimed.append(job.id)
    return claimed


def test_owners_are_served_in_turn_however_much_one_has_waiting(world: World) -> None:
    anns = [world.submit(owner="ann") for _ in range(4)]
    bobs = [world.submit(owner="bob") for _ in range(2)]
    eve = world.submit(owner="eve", priority=9)
    assert drained(world) == [anns[0], bobs[0], eve, anns[1], bobs[1], anns[2], anns[3]]


def test_an_owner_who_leaves_and_returns_does_not_pass_the_others(world: World) -> None:
    anns = [world.submit(owner="ann") for _ in range(2)]
    bobs = [world.submit(owner="bob") for _ in range(2)]
    eves = [world.submit(owner="eve")]
    assert world.claim().id == anns[0]
    assert world.claim().id == bobs[0]
    assert world.claim().id == eves[0]  # eve leaves the line
    eves.append(world.submit(owner="eve"))  # and returns
    assert drained(world) == [anns[1], bobs[1], eves[1]]


def test_asking_for_more_does_not_cost_an_owner_its_turn(world: World) -> None:
    first, bob, second = world.submit(owner="ann"), world.submit(owner="bob"), world.submit(owner="ann")
    assert drained(world) == [first, bob, second]


def test_another_priority_does_not_cost_an_owner_its_turn(world: World) -> None:
    ann = world.submit(owner="ann")
    bob = world.submit(owner="bob")
    assert world.jobs.prioritise(ann, 5)
    assert drained(world) == [ann, bob]


def test_a_repeat_with_a_better_priority_does_not_cost_the_turn(world: World) -> None:
    ann = world.submit(owner="ann", dedupe_key="d")
    bob = world.submit(owner="bob")
    assert world.submitted(owner="ann", dedupe_key="d", priority=5).outcome == "alive"
    assert drained(world) == [ann, bob]


def test_within_an_owner_priority_comes_first_and_then_age(world: World) -> None:
    low, early, late, high = (world.submit(priority=priority) for priority in (-1, 0, 0, 2))
    assert drained(world) == [high, early, late, low]


def test_priority_can_be_changed_while_waiting(world: World) -> None:
    first, second = world.submit(), world.submit()
    assert world.jobs.prioritise(second, 1)
    assert world.get(second).priority == 1
    assert drained(world) == [second, first]


@pytest.mark.parametrize(("waited_s", "older_first"), [(STEP_S - 2, False), (STEP_S + 2, True)])
def test_a_step_of_priority_is_worth_exactly_its_ageing(world: World, waited_s: float, *, older_first: bool) -> None:
    old = world.submit(priority=0)
    world.wait(waited_s)
    new = world.submit(priority=1)
    assert drained(world) == ([old, new] if older_first else [new, old])


def test_the_lowest_passes_a_newer_highest_after_ninety_minutes(world: World) -> None:
    low = world.submit(priority=PRIORITY_MIN)
    world.wait((PRIORITY_MAX - PRIORITY_MIN) * STEP_S + 1)
    world.submit(priority=PRIORITY_MAX)
    assert world.claim().id == low


def test_the_line_is_ordered_by_the_policys_rank(world: World) -> None:
    for priority in (-9, 0, 9):
        job = world.get(world.submit(priority=priority))
        score = world.client.run("ZSCORE", world.keys("waiting", "cpu", "ann"), job.id)
        assert float(score) == rank_ms(job.queued_ms, priority)


def test_a_job_that_comes_back_keeps_its_age_and_a_retry_queues_anew(world: World) -> None:
    back = world.running()
    world.wait(5)
    other = world.submit()
    world.attempts.hand_back(*back.pair)
    assert world.claim().id == back.id
    world.attempts.retry(*_pair(world, back.id), FAILED, delay_s=0)
    world.wait(5)
    world.sweeps.due([back.id])
    assert drained(world) == [other, back.id]


def test_a_paused_queue_gives_nothing_and_the_others_go_on(world: World) -> None:
    world.submit()
    other = world.submit(queue=Queue.DEFAULT)
    world.queues.pause(Queue.CPU)
    before = world.dump()
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None
    assert world.dump() == before
    assert world.claim(Queue.DEFAULT).id == other
    world.queues.resume(Queue.CPU)
    assert world.claim()


def test_a_claim_of_nothing_writes_nothing(world: World) -> None:
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None
    assert world.names() == []


def test_an_entry_without_a_record_is_dropped_and_the_next_one_taken(world: World) -> None:
    first, second, third = world.submit(), world.submit(), world.submit(owner="bob")
    world.client.run("DEL", world.keys("job", first))
    world.client.run("HSET", world.keys("job", third), "state", "RETRY")
    world.client.run("ZADD", world.keys("turns", "cpu"), -1, "nobody")
    world.client.run("ZADD", world.keys("expiry"), 1, first)
    assert drained(world) == [second]
    assert not world.members("ages", "cpu")
    assert not world.members("turns", "cpu")
    assert not world.members("expiry")


def test_a_hundred_dead_entries_end_one_claim_and_the_next_goes_on(world: World) -> None:
    dead = [world.submit() for _ in range(101)]
    alive = world.submit()
    world.client.many([("DEL", world.keys("job", job_id)) for job_id in dead])
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None
    assert world.claim().id == alive


def _pair(world: World, job_id: str) -> tuple[str, str]:
    token = world.get(job_id).token
    assert token is not None
    return job_id, token


def test_many_workers_at_once_claim_every_job_once(world: World) -> None:
    ids = [world.submit(owner=f"owner-{number % 3}") for number in range(120)]
    with ThreadPoolExecutor(8) as pool:
        claimed = [job_id for part in pool.map(lambda _: drained(world), range(8)) for job_id in part]
    assert sorted(claimed) == ids


def test_a_claim_that_follows_takes_the_jobs_own_ticket(world: World) -> None:
    world.submit()
    world.submit()
    assert world.tickets() == 2
    claim = world.attempts.claim
    assert claim(Queue.CPU, machine="m", worker="w") is not None  # Celery took the ticket that brought this one
    assert world.tickets() == 2
    assert claim(Queue.CPU, machine="m", worker="w", follow=True) is not None
    assert world.tickets() == 1
    assert claim(Queue.CPU, machine="m", worker="w", follow=True) is None
    assert world.tickets() == 1


def test_the_end_of_an_attempt_tells_how_many_jobs_wait(world: World) -> None:
    held = world.running()
    world.submit()
    world.submit()
    assert world.attempts.succeed(*held.pair, {}, {}).waiting == 2
