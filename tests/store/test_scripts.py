"""The Lua files themselves: what they may say, and that their names agree with Python's."""

import re
from importlib.resources import files

import pytest
from tests.store.kit import World

from mediamill.core.events import EVENTS_KEPT
from mediamill.core.states import MOVES, Move, State
from mediamill.store.keys import PATTERNS, Keys
from mediamill.store.scripts import Scripts

FOLDER = files("mediamill.store") / "lua"
SOURCES = {file.name.removesuffix(".lua"): file.read_text("utf-8") for file in FOLDER.iterdir()}
SCRIPTS = sorted(SOURCES.keys() - {"_prelude", "_cache", "_library"})

#: These begin with a write that needs memory and may be refused; all others must end what was begun.
REFUSED_WHEN_FULL = {"submit", "progress", "log", "adopt", "cache_reserve", "cache_adopt"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_says_what_it_takes_and_gives(name: str) -> None:
    lines = SOURCES[name].splitlines()
    assert lines[0] == ("#!lua" if name in REFUSED_WHEN_FULL else "#!lua flags=allow-oom")
    header = "\n".join(line for line in lines[1:] if line.startswith("--")).split("\n")
    assert re.match(r"-- [A-Z].*", header[0])
    assert any(line.startswith("-- ARGV[1]") for line in header)
    assert any(line.startswith("-- Returns") for line in header)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_argument_that_a_script_reads_is_in_its_header(name: str) -> None:
    header, body = _split(SOURCES[name])
    undocumented = set(re.findall(r"\bcall\.(\w+)", body)) - set(re.findall(r"\w+", header))
    assert not undocumented


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_no_script_builds_a_key_name_of_its_own(name: str) -> None:
    code = re.sub(r"--.*", "", SOURCES[name])
    for command, key in re.findall(r"redis\.call\('(\w+)',\s*([^,)]+)", code):
        assert command in {"TIME", "INFO"} or re.match(r"(state == .* and )?keys[.\[]|key$|line$", key), (
            f"{command} of {key}"
        )
    assert not re.search(r"'KEYS'|'SCAN'|'FLUSH|'EVAL|\.\. *':", code.replace("job.id .. ':' .. text(job.version)", ""))


def test_python_and_lua_name_the_same_keys(world: World) -> None:
    for name, pattern in PATTERNS.items():
        parts = [f"p{number}" for number in range(pattern.count("{}"))]
        arguments = ", ".join(f"'{part}'" for part in parts)
        said = world.client.run("EVAL", f"{world.keys.lua()}\nreturn keys.{name}({arguments})", 0)
        assert said == world.keys(name, *parts)
        assert said.startswith(world.keys.prefix)


def test_no_two_kinds_of_key_share_a_name() -> None:
    heads = [pattern.partition(":")[0] for pattern in PATTERNS.values()]
    assert len(set(heads)) == len(heads)
    assert Keys().broker_prefix + "cpu" == Keys()("tickets", "cpu")


@pytest.mark.parametrize("prefix", ["it's:", 'a"b:', "back\\slash:", "ünï{}:"])
def test_any_prefix_is_rendered_as_it_is(world: World, prefix: str) -> None:
    keys = Keys(prefix)
    assert world.client.run("EVAL", f"{keys.lua()}\nreturn keys.job('1')", 0) == keys("job", "1") == f"{prefix}job:1"


def test_lua_gets_cores_table_whole_and_nothing_else(world: World) -> None:
    prelude = world.scripts.text("move").split("\n", 1)[1].split("local LIMITS")[0]
    body = """
    local said = {}
    for before, row in pairs(MOVES) do
      for event, after in pairs(row) do said[#said + 1] = before .. ' ' .. event .. ' ' .. after end
    end
    return said"""
    said = world.client.run("EVAL", f"{prelude}\n{body}", 0)
    rows = {(before, event): to for (before, event), to in MOVES.items() if before}
    assert sorted(said) == sorted(f"{before} {event} {to or 'NONE'}" for (before, event), to in rows.items())
    assert {event for _, event in rows} | {Move.SUBMIT} == set(Move)
    assert {before for before, _ in rows} == set(State)


def test_limits_come_from_core(world: World) -> None:
    assert f"events = {EVENTS_KEPT}" in world.scripts.text("progress")


def test_a_ticket_is_quoted_whatever_it_holds(world: World) -> None:
    ticket = '{"a": "it\'s \\\\ \\"x\\"",\n "q": "@QUEUE@", "tag": "@TAG@"}'
    other = World(Scripts(world.client, world.keys, ticket))
    job_id = other.submit()
    [pushed] = other.client.run("LRANGE", other.keys("tickets", "cpu"), 0, -1)
    assert pushed == ticket.replace("@QUEUE@", "cpu").replace("@TAG@", f"{job_id}:1")


def test_a_server_that_forgot_the_scripts_is_told_again(world: World) -> None:
    held = world.running()
    world.client.run("SCRIPT FLUSH")
    assert world.attempts.renew([held.pair]) == ["held"]
    world.client.run("SCRIPT FLUSH")
    assert world.sweeps.lose([held.id]) == 0
    world.attempts.hand_back(*held.pair)
    assert world.claim().id == held.id


def _split(source: str) -> tuple[str, str]:
    lines = source.split("\n")
    header = [line for line in lines if line.startswith("--")]
    return "\n".join(header), "\n".join(line for line in lines if not line.startswith("--"))
