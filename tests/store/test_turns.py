"""Turns at what jobs share: so many at once, so many a minute, in the order of the line; nothing is left behind."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, Held, World

from mediamill.core.errors import PermanentError, StaleAttempt
from mediamill.core.policy import Pace
from mediamill.core.queues import Queue
from mediamill.core.states import Move, State
from mediamill.store.scripts import PLACE_KEPT_MS, TURN_LONGEST_MS, TURN_LOOK_MS, TURNS_OF_A_JOB
from mediamill.store.turns import Turns

ONE = Pace(at_once=1)
SITE = "site example.org"


@pytest.fixture
def turns(world: World) -> Turns:
    return Turns(world.scripts)


def ask(turns: Turns, held: Held, pace: Pace = ONE, name: str = SITE) -> float:
    return turns.ask(held.id, held.token, name, pace)


def wait_for(world: World, turns: Turns, held: Held, pace: Pace = ONE) -> float:
    """Ask for a turn that is another's, and let the attempt end with Later."""
    wait_s = ask(turns, held, pace)
    assert wait_s > 0
    assert world.attempts.later(*held.pair, delay_s=wait_s)
    return wait_s


def kinds(world: World) -> set[str]:
    """Return the kinds of the keys that are about turns."""
    return {name.partition(":")[0] for name in world.names()} & {"shared", "holders", "line", "asking"}


def test_a_turn_that_is_free_is_had_at_once_and_asked_for_again_it_is_still_ours(world: World, turns: Turns) -> None:
    held = world.running()
    assert [ask(turns, held) for _ in range(3)] == [0, 0, 0]
    assert world.members("line", SITE) == []
    invariants.check(world)


def test_only_so_many_hold_it_at_a_time(world: World, turns: Turns) -> None:
    pace = Pace(at_once=3)
    running = [world.running() for _ in range(5)]
    assert [ask(turns, each, pace) > 0 for each in running] == [False, False, False, True, True]
    world.succeed(running[1])
    assert ask(turns, running[3], pace) == 0
    assert ask(turns, running[4], pace) > 0
    invariants.check(world)


@pytest.mark.parametrize("end", [Move.SUCCEED, Move.FAIL, Move.RETRY, Move.LATER, Move.HAND_BACK, Move.LOSE])
def test_however_a_holder_ends_the_first_in_line_is_woken_by_the_same_move(
    world: World, turns: Turns, end: Move
) -> None:
    holder, second, third = (world.running() for _ in range(3))
    assert ask(turns, holder) == 0
    wait_for(world, turns, second)
    wait_for(world, turns, third)
    ends = {
        Move.SUCCEED: lambda: world.attempts.succeed(*holder.pair, {}, {}),
        Move.FAIL: lambda: world.attempts.fail(*holder.pair, FAILED),
        Move.RETRY: lambda: world.attempts.retry(*holder.pair, FAILED, delay_s=60),
        Move.LATER: lambda: world.attempts.later(*holder.pair, delay_s=60),
        Move.HAND_BACK: lambda: world.attempts.hand_back(*holder.pair),
        Move.LOSE: lambda: world.attempts.lose(*holder.pair),
    }
    assert ends[end]()
    assert (world.get(second.id).state, world.get(third.id).state) == (State.PENDING, State.RETRY)
    invariants.check(world)


def test_a_holder_whose_machine_died_holds_it_no_longer_than_its_lease(world: World, turns: Turns) -> None:
    world.tick()
    holder, second = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, second)
    for _ in range(5):
        world.wait(2)
        world.tick()
    found = world.tick()
    assert found is not None
    assert found.lost == [holder.id]
    assert world.sweeps.lose(found.lost) == 1
    assert world.get(second.id).state is State.PENDING
    invariants.check(world)


def test_a_cancelled_holder_holds_it_until_nothing_of_it_runs(world: World, turns: Turns) -> None:
    holder, second = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, second)
    world.jobs.cancel(holder.id)
    assert world.get(second.id).state is State.RETRY
    with pytest.raises(StaleAttempt):
        ask(turns, holder)
    assert world.attempts.cancelled(*holder.pair)
    assert world.get(second.id).state is State.PENDING
    invariants.check(world)


def test_turns_go_by_priority_and_then_by_age_whoever_asks_first(world: World, turns: Turns) -> None:
    holder = world.running()
    assert ask(turns, holder) == 0
    first, second, urgent = world.running(), world.running(), world.running(priority=3)
    for each in (second, urgent, first):
        wait_for(world, turns, each)
    assert world.members("line", SITE) == [urgent.id, first.id, second.id]
    took = []
    for _ in range(3):
        world.succeed(holder)
        holder = world.claim()
        took.append(holder.id)
        assert ask(turns, holder) == 0
    assert took == [urgent.id, first.id, second.id]
    invariants.check(world)


def test_nobody_passes_one_who_was_woken_and_has_no_slot_yet(world: World, turns: Turns) -> None:
    holder, first = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, first)
    world.succeed(holder)
    newcomer = world.running(queue=Queue.DOWNLOADS)
    assert ask(turns, newcomer) > 0
    assert ask(turns, world.claim()) == 0


def test_one_who_does_not_come_within_a_minute_loses_the_place_to_the_next(world: World, turns: Turns) -> None:
    holder, first = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, first)
    world.succeed(holder)  # the first is woken, and its queue is paused, say
    newcomer = world.running(queue=Queue.DOWNLOADS)
    world.wait(PLACE_KEPT_MS / 1000 - 1)
    assert ask(turns, newcomer) > 0
    world.wait(2)
    assert ask(turns, newcomer) == 0
    assert world.members("line", SITE) == []


def test_a_new_priority_moves_a_place_too(world: World, turns: Turns) -> None:
    holder, first, second = (world.running() for _ in range(3))
    assert ask(turns, holder) == 0
    wait_for(world, turns, first)
    wait_for(world, turns, second)
    world.jobs.prioritise(second.id, 5)
    assert world.members("line", SITE) == [second.id, first.id]
    invariants.check(world)


def test_who_is_handed_back_comes_before_the_younger(world: World, turns: Turns) -> None:
    holder, second = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, second)
    assert world.attempts.hand_back(*holder.pair)
    again = world.claim()
    assert again.id == holder.id
    assert ask(turns, again) == 0
    assert ask(turns, world.claim()) > 0


def test_a_cancelled_job_waits_for_no_turn_and_the_next_has_its_place(world: World, turns: Turns) -> None:
    holder, first, second = (world.running() for _ in range(3))
    assert ask(turns, holder) == 0
    wait_for(world, turns, first)
    wait_for(world, turns, second)
    world.succeed(holder)
    assert world.get(first.id).state is State.PENDING
    world.jobs.cancel(first.id)
    assert world.members("line", SITE) == [second.id]
    assert world.get(second.id).state is State.PENDING
    invariants.check(world)


def test_turns_of_a_minute_come_evenly_after_a_burst(world: World, turns: Turns) -> None:
    pace = Pace(per_minute=30, burst=3)
    running = [world.running() for _ in range(6)]
    waits = [ask(turns, each, pace) for each in running]
    assert waits[:3] == [0, 0, 0]
    assert waits[3:] == pytest.approx([2, 4, 6], abs=0.5)
    began_ms, came = world.now_ms(), []
    for each in running[3:]:
        while (wait_s := ask(turns, each, pace)) > 0:
            world.wait(wait_s)
        came.append((world.now_ms() - began_ms) / 1000)
    assert came == pytest.approx([2, 4, 6], abs=0.5)
    world.wait(60)
    late = [world.running() for _ in range(4)]
    assert [ask(turns, each, pace) > 0 for each in late] == [False, False, False, True]


def test_who_waits_for_the_time_alone_is_told_it_to_the_place(world: World, turns: Turns) -> None:
    pace = Pace(at_once=1, per_minute=6)
    holder, second = world.running(), world.running()
    assert ask(turns, holder, pace) == 0
    assert wait_for(world, turns, second, pace) == TURN_LOOK_MS / 1000
    world.succeed(holder)  # a turn is free, and the next one is due ten seconds after the first
    told = world.get(second.id)
    assert told.state is State.RETRY
    assert told.due_ms is not None
    assert 8_000 < told.due_ms - world.now_ms() <= 10_000
    invariants.check(world)


def test_those_further_back_look_less_often(world: World, turns: Turns) -> None:
    running = [world.running() for _ in range(60)]
    waits = [ask(turns, each) for each in running]
    look = TURN_LOOK_MS / 1000
    assert waits[:4] == [0, look, 2 * look, 3 * look]
    assert max(waits) == TURN_LONGEST_MS / 1000


def test_a_restored_holder_that_runs_nowhere_is_in_nobodys_way(world: World, turns: Turns) -> None:
    world.client.run("HSET", world.keys("holders", SITE), "no-such-job", "t")
    assert ask(turns, world.running()) == 0


def test_a_spoilt_record_in_the_line_costs_the_holder_nothing(world: World, turns: Turns) -> None:
    holder, spoilt = world.running(), world.running()
    assert ask(turns, holder) == 0
    wait_for(world, turns, spoilt)
    world.client.run("HSET", world.keys("job", spoilt.id), "priority", "high")
    world.succeed(holder)
    assert world.get(holder.id).state is State.SUCCESS


def test_a_stale_attempt_gets_none(world: World, turns: Turns) -> None:
    held = world.running()
    assert world.attempts.lose(*held.pair)
    with pytest.raises(StaleAttempt):
        ask(turns, held)
    assert kinds(world) == set()


def test_a_job_has_places_at_so_many_names_only_and_those_it_left_do_not_count(world: World, turns: Turns) -> None:
    held = world.running()
    for number in range(TURNS_OF_A_JOB):
        assert ask(turns, held, name=f"site {number}") == 0
    with pytest.raises(PermanentError) as refused:
        ask(turns, held, name="one more")
    assert refused.value.code == "TURNS_TOO_MANY"
    assert world.attempts.later(*held.pair, delay_s=0)
    world.sweeps.due([held.id])
    assert ask(turns, world.claim(), name="one more") == 0
    invariants.check(world)


def test_names_do_not_hear_of_each_other(world: World, turns: Turns) -> None:
    first, second = world.running(), world.running()
    assert ask(turns, first, name="a") == 0
    assert ask(turns, second, name="b") == 0
    assert ask(turns, second, name="a") > 0


def test_nothing_is_left_after_use(world: World, turns: Turns) -> None:
    pace = Pace(at_once=1, per_minute=60)
    holder, second = world.running(), world.running()
    assert ask(turns, holder, pace) == 0
    wait_for(world, turns, second, pace)
    world.succeed(holder)
    world.jobs.cancel(second.id)
    assert kinds(world) == {"shared"}
    left_ms = world.client.run("PTTL", world.keys("shared", SITE))
    assert 0 < left_ms <= PLACE_KEPT_MS + TURN_LOOK_MS
    assert "turns" not in world.client.run("HGETALL", world.keys("job", second.id))


def test_who_wins_a_race_of_many_machines_is_one(world: World, turns: Turns) -> None:
    pace = Pace(at_once=2)
    running = [world.running() for _ in range(24)]
    with ThreadPoolExecutor(8) as machines:
        waits = list(machines.map(lambda each: ask(turns, each, pace), running))
    assert waits.count(0) == 2
    invariants.check(world)


def test_many_machines_serve_a_line_in_its_order_and_never_two_at_once(world: World, turns: Turns) -> None:
    holder = world.running()
    assert ask(turns, holder) == 0
    line = [world.running() for _ in range(40)]
    for each in line:
        wait_for(world, turns, each)
    served: list[str] = []
    inside = threading.Semaphore(1)

    def machine() -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end and len(served) < len(line):
            job = world.attempts.claim(Queue.CPU, machine="m", worker="w")
            if job is None:
                continue
            held = Held(job)
            if (wait_s := ask(turns, held)) > 0:
                assert world.attempts.later(*held.pair, delay_s=wait_s)
                continue
            assert inside.acquire(blocking=False), "two at once"
            served.append(held.id)
            inside.release()
            world.succeed(held)

    with ThreadPoolExecutor(6) as machines:
        ends = [machines.submit(machine) for _ in range(6)]
        world.succeed(holder)
        for end in ends:
            end.result()
    assert served == [each.id for each in line]
    assert kinds(world) <= {"shared"}
    invariants.check(world)


def test_a_thousand_who_wait_cost_next_to_nothing(world: World, turns: Turns) -> None:
    pace = Pace(at_once=1)
    holder = world.running()
    assert ask(turns, holder, pace) == 0
    waits = [wait_for(world, turns, world.running(), pace) for _ in range(1_000)]
    # How often all of them together look: less than twice a second, where nobody's end wakes the next.
    assert sum(1 / wait_s for wait_s in waits) < 2
    before_s = _server_cpu_s(world)
    for _ in range(100):
        world.succeed(holder)
        holder = world.claim()
        assert ask(turns, holder, pace) == 0
    assert (_server_cpu_s(world) - before_s) / 100 < 0.005
    invariants.check(world)


def _server_cpu_s(world: World) -> float:
    """Return the processor seconds of the store's server."""
    report: str | dict[str, object] = world.client.run("INFO", "cpu")
    if isinstance(report, dict):
        return sum(float(str(report[name])) for name in ("used_cpu_user", "used_cpu_sys"))
    lines = dict(line.split(":", 1) for line in report.splitlines() if ":" in line)
    return float(lines["used_cpu_user"]) + float(lines["used_cpu_sys"])
