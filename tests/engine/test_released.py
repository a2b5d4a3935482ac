"""The files of children, which go soon after the last job that needs them has what it wanted."""

import time
from collections.abc import Callable

import pytest
from tests.engine.mill import Mill, Params
from tests.engine.test_children import READER, Family, Part, family, give, part, uploads_of

from mediamill import Context, PermanentError, Queue, Result
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.purge import Purger
from mediamill.engine.submit import Ask
from mediamill.engine.sweep import Sweeper
from mediamill.settings import KeepSettings
from mediamill.store.sweeps import RELEASED_S

CHILD = part()


def of_one(_params: Params, ctx: Context) -> Result:
    """A parent that takes its child's file for its own."""
    return Result(files=ctx.submit(CHILD, Part(number=1)).result().files)


def bound(mill: Mill, run: object = of_one) -> Family:
    """Return a parent and its child that have ended well."""
    kin = family(mill, run, CHILD)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.SUCCESS
    mill.sweeper.round()
    return kin


def pass_s(mill: Mill, seconds: float) -> None:
    """Let time pass, and the sweeper do its work."""
    mill.forward(seconds)
    ahead_s = mill.scripts.offset_ms / 1000
    purger = Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: time.time() + ahead_s)
    sweeper = Sweeper(mill.sweeps, mill.jobs, mill.artifacts, purger, KeepSettings())
    for _ in range(3):
        sweeper.round()


def there(mill: Mill, job: Job) -> bool:
    files = mill.job(job.id).files.values()
    assert files, "it never had any"
    return mill.artifacts.exist(files)


def test_what_a_parent_made_its_result_of_goes_an_hour_after_and_the_result_stays(mill: Mill) -> None:
    kin = bound(mill)
    (child,) = kin.children()
    pass_s(mill, RELEASED_S - 5)
    assert there(mill, child)
    pass_s(mill, 6)
    assert not there(mill, child)
    gone = mill.job(child.id)
    assert (gone.state, bool(gone.files_expired_ms)) == (State.SUCCESS, True)
    assert ended.load(child.id, mill.artifacts.read_record(child.id)).files_expired_ms == gone.files_expired_ms
    assert there(mill, mill.job(kin.parent_id))
    assert mill.submit(kin.parent).outcome == "cached"
    assert mill.store.run("KEYS", f"{mill.scripts.keys.prefix}as*") == []


def test_what_a_child_was_given_goes_too(mill: Mill) -> None:
    kin = family(mill, lambda _params, ctx: give(ctx, "one"), READER)
    kin.begin()
    kin.run_children()
    kin.run_parent()
    mill.sweeper.round()
    assert uploads_of(mill)
    pass_s(mill, RELEASED_S + 1)
    assert uploads_of(mill) == []


def test_a_parent_that_asks_again_within_the_hour_has_the_files_and_later_ones_are_made_anew(mill: Mill) -> None:
    kin = bound(mill)
    (child,) = kin.children()
    pass_s(mill, RELEASED_S - 5)
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    assert kin.run_parent().state is State.SUCCESS
    mill.sweeper.round()
    pass_s(mill, 10)
    assert there(mill, child), "its hour begins with the end of the last one that needed it"
    pass_s(mill, RELEASED_S)
    assert not there(mill, child)
    kin.parent_id = mill.submit(kin.parent, Params(text="a third")).id
    assert kin.run_parent().state is State.RETRY
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS


@pytest.mark.parametrize("how", ["waits", "failed"])
def test_a_child_that_another_parent_may_need_keeps_its_files(mill: Mill, how: str) -> None:
    def run(params: Params, ctx: Context) -> Result:
        made = of_one(params, ctx)
        if params.text == "other":
            if how == "failed":
                raise PermanentError("no")
            ctx.submit(CHILD, Part(number=2)).result()
        return made

    kin = family(mill, run, CHILD)
    kin.begin()
    other = mill.submit(kin.parent, Params(text="other")).id
    assert mill.take(kin.parent)
    assert mill.take(CHILD, queue=Queue.CPU)
    for _ in range(2):
        assert mill.take(kin.parent)
    assert (mill.job(kin.parent_id).state, mill.job(other).state.final) == (State.SUCCESS, how == "failed")
    (first,) = [child for child in kin.children() if child.params["number"] == 1]
    pass_s(mill, RELEASED_S + 1)
    assert there(mill, first)
    if how == "failed":
        mill.purger.purge(other)
        pass_s(mill, 1)
        pass_s(mill, RELEASED_S + 1)
        assert not there(mill, first)


def test_a_parent_that_is_run_again_finds_what_its_children_made_however_late(mill: Mill) -> None:
    fails = [True]

    def run(params: Params, ctx: Context) -> Result:
        made = of_one(params, ctx)
        if fails:
            raise PermanentError("no")
        return made

    kin = family(mill, run, CHILD)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.FAILURE
    pass_s(mill, 5 * 86_400)
    fails.clear()
    mill.jobs.redrive(kin.parent_id)
    assert kin.run_parent().state is State.SUCCESS
    assert len(kin.children()) == 1


def test_a_parent_that_is_run_again_has_made_anew_what_is_gone(mill: Mill) -> None:
    fails = [True]

    def run(params: Params, ctx: Context) -> Result:
        made = of_one(params, ctx)
        if fails:
            raise PermanentError("no")
        return made

    kin = family(mill, run, CHILD)
    kin.begin()
    kin.run_children()
    kin.run_parent()
    (child,) = kin.children()
    assert mill.jobs.retention.expire(child.id, child.ended_ms or 0) == "expired"
    fails.clear()
    mill.jobs.redrive(kin.parent_id)
    for _ in range(2):  # every attempt means the same one
        assert kin.run_parent().state is State.RETRY
        mill.jobs.stop(kin.parent_id)
    assert kin.run_children() == 1
    assert kin.run_parent().state is State.SUCCESS
    assert len(kin.children()) == 2


def joined(mill: Mill) -> None:
    mill.submitter.submit(Ask(service=CHILD, params=Part(number=1), owner="ann"))


@pytest.mark.parametrize("when", ["before", "while it runs", "afterwards"])
def test_a_child_that_a_client_asked_for_too_keeps_its_files(mill: Mill, when: str) -> None:
    def once(now: str) -> Callable[[], None]:
        return lambda: joined(mill) if now == when else None

    once("before")()
    kin = family(mill, of_one, CHILD)
    kin.begin()
    once("while it runs")()
    kin.run_children()
    kin.run_parent()
    mill.sweeper.round()
    once("afterwards")()
    (child,) = kin.children()
    assert not child.is_child
    pass_s(mill, RELEASED_S + 1)
    assert there(mill, child)


def test_a_child_that_ends_after_all_that_wanted_it_leaves_nothing_either(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "section.txt"
        path.write_text("one")
        asked = ctx.submit(READER, Part(), inputs={"file": path})
        return Result() if ctx.stopping else asked.result()

    kin = family(mill, run, READER)
    kin.begin()
    child = mill.attempts.claim(Queue.CPU, machine="here", worker="w")
    assert child is not None
    mill.jobs.stop(kin.parent_id)
    assert kin.run_parent().state is State.SUCCESS
    pass_s(mill, 1)
    assert mill.attempts.cancelled(child.id, child.token or "")
    pass_s(mill, RELEASED_S - 5)
    assert uploads_of(mill)
    pass_s(mill, 6)
    assert uploads_of(mill) == []


def test_a_child_that_failed_keeps_what_it_was_given_for_who_runs_it_again(mill: Mill) -> None:
    def fail(_params: Part, _ctx: Context) -> Result:
        raise PermanentError("no such page")

    child = part(fail)

    def run(_params: Params, ctx: Context) -> Result:
        return Result(data={"failed": isinstance(ctx.submit(child, Part()).outcome(), PermanentError)})

    kin = family(mill, run, child)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().data == {"failed": True}
    pass_s(mill, RELEASED_S + 1)
    assert kin.children()[0].files_expired_ms is None


def test_a_child_of_a_cut_that_nobody_wants_goes_with_the_others(mill: Mill) -> None:
    cuts = [(1, 2), (2, 3)]

    def run(_params: Params, ctx: Context) -> Result:
        asked = [ctx.submit(CHILD, Part(number=number)) for number in cuts[0]]
        return Result(data={"numbers": [each.result().data["number"] for each in asked]})

    kin = family(mill, run, CHILD)
    kin.begin()
    assert kin.run_children() == 2
    cuts.pop(0)
    kin.run_parent()
    assert kin.run_children() == 1
    assert kin.run_parent().data == {"numbers": [2, 3]}
    pass_s(mill, 1)
    pass_s(mill, RELEASED_S + 1)
    assert [there(mill, child) for child in kin.children()] == [False] * 3


def test_a_parent_forgotten_before_its_children_were_told_needs_them_no_more(mill: Mill) -> None:
    kin = family(mill, of_one, CHILD)
    kin.begin()
    kin.run_children()
    assert kin.run_parent().state is State.SUCCESS
    assert mill.purger.purge(kin.parent_id)
    pass_s(mill, 1)
    pass_s(mill, RELEASED_S + 1)
    (child,) = kin.children()
    assert not there(mill, child)


def test_what_somebody_asked_for_again_since_the_sweep_read_its_list_stays(mill: Mill) -> None:
    kin = bound(mill)
    (child,) = kin.children()
    kin.parent_id = mill.submit(kin.parent, Params(text="other")).id
    assert mill.take(mill.service(lambda params, ctx: of_one(params, ctx) and _wait(ctx)), CHILD)
    assert not mill.purger.release(child.id)
    assert there(mill, child)


def _wait(ctx: Context) -> Result:
    return ctx.submit(CHILD, Part(number=5)).result()
