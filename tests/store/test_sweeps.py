"""What the elected sweeper sees and may do."""

import pytest
from redis.exceptions import ResponseError
from tests.store import invariants
from tests.store.kit import FAILED, WEEK_S, World

from mediamill.core.policy import LEASE_MS, SUSPECT_SPREAD_MS, WORKER_LOSS_LIMIT
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.sweeps import GAP_MS, LOCK_MS, ROWS, Round, Sweeps
from mediamill.testing import eventually


def round_of(world: World, keep_done_s: float = WEEK_S) -> Round:
    swept = world.tick(keep_done_s=keep_done_s)
    assert swept is not None
    return swept


def calm(world: World) -> None:
    """Let the sweeper's stillness pass, a second at a time."""
    for _ in range(LEASE_MS // 1000 + 2):
        world.wait(1)
        round_of(world)


# ---- the lead


def test_one_of_many_leads_and_keeps_the_lead(world: World) -> None:
    others = [Sweeps(world.scripts) for _ in range(3)]
    assert world.tick() is not None
    assert [world.tick(other) for other in others] == [None] * 3
    assert world.tick() is not None
    life_ms = world.client.run("PTTL", world.keys("sweeper"))
    assert LOCK_MS - 1_000 < life_ms <= LOCK_MS


def test_the_lead_passes_on_when_its_holder_is_silent(world: World) -> None:
    call = {"lease_ms": LEASE_MS, "gap_ms": GAP_MS, "limit": ROWS}
    call |= {"keep_done_ms": 1, "keep_dead_ms": 1, "keep_files_ms": 1, "keep_released_ms": 1}
    assert world.scripts("tick", me="first", lock_ms=50, **call)
    eventually(lambda: world.tick() is not None)
    assert world.scripts("tick", me="first", lock_ms=50, **call) is None


# ---- stillness


def test_the_first_round_ever_is_not_still(world: World) -> None:
    assert not round_of(world).still


def test_rounds_in_time_are_not_still(world: World) -> None:
    for _ in range(4):
        assert not round_of(world).still
        world.wait(GAP_MS / 1000 - 0.5)


@pytest.mark.parametrize("cause", ["gap", "new server", "clock set back"])
def test_after_a_stop_of_the_fleet_no_lease_is_lost_for_one_lease(world: World, cause: str) -> None:
    held = world.running()
    round_of(world)
    if cause == "gap":
        world.wait(LEASE_MS / 1000 + 5)
    elif cause == "new server":
        world.client.run("HSET", world.keys("clock"), "run_id", "0" * 40)
        world.client.run("ZADD", world.keys("leases"), 1, held.id)
    else:
        world.wait(-60)
        world.client.run("ZADD", world.keys("leases"), 1, held.id)
    for _ in range(LEASE_MS // 1000):
        still = round_of(world)
        assert (still.still, still.lost) == (True, [])
        world.wait(1)
    world.wait(0.5)
    after = round_of(world)
    assert (after.still, after.lost) == (False, [held.id])


def test_stillness_holds_back_leases_only(world: World) -> None:
    retry, late = world.running(), world.submit(start_in_ms=1_000)
    world.attempts.retry(*retry.pair, FAILED, delay_s=1)
    round_of(world)
    world.wait(20)
    still = round_of(world)
    assert (still.still, still.due, still.expired) == (True, [retry.id], [late])


# ---- what is due


def test_a_round_names_what_is_due_and_nothing_before_its_time(world: World) -> None:
    calm(world)
    retry, lost, done = world.running(), world.running(), world.finished()
    late = world.submit(start_in_ms=5_000)
    world.attempts.retry(*retry.pair, FAILED, delay_s=5)
    early = round_of(world)
    assert (early.due, early.lost, early.expired, early.old) == ([], [], [], [])
    assert early.settled == [done]
    for _ in range(LEASE_MS // 1000 + 1):
        world.wait(1)
        swept = round_of(world)
    assert (swept.due, swept.lost, swept.expired) == ([retry.id], [lost.id], [late])


def test_old_jobs_are_named_by_when_they_ended(world: World) -> None:
    failed = world.running()
    world.attempts.fail(*failed.pair, FAILED)
    done = world.finished()
    world.wait(100)
    assert round_of(world).old == []
    assert round_of(world, keep_done_s=99).old == [done]
    swept = world.sweeps.tick(keep_done_s=WEEK_S, keep_dead_s=99, keep_files_s=WEEK_S)
    assert swept is not None
    assert swept.old == [failed.id]


def test_a_round_is_500_rows_at_most_of_each_kind_and_says_that_more_follow(world: World) -> None:
    names = ("delayed", "expiry", "outbox", "orphans", "done", "dead", "kept", "spent", "released")
    for name in names:
        rows = [word for number in range(ROWS + 1) for word in (number, f"job-{number}")]
        world.client.run("ZADD", world.keys(name), *rows)
    swept = round_of(world)
    kinds = (swept.due, swept.expired, swept.settled, swept.orphaning, swept.old, swept.faded)
    assert [len(ids) for ids in (*kinds, swept.spent, swept.released)] == [ROWS] * 8
    assert swept.full
    world.client.run("DEL", *(world.keys(name) for name in names))
    assert not round_of(world).full


def test_entries_without_a_record_leave_the_lists(world: World) -> None:
    calm(world)
    for name in ("delayed", "leases", "expiry", "done", "dead", "outbox", "spent"):
        world.client.run("ZADD", world.keys(name), 1, f"nobody-{name}")
    swept = round_of(world)
    assert world.sweeps.due(swept.due) == world.sweeps.lose(swept.lost) == world.sweeps.expire(swept.expired) == 0
    assert [world.jobs.forget(job_id).outcome for job_id in swept.old] == ["none"] * 2
    assert [world.sweeps.settle({job_id: 1}) for job_id in swept.settled] == [True]
    assert [world.sweeps.release(job_id) for job_id in swept.spent] == [[]]
    empty = round_of(world)
    assert not any((empty.spent, empty.due, empty.lost, empty.expired, empty.settled, empty.old))


def test_one_spoilt_record_does_not_stop_the_others(world: World) -> None:
    jobs = [world.running() for _ in range(3)]
    for held in jobs:
        world.attempts.retry(*held.pair, FAILED, delay_s=0)
    world.client.run("DEL", world.keys("events", jobs[1].id))
    world.client.run("SET", world.keys("events", jobs[1].id), "spoilt")
    assert world.sweeps.due([held.id for held in jobs]) == 2
    assert world.get(jobs[1].id).state is State.RETRY


# ---- the guards: a sweep's list may be old when it acts


def test_a_sweep_that_comes_too_early_moves_nothing(world: World) -> None:
    retry, held = world.running(), world.running()
    world.attempts.retry(*retry.pair, FAILED, delay_s=60)
    waiting, dated = world.submit(), world.submit(start_in_ms=60_000)
    ids = [retry.id, held.id, waiting, dated, "nobody"]
    before = world.dump()
    assert (world.sweeps.due(ids), world.sweeps.lose(ids), world.sweeps.expire(ids)) == (0, 0, 0)
    assert world.dump() == before
    assert world.sweeps.due([]) == 0


def test_a_job_that_did_not_start_in_time_fails_and_says_so(world: World) -> None:
    waiting, started = (world.submit(start_in_ms=5_000) for _ in range(2))
    world.jobs.prioritise(started, 9)
    assert world.claim().id == started
    world.wait(6)
    assert round_of(world).expired == [waiting]
    assert world.sweeps.expire([waiting, started]) == 1
    assert world.get(waiting).error_code == "EXPIRED"
    assert "deadline" in str(world.get(waiting).error_message)
    assert world.get(started).state is State.STARTED
    invariants.check(world)


@pytest.mark.parametrize("back", ["retry", "later", "hand_back", "lose"])
def test_a_job_that_started_in_time_has_met_its_deadline_for_good(world: World, back: str) -> None:
    held = world.running(start_in_ms=5_000)
    ends = {
        "retry": lambda: world.attempts.retry(*held.pair, FAILED, delay_s=60),
        "later": lambda: world.attempts.later(*held.pair, delay_s=60),
        "hand_back": lambda: world.attempts.hand_back(*held.pair),
        "lose": lambda: world.attempts.lose(*held.pair),
    }
    assert ends[back]()
    world.wait(61)
    world.sweeps.due([held.id])
    assert round_of(world).expired == []
    assert world.sweeps.expire([held.id]) == 0
    assert world.claim().id == held.id
    invariants.check(world)


def test_after_the_second_death_in_a_row_jobs_wait_apart(world: World) -> None:
    ids = [world.submit(dedupe_key=None) for _ in range(8)]
    for state in (State.PENDING, State.RETRY):
        for held in [world.claim() for _ in ids]:
            assert world.attempts.lose(*held.pair)
            assert world.get(held.id).state is state
    waits_ms = [(world.get(job_id).due_ms or 0) - world.now_ms() for job_id in ids]
    assert all(-1_000 <= wait_ms <= SUSPECT_SPREAD_MS for wait_ms in waits_ms)
    assert max(waits_ms) - min(waits_ms) > SUSPECT_SPREAD_MS / 10  # 1 in 10 million that they are so close
    world.wait(SUSPECT_SPREAD_MS / 1000)
    assert world.sweeps.due(ids) == len(ids)
    invariants.check(world)


def test_the_third_death_in_a_row_is_the_last(world: World) -> None:
    world.submit()
    for losses in range(1, WORKER_LOSS_LIMIT):
        held = world.claim()
        world.wait(11)
        assert world.sweeps.lose([held.id]) == 1
        assert world.get(held.id).worker_losses == losses
        world.wait(SUSPECT_SPREAD_MS / 1000)
        world.sweeps.due([held.id])
    held = world.claim()
    world.attempts.lose(*held.pair)
    job = world.get(held.id)
    assert (job.state, job.error_code, job.worker_losses) == (State.FAILURE, "WORKER_LOST", WORKER_LOSS_LIMIT)
    assert [line.outcome for line in job.history] == ["lose", "suspect", "poison"]
    assert job.failures == 0  # a death is not charged
    assert "3" in str(job.error_message)
    assert world.jobs.redrive(held.id)
    assert world.get(held.id).worker_losses == 0


@pytest.mark.parametrize(
    ("how", "resets"),
    [
        ("further", True),
        ("a step", True),
        ("a part", True),
        ("later", True),
        ("retry", True),
        ("as far as before", False),
        ("hand_back", False),
    ],
)
def test_deaths_count_only_while_the_job_gets_nowhere(world: World, how: str, *, resets: bool) -> None:
    held = world.running()
    world.attempts.progress(*held.pair, 40, "reading")
    world.attempts.lose(*held.pair)
    held = world.claim()
    assert held.job.worker_losses == 1
    if how in {"further", "as far as before"}:
        world.attempts.progress(*held.pair, 41 if how == "further" else 40, "reading")
    elif how == "a step":
        world.attempts.progress(*held.pair, 0, "reading", advanced=True)
    elif how == "a part":
        world.scripts("publish", id=held.id, token=held.token, name="a", artifact="{}", facts="{}")
    elif how == "later":
        world.attempts.later(*held.pair, delay_s=0)
    elif how == "retry":
        world.attempts.retry(*held.pair, FAILED, delay_s=0)
    else:
        world.attempts.hand_back(*held.pair)
    assert world.get(held.id).worker_losses == (0 if resets else 1)


# ---- tickets


def test_missing_tickets_are_topped_up_and_surplus_ones_taken_away(world: World) -> None:
    for _ in range(3):
        world.submit()
    assert world.sweeps.top_up(Queue.CPU) == 0
    tickets = world.keys("tickets", Queue.CPU)
    world.client.run("LTRIM", tickets, 0, 0)
    assert world.sweeps.top_up(Queue.CPU) == 2
    assert world.tickets() == 3
    bodies = world.client.run("LRANGE", tickets, 0, -1)
    assert len(set(bodies)) == 3  # kombu uses a part of each as a key
    assert all('"queue": "cpu"' in body and "@" not in body for body in bodies)
    world.claim()
    assert world.sweeps.top_up(Queue.CPU) == -1
    assert world.sweeps.top_up(Queue.CPU) == 0
    assert world.tickets() == 2


def test_a_round_of_tickets_is_500_at_most(world: World) -> None:
    rows = [word for number in range(ROWS + 1) for word in (number, f"job-{number}")]
    world.client.run("ZADD", world.keys("ages", Queue.CPU), *rows)
    assert [world.sweeps.top_up(Queue.CPU) for _ in range(3)] == [ROWS, 1, 0]
    world.client.run("DEL", world.keys("ages", Queue.CPU))
    assert [world.sweeps.top_up(Queue.CPU) for _ in range(3)] == [-ROWS, -1, 0]
    assert world.tickets() == 0


def test_a_paused_queue_gets_no_tickets_until_it_goes_on(world: World) -> None:
    world.submit()
    world.client.run("DEL", world.keys("tickets", Queue.CPU))
    world.queues.pause(Queue.CPU)
    assert world.sweeps.top_up(Queue.CPU) == 0
    world.submit()  # accepted all the same, with a ticket that nobody needs now
    assert world.sweeps.top_up(Queue.CPU) == -1
    world.queues.resume(Queue.CPU)
    assert world.sweeps.top_up(Queue.CPU) == 2


# ---- the outbox


def test_an_end_is_settled_only_as_it_was_written(world: World) -> None:
    held = world.running()
    world.attempts.fail(*held.pair, FAILED)
    written = world.get(held.id).version
    world.jobs.redrive(held.id)
    assert round_of(world).settled == []
    world.succeed(world.claim())
    assert not world.sweeps.settle({held.id: written})
    assert round_of(world).settled == [held.id]
    assert world.sweeps.settle({held.id: world.get(held.id).version})
    assert round_of(world).settled == []


def test_ends_are_settled_together_but_for_those_that_changed_since(world: World) -> None:
    versions = {job_id: world.get(job_id).version for job_id in (world.finished(), world.finished())}
    again = world.running()
    world.attempts.fail(*again.pair, FAILED)
    versions |= {again.id: world.get(again.id).version, "gone": 7}
    world.jobs.redrive(again.id)
    world.succeed(world.claim())
    assert world.sweeps.settle(versions) == 3
    assert round_of(world).settled == [again.id]
    assert world.client.run("ZSCORE", world.keys("kept"), "gone") == 0  # what was written beside it is to be removed


def test_of_ends_among_which_one_is_spoilt_none_is_settled(world: World) -> None:
    versions = {job_id: world.get(job_id).version for job_id in (world.finished(), world.finished())}
    world.client.run("HSET", world.keys("job", min(versions)), "attempt", "spoilt")
    with pytest.raises(ResponseError):
        world.sweeps.settle(versions)
    assert sorted(round_of(world).settled) == sorted(versions)
