"""The list of jobs that have files: made at their end, kept beyond their record, gone when their files are."""

from tests.store import invariants
from tests.store.kit import FAILED, MONTH_S, World, artifact

from mediamill.core.events import EventName


def ended_ms(world: World, job_id: str) -> int:
    found = world.get(job_id).ended_ms
    assert found is not None
    return found


def test_a_round_names_those_whose_files_are_old_with_or_without_a_record(world: World) -> None:
    done, gone = world.finished(), world.finished()
    world.jobs.forget(gone)
    world.wait(MONTH_S - 10)
    young = world.finished()
    found = world.tick()
    assert found is not None
    assert found.faded == []
    world.wait(11)
    found = world.tick()
    assert found is not None
    assert sorted(found.faded) == sorted([done, gone])
    assert world.retention.ended_ms(young)


def test_what_was_ordered_removed_is_named_at_once(world: World) -> None:
    job_id = world.finished()
    world.jobs.purge(job_id)
    found = world.tick()
    assert found is not None
    assert found.faded == [job_id]


def test_a_record_whose_files_are_over_says_so_once(world: World) -> None:
    held = world.running()
    world.attempts.publish(*held.pair, artifact())
    world.attempts.succeed(*held.pair, {"a": artifact()}, {})
    end_ms, before = ended_ms(world, held.id), world.get(held.id)
    assert world.retention.expire(held.id, end_ms) == "expired"
    record = world.get(held.id)
    assert (record.version, record.state, record.files) == (before.version + 1, before.state, before.files)
    assert world.jobs.parts(held.id) == {}
    assert world.retention.expire(held.id, end_ms) == "expired"
    assert world.get(held.id) == record
    assert [event.name for event in world.jobs.events(held.id)].count(EventName.STATE) == 3
    invariants.check(world)


def test_what_runs_or_ended_again_since_has_its_files(world: World) -> None:
    failed = world.running()
    world.attempts.fail(*failed.pair, FAILED)
    first_ms = ended_ms(world, failed.id)
    assert world.jobs.redrive(failed.id)
    assert world.retention.expire(failed.id, first_ms) == "alive"
    world.wait(1)
    world.attempts.fail(*world.claim().pair, FAILED)
    assert world.retention.expire(failed.id, first_ms) == "alive"
    assert not world.retention.drop(failed.id, first_ms)
    assert world.retention.ended_ms(failed.id) == ended_ms(world, failed.id)
    assert world.retention.expire("nobody", first_ms) == "none"


def test_a_success_without_its_files_stands_for_no_request(world: World) -> None:
    job_id = world.finished(dedupe_key="d", keep_dedupe=True)
    assert world.submitted(dedupe_key="d", keep_dedupe=True, cache_ttl_ms=10**9).outcome == "cached"
    assert world.retention.expire(job_id, ended_ms(world, job_id)) == "expired"
    assert world.submitted(dedupe_key="d", keep_dedupe=True, cache_ttl_ms=10**9).outcome == "new"
    invariants.check(world)


def test_what_lies_beside_expired_files_is_ordered_removed_with_the_record(world: World) -> None:
    job_id = world.finished()
    end_ms = ended_ms(world, job_id)
    world.retention.expire(job_id, end_ms)
    assert world.retention.drop(job_id, end_ms)
    assert world.jobs.forget(job_id)
    assert world.retention.ended_ms(job_id) == 0


def test_a_redrive_of_a_job_without_uploads_needs_no_files(world: World) -> None:
    failed = world.running()
    world.attempts.fail(*failed.pair, FAILED)
    world.retention.expire(failed.id, ended_ms(world, failed.id))
    assert world.jobs.redrive(failed.id)
    assert world.get(failed.id).files_expired_ms is None
    invariants.check(world)
