"""What operators and clients read: queues, pages of jobs, machines, steps."""

import pytest
from tests.store.kit import FAILED, World

from mediamill.core.queues import Queue
from mediamill.store.fleet import SEEN_S
from mediamill.store.queues import DAY_MS
from mediamill.testing import eventually


def test_a_queue_tells_how_it_stands(world: World) -> None:
    retry, running, dead = world.running(), world.running(), world.running()
    world.attempts.retry(*retry.pair, FAILED, delay_s=60)
    world.attempts.fail(*dead.pair, FAILED)
    for priority in (0, 5, 0, -2):
        world.submit(priority=priority)
    world.queues.pause(Queue.DEFAULT)
    rows = {row.name: row for row in world.queues.summaries()}
    cpu = rows[Queue.CPU]
    assert list(rows) == list(Queue)
    assert (cpu.waiting, cpu.retry, cpu.running, cpu.dead, cpu.paused) == (4, 1, 1, 1, False)
    assert list(cpu.by_priority.items()) == [(5, 1), (0, 2), (-2, 1)]
    assert rows[Queue.DEFAULT].paused
    assert (rows[Queue.DEFAULT].waiting, rows[Queue.DEFAULT].oldest_age_s) == (0, 0)
    world.succeed(running)
    assert {row.name: row for row in world.queues.summaries()}[Queue.CPU].running == 0


def test_the_oldest_waiting_job_tells_its_age(world: World) -> None:
    world.wait(-90)
    world.submit()
    world.wait(60)
    world.submit(priority=9)
    world.wait(30)
    age_s = {row.name: row.oldest_age_s for row in world.queues.summaries()}[Queue.CPU]
    assert 90 <= age_s < 95


def completed(world: World) -> dict[Queue, int]:
    return {row.name: row.completed_today for row in world.queues.summaries() if row.completed_today}


def test_a_queue_counts_what_it_completed_on_this_day(world: World) -> None:
    world.wait((DAY_MS - world.now_ms() % DAY_MS) / 1_000 + 60)  # a minute after midnight, UTC
    assert completed(world) == {}
    world.finished()
    world.finished()
    world.finished(queue=Queue.DEFAULT)
    failed = world.running()
    world.attempts.fail(*failed.pair, FAILED)
    world.jobs.cancel(world.submit())
    assert completed(world) == {Queue.CPU: 2, Queue.DEFAULT: 1}
    world.wait(DAY_MS / 1_000 - 120)
    assert completed(world) == {Queue.CPU: 2, Queue.DEFAULT: 1}
    world.wait(120)
    assert completed(world) == {}
    world.finished()
    assert completed(world) == {Queue.CPU: 1}
    counters = [name for name in world.names() if name.startswith("completed:")]
    assert len(counters) == 3
    assert all(0 < world.client.run("TTL", world.keys.prefix + name) <= 2 * 86_400 for name in counters)


# ---- pages


def pages(world: World, limit: int, *, children: bool = True, **filters: str | None) -> list[list[str]]:
    """Return the ids of every page."""
    found, cursor = [], None
    while True:
        page = world.jobs.page(
            owner=filters.get("owner"),
            cursor=cursor,
            limit=limit,
            service=filters.get("service"),
            status=filters.get("status"),
            children=children,
        )
        assert len(page.jobs) <= limit
        found.append([job.id for job in page.jobs])
        if page.next is None:
            return found
        cursor = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_go_from_the_newest_to_the_oldest_and_miss_nothing(world: World, limit: int) -> None:
    ids = [world.submit() for _ in range(7)][::-1]
    world.submit(owner="bob")
    found = pages(world, limit, owner="ann")
    assert [job_id for page in found for job_id in page] == ids
    assert all(len(page) == limit for page in found[:-1])
    assert len([job_id for page in pages(world, limit) for job_id in page]) == 8


def test_pages_can_be_filtered(world: World) -> None:
    speech = [world.submit(service="speech") for _ in range(3)]
    world.submit(service="video")
    world.jobs.cancel(speech[1])
    assert [i for page in pages(world, 2, service="speech") for i in page] == speech[::-1]
    assert [i for page in pages(world, 2, status="REVOKED") for i in page] == [speech[1]]
    assert [i for page in pages(world, 2, service="video", status="REVOKED") for i in page] == []
    assert pages(world, 2, owner="nobody") == [[]]


def test_pages_can_be_without_jobs_that_only_others_asked_for(world: World) -> None:
    parent = world.running()
    child = world.child(parent, dedupe_key="same")
    assert [i for page in pages(world, 1, children=False) for i in page] == [parent.id]
    assert [i for page in pages(world, 1, children=True) for i in page] == [child, parent.id]
    assert world.submit(dedupe_key="same") == child  # a person asks for it, too
    assert [i for page in pages(world, 1, children=False) for i in page] == [child, parent.id]


def test_a_job_that_is_being_cancelled_is_listed_as_started(world: World) -> None:
    held = world.running()
    world.jobs.cancel(held.id)
    assert [job.id for job in world.jobs.page(owner=None, status="STARTED").jobs] == [held.id]


def test_a_rare_filter_looks_at_a_bounded_number_of_records_per_page(world: World) -> None:
    rare = world.submit(service="rare")
    for start in range(0, 1_100, 550):
        calls = [
            {"id": f"x{start + n:05}", "owner": "ann", "queue": "cpu", "priority": 0, "request_hash": "h"}
            for n in range(550)
        ]
        world.scripts.many("submit", calls)
        world.client.many([("HSET", world.keys("job", str(call["id"])), "service", "plain") for call in calls])
    first = world.jobs.page(owner="ann", service="rare", limit=50)
    assert (first.jobs, first.next is not None) == ([], True)
    assert [i for page in pages(world, 50, service="rare") for i in page] == [rare]


def test_a_record_that_went_while_the_page_was_read_is_left_out(world: World) -> None:
    ids = [world.submit() for _ in range(3)]
    world.client.run("DEL", world.keys("job", ids[1]))
    assert [job.id for job in world.jobs.page(owner="ann").jobs] == [ids[2], ids[0]]


def test_all_ids_come_newest_first(world: World) -> None:
    ids = [world.submit() for _ in range(3)]
    assert list(world.jobs.all_ids()) == ids[::-1]


# ---- machines and steps


def test_machines_are_listed_as_they_last_told_and_go_when_they_leave(world: World) -> None:
    now_ms = world.now_ms()
    world.fleet.report("b", {"seen_ms": now_ms, "slots": 2})
    world.fleet.report("a", {"seen_ms": now_ms, "slots": 1})
    assert world.fleet.machines() == [
        {"machine": "a", "seen_ms": now_ms, "slots": 1},
        {"machine": "b", "seen_ms": now_ms, "slots": 2},
    ]
    world.fleet.leave("a")
    assert [row["machine"] for row in world.fleet.machines()] == ["b"]


def test_a_silent_machine_is_gone(world: World) -> None:
    world.fleet.report("silent", {"seen_ms": world.now_ms()})
    world.wait(SEEN_S)
    world.fleet.report("loud", {"seen_ms": 1})
    assert [row["machine"] for row in world.fleet.machines()] == ["loud"]
    assert 0 < world.client.run("PTTL", world.keys("machine", "loud")) <= 60_000


def test_how_long_a_machine_has_been_silent_is_not_told_by_its_own_clock(world: World) -> None:
    world.fleet.report("behind", {"seen_ms": 1})
    world.fleet.report("ahead", {"seen_ms": 2 * world.now_ms()})
    assert [row["machine"] for row in world.fleet.machines()] == ["ahead", "behind"]
    assert all(0 <= world.fleet.silent_s(name) < 5 for name in ("ahead", "behind"))
    world.client.run("PEXPIRE", world.keys("machine", "behind"), 20_000)
    assert 40 <= world.fleet.silent_s("behind") < 45
    assert world.fleet.silent_s("nobody") == SEEN_S


def test_one_process_makes_a_step_and_the_others_wait(world: World) -> None:
    assert world.steps.own("s", "me", lease_ms=60_000)
    assert not world.steps.own("s", "you", lease_ms=60_000)
    assert world.steps.own("s", "me", lease_ms=60_000)  # a renewal
    world.steps.release("s", "you")
    assert not world.steps.own("s", "you", lease_ms=60_000)
    world.steps.release("s", "me")
    assert world.steps.own("s", "you", lease_ms=60_000)


def test_a_step_is_free_as_soon_as_its_makers_attempt_is_over(world: World) -> None:
    held = world.running()
    maker = " ".join(held.pair)
    assert world.steps.own("s", maker, lease_ms=60_000)
    assert not world.steps.own("s", "you", lease_ms=60_000)
    world.attempts.lose(*held.pair)
    assert world.steps.own("s", "you", lease_ms=60_000)


def test_a_step_is_free_again_when_its_lease_is_over(world: World) -> None:
    assert world.steps.own("s", "me", lease_ms=50)
    assert eventually(lambda: world.steps.own("s", "you", lease_ms=50))
    world.steps.release("s", "me")
    assert eventually(lambda: world.names() == [])
