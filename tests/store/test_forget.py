"""`forget` leaves nothing behind."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, World, artifact, request

from mediamill.core.queues import Queue

#: Keys that go by themselves, some time after the job.
BY_TIME = {"claimed", "completed"}


def kinds(world: World) -> Counter[str]:
    """Return how many keys there are of each kind; a zero in a hash of counts is nothing."""
    return Counter(name.partition(":")[0] for name in world.names())


@pytest.mark.parametrize("end", ["SUCCESS", "FAILURE", "REVOKED"])
def test_everything_of_a_job_goes_with_it(world: World, end: str) -> None:
    job_id = world.submit(dedupe_key="d", keep_dedupe=True, start_in_ms=60_000)
    held = world.claim()
    world.attempts.progress(*held.pair, 50, "half")
    world.attempts.publish(*held.pair, artifact())
    world.attempts.log(*held.pair, [{"event": "x"}])
    if end == "SUCCESS":
        world.succeed(held)
    elif end == "FAILURE":
        world.attempts.fail(*held.pair, FAILED)
    else:
        world.jobs.cancel(job_id)
        world.attempts.cancelled(*held.pair)
    assert world.jobs.purge(job_id).state == end
    assert world.members("kept") == [job_id]  # until its files are gone
    assert world.retention.drop(job_id, 0)
    assert kinds(world).keys() - BY_TIME == {"broker", "counts", "turn"}
    assert [row.dead for row in world.queues.summaries()] == [0] * len(Queue)


def test_a_job_is_forgotten_only_when_it_is_old_enough(world: World) -> None:
    job_id = world.finished()
    assert world.sweeps.settle({job_id: world.get(job_id).version})
    world.wait(9)
    assert world.jobs.forget(job_id, min_age_s=10).outcome == "unchanged"
    world.wait(2)
    assert world.jobs.forget(job_id, min_age_s=10)
    assert world.jobs.forget(job_id, min_age_s=10).outcome == "none"


def test_an_end_that_is_not_written_to_the_files_yet_is_not_forgotten_by_age(world: World) -> None:
    job_id = world.finished()
    world.wait(11)
    assert world.jobs.forget(job_id, min_age_s=10).outcome == "unchanged"
    assert world.sweeps.settle({job_id: world.get(job_id).version})
    assert world.jobs.forget(job_id, min_age_s=10)


def test_the_files_of_a_forgotten_job_are_still_listed_by_its_end(world: World) -> None:
    job_id = world.finished()
    ended_ms = world.get(job_id).ended_ms
    assert world.jobs.forget(job_id)
    assert world.retention.ended_ms(job_id) == ended_ms
    invariants.check(world)
    assert world.jobs.purge(job_id).outcome == "none"
    assert world.retention.ended_ms(job_id) == 0
    assert world.jobs.purge("nobody").outcome == "none"
    assert world.retention.ended_ms("nobody") is None


@pytest.mark.no_cover  # the same calls again and again
def test_after_twenty_thousand_short_jobs_the_store_is_as_before(world: World) -> None:
    first = world.finished()
    assert world.jobs.purge(first)
    assert world.retention.drop(first, 0)
    world.client.run("DEL", world.keys("tickets", Queue.CPU))
    before = world.dump()
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(lambda owner: _jobs(world, owner, 10_000), ("ann", "bob"))) == 20_000
    after = world.dump()
    assert after.pop("turn") != before.pop("turn")
    assert _lasting(after) == _lasting(before)
    assert len([name for name in after if name.startswith("completed:")]) <= 2  # midnight may have passed
    invariants.check(world)


def _lasting(dump: dict[str, Any]) -> dict[str, Any]:
    """Return what does not go by itself."""
    return {name: content for name, content in dump.items() if name.partition(":")[0] not in BY_TIME}


def _jobs(world: World, owner: str, count: int) -> int:
    """Submit, claim, end and forget `count` jobs, and take their tickets as Celery does; return how many."""
    queue = Queue.CPU
    for start in range(0, count, 500):
        calls = [_submission(owner, queue, start + number) for number in range(500)]
        world.scripts.many("submit", calls)
        claims = [
            {"queue": queue, "token": f"{owner}-{call['id']}", "machine": "m", "worker": "w", "lease_ms": 10_000}
            for call in calls
        ]
        held = [
            (reply[0], dict(zip(reply[1::2], reply[2::2], strict=True))["token"])
            for reply in world.scripts.many("claim", claims)
        ]
        world.scripts.many("move", [{"id": job_id, "event": "succeed", "token": token} for job_id, token in held])
        world.scripts.many("forget", [{"id": job_id, "purge": True} for job_id, _ in held])
        world.scripts.many("unkeep", [{"id": job_id, "score": 0} for job_id, _ in held])
        world.client.run("LPOP", world.keys("tickets", queue), 500)
    return count


def _submission(owner: str, queue: Queue, number: int) -> dict[str, object]:
    plain = request(owner=owner, dedupe_key=f"d{number}")
    return {
        "id": plain.id,
        "owner": owner,
        "queue": queue,
        "priority": 0,
        "dedupe_key": plain.dedupe_key,
        "keep_dedupe": True,
        "cache_ttl_ms": 1,
        "request_hash": "h",
    }
