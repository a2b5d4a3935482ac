"""A job's story and its log stay small however long the job lives."""

from collections.abc import Callable

from tests.store.kit import FAILED, World

from mediamill.core.events import EVENTS_KEPT, LOG_LINES_KEPT
from mediamill.core.states import State

#: A server trims whole nodes of a stream, of 100 rows each unless configured otherwise.
SLACK = 100


def line(number: int) -> dict[str, object]:
    return {"at_ms": number, "attempt": 1, "level": "info", "event": "step.done", "fields": {"number": number}}


def test_events_are_capped_and_the_newest_stay(world: World) -> None:
    held = world.running()
    for number in range(EVENTS_KEPT + 500):
        world.attempts.progress(*held.pair, number / 20, "reading")
    length = world.client.run("XLEN", world.keys("events", held.id))
    assert EVENTS_KEPT <= length <= EVENTS_KEPT + SLACK
    newest = world.jobs.events(held.id, limit=10_000)[-1]
    assert newest.data["progress"] == round((EVENTS_KEPT + 499) / 20, 1)


def test_the_log_is_capped_and_its_end_stays(world: World) -> None:
    held = world.running()
    total = LOG_LINES_KEPT + 700
    for start in range(0, total, 100):
        assert world.attempts.log(*held.pair, [line(number) for number in range(start, start + 100)])
    length = world.client.run("XLEN", world.keys("log", held.id))
    assert LOG_LINES_KEPT <= length <= LOG_LINES_KEPT + SLACK
    assert [row.at_ms for row in world.jobs.log(held.id, last_n=3)] == [total - 3, total - 2, total - 1]


def test_the_log_is_read_from_a_place_or_from_its_end(world: World) -> None:
    held = world.running()
    world.attempts.log(*held.pair, [line(number) for number in range(5)])
    rows = world.jobs.log(held.id)
    assert [row.fields["number"] for row in rows] == [0, 1, 2, 3, 4]
    assert (rows[0].event, rows[0].level, rows[0].attempt) == ("step.done", "info", 1)
    assert world.jobs.log(held.id, after=rows[2].id) == rows[3:]
    assert world.jobs.log(held.id, limit=2) == rows[:2]
    assert world.jobs.log(held.id, last_n=2) == rows[3:]
    assert world.jobs.log(held.id, last_n=0) == []
    assert world.jobs.log("nobody") == []


def test_events_are_read_from_a_place_and_their_ids_grow(world: World) -> None:
    held = world.running()
    world.succeed(held)
    events = world.jobs.events(held.id)
    assert [event.data["status"] for event in events] == ["PENDING", "STARTED", "SUCCESS"]
    ids = [tuple(map(int, event.id.split("-"))) for event in events]
    assert ids == sorted(set(ids))
    assert world.jobs.events(held.id, after=events[0].id) == events[1:]
    assert world.jobs.events(held.id, limit=1) == events[:1]


def poll(world: World, note: str) -> str:
    held = world.claim()
    assert world.attempts.later(*held.pair, delay_s=30, note=note)
    world.wait(30)
    assert world.sweeps.due([held.id]) == 1
    return held.id


def test_a_thousand_polls_stay_small_and_tell_only_what_changes(world: World) -> None:
    world.submit()
    for _ in range(1_000):
        job_id = poll(world, "not live")
    told = world.jobs.events(job_id)
    assert len(told) <= 5
    job = world.get(job_id)
    assert (job.state, job.attempt, job.failures, job.history, job.stage) == (State.PENDING, 0, 0, (), "not live")
    sizes = world.client.many([("MEMORY", "USAGE", world.keys(name, job_id)) for name in ("job", "events")])
    assert sum(sizes) < 10_000
    poll(world, "the site is slow")
    poll(world, "the site is slow")
    assert len(world.jobs.events(job_id)) == len(told) + 1


def test_what_a_poll_comes_to_is_told(world: World) -> None:
    world.submit()
    for _ in range(3):
        poll(world, "not live")
    held = world.claim()
    assert world.attempts.progress(*held.pair, 5, "recording") == "held"
    assert world.attempts.retry(*held.pair, FAILED, delay_s=0)
    assert world.sweeps.due([held.id]) == 1
    world.succeed(world.claim())
    assert world.statuses(held.id)[-4:] == ["RETRY", "PENDING", "STARTED", "SUCCESS"]


def test_every_change_rings_the_bell_of_its_job(world: World) -> None:
    held = world.running()
    subscriber = world.client._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    subscriber.subscribe(world.keys("bell", held.id))
    subscriber.get_message(timeout=1)
    rings: list[Callable[[], object]] = [
        lambda: world.attempts.progress(*held.pair, 1, "x"),
        lambda: world.attempts.log(*held.pair, [line(1)]),
        lambda: world.scripts("publish", id=held.id, token=held.token, name="a", artifact="{}", facts="{}"),
        lambda: world.attempts.succeed(*held.pair, {}, {}),
        lambda: world.jobs.forget(held.id),
    ]
    for ring in rings:
        ring()
        assert subscriber.get_message(timeout=2) is not None
    assert subscriber.get_message(timeout=0) is None
    subscriber.close()
