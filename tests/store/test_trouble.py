"""What the moves do when the store is full or spoilt: all or nothing."""

import json
import re
import time
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from redis.exceptions import ResponseError
from tests.store import invariants
from tests.store.kit import World
from tests.store.scenes import JOBS, ROW, SCENES, Call

from mediamill.core.errors import Unavailable
from mediamill.core.states import Move
from mediamill.store.keys import PATTERNS

REFUSED_WHEN_FULL = {scene for scene in SCENES if scene.startswith(("submit_", "adopt_"))} | {"progress", "log"}
REFUSED_WHEN_FULL |= {scene for scene in SCENES if scene.startswith(("cache_reserve", "cache_adopt"))}

#: What stands in a pattern's {} in the scenes; a key per job where nothing is named here.
ARGUMENTS = {
    "waiting": ("cpu", "ann"),
    "turns": ("cpu",),
    "ages": ("cpu",),
    "counts": ("cpu",),
    "tickets": ("cpu",),
    "owned": ("ann",),
    "dedupe": ("ann", "d"),
    "idempotency": ("i",),
    "machine": ("m",),
    "step": ("s",),
    "dead_of": ("ann",),
    "completed": ("cpu", str(time.time_ns() // 86_400 // 10**9)),
    **dict.fromkeys(("shared", "holders", "line", "asking"), ("site",)),
    "cache_sizes": ("aa",),
    "polls": ("shout",),
    "identified": ("d", "ann"),
    "identities": ("shout", "ann"),
    "library_row": (ROW.id,),
    "library_view": (ROW.channel,),  # of its owner alone, as it has no room and no URL
    "library_channel": (ROW.folder, ROW.channel),
    **dict.fromkeys(("library_folder", "library_channels", "library_totals", "library_dying"), (ROW.folder,)),
    "claimed": ("K",),  # as `plain` names every token
}
STRINGS = {"turn", "completed", "probe", "dedupe", "idempotency", "sweeper", "machine", "step", "claimed"}
STRINGS |= {"library_row", "identified"}


def test_every_script_and_event_has_a_scene() -> None:
    scripts = {file.name.removesuffix(".lua") for file in (files("mediamill.store") / "lua").iterdir()}
    scripts -= {"_prelude", "_cache", "_library", "library_page", "move"}
    assert not {script for script in scripts if not any(scene.startswith(script) for scene in SCENES)}
    shown = {scene.removesuffix("_waiting").removesuffix("_running") for scene in SCENES}
    assert set(Move) - {Move.WAKE, Move.SUSPECT, Move.POISON, Move.SUBMIT} <= shown


# ---- memory full


@pytest.fixture
def full_world(private_world: World) -> Iterator[World]:
    """A store on a server of its own whose memory can be made full."""
    yield private_world
    private_world.client.run("CONFIG", "SET", "maxmemory", 0)


def fill(world: World) -> None:
    world.client.run("CONFIG", "SET", "maxmemory", "1mb")
    with pytest.raises(Unavailable, match="OutOfMemory"):
        world.client.run("SET", "filler", "x" * 1_000)


@pytest.mark.parametrize("scene", SCENES)
def test_at_memory_full_a_move_is_refused_whole_or_made_whole(full_world: World, scene: str) -> None:
    call = SCENES[scene](full_world)
    before = full_world.dump()
    fill(full_world)
    if scene in REFUSED_WHEN_FULL:
        with pytest.raises(Unavailable):
            call()
        assert full_world.dump() == before
    else:
        call()
        full = full_world.dump()
        full_world.client.run("CONFIG", "SET", "maxmemory", 0)
        assert full != before
        assert plain(full) == plain(_after(full_world, scene))


def test_what_was_accepted_is_finished_while_the_memory_is_full(full_world: World) -> None:
    full_world.submit()
    full_world.submit()
    fill(full_world)
    held = full_world.claim()
    assert full_world.attempts.renew([held.pair]) == ["held"]
    full_world.succeed(held, seconds=1.5)
    assert full_world.get(held.id).data == {"seconds": 1.5}
    assert full_world.sweeps.top_up(full_world.claim().job.queue) == -2  # nobody took the tickets
    assert full_world.jobs.forget(held.id)
    invariants.check(full_world)


# ---- spoilt keys


@pytest.mark.parametrize("scene", SCENES)
def test_a_key_of_the_wrong_type_stops_a_move_before_its_first_write(private_world: World, scene: str) -> None:
    world = private_world
    whole = plain(_after(world, scene))
    assert whole.keys() <= {name for name, _ in _candidates()}
    noticed = []
    for name, is_string in _candidates():
        call = _before(world, scene)
        key = world.keys.prefix + name
        world.client.run("DEL", key)
        world.client.run(*(("RPUSH", key, "spoilt") if is_string else ("SET", key, "spoilt")))
        spoilt = world.dump()
        try:
            call()
        except ResponseError:
            noticed.append(name)
            assert world.dump() == spoilt, f"{name} is spoilt and the move wrote before it saw that"
        else:
            after = world.dump()
            same = _but(name, plain(after)) == _but(name, whole)
            assert same or after == spoilt or _anothers(scene, name), f"{name} is spoilt and the move was half made"
    assert noticed, "no spoilt key was noticed, so this test shows nothing"


def _anothers(scene: str, name: str) -> bool:
    """Whether a spoilt key costs its own job alone: its lease, its look, its place in a line, or its turn."""
    waiter = scene == "succeed_with_turn" and name.endswith(":child")
    polled = scene == "poll_take" and name == "job:job"
    return scene == "renew" or waiter or polled or (scene == "ask_turn_taken" and name == "job:parent")


def _but(name: str, dump: dict[str, list[str]]) -> dict[str, list[str]]:
    return {key: content for key, content in dump.items() if key != name}


def _before(world: World, scene: str) -> Call:
    world.client.run("FLUSHALL")
    world.scripts.offset_ms = 0
    return SCENES[scene](world)


def _after(world: World, scene: str) -> dict[str, Any]:
    _before(world, scene)()
    return world.dump()


def _candidates() -> list[tuple[str, bool]]:
    """Return every key name that a scene may touch, and whether it should be a string."""
    found = []
    for name, pattern in PATTERNS.items():
        fields = pattern.count("{}")
        arguments = [()] if not fields else [ARGUMENTS[name]] if name in ARGUMENTS else [(job,) for job in JOBS]
        found += [(pattern.format(*parts), name in STRINGS) for parts in arguments if name != "bell"]
    return found


def plain(dump: dict[str, Any]) -> dict[str, list[str]]:
    """Return a dump as text, without what differs between two runs: times, tokens, the order of one millisecond."""
    rows: dict[str, list[str]] = {}
    for name, (content, _) in dump.items():
        rows[_unmarked(name)] = sorted([*rows.get(_unmarked(name), []), *_rows(content)])
    return rows


def _rows(content: Any) -> list[str]:  # noqa: ANN401 - every type of key has its own
    rows = sorted(content.items()) if isinstance(content, dict) else content
    return sorted(_masked(row) for row in rows)


def _masked(row: object) -> str:
    return re.sub(r"\b\d{13}(-\d+|\.0)?\b", "T", _unmarked(json.dumps(row, default=sorted)))


def _unmarked(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{32,40}\b", "K", text)


# ---- a number that is none


@pytest.mark.parametrize(("name", "command"), [("turn", ("SET",)), ("job", ("HSET", "priority"))])
def test_a_number_that_is_none_stops_a_move_before_its_first_write(
    world: World, name: str, command: tuple[str, ...]
) -> None:
    job_id = world.submit()
    key = world.keys(name, job_id) if name == "job" else world.keys(name)
    world.client.run(command[0], key, *command[1:], "many")
    before = world.dump()
    with pytest.raises(ResponseError, match="is no number"):
        world.jobs.cancel(job_id)
    assert world.dump() == before
