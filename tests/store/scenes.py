"""One scene per script and way through it: what was before, and the call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from redis.exceptions import ResponseError
from tests.store.kit import FAILED, Held, World, artifact, request

from mediamill.core.job import EndedJob
from mediamill.core.policy import Pace
from mediamill.store.attempts import Look, Wait
from mediamill.store.cache import Put, Reserved
from mediamill.store.jobs import Refusal, Replay, Wanted
from mediamill.store.library import Dying, LibraryIndex, Row
from mediamill.store.polls import Again, Polls
from mediamill.store.record import dump_job
from mediamill.store.sweeps import GAP_MS, LOCK_MS, ROWS
from mediamill.store.turns import Turns

Call = Callable[[], object]

#: At which the scenes of turns are played.
SITE = Pace(at_once=1)

#: A request that says what it is about.
IDENTIFIED: Final[dict[str, Any]] = {"dedupe_key": "d", "identified": True}

#: Ids, owners and keys that the scenes use; a test may spoil each.
JOBS = ("parent", "child", "job")


@dataclass(frozen=True)
class Family:
    """A running job with a dedupe key, the running parent that waits for it, and a child of its own."""

    job: Held
    parent: str


def family(world: World) -> Family:
    parent = world.running(id="parent")
    world.child(parent, id="job", dedupe_key="d", keep_dedupe=True, start_in_ms=60_000)
    world.later_for_children(parent)
    job = world.claim()
    world.child(job, id="child")
    return Family(job, parent.id)


def waiting(world: World) -> str:
    return world.submit(id="job", dedupe_key="d", start_in_ms=60_000)


def _submit_new(world: World) -> Call:
    parent = world.running(id="parent")
    return lambda: world.submitted(
        id="job",
        dedupe_key="d",
        idempotency="i",
        start_in_ms=9,
        parent=parent.id,
        parent_token=parent.token,
    )


def _submit_alive(world: World) -> Call:
    waiting(world)
    world.jobs.prioritise("job", -5)
    parent = world.submit(id="parent", priority=9)
    held = world.claim()
    assert held.id == parent
    return lambda: world.submitted(dedupe_key="d", idempotency="i", parent=held.id, parent_token=held.token)


def _submit_cached(world: World) -> Call:
    world.finished(id="job", dedupe_key="d", keep_dedupe=True)
    return lambda: world.submitted(dedupe_key="d", idempotency="i", cache_ttl_ms=10**9, seen="job")


def _submit_replay(world: World) -> Call:
    held = world.running(id="parent")
    waiting(world)
    return lambda: world.submitted(id="job", parent=held.id, parent_token=held.token)


def replay(world: World, age_ms: int, *, cancelled: bool = False) -> Call:
    asked = request(id="job", dedupe_key="d", idempotency="i", start_in_ms=60_000)
    return replayed(world, Replay(asked, world.now_ms() - age_ms, cancelled=cancelled))


def replayed(world: World, accepted: Replay) -> Call:
    def call() -> None:
        (answer,) = world.jobs.replay([accepted])
        if isinstance(answer, Refusal):
            raise ResponseError(answer.why)

    return call


def wanted(parent: Held, **changes: object) -> Wanted:
    plain = Wanted("job", "ann", "h", 0, 10**9, parent.id, parent.token)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _submit_wanted(world: World) -> Call:
    """A client's job of before, which a parent wants too."""
    held = world.running(id="parent")
    world.finished(id="job", dedupe_key="d", keep_dedupe=True)
    asked = wanted(held, id="another", request_hash="d")
    return lambda: world.jobs.find_child(asked)


def _submit_wanted_again(world: World) -> Call:
    """A child that its parent had let go."""
    parent = family_of_one(world)
    world.attempts.let_go(*parent.pair, ())
    return lambda: world.jobs.find_child(wanted(parent))


def family_of_one(world: World) -> Held:
    """A running parent whose child waits."""
    parent = world.running(id="parent")
    world.child(parent, id="job", dedupe_key="d")
    return parent


def _submit_replayed(world: World) -> Call:
    world.submit(id="parent", dedupe_key="d")
    return replay(world, 1_000)


def _submit_replayed_late(world: World) -> Call:
    return replay(world, 61_000)


def _submit_replayed_cancelled(world: World) -> Call:
    return replay(world, 1_000, cancelled=True)


def _claim(world: World) -> Call:
    waiting(world)
    return lambda: world.claim().id


def _progress(world: World) -> Call:
    pair = world.running(id="job").pair
    return lambda: world.attempts.progress(*pair, 5, "x", advanced=True)


def _log(world: World) -> Call:
    pair = world.running(id="job").pair
    return lambda: world.attempts.log(*pair, [{"event": "x"}, {"event": "y"}])


def _publish(world: World) -> Call:
    pair = world.running(id="job").pair
    return lambda: world.attempts.publish(*pair, artifact())


def _renew(world: World) -> Call:
    pairs = [world.running(id=name).pair for name in JOBS]
    world.wait(1)
    return lambda: world.attempts.renew(pairs)


def _stop(world: World) -> Call:
    world.running(id="job")
    return lambda: world.jobs.stop("job")


def _stop_child_begun(world: World) -> Call:
    held = family(world).job
    world.client.run("HSET", world.keys("job", "child"), "started_ms", world.now_ms())  # handed back
    return lambda: world.jobs.stop_child("child", held.id, held.token)


def _stop_child_waiting(world: World) -> Call:
    held = family(world).job
    return lambda: world.jobs.stop_child("child", held.id, held.token)


def _revise(world: World) -> Call:
    job = world.get(world.finished(id="job"))
    return lambda: world.jobs.revise(job, [artifact()])


def _succeed(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.succeed(*pair, {"a": artifact()}, {})


def _fail(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.fail(*pair, FAILED)


def _retry(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.retry(*pair, FAILED, delay_s=9)


def _later(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.later(*pair, delay_s=9, wait=Wait(1))


def _hand_back(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.hand_back(*pair)


def _lose(world: World) -> Call:
    pair = family(world).job.pair
    return lambda: world.attempts.lose(*pair)


def _cancel_running(world: World) -> Call:
    family(world)
    return lambda: world.jobs.cancel("job")


def _cancelled(world: World) -> Call:
    pair = family(world).job.pair
    world.jobs.cancel("job")
    return lambda: world.attempts.cancelled(*pair)


def _cancel_waiting(world: World) -> Call:
    waiting(world)
    return lambda: world.jobs.cancel("job")


def _prioritise(world: World) -> Call:
    waiting(world)
    return lambda: world.jobs.prioritise("job", 4)


def _expire(world: World) -> Call:
    waiting(world)
    world.wait(61)
    return lambda: world.scripts("move", id="job", event="expire")


def _due(world: World) -> Call:
    world.attempts.retry(*family(world).job.pair, FAILED, delay_s=0)
    return lambda: world.scripts("move", id="job", event="due")


def _redrive(world: World) -> Call:
    world.attempts.fail(*family(world).job.pair, FAILED)
    return lambda: world.jobs.redrive("job")


def _forget(world: World) -> Call:
    pair = family(world).job.pair
    world.attempts.publish(*pair, artifact())
    world.attempts.log(*pair, [{"event": "x"}])
    world.attempts.succeed(*pair, {}, {})
    return lambda: world.jobs.forget("job")


def _forget_purge(world: World) -> Call:
    world.attempts.succeed(*family(world).job.pair, {}, {})
    return lambda: world.jobs.purge("job")


def _forget_none(world: World) -> Call:
    world.succeed(world.running(id="job"))
    world.jobs.forget("job")
    return lambda: world.jobs.purge("job")


def _expire_files(world: World) -> Call:
    pair = family(world).job.pair
    world.attempts.publish(*pair, artifact())
    world.attempts.succeed(*pair, {"a": artifact()}, {})
    return lambda: world.retention.expire("job", world.now_ms())


def _unkeep(world: World) -> Call:
    ended_ms = world.get(world.finished(id="job")).ended_ms
    assert ended_ms
    return lambda: world.retention.drop("job", ended_ms)


def _leave(world: World) -> Call:
    world.attempts.fail(*family(world).job.pair, FAILED)
    return lambda: world.scripts("leave", parent="job", child="child")


def adoption(world: World, **changes: object) -> Call:
    facts = world.get("job").model_dump(exclude={"token", "machine", "stop"}) | changes
    record = dump_job(EndedJob.model_validate({**facts, "parts": {}}))
    return lambda: world.scripts("adopt", id="job", record=record, parts={"a": artifact().model_dump_json()})


def _leave_early(world: World) -> Call:
    parent = family_of_one(world)
    return lambda: world.attempts.let_go(*parent.pair, ())


def _release(world: World) -> Call:
    parent = family_of_one(world)
    world.succeed(world.claim())
    world.succeed(parent)
    return lambda: world.scripts("release", parent="parent", child="job")


def _expire_files_released(world: World) -> Call:
    _release(world)()
    return lambda: world.retention.expire_released("job", world.now_ms())


def _follow(world: World) -> Call:
    world.later_for_children(family_of_one(world))
    world.scripts("move", id="parent", event="prioritise", priority=7)
    return lambda: world.scripts("follow", id="job")


def _adopt_new(world: World) -> Call:
    world.finished(id="job", dedupe_key="d", keep_dedupe=True)
    call = adoption(world)
    world.jobs.forget("job")
    return call


def _adopt_ended(world: World) -> Call:
    version = family(world).job.job.version
    return adoption(world, state="SUCCESS", ended_ms=world.now_ms(), version=version + 5)


def _tick(world: World) -> Call:
    family(world)
    call = {"lease_ms": 10, "gap_ms": GAP_MS, "lock_ms": LOCK_MS, "limit": ROWS}
    call |= {"keep_done_ms": 1, "keep_dead_ms": 1, "keep_files_ms": 1, "keep_released_ms": 1}
    return lambda: world.scripts("tick", me="me", **call)


def _top_up(world: World) -> Call:
    waiting(world)
    world.client.run("DEL", world.keys("tickets", "cpu"))
    return lambda: world.scripts("top_up", queue="cpu", limit=ROWS)


def _settle(world: World) -> Call:
    version = world.get(world.finished(id="job")).version
    return lambda: world.sweeps.settle({"job": version})


def _settle_purged(world: World) -> Call:
    version = world.get(world.finished(id="job")).version
    world.jobs.purge("job")
    world.retention.drop("job", 0)
    return lambda: world.sweeps.settle({"job": version})


def _own_step(world: World) -> Call:
    return lambda: world.steps.own("s", "me", lease_ms=60_000)


def _release_step(world: World) -> Call:
    world.steps.own("s", "me", lease_ms=60_000)
    return lambda: world.scripts("release_step", step="s", me="me")


def site(world: World, holder: str, waiter: str) -> Held:
    """A running job that holds a turn, for which another waits."""
    first, second = world.running(id=holder), world.running(id=waiter)
    turns = Turns(world.scripts)
    assert turns.ask(*first.pair, "site", SITE) == 0
    assert world.attempts.later(*second.pair, delay_s=turns.ask(*second.pair, "site", SITE))
    return first


def _ask_turn(world: World) -> Call:
    pair = world.running(id="job").pair
    return lambda: Turns(world.scripts).ask(*pair, "site", SITE)


def _ask_turn_taken(world: World) -> Call:
    site(world, "parent", "child")
    pair = world.running(id="job").pair
    return lambda: Turns(world.scripts).ask(*pair, "site", SITE)


def _succeed_with_turn(world: World) -> Call:
    pair = site(world, "job", "child").pair
    return lambda: world.attempts.succeed(*pair, {}, {})


def _cancel_waiting_for_turn(world: World) -> Call:
    site(world, "parent", "job")
    return lambda: world.jobs.cancel("job")


#: An entry of the cache, and how large it may be.
ENTRY, QUOTA = "aa-entry", 1_000


def reserved(world: World, entry: str = ENTRY, size: int = 600) -> Reserved:
    room = world.cache.reserve(entry, size, QUOTA)
    assert isinstance(room, Reserved)
    return room


def kept(world: World, entry: str = ENTRY, size: int = 600) -> None:
    assert world.cache.keep([Put(entry, reserved(world, entry, size).lease, size)]) == 1


def _cache_reserve(world: World) -> Call:
    return lambda: world.cache.reserve(ENTRY, 600, QUOTA)


def _cache_reserve_evicting(world: World) -> Call:
    """Room that one entry gives up, with a pinned one before it in line."""
    kept(world, size=300)
    kept(world, "aa-second", 600)
    world.cache.pin([ENTRY], pinned=True)
    world.cache.begin("walk")
    world.cache.end("walk")
    return lambda: world.cache.reserve("aa-third", 600, QUOTA)


def _cache_keep(world: World) -> Call:
    put = Put(ENTRY, reserved(world).lease, 500)
    return lambda: world.cache.keep([put])


def _cache_evict(world: World) -> Call:
    kept(world)
    return lambda: world.cache.evict(1)


def _cache_evict_named(world: World) -> Call:
    return lambda: world.cache.doom([ENTRY])


def _cache_drop(world: World) -> Call:
    kept(world)
    return lambda: world.cache.drop([ENTRY])


def _cache_use(world: World) -> Call:
    kept(world)
    return lambda: world.cache.use([ENTRY], hits=3, misses=1, folders={"job": [ENTRY]})


def _cache_adopt(world: World) -> Call:
    return lambda: world.cache.adopt({ENTRY: 600}, {ENTRY: world.now_ms()})


def _cache_pin(world: World) -> Call:
    kept(world)
    return lambda: world.cache.pin([ENTRY], pinned=True)


#: A kept file.
ROW = Row(
    name="a.mp4",
    owner="ann",
    job="job",
    asked="a.mp4",
    room="",
    url="",
    began_ms=500,
    seconds=1.5,
    size_bytes=100,
    kept_ms=1_000,
    folder="folder",
    machine="m",
)


def library(world: World) -> LibraryIndex:
    """Return the index, with a file in it."""
    index = LibraryIndex(world.scripts)
    assert index.adopt([ROW]) == []
    return index


def _library_keep(world: World) -> Call:
    held = world.running(id="job")
    return lambda: LibraryIndex(world.scripts).keep(ROW, held.token)


def _library_keep_again(world: World) -> Call:
    index, held = library(world), world.running(id="job")
    return lambda: index.keep(replace(ROW, size_bytes=50, kept_ms=2_000), held.token)


def _library_doom(world: World) -> Call:
    index = library(world)
    return lambda: index.doom([ROW])


def _library_doom_of_a_job(world: World) -> Call:
    index = library(world)
    return lambda: index.doom_of("job")


def _library_drop(world: World) -> Call:
    index = library(world)
    return lambda: index.drop("folder", [Dying("a.mp4", 1_000)])


def _library_drop_dying(world: World) -> Call:
    index = library(world)
    index.doom([ROW])
    return lambda: index.drop("folder", [Dying("a.mp4", 1_000)])


def to_be_looked_at(world: World) -> Polls:
    """Let a job wait to be looked at, now, and another one be the job that looks."""
    polls = Polls(world.scripts)
    polls.name_poller("shout", "child")
    poller = world.running(id="child")
    assert world.attempts.later(*poller.pair, delay_s=600)
    _later_to_be_looked_at(world)()
    return polls


def _later_to_be_looked_at(world: World) -> Call:
    pair = world.running(id="job", **IDENTIFIED).pair
    return lambda: world.attempts.later(*pair, delay_s=600, look=Look(0, '{"seen": 1}'))


def _cancel_to_be_looked_at(world: World) -> Call:
    to_be_looked_at(world)
    return lambda: world.jobs.cancel("job")


def _poll_take(world: World) -> Call:
    polls = to_be_looked_at(world)
    return lambda: polls.take("shout", "me")


def _poll_again(world: World) -> Call:
    polls = to_be_looked_at(world)
    polls.take("shout", "me")
    return lambda: polls.again("shout", "me", [Again("job", 60_000, '{"seen": 2}')])


def _poll_hold(world: World) -> Call:
    polls = to_be_looked_at(world)
    polls.take("shout", "me")
    return lambda: polls.hold("shout", "me", ["job"])


def _poll_wake(world: World) -> Call:
    polls = to_be_looked_at(world)
    polls.take("shout", "me")
    return lambda: polls.wake("job", "me", '{"seen": 2}')


def _poll_change(world: World) -> Call:
    polls = to_be_looked_at(world)
    return lambda: polls.change("job", wishes={"interval": 10})


def _poll_change_to_paused(world: World) -> Call:
    polls = to_be_looked_at(world)
    return lambda: polls.change("job", paused=True)


def _submit_identified(world: World) -> Call:
    world.jobs.cancel(world.submit(id="child", **IDENTIFIED))
    return lambda: world.submit(id="job", **IDENTIFIED)


def _submit_identified_from_elsewhere(world: World) -> Call:
    world.submit(id="child", **IDENTIFIED)
    return replayed(world, Replay(request(id="job", **IDENTIFIED), world.now_ms()))


def _forget_identified(world: World) -> Call:
    world.jobs.cancel(world.submit(id="job", **IDENTIFIED))
    return lambda: world.jobs.forget("job")


def _adopt_identified(world: World) -> Call:
    world.jobs.cancel(world.submit(id="job", **IDENTIFIED))
    record = dump_job(world.get("job").model_copy(update={"version": 99}))
    return lambda: world.scripts("adopt", id="job", record=record, parts={})


def _resign(world: World) -> Call:
    world.tick()
    return world.sweeps.resign


SCENES: Mapping[str, Callable[[World], Call]] = MappingProxyType(
    {
        name.removeprefix("_"): scene
        for name, scene in list(globals().items())
        if name.startswith("_") and callable(scene) and getattr(scene, "__module__", "") == __name__
    }
)
