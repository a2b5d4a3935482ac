"""`mediamill watchers` against the routes of the real service."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.conftest import Run
from tests.client.parts import recording

from mediamill.cli import Exit, group
from mediamill.core.states import State
from mediamill.services.recordings import services
from mediamill.store.attempts import Attempts
from mediamill.web.rooms import Rooms

URL = "https://live.example/fair.m3u8"
DOCS = Path(__file__).parents[2] / "docs/recordings.md"


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    return recording(rooms)


def test_rooms_and_addresses_are_added_and_listed(run: Run) -> None:
    assert "no watchers" in run("watchers").stderr
    added = run("watchers", "add", "VTV24News", URL, "--every", "30s", "--longest", "2h", "-p", "options.quality=720p")
    assert added.stdout == f"active  @vtv24news\nactive  {URL}\n"
    heads, *rows = run("watchers").stdout.splitlines()
    assert heads.split() == ["STATUS", "LIVE", "LAST", "LOOK", "NEXT", "LOOK", "RECORDINGS", "TROUBLE", "KEY"]
    assert [(row.split()[0], row.split()[-1]) for row in rows] == [("active", URL), ("active", "@vtv24news")]
    [found] = map(json.loads, run("watchers", "--json", "-n", "1").stdout.splitlines())
    assert (found["key"], found["poll_interval"], found["max_duration"]) == (URL, 30, 7_200)
    assert found["options"]["quality"] == "720p"
    assert "no watchers" in run("watchers", owner="bob").stderr


def test_watchers_are_changed_paused_resumed_and_deleted(run: Run) -> None:
    run("watchers", "add", "@ann", "@ben")
    assert json.loads(run("watchers", "change", "@ann", "--every", "15s", "--json").stdout)["poll_interval"] == 15
    assert run("watchers", "pause", "@ann", "@ben").stdout == "paused  @ann\npaused  @ben\n"
    assert run("watchers", "resume", "@ben").stdout == "active  @ben\n"
    assert [row.split()[-1] for row in run("watchers", "--status", "paused").stdout.splitlines()[1:]] == ["@ann"]
    done = run("watchers", "delete", "@ann", "@nobody", "@ben")
    assert (done.stdout, done.return_value) == ("deleted  @ann\ndeleted  @ben\n", Exit.REFUSED)
    assert done.stderr == "@nobody: you have none of this key (NOT_WATCHED)\n"


def test_what_cannot_be_watched_is_told(run: Run) -> None:
    for words, told in (
        (("@ann", "--every", "9s"), "poll_interval: Input should be greater than or equal to 10"),
        (("http://10.0.0.1/live.m3u8",), "10.0.0.1"),
        (("no room!",), "room_id: "),
        (("@ann", "-p", "option.quality=best"), "option: "),
    ):
        done = run("watchers", "add", *words)
        assert (done.return_value, told in done.stderr) == (Exit.REFUSED, True), done.stderr


def test_another_one_for_the_same_is_refused_with_what_to_do(run: Run) -> None:
    run("watchers", "add", "@ann")
    done = run("watchers", "add", "@ann", "--every", "30s")
    assert done.return_value == Exit.REFUSED
    assert "other settings" in done.stderr
    assert "`mediamill watchers change`" in done.stderr


def test_one_whose_recorder_is_silent_is_deleted_by_force(run: Run, rooms: Rooms) -> None:
    run("watchers", "add", URL)
    watcher = json.loads(run("watchers", "--json").stdout)["task_id"]
    made = run("submit", "recordings", URL, "--no-follow").stdout.strip()
    rooms.jobs._run.client.run("SADD", rooms.jobs._run.keys("children", watcher), made)
    assert Attempts(rooms.jobs._run).claim(services[0].queue, machine="gone", worker="w") is not None  # type: ignore[arg-type]
    assert run("watchers").stdout.splitlines()[1].split()[:2] == ["active", "recorded"]
    refused = run("watchers", "delete", URL)
    assert (refused.return_value, "--force does that" in refused.stderr) == (Exit.REFUSED, True)
    assert run("watchers", "delete", URL, "--force").stdout == f"deleted  {URL}\n"
    assert rooms.jobs.get(made).state is State.CANCELLING  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "words",
    [("add",), ("pause",), ("list", "@ann"), ("change", "@ann"), ("forget",), ("add", "@ann", "--every", "often")],
)
def test_what_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(group, ["watchers", *words], standalone_mode=False)
    assert done.exception is not None
    assert type(done.exception).__name__ in {"UsageError", "BadParameter"}


def test_the_example_of_the_docs_does_what_it_says(run: Run) -> None:
    found = re.search(r"<!-- tests/cli/test_watchers.py runs this -->\n```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    told = [run(*shlex.split(line)[1:]) for line in found[1].splitlines()]
    assert [(each.return_value, each.exception) for each in told] == [(0, None)] * 6
    assert [each.stdout.split()[0] for each in told] == ["active", "STATUS", "paused", "active", "active", "deleted"]
