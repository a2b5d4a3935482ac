"""Jobs that wait for other jobs."""

from collections.abc import Callable
from itertools import count, permutations
from typing import Any

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, Held, World

from mediamill.core.states import State
from mediamill.store.scripts import PARENTS_OF_A_CHILD
from mediamill.store.sweeps import ROWS


def ended(world: World, held: Held, how: str) -> None:
    """End a running child."""
    if how == "succeed":
        world.succeed(held)
    elif how == "fail":
        assert world.attempts.fail(*held.pair, FAILED)
    else:
        world.jobs.cancel(held.id)
        assert world.attempts.cancelled(*held.pair)


def test_a_child_is_asked_for_once_however_often_the_parent_runs(world: World) -> None:
    parent = world.running()
    child = world.child(parent, id="child-1")
    assert world.submitted(id="child-1", parent=parent.id, parent_token=parent.token).outcome == "replay"
    world.wait(20)
    world.sweeps.lose([parent.id])
    again = world.claim()
    assert again.id == parent.id
    assert world.submitted(id="child-1", parent=again.id, parent_token=again.token).id == child
    assert world.get(child).is_child


@pytest.mark.parametrize("token", ["0" * 32, "", None])
@pytest.mark.parametrize("state", ["running", "waiting", "gone"])
def test_a_child_of_an_attempt_that_is_not_the_parents_is_refused(world: World, token: str | None, state: str) -> None:
    parent_id = "nobody" if state == "gone" else world.submit()
    if state == "running":
        world.claim()
    before = world.dump()
    assert world.submitted(parent=parent_id, parent_token=token).outcome == "stale"
    assert world.dump() == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("hows", [("succeed", "fail", "cancel"), ("cancel", "succeed", "succeed")])
def test_the_last_childs_end_wakes_the_parent(world: World, order: tuple[int, ...], hows: tuple[str, ...]) -> None:
    parent = world.running()
    for _ in range(3):
        world.child(parent)
    world.later_for_children(parent)
    children = [world.claim() for _ in range(3)]
    for place, number in enumerate(order):
        assert world.get(parent.id).state is State.RETRY, f"after {place} ends"
        ended(world, children[number], hows[place])
        invariants.check(world)
    assert world.get(parent.id).state is State.PENDING
    assert world.tickets() == 5  # one each for the four jobs, one for the waking
    assert world.claim().job.attempt == 1  # waiting charged nothing


def test_a_woken_parent_is_before_the_jobs_that_came_meanwhile(world: World) -> None:
    parent = world.running()
    world.child(parent)
    world.later_for_children(parent)
    child = world.claim()
    world.wait(60)
    world.submit()
    world.succeed(child)
    assert world.claim().id == parent.id
    invariants.check(world)


def test_a_parent_that_is_to_stop_is_before_its_own_children(world: World) -> None:
    parent = world.running()
    for _ in range(3):
        world.child(parent)
    world.later_for_children(parent)
    world.claim()
    world.jobs.stop(parent.id)
    assert world.claim().id == parent.id


def test_a_parent_that_waits_after_the_last_end_is_due_at_once(world: World) -> None:
    parent = world.running()
    world.child(parent)
    world.succeed(world.claim())
    world.later_for_children(parent, delay_s=3600)
    assert world.sweeps.due([parent.id]) == 1


def test_a_parent_that_waits_for_its_next_try_is_not_woken(world: World) -> None:
    parent = world.running()
    world.child(parent)
    world.later_for_children(parent)
    world.wait(60)
    world.sweeps.due([parent.id])
    child, parent = world.claim(), world.claim()
    assert world.attempts.retry(*parent.pair, FAILED, delay_s=600)
    world.succeed(child)
    assert world.get(parent.id).state is State.RETRY
    assert world.sweeps.due([parent.id]) == 0


def test_a_poll_of_its_own_time_is_not_woken(world: World) -> None:
    parent = world.running()
    world.child(parent)
    assert world.attempts.later(*parent.pair, delay_s=600)
    world.succeed(world.claim())
    assert world.get(parent.id).state is State.RETRY


def test_two_parents_wait_for_one_child_and_both_are_woken(world: World) -> None:
    parents = [world.running(), world.running()]
    for parent in parents:
        world.child(parent, dedupe_key="same")
        world.later_for_children(parent)
    world.succeed(world.claim())
    assert [world.get(parent.id).state for parent in parents] == [State.PENDING] * 2
    invariants.check(world)


def test_a_child_whose_last_parent_leaves_is_cancelled(world: World) -> None:
    first, second = world.running(), world.running()
    child = world.child(first, dedupe_key="same")
    world.child(second, dedupe_key="same")
    world.attempts.fail(*first.pair, FAILED)
    assert world.sweeps.disown(first.id) == []
    assert world.get(child).state is State.PENDING
    world.attempts.fail(*second.pair, FAILED)
    assert world.sweeps.disown(second.id) == [child]
    assert world.get(child).state is State.REVOKED
    assert not [name for name in world.names() if name.startswith(("children", "parents", "orphans"))]


def test_a_running_child_is_told_to_end_and_its_own_children_follow(world: World) -> None:
    parent = world.running()
    world.child(parent)
    child = world.claim()
    grandchild = world.child(child)
    world.jobs.cancel(parent.id)
    world.attempts.cancelled(*parent.pair)
    assert world.sweeps.disown(parent.id) == [child.id]
    assert world.attempts.renew([child.pair]) == ["cancel"]
    world.attempts.cancelled(*child.pair)
    round_ = world.tick()
    assert round_ is not None
    assert round_.orphaning == [child.id]
    assert world.sweeps.disown(child.id) == [grandchild]


def test_a_child_that_is_being_cancelled_already_is_left_to_end(world: World) -> None:
    parent = world.running()
    world.child(parent)
    child = world.claim()
    world.jobs.cancel(child.id)
    world.attempts.fail(*parent.pair, FAILED)
    assert world.sweeps.disown(parent.id) == []
    assert world.get(child.id).state is State.CANCELLING
    assert world.attempts.cancelled(*child.pair)
    invariants.check(world)


@pytest.mark.parametrize("whose", ["joined by a client", "a client's from the start"])
def test_a_job_that_a_client_wants_is_not_cancelled_with_the_parent(world: World, whose: str) -> None:
    if whose == "joined by a client":
        parent = world.running()
        child = world.child(parent, dedupe_key="same")
        assert world.submitted(dedupe_key="same").outcome == "alive"
        assert not world.get(child).is_child
    else:
        child = world.submit(dedupe_key="same", priority=-1)
        parent = Held(world.get(_claimed_before(world, child)))
        assert world.child(parent, dedupe_key="same") == child
    world.attempts.fail(*parent.pair, FAILED)
    assert world.sweeps.disown(parent.id) == []
    assert world.get(child).state is State.PENDING


def _claimed_before(world: World, other: str) -> str:
    job_id = world.submit()
    assert world.claim().id == job_id != other
    return job_id


def test_a_child_that_a_person_runs_again_belongs_to_no_parent(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    ended(world, world.claim(), "fail")
    world.jobs.redrive(child)
    assert not world.get(child).is_child
    world.attempts.fail(*parent.pair, FAILED)
    assert world.sweeps.disown(parent.id) == []
    world.succeed(world.claim())
    invariants.check(world)


def test_a_parent_that_runs_again_keeps_its_children(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    world.attempts.fail(*parent.pair, FAILED)
    assert world.members("orphans") == [parent.id]
    world.jobs.redrive(parent.id)
    assert world.members("orphans") == []
    world.client.run("ZADD", world.keys("orphans"), 1, parent.id)
    assert world.sweeps.disown(parent.id) == []  # a sweep that read its list before
    assert world.members("orphans") == []
    assert world.get(child).state is State.PENDING
    invariants.check(world)


def test_children_of_a_purged_parent_are_still_told(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    world.attempts.fail(*parent.pair, FAILED)
    assert world.jobs.purge(parent.id)
    invariants.check(world)
    assert world.sweeps.disown(parent.id) == [child]
    assert world.jobs.purge(child)
    assert world.sweeps.release(parent.id) == [child]
    assert all(world.retention.drop(job_id, 0) for job_id in (parent.id, child))
    assert {name.partition(":")[0] for name in world.names()} <= {"broker", "counts", "turn", "claimed"}


def test_an_open_child_hears_first_that_its_parent_is_over(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    world.succeed(parent)
    assert world.jobs.purge(parent.id)
    assert world.sweeps.release(parent.id) == []
    invariants.check(world)
    assert world.sweeps.disown(parent.id) == [child]
    assert world.sweeps.release(parent.id) == [child]
    invariants.check(world)


def test_a_purged_parent_whose_children_ended_by_themselves_is_told_to_nobody(world: World) -> None:
    parent = world.running()
    world.child(parent)
    child = world.claim()
    world.attempts.fail(*parent.pair, FAILED)
    world.succeed(child)
    assert world.members("orphans") == [parent.id]
    assert world.jobs.forget(parent.id)
    assert world.members("orphans") == []


def test_an_orphaned_entry_without_children_goes_away(world: World) -> None:
    world.client.run("ZADD", world.keys("orphans"), 1, "nobody")
    assert world.sweeps.disown("nobody") == []
    assert world.names() == []


def test_a_cycle_is_refused_and_changes_nothing(world: World) -> None:
    top = world.running(dedupe_key="top")
    middle_id = world.child(top, dedupe_key="middle")
    middle = world.claim()
    assert middle.id == middle_id
    before = world.dump()
    cycle = world.submitted(dedupe_key="top", parent=middle.id, parent_token=middle.token)
    assert (cycle.outcome, cycle.id) == ("cycle", top.id)
    itself = world.submitted(dedupe_key="middle", parent=middle.id, parent_token=middle.token)
    assert itself.outcome == "cycle"
    assert world.dump() == before


def test_a_child_has_so_many_parents_at_most_and_then_a_twin(world: World) -> None:
    child = world.submit(dedupe_key="same", priority=-9)
    others = [f"parent-{number}" for number in range(PARENTS_OF_A_CHILD - 1)]
    world.client.run("SADD", world.keys("parents", child), *others)
    assert world.child(world.running(), dedupe_key="same", priority=-9) == child
    twin = world.child(world.running(), dedupe_key="same", priority=-9)
    assert twin != child
    assert world.child(world.running(), dedupe_key="same", priority=-9) == twin


def test_a_parent_whose_record_is_gone_does_not_hold_up_the_child(world: World) -> None:
    parent = world.running()
    world.child(parent)
    child = world.claim()
    world.client.run("DEL", world.keys("job", parent.id))
    world.succeed(child)
    assert world.get(child.id).state is State.SUCCESS


@pytest.mark.parametrize("how", ["failed", "cancelled with it"])
def test_a_parent_that_is_redriven_has_its_failed_child_tried_again_once(world: World, how: str) -> None:
    parent = world.running(priority=9)
    child = world.child(parent, id="child-of-redriven", dedupe_key="d", keep_dedupe=True)
    if how == "failed":
        ended(world, world.claim(), "fail")
        world.attempts.fail(*parent.pair, FAILED)
    else:
        world.jobs.cancel(parent.id)
        world.attempts.cancelled(*parent.pair)
        assert world.sweeps.disown(parent.id) == [child]
    assert world.jobs.redrive(parent.id)
    for _ in range(2):  # it asks at each of its attempts
        parent = world.claim()
        asked = world.submitted(id=child, parent=parent.id, parent_token=parent.token)
        assert (asked.outcome, asked.state) == ("replay", State.PENDING)
        world.attempts.hand_back(*parent.pair)
    assert world.get(child).is_child
    assert world.submit(dedupe_key="d") == child
    parent = world.claim()
    world.later_for_children(parent)
    world.wait(1)
    ended(world, world.claim(), "fail")
    parent = world.claim()
    asked = world.submitted(id=child, parent=parent.id, parent_token=parent.token)
    assert (asked.outcome, asked.state) == ("replay", State.FAILURE)
    invariants.check(world)


def test_a_job_that_never_was_redriven_does_not_try_its_child_again(world: World) -> None:
    parent = world.running()
    child = world.child(parent, id="child-of-one-try")
    ended(world, world.claim(), "fail")
    before = world.dump()
    asked = world.submitted(id=child, parent=parent.id, parent_token=parent.token)
    assert (asked.outcome, asked.state) == ("replay", State.FAILURE)
    assert world.dump() == before


def test_the_end_of_a_child_is_told_to_a_parent_that_was_forgotten(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    world.attempts.succeed(*parent.pair, {}, {})
    assert world.jobs.forget(parent.id)
    assert world.members("orphans") == [parent.id]
    assert world.jobs.cancel(child)
    assert world.members("orphans") == []
    invariants.check(world)


def test_a_parent_of_very_many_children_has_them_told_in_rounds(world: World) -> None:
    parent = world.running()
    for number in range(ROWS + 1):
        world.client.run("SADD", world.keys("children", parent.id), f"nobody-{number}")
    world.attempts.fail(*parent.pair, FAILED)
    world.sweeps.disown(parent.id)
    assert world.members("orphans") == [parent.id]
    world.sweeps.disown(parent.id)
    assert world.members("orphans") == []


def test_a_parent_of_very_many_is_done_with_in_few_round_trips_and_one_spoilt_child_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = world.running()
    children = [world.child(parent) for _ in range(ROWS + 20)]
    world.client.run("DEL", world.keys("events", children[0]))
    world.client.run("SET", world.keys("events", children[0]), "spoilt")
    world.succeed(parent)
    trips = count()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the call
            next(trips)
            return call(*args, **options)

        return made

    for name in ("run", "many"):
        monkeypatch.setattr(world.client, name, counted(getattr(world.client, name)))
    told = {child for _ in range(3) for child in world.sweeps.disown(parent.id)}
    assert told == set(children[1:])
    assert next(trips) <= 3 * 3


# ---- a parent stops a child


def test_a_child_that_has_begun_is_asked_to_finish_early_and_one_that_has_not_is_cancelled(world: World) -> None:
    parent = world.running()
    begun, waiting = world.child(parent), world.child(parent)
    child = world.claim()
    assert child.id == begun
    assert [world.jobs.stop_child(each, parent.id, parent.token).outcome for each in (begun, waiting)] == ["moved"] * 2
    assert world.get(begun).stop
    assert world.get(waiting).state is State.REVOKED
    invariants.check(world)
    world.succeed(child)
    assert world.jobs.stop_child(begun, parent.id, parent.token).outcome == "unchanged"
    assert world.jobs.stop_child("nobody", parent.id, parent.token).outcome == "none"


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("other", ["a client", "another job"])
def test_a_child_that_others_asked_for_too_is_not_stopped_for_one(world: World, other: str, *, begun: bool) -> None:
    parents = [world.running(), world.running()]
    child = world.child(parents[0], dedupe_key="same", request_hash="same")
    if other == "a client":
        assert world.submit(dedupe_key="same", request_hash="same") == child
    else:
        assert world.child(parents[1], dedupe_key="same", request_hash="same") == child
    if begun:
        world.claim()
    before = world.dump()
    assert world.jobs.stop_child(child, parents[0].id, parents[0].token).outcome == "unchanged"
    assert world.dump() == before


@pytest.mark.parametrize("again", [False, True])
def test_an_attempt_that_is_over_stops_no_child(world: World, *, again: bool) -> None:
    parent = world.running()
    child = world.child(parent)
    assert world.claim().id == child
    assert world.attempts.hand_back(*parent.pair)
    if again:
        assert world.claim().id == parent.id
    before = world.dump()
    assert world.jobs.stop_child(child, parent.id, parent.token).outcome == "stale"
    assert world.dump() == before
