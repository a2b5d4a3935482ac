"""Ended jobs come back from what their files keep, and never over a record that says more."""

from collections.abc import Callable

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, Held, World, artifact, request

from mediamill.core.job import EndedJob
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.adoptions import Adopted, Adoptions


def kept(world: World, job_id: str) -> EndedJob:
    """Return what `job.json` would say of a job now."""
    facts = world.get(job_id).model_dump(exclude={"token", "machine", "stop"})
    return EndedJob(**facts, parts=world.jobs.parts(job_id))


def adopt(world: World, *jobs: EndedJob) -> list[Adopted]:
    told = Adoptions(world.scripts).adopt(jobs)
    invariants.check(world)
    return told


def wiped(world: World) -> None:
    offset_ms = world.scripts.offset_ms
    world.forget_all()
    world.scripts.offset_ms = offset_ms


def _succeeded(world: World) -> str:
    held = world.running(dedupe_key="d", keep_dedupe=True, priority=3, correlation_id="c", params={"text": "ü \n 1"})
    world.attempts.progress(*held.pair, 33.3, "a third")
    assert world.attempts.succeed(*held.pair, {"a.txt": artifact()}, {"seconds": 1.5, "none": None})
    return held.id


def _failed(world: World) -> str:
    held = world.running(dedupe_key="d", keep_dedupe=True)
    world.attempts.publish(*held.pair, artifact())
    world.attempts.fail(*held.pair, FAILED)
    return held.id


def _revoked_before_it_ran(world: World) -> str:
    job_id = world.submit(dedupe_key="d")
    world.jobs.cancel(job_id)
    return job_id


ENDS: dict[str, Callable[[World], str]] = {
    "succeeded": _succeeded,
    "failed": _failed,
    "revoked": _revoked_before_it_ran,
}


@pytest.mark.parametrize("end", ENDS)
def test_a_lost_record_comes_back_as_it_was_without_ticket_and_outbox(world: World, end: str) -> None:
    job_id = ENDS[end](world)
    job, before = kept(world, job_id), world.dump()
    wiped(world)
    assert adopt(world, job) == ["new"]
    assert kept(world, job_id) == job
    assert world.tickets() == 0
    assert world.members("outbox") == []
    after = world.dump()
    indexes = ("index", "owned", "done", "dead", "kept", "parts", "dedupe")
    same = [name for name in before if name.partition(":")[0] in indexes]
    assert same == [name for name in after if name.partition(":")[0] in indexes]
    assert [after[name] for name in same] == [before[name] for name in same]
    assert world.statuses(job_id) == [job.status]


def test_a_second_time_changes_nothing(world: World) -> None:
    jobs = [kept(world, make(world)) for make in ENDS.values()]
    wiped(world)
    assert adopt(world, *jobs) == ["new"] * 3
    before = world.dump()
    assert adopt(world, *jobs) == ["known"] * 3
    assert world.dump() == before


@pytest.mark.parametrize("where", ["waiting", "running", "cancelling", "retrying"])
def test_a_job_that_ended_after_the_snapshot_is_not_run_again(world: World, where: str) -> None:
    job_id = _succeeded(world)
    job = kept(world, job_id)
    wiped(world)
    held = _as_the_snapshot_has_it(world, job_id, where)
    assert adopt(world, job) == ["ended"]
    assert kept(world, job_id) == job
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None
    for name in ("leases", "delayed", "expiry", "outbox"):
        assert world.members(name) == []
    if held is not None:
        assert world.attempts.renew([held.pair]) == ["lost"]
        assert world.attempts.succeed(*held.pair, {}, {}).outcome == "stale"
    assert world.statuses(job_id)[-1] == "SUCCESS"


def _as_the_snapshot_has_it(world: World, job_id: str, where: str) -> Held | None:
    world.submit(id=job_id, dedupe_key="d", keep_dedupe=True, start_in_ms=60_000)
    if where == "waiting":
        return None
    held = world.claim()
    if where == "cancelling":
        world.jobs.cancel(job_id)
    if where == "retrying":
        world.attempts.retry(*held.pair, FAILED, delay_s=60)
        return None
    return held


def test_an_end_in_the_outbox_that_the_files_have_is_settled(world: World) -> None:
    job_id = _succeeded(world)
    assert world.members("outbox") == [job_id]
    assert adopt(world, kept(world, job_id)) == ["settled"]
    assert world.members("outbox") == []


def test_a_job_that_was_redriven_after_that_end_goes_on(world: World) -> None:
    job_id = _failed(world)
    job = kept(world, job_id)
    world.wait(1)
    world.jobs.redrive(job_id)
    # The version alone would not tell: the file may come from before the store was set back.
    for version in (job.version, job.version + 50):
        assert adopt(world, job.model_copy(update={"version": version})) == ["known"]
    assert world.get(job_id).state is State.PENDING


def test_an_older_end_gives_way_to_the_end_of_its_redrive(world: World) -> None:
    job_id = _failed(world)
    older = kept(world, job_id)
    world.wait(1)
    world.jobs.redrive(job_id)
    world.succeed(world.claim())
    newer = kept(world, job_id)
    wiped(world)
    assert adopt(world, older) == ["new"]
    assert adopt(world, newer) == ["ended"]
    assert adopt(world, older) == ["known"]
    assert kept(world, job_id).state is State.SUCCESS


def test_an_id_that_stands_for_another_request_by_now_is_left_alone(world: World) -> None:
    job_id = _succeeded(world)
    job = kept(world, job_id)
    wiped(world)
    world.submit(id=job_id, request_hash="another")
    assert adopt(world, job) == ["known"]
    assert world.get(job_id).state is State.PENDING


def test_of_two_successes_the_younger_stands_for_their_request_in_any_order(world: World) -> None:
    first = world.finished(dedupe_key="d", keep_dedupe=True)
    world.wait(1)
    second = world.finished(dedupe_key="d", keep_dedupe=True, force=True)
    jobs = [kept(world, first), kept(world, second)]
    for order in (jobs, jobs[::-1]):
        wiped(world)
        adopt(world, *order)
        told = world.submitted(dedupe_key="d", cache_ttl_ms=1_000_000)
        assert (told.outcome, told.id) == ("cached", second)


def test_a_success_whose_files_are_over_stands_for_nothing(world: World) -> None:
    job_id = _succeeded(world)
    assert world.retention.expire(job_id, world.get(job_id).ended_ms or 0) == "expired"
    told = kept(world, job_id)
    wiped(world)
    assert adopt(world, told) == ["new"]
    assert world.submitted(dedupe_key="d", cache_ttl_ms=10**9).outcome == "new"


def test_a_job_that_is_alive_goes_on_standing_for_the_request(world: World) -> None:
    job = kept(world, world.finished(dedupe_key="d", keep_dedupe=True))
    wiped(world)
    alive = world.submit(dedupe_key="d")
    adopt(world, job)
    assert world.submitted(dedupe_key="d").id == alive


def test_a_parent_is_woken_by_a_child_that_is_adopted(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    world.later_for_children(parent)
    ended = world.get(child).model_dump() | {"state": "SUCCESS", "version": 9, "ended_ms": world.now_ms()}
    assert adopt(world, EndedJob(**ended)) == ["ended"]
    assert world.get(parent.id).state is State.PENDING


def test_the_open_children_of_an_adopted_parent_are_told(world: World) -> None:
    parent = world.running()
    child = world.child(parent)
    ended = world.get(parent.id).model_dump(exclude={"token", "machine"})
    adopt(world, EndedJob(**ended | {"state": "FAILURE", "version": 9, "ended_ms": world.now_ms()}))
    found = world.tick()
    assert found is not None
    assert [world.sweeps.disown(each) for each in found.orphaning] == [[child]]
    invariants.check(world)


def test_a_job_whose_files_were_ordered_removed_stays_away(world: World) -> None:
    job_id = _succeeded(world)
    job = kept(world, job_id)
    world.jobs.purge(job_id)
    assert adopt(world, job) == ["known"]
    assert world.jobs.get(job_id) is None


def test_a_job_of_old_is_not_brought_back_but_is_never_run_again(world: World) -> None:
    job_id = _succeeded(world)
    job = kept(world, job_id)
    wiped(world)
    adoptions = Adoptions(world.scripts)
    assert adoptions.adopt([job], {job_id}) == ["old"]
    assert world.jobs.get(job_id) is None
    _as_the_snapshot_has_it(world, job_id, "waiting")
    assert adoptions.adopt([job], {job_id}) == ["ended"]
    assert world.get(job_id).state is State.SUCCESS


def test_one_job_that_is_refused_does_not_stop_the_others(world: World) -> None:
    jobs = [kept(world, world.finished()) for _ in range(3)]
    wiped(world)
    world.client.run("SET", world.keys("job", jobs[1].id), "spoilt")
    assert Adoptions(world.scripts).adopt(jobs) == ["new", "refused", "new"]


def test_what_has_not_ended_is_no_ended_job() -> None:
    plain = request()
    with pytest.raises(ValueError, match="PENDING has not ended"):
        EndedJob(id=plain.id, service="s", owner="o", queue=Queue.CPU, ended_ms=1)
