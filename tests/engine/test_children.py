from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Never

import pytest
from pydantic import BaseModel
from tests.engine.mill import Mill, Params

from mediamill import Cancelled, Context, InvalidInput, PermanentError, Queue, Result, Service
from mediamill.core.events import EventName
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine import patience
from mediamill.engine.children import LOOK_AGAIN_S
from mediamill.engine.submit import Ask
from mediamill.store.scripts import CHANGES_OF_CHILDREN
from mediamill.testing import eventually


class Part(BaseModel):
    number: int = 0


def make_part(params: Part, ctx: Context) -> Result:
    path = ctx.scratch / "part.txt"
    path.write_text(f"part {params.number}")
    return Result(files={"part.txt": path}, data={"number": params.number})


def fail_part(_params: Part, _ctx: Context) -> Never:
    raise PermanentError("no such page", code="NO_PAGE")


def part(run: object = make_part) -> Service[Part]:
    return Service("part", Part, run, queue=Queue.CPU)  # type: ignore[arg-type]


def settle(mill: Mill) -> None:
    """Let the sweeper do what a second of its time would."""
    mill.sweeper.round()


class Family:
    """A parent that runs in `default` and its children that run in `cpu`."""

    def __init__(self, mill: Mill, parent: Service[Params], child: Service[Part]) -> None:
        self.mill = mill
        self.parent = parent
        self.child = child

    def run_parent(self) -> Job:
        assert self.mill.take(self.parent, self.child)
        return self.mill.job(self.parent_id)

    def begin(self) -> Job:
        self.parent_id = self.mill.submit(self.parent).id
        return self.run_parent()

    def run_children(self) -> int:
        count = 0
        while self.mill.take(self.child, queue=Queue.CPU):
            count += 1
        return count

    def children(self) -> list[Job]:
        return [job for job in map(self.mill.job, self.mill.jobs.all_ids()) if job.service == "part"]


def family(mill: Mill, run: object, child: Service[Part] | None = None) -> Family:
    return Family(mill, mill.service(run), child or part())  # type: ignore[arg-type]


def test_a_parent_gives_its_slot_back_and_is_woken_by_the_last_child(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        parts = [ctx.submit(child, Part(number=number)) for number in range(3)]
        made = [each.result() for each in parts]
        return Result(data={"texts": [each.files["part.txt"].read_text() for each in made]})

    kin = family(mill, run, child)
    job = kin.begin()
    assert (job.state, job.attempt, job.failures, job.stage) == (State.RETRY, 0, 0, "0 of 3 parts are done")
    assert mill.take(child, queue=Queue.CPU)
    assert mill.job(job.id).state is State.RETRY
    assert kin.run_children() == 2
    assert mill.job(job.id).state is State.PENDING
    job = kin.run_parent()
    assert (job.state, job.data) == (State.SUCCESS, {"texts": ["part 0", "part 1", "part 2"]})
    assert len(kin.children()) == 3
    assert all(each.is_child and each.owner == "ann" for each in kin.children())


def test_an_attempt_after_a_crash_asks_for_the_same_children(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        asked = ctx.submit(child, Part())
        if len(crashes) < 2:
            crashes.append(asked.id)
            raise KeyError("crash")
        return asked.result()

    crashes: list[str] = []
    kin = family(mill, run, child)
    kin.begin()
    for _ in range(2):
        mill.forward(3_600)
        settle(mill)
        job = kin.run_parent()
    assert job.state is State.RETRY
    assert crashes == [kin.children()[0].id] * 2
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS


def test_a_failed_child_fails_its_parent(mill: Mill) -> None:
    child = part(fail_part)
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    kin.begin()
    kin.run_children()
    job = kin.run_parent()
    assert (job.state, job.error_code) == (State.FAILURE, "CHILD_FAILED")
    assert "NO_PAGE: no such page" in (job.error_message or "")


def test_a_parent_may_ask_to_see_a_failed_child(mill: Mill) -> None:
    child = part(fail_part)

    def run(_params: Params, ctx: Context) -> Result:
        outcome = ctx.submit(child, Part()).outcome()
        assert isinstance(outcome, PermanentError)
        assert isinstance(outcome.__cause__, PermanentError)
        return Result(data={"seen": outcome.code, "because": outcome.__cause__.code})

    kin = family(mill, run, child)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().data == {"seen": "CHILD_FAILED", "because": "NO_PAGE"}


@pytest.mark.parametrize(("run", "state"), [(make_part, State.SUCCESS), (fail_part, State.FAILURE)])
def test_a_child_that_the_parent_never_asks_about_must_succeed_too(mill: Mill, run: object, state: State) -> None:
    child = part(run)

    def parent(_params: Params, ctx: Context) -> Result:
        ctx.submit(child, Part())
        return Result()

    kin = family(mill, parent, child)
    assert kin.begin().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().state is state


@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_a_parent_that_catches_everything_waits_for_its_child_all_the_same(
    mill: Mill, caught: type[BaseException]
) -> None:
    child = part(fail_part)

    def parent(_params: Params, ctx: Context) -> Result:
        with suppress(caught):
            ctx.submit(child, Part()).outcome()
        return Result()

    kin = family(mill, parent, child)
    assert kin.begin().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS


def test_a_child_whose_files_are_gone_is_told(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    kin.begin()
    kin.run_children()
    mill.artifacts.forget(kin.children()[0].id)
    job = kin.run_parent()
    assert (job.state, job.error_code) == (State.FAILURE, "CHILD_FAILED")


def test_a_cancelled_parent_takes_its_children_and_theirs_along(mill: Mill) -> None:
    child = part()
    middle: Service[Part] = Service(
        "part", Part, lambda _params, ctx: ctx.submit(child, Part(number=7)).result(), queue=Queue.CPU
    )
    kin = family(mill, lambda _params, ctx: ctx.submit(middle, Part()).result(), middle)
    job = kin.begin()
    assert mill.take(middle, queue=Queue.CPU)  # it waits for its own child now
    assert len(kin.children()) == 2
    assert mill.jobs.cancel(job.id)
    settle(mill)
    settle(mill)
    assert {each.state for each in kin.children()} == {State.REVOKED}


def test_a_redriven_parent_runs_its_failed_child_again_but_not_its_finished_one(mill: Mill) -> None:
    fails = [True]

    def run(params: Part, ctx: Context) -> Result:
        if params.number == 1 and fails:
            raise PermanentError("no such page")
        return make_part(params, ctx)

    child = part(run)

    def parent(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number)) for number in range(2)]
        for each in asked:
            each.result()
        return Result()

    kin = family(mill, parent, child)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.FAILURE
    fails.clear()
    assert mill.jobs.redrive(kin.parent_id)
    assert kin.run_parent().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS


def test_a_parent_that_was_cancelled_while_it_waited_can_be_redriven(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    kin.begin()
    mill.jobs.cancel(kin.parent_id)
    settle(mill)
    assert (kin.children()[0].state, kin.children()[0].error_code) == (State.REVOKED, "PARENT_ENDED")
    mill.jobs.redrive(kin.parent_id)
    assert kin.run_parent().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS


def test_a_child_that_somebody_cancelled_is_not_run_again_by_its_parent(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    kin.begin()
    mill.jobs.cancel(kin.children()[0].id)
    job = kin.run_parent()
    assert (job.state, job.error_code) == (State.FAILURE, "CHILD_FAILED")


def test_a_child_that_another_parent_needs_goes_on(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    first = kin.begin()
    second = mill.submit(kin.parent, Params(text="other")).id
    kin.run_parent()
    (shared,) = kin.children()
    mill.jobs.cancel(first.id)
    settle(mill)
    assert mill.job(shared.id).state is State.PENDING
    kin.run_children()
    kin.parent_id = second
    assert kin.run_parent().state is State.SUCCESS


def test_a_running_parent_that_is_cancelled_cancels_its_children(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        ctx.submit(child, Part())
        mill.jobs.cancel(ctx.job_id)
        mill.keeper.renew()
        ctx.check()
        raise AssertionError("goes on after a cancel")

    kin = family(mill, run, child)
    assert kin.begin().state is State.REVOKED
    settle(mill)
    assert kin.children()[0].state is State.REVOKED


def test_a_job_that_would_wait_for_itself_is_refused(mill: Mill) -> None:
    services: list[Service[Params]] = []

    def run(params: Params, ctx: Context) -> Result:
        return ctx.submit(services[0], params).result()

    services.append(mill.service(run))
    job = mill.run(services[0])
    assert (job.state, job.error_code) == (State.FAILURE, "CHILD_CYCLE")


def test_a_ring_of_three_is_refused(mill: Mill) -> None:
    services: list[Service[Params]] = []

    def run(params: Params, ctx: Context) -> Result:
        following = str((int(params.text) + 1) % 3)
        return ctx.submit(services[0], Params(text=following)).result()

    services.append(mill.service(run))
    first = mill.submit(services[0], Params(text="0")).id
    for _ in range(3):
        assert mill.take(services[0])
    eventually(lambda: mill.sweeper.round() or True)
    jobs = {job.params["text"]: job for job in map(mill.job, mill.jobs.all_ids())}
    assert jobs["2"].error_code == "CHILD_CYCLE"
    for _ in range(2):
        assert mill.take(services[0])
    assert mill.job(first).error_code == "CHILD_FAILED"


def test_a_parent_whose_attempt_is_over_makes_no_child(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        job = mill.job(ctx.job_id)
        assert job.token is not None
        mill.attempts.lose(job.id, job.token)
        return ctx.submit(child, Part()).result()

    kin = family(mill, run, child)
    assert kin.begin().state is State.PENDING
    assert kin.children() == []


def test_an_invalid_child_is_the_parents_fault_and_is_not_tried_again(mill: Mill) -> None:
    def check(_params: Part, _files: object) -> None:
        raise InvalidInput("no such page")

    child: Service[Part] = Service("part", Part, make_part, check=check)
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    job = kin.begin()
    assert (job.state, job.error_code) == (State.FAILURE, "INVALID_INPUT")


# ---- how far a parent is that waits


def heard(mill: Mill, job_id: str) -> list[tuple[float, str]]:
    """Return what the job's story tells of its progress."""
    events = [event for event in mill.jobs.events(job_id) if event.name is EventName.PROGRESS]
    return [(event.data["progress"], event.data["stage"]) for event in events]


def test_a_parent_that_waits_grows_with_each_childs_end(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        ctx.progress(0.1, "cut")
        asked = [ctx.submit(child, Part(number=number), share=0.25) for number in range(3)]
        for each in asked:
            each.result()
        return Result()

    kin = family(mill, run, child)
    job = kin.begin()
    assert (job.progress, job.stage) == (10, "0 of 3 parts are done")
    kin.run_children()
    assert heard(mill, job.id) == [
        (10, "cut"),
        (10, "0 of 3 parts are done"),
        (35, "1 of 3 parts are done"),
        (60, "2 of 3 parts are done"),
        (85, "3 of 3 parts are done"),
    ]
    job = mill.job(job.id)
    assert (job.state, job.progress, job.stage) == (State.PENDING, 85, "3 of 3 parts are done")


def test_children_that_are_done_already_count(mill: Mill) -> None:
    child = part()
    for number in range(2):
        mill.submitter.submit(Ask(service=child, params=Part(number=number), owner="ann"))
        mill.take(child, queue=Queue.CPU)

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number), share=0.2) for number in (0, 1, 2, 3, 3)]
        for each in asked:
            each.result()
        return Result()

    kin = family(mill, run, child)
    job = kin.begin()
    assert (job.progress, job.stage) == (50, "2 of 4 parts are done")


def test_a_look_while_children_run_begins_nothing_anew(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number), share=0.5) for number in range(2)]
        for each in asked:
            each.result()
        return Result()

    kin = family(mill, run, child)
    kin.begin()
    assert mill.take(child, queue=Queue.CPU)
    mill.forward(LOOK_AGAIN_S + 1)
    settle(mill)
    assert kin.run_parent().progress == 50


def test_a_parent_that_tells_no_shares_tells_how_many_parts_are_done(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    job = kin.begin()
    kin.run_children()
    assert heard(mill, job.id) == [(0, "0 of 1 parts are done"), (0, "1 of 1 parts are done")]


def test_two_hundred_children_wake_their_parent_once(mill: Mill) -> None:
    child = part()

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number)) for number in range(200)]
        return Result(data={"sum": sum(each.result().data["number"] for each in asked)})

    kin = family(mill, run, child)
    job = kin.begin()
    assert kin.run_children() == 200
    moves = [event.data["event"] for event in mill.jobs.events(job.id) if event.name is EventName.STATE]
    assert moves.count("submit") == moves.count("claim") == moves.count("later") == 1
    assert kin.run_parent().data == {"sum": sum(range(200))}
    assert mill.job(job.id).state is State.SUCCESS


# ---- a parent that asks for other children than before: a later version of its service


def cut(child: Service[Part], cuts: Sequence[tuple[int, ...]]) -> Callable[[Params, Context], Result]:
    """A parent that asks for the parts of the first cut; the test takes it away, as an upgrade does."""

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number)) for number in cuts[0]]
        return Result(data={"numbers": [each.result().data["number"] for each in asked]})

    return run


def test_a_parent_that_is_cut_anew_ends_well_and_nothing_is_made_twice(mill: Mill) -> None:
    child, cuts = part(), [(1, 2, 3, 4), (9, 3, 2, 1)]
    kin = family(mill, cut(child, cuts), child)
    kin.begin()
    for _ in range(2):
        assert mill.take(child, queue=Queue.CPU)
    assert mill.jobs.stop(kin.parent_id)  # it is woken, as by its own look after ten minutes
    cuts.pop(0)
    job = kin.run_parent()
    assert (job.state, job.stage) == (State.RETRY, "2 of 4 parts are done")
    told = {each.params["number"]: each for each in kin.children()}
    assert (told[4].state, told[4].error_code) == (State.REVOKED, "PARENT_ENDED")
    assert kin.run_children() == 2
    job = kin.run_parent()
    assert (job.state, job.data) == (State.SUCCESS, {"numbers": [9, 3, 2, 1]})
    assert {each.params["number"]: each.attempt for each in kin.children()} == {1: 1, 2: 1, 3: 1, 4: 0, 9: 1}


def test_a_child_of_the_old_cut_that_runs_is_told_to_end_and_not_waited_for(mill: Mill) -> None:
    child, cuts = part(), [(1,), (2,)]
    kin = family(mill, cut(child, cuts), child)
    kin.begin()
    old = mill.attempts.claim(Queue.CPU, machine="here", worker="w")
    assert old is not None
    assert old.token is not None
    mill.jobs.stop(kin.parent_id)
    cuts.pop(0)
    assert kin.run_parent().state is State.RETRY
    assert mill.job(old.id).state is State.CANCELLING
    kin.run_children()
    assert kin.run_parent().data == {"numbers": [2]}
    mill.attempts.cancelled(old.id, old.token)
    assert mill.job(old.id).state is State.REVOKED


def test_a_child_of_the_old_cut_that_another_parent_wants_goes_on(mill: Mill) -> None:
    child, cuts = part(), [(1,), (2,)]
    kin = family(mill, cut(child, cuts), child)
    first = kin.begin()
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    kin.run_parent()
    mill.jobs.stop(first.id)
    cuts.pop(0)
    assert mill.take(kin.parent)
    assert sorted((each.params["number"], each.status) for each in kin.children()) == [(1, "PENDING"), (2, "PENDING")]


def test_a_child_that_was_let_go_is_run_when_its_parent_comes_back_to_it(mill: Mill) -> None:
    child, cuts = part(), [(1,), (2,), (1,)]
    kin = family(mill, cut(child, cuts), child)
    kin.begin()
    for _ in range(2):
        mill.jobs.stop(kin.parent_id)
        cuts.pop(0)
        assert kin.run_parent().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().data == {"numbers": [1]}


def test_a_redriven_parent_that_is_cut_anew_ends_well(mill: Mill) -> None:
    fails = [True]

    def run(params: Part, ctx: Context) -> Result:
        if params.number == 2 and fails:
            raise PermanentError("no such page")
        return make_part(params, ctx)

    child, cuts = part(run), [(1, 2), (1, 3)]
    kin = family(mill, cut(child, cuts), child)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.FAILURE
    fails.clear()
    cuts.pop(0)
    mill.jobs.redrive(kin.parent_id)
    assert kin.run_parent().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().data == {"numbers": [1, 3]}


def test_a_parent_that_asks_for_other_children_each_time_fails_at_last(mill: Mill) -> None:
    child, numbers = part(), count()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part(number=next(numbers))).result(), child)
    job = kin.begin()
    for _ in range(CHANGES_OF_CHILDREN):
        kin.run_children()
        job = kin.run_parent()
        assert job.state is State.RETRY
    kin.run_children()
    job = kin.run_parent()
    assert (job.state, job.error_code) == (State.FAILURE, "CHILD_CHANGED")


def test_a_parent_that_asks_for_one_child_after_the_other_is_not_taken_for_one_that_changes(mill: Mill) -> None:
    child, many = part(), CHANGES_OF_CHILDREN + 5

    def run(_params: Params, ctx: Context) -> Result:
        return Result(data={"sum": sum(ctx.submit(child, Part(number=n)).result().data["number"] for n in range(many))})

    kin = family(mill, run, child)
    job = kin.begin()
    while job.state is State.RETRY:
        kin.run_children()
        job = kin.run_parent()
    assert (job.state, job.data) == (State.SUCCESS, {"sum": sum(range(many))})


def test_the_same_request_twice_is_two_children_where_a_repeat_is_another_job(mill: Mill) -> None:
    child: Service[Part] = Service("part", Part, make_part, queue=Queue.CPU, dedupe="alive")

    def run(_params: Params, ctx: Context) -> Result:
        return Result(data={"ids": [_asked_and_done(ctx, child) for _ in range(2)]})

    kin = family(mill, run, child)
    job = kin.begin()
    for _ in range(2):
        assert kin.run_children() == 1
        job = kin.run_parent()
    assert job.data is not None
    assert len(set(job.data["ids"])) == 2


def _asked_and_done(ctx: Context, child: Service[Part]) -> str:
    asked = ctx.submit(child, Part())
    asked.result()
    return asked.id


# ---- the priority of a parent


def test_a_parents_priority_is_its_waiting_childrens_and_theirs(mill: Mill) -> None:
    child = part()
    middle: Service[Part] = Service(
        "part", Part, lambda _params, ctx: ctx.submit(child, Part(number=7)).result(), queue=Queue.CPU
    )
    kin = family(mill, lambda _params, ctx: ctx.submit(middle, Part()).result(), middle)
    job = kin.begin()
    assert mill.take(middle, queue=Queue.CPU)
    assert mill.jobs.prioritise(job.id, 5)
    assert [each.priority for each in kin.children()] == [5, 5]
    assert mill.jobs.prioritise(job.id, -3)
    assert [each.priority for each in kin.children()] == [-3, -3]


def test_a_child_of_two_has_the_better_priority_and_a_clients_at_least_its_own(mill: Mill) -> None:
    child = part()
    kin = family(mill, lambda _params, ctx: ctx.submit(child, Part()).result(), child)
    first = kin.begin()
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    kin.run_parent()
    mill.jobs.prioritise(first.id, -5)
    assert kin.children()[0].priority == 0
    mill.jobs.prioritise(kin.parent_id, -4)
    assert kin.children()[0].priority == -4
    mill.submitter.submit(Ask(service=child, params=Part(), owner="ann", priority=2))
    mill.jobs.prioritise(first.id, -9)
    assert kin.children()[0].priority == 2
    mill.jobs.prioritise(first.id, 9)
    assert kin.children()[0].priority == 9


# ---- finishing early


def keep_what_there_is(child: Service[Part]) -> Callable[[Params, Context], Result]:
    """A parent that, asked to finish early, takes the parts that are done."""

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(child, Part(number=number)) for number in range(3)]
        wanted = [each for each in asked if each.finished] if ctx.stopping else asked
        return Result(data={"numbers": [each.result().data["number"] for each in wanted]})

    return run


def test_a_parent_that_is_to_stop_keeps_what_is_done_and_lets_the_rest_go(mill: Mill) -> None:
    child = part()
    kin = family(mill, keep_what_there_is(child), child)
    job = kin.begin()
    assert mill.take(child, queue=Queue.CPU)
    assert mill.jobs.stop(job.id).state is State.PENDING
    job = kin.run_parent()
    done = next(each.params["number"] for each in kin.children() if each.state is State.SUCCESS)
    assert (job.state, job.data) == (State.SUCCESS, {"numbers": [done]})  # which of the three runs first nobody knows
    settle(mill)
    assert sorted(each.status for each in kin.children()) == ["REVOKED", "REVOKED", "SUCCESS"]


def test_a_parent_that_is_told_to_stop_while_it_asks_is_not_left_waiting(mill: Mill) -> None:
    child = part()

    def run(params: Params, ctx: Context) -> Result:
        if not told:
            told.append(mill.jobs.stop(ctx.job_id))
        return keep_what_there_is(child)(params, ctx)

    told: list[object] = []
    kin = family(mill, run, child)
    assert kin.begin().state is State.RETRY
    settle(mill)
    job = kin.run_parent()
    assert (job.state, job.data) == (State.SUCCESS, {"numbers": []})


def test_a_child_that_failed_is_told_to_a_parent_that_is_to_stop(mill: Mill) -> None:
    child = part(fail_part)

    def run(_params: Params, ctx: Context) -> Result:
        asked = ctx.submit(child, Part())
        return Result() if ctx.stopping else asked.result()

    kin = family(mill, run, child)
    job = kin.begin()
    kin.run_children()
    mill.jobs.stop(job.id)
    assert kin.run_parent().error_code == "CHILD_FAILED"


# ---- files that a parent gives


def read_part(_params: Part, ctx: Context) -> Result:
    path = ctx.input("file")
    assert path is not None
    return Result(data={"text": path.read_text()})


READER: Service[Part] = Service("part", Part, read_part, queue=Queue.CPU, inputs=("file",))


def give(ctx: Context, text: str) -> Result:
    path = ctx.scratch / "section.txt"
    path.write_text(text)
    return ctx.submit(READER, Part(), inputs={"file": path}).result()


def uploads_of(mill: Mill) -> list[str]:
    return [key for key in mill.stored() if key.startswith("uploads/")]


def test_a_file_given_again_by_the_next_attempt_is_the_same_childs(mill: Mill) -> None:
    kin = family(mill, lambda _params, ctx: give(ctx, "one"), READER)
    kin.begin()
    before = uploads_of(mill)
    kin.run_children()
    assert kin.run_parent().data == {"text": "one"}
    (child,) = kin.children()
    assert uploads_of(mill) == before == [child.uploads["file"].key]
    assert list(mill.uploads.staging.iterdir()) == []


def test_another_file_is_another_child(mill: Mill) -> None:
    texts = iter(["one", "two", "two"])
    kin = family(mill, lambda _params, ctx: give(ctx, next(texts)), READER)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.RETRY
    kin.run_children()
    assert kin.run_parent().data == {"text": "two"}
    assert len(uploads_of(mill)) == len(kin.children()) == 2


def test_what_a_child_was_given_already_is_not_sent_again(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "section.txt"
        asked = []
        for text in ("one", "two", "two"):
            path.write_text(text)
            asked.append(ctx.submit(READER, Part(), inputs={"file": path}))
        return Result(data={"texts": [each.result().data["text"] for each in asked]})

    sent: list[str] = []
    mill.files.taking = lambda key: sent.append(key) if key.startswith("uploads/") else None
    kin = family(mill, run, READER)
    kin.begin()
    assert len(sent) == 2
    kin.run_children()
    assert kin.run_parent().data == {"texts": ["one", "two", "two"]}
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    assert kin.run_parent().state is State.SUCCESS
    assert len(sent) == 2
    assert list(mill.uploads.staging.iterdir()) == []


def test_two_parents_that_give_the_same_file_share_the_child(mill: Mill) -> None:
    kin = family(mill, lambda _params, ctx: give(ctx, "one"), READER)
    kin.begin()
    first, before = kin.parent_id, uploads_of(mill)
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    kin.run_parent()
    assert len(kin.children()) == 1
    assert uploads_of(mill) == before
    kin.run_children()
    assert mill.take(kin.parent)
    assert mill.take(kin.parent)
    assert mill.job(first).state is State.SUCCESS
    assert [mill.job(job_id).data for job_id in mill.jobs.all_ids()] == [{"text": "one"}] * 3


def test_files_outlast_a_store_that_is_away_when_the_child_is_asked_for(
    mill: Mill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "AGAIN_S", 0.0)

    def away(key: str) -> None:
        if key.startswith("uploads/") and not refused:
            refused.append(key)
            mill.store.refusals = 3

    refused: list[str] = []
    mill.files.taking = away
    kin = family(mill, lambda _params, ctx: give(ctx, "one"), READER)
    assert kin.begin().state is State.RETRY
    assert refused
    kin.run_children()
    assert kin.run_parent().data == {"text": "one"}


def test_a_parent_whose_attempt_is_over_leaves_no_file_in_staging(mill: Mill) -> None:
    def lose(key: str) -> None:
        if key.startswith("uploads/"):
            job = mill.job(kin.parent_id)
            mill.attempts.lose(job.id, job.token or "")

    mill.files.taking = lose
    kin = family(mill, lambda _params, ctx: give(ctx, "one"), READER)
    assert kin.begin().state is State.PENDING
    assert list(mill.uploads.staging.iterdir()) == []


# ---- a parent stops its children


def film(_params: Part, ctx: Context) -> Result:
    return Result(data={"stopping": ctx.stopping})


def test_a_child_that_a_parent_stops_finishes_early_and_the_parent_gets_what_there_is(mill: Mill) -> None:
    both = part(film)

    def run(_params: Params, ctx: Context) -> Result:
        child = ctx.submit(both, Part())
        child.stop()
        return Result(data=child.result().data)

    there = family(mill, run, both)
    there.parent_id = mill.submit(there.parent).id
    held = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
    assert held is not None
    mill.context(held).submit(both, Part())
    child = mill.attempts.claim(Queue.CPU, machine="here", worker="w")  # it has begun, and lost its worker
    assert child is not None
    for job in (child, held):
        assert mill.attempts.lose(job.id, job.token or "")
    assert there.run_parent().state is State.RETRY
    assert there.run_children() == 1
    assert there.run_parent().data == {"stopping": True}


def test_a_child_that_has_not_begun_is_cancelled_by_a_stop_and_counts_as_failed(mill: Mill) -> None:
    both = part(film)

    def run(_params: Params, ctx: Context) -> Result:
        child = ctx.submit(both, Part())
        child.stop()
        outcome = child.outcome()
        return Result(data={"code": getattr(outcome, "code", ""), "finished": child.finished})

    there = family(mill, run, both)
    assert there.begin().data == {"code": "CHILD_FAILED", "finished": True}
    assert [job.state for job in there.children()] == [State.REVOKED]


def test_a_parent_whose_attempt_is_over_stops_nothing(mill: Mill) -> None:
    both = part(film)
    mill.submit(mill.service(lambda _params, _ctx: Result()))
    held = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
    assert held is not None
    child = mill.context(held).submit(both, Part())
    assert mill.attempts.lose(held.id, held.token or "")
    with pytest.raises(Cancelled):
        child.stop()
    assert mill.job(child.id).state is State.PENDING
