"""Children that are jobs in their own right: only their life is tied to their parent's."""

from dataclasses import replace

import pytest
from tests.engine.mill import Mill, Params
from tests.engine.test_children import Family, Part, family, part
from tests.engine.test_released import pass_s, there

from mediamill import Context, Queue, Result
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine.submit import Ask
from mediamill.store.scripts import CHANGES_OF_CHILDREN
from mediamill.store.sweeps import RELEASED_S

CHILD = replace(part(), dedupe="alive")


def of_one(_params: Params, ctx: Context) -> Result:
    return Result(data=ctx.submit(CHILD, Part(number=1), tied="first").result().data)


def begun(mill: Mill) -> tuple[Family, Job]:
    kin = family(mill, of_one, CHILD)
    kin.begin()
    (child,) = kin.children()
    return kin, child


def test_its_end_wakes_its_parent_and_its_files_stay(mill: Mill) -> None:
    kin, child = begun(mill)
    assert not child.is_child
    kin.run_children()
    assert kin.run_parent().data == {"number": 1}
    mill.sweeper.round()
    pass_s(mill, RELEASED_S + 1)
    assert there(mill, mill.job(child.id))


def test_an_attempt_that_comes_again_means_the_same_one(mill: Mill) -> None:
    kin, child = begun(mill)
    kin.run_children()
    mill.jobs.cancel(kin.parent_id)
    mill.jobs.redrive(kin.parent_id)
    assert kin.run_parent().state is State.SUCCESS
    assert [each.id for each in kin.children()] == [child.id]


def test_it_is_cancelled_with_its_parent(mill: Mill) -> None:
    kin, child = begun(mill)
    mill.jobs.cancel(kin.parent_id)
    mill.sweeper.round()
    assert (mill.job(child.id).state, mill.job(child.id).error_code) == (State.REVOKED, "PARENT_ENDED")


def test_one_that_a_client_asked_for_too_outlives_its_parent(mill: Mill) -> None:
    kin, child = begun(mill)
    assert mill.submitter.submit(Ask(service=CHILD, params=Part(number=1), owner="ann")).id == child.id
    mill.jobs.cancel(kin.parent_id)
    mill.sweeper.round()
    assert mill.job(child.id).state is State.PENDING
    assert kin.run_children() == 1


def test_a_parent_may_ask_for_another_each_time_for_ever(mill: Mill) -> None:
    """A child of the other kind that changes with each attempt is taken for a fault, after a while."""
    rounds = CHANGES_OF_CHILDREN + 3
    turns = iter(range(rounds))

    def run(_params: Params, ctx: Context) -> Result:
        for number in turns:
            done.append(number)
            break
        else:
            return Result(data={"made": len(done)})
        for number in done[-2:]:
            ctx.submit(CHILD, Part(), tied=f"live {number}").result()
        raise AssertionError("the last one has not ended")  # pragma: no cover

    done: list[int] = []
    kin = family(mill, run, CHILD)
    kin.begin()
    for _ in range(rounds):
        kin.run_children()
        job = kin.run_parent()
    assert (job.state, job.data) == (State.SUCCESS, {"made": rounds})


@pytest.mark.parametrize("tied", [None, "first"])
def test_it_is_listed_as_any_job(mill: Mill, tied: str | None) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        return ctx.submit(CHILD, Part(), tied=tied).result()

    family(mill, run, CHILD).begin()
    listed = {job.service for job in mill.jobs.page(owner="ann", children=False).jobs}
    assert ("part" in listed) is (tied is not None)


def test_its_parent_may_stop_it_and_read_what_it_told(mill: Mill) -> None:
    told: list[object] = []

    def run(_params: Params, ctx: Context) -> Result:
        child = ctx.submit(CHILD, Part(number=1), tied="first")
        if ctx.stopping:
            child.stop()
        told.append(child.told())
        return Result()

    kin = family(mill, run, CHILD)
    kin.begin()
    (child,) = kin.children()
    claimed = mill.attempts.claim(Queue.CPU, machine="here", worker="w")
    assert claimed is not None
    mill.jobs.stop(kin.parent_id)
    assert kin.run_parent().state is State.RETRY
    assert mill.job(child.id).stop
    mill.attempts.succeed(child.id, claimed.token or "", {}, {"number": 1})
    assert kin.run_parent().state is State.SUCCESS
    assert told == [{"number": 1}]


def test_one_that_somebody_runs_again_is_theirs(mill: Mill) -> None:
    kin, child = begun(mill)
    mill.jobs.cancel(child.id)
    mill.jobs.redrive(child.id)
    mill.jobs.cancel(kin.parent_id)
    mill.sweeper.round()
    assert mill.job(child.id).state is State.PENDING
