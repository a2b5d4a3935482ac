"""`mediamill cache`, and the clients' calls behind it, against the API of tests/web behind a real server."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.conftest import Run
from tests.web.parts import KEYS, UNKNOWN_ID, Served
from tests.web.test_cache import Filler

from mediamill.cli import Exit, group
from mediamill.client import AsyncClient
from mediamill.web import cache
from mediamill.web.rooms import Rooms


@pytest.fixture
def filler(rooms: Rooms, tmp_path: Path) -> Filler:
    return Filler(rooms, tmp_path)


def test_the_cache_is_shown(run: Run, filler: Filler) -> None:
    filler.file("a", 2_048)
    shown = run("cache", owner="root").stdout
    assert "1 entry, 2.0 KiB of 9.5 MiB" in shown
    assert "0 found, 1 made" in shown
    found = json.loads(run("cache", "show", "--json", owner="root").stdout)
    assert (found["size_bytes"], found["misses"], found["ready"]) == (2_048, 1, False)
    assert "scope admin" in str(run("cache").exception)


def test_entries_are_listed(run: Run, filler: Filler) -> None:
    assert "the cache is empty" in run("cache", "entries", owner="root").stderr
    file, folder = filler.file("a"), filler.folder("b")
    lines = run("cache", "entries", owner="root").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [[file, "file"], [folder, "folder"]]
    lines = run("cache", "entries", "-n", "1", "--json", owner="root").stdout.splitlines()
    assert [json.loads(line)["entry"] for line in lines] == [file]


def test_a_clear_only_tells_until_it_is_meant(
    run: Run, filler: Filler, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "BUDGET_S", 0.0)
    entries = [filler.file(str(number)) for number in range(3)]
    assert run("cache", "pin", entries[0], owner="root").stdout == "pinned 1 entry\n"
    assert run("cache", "clear", owner="root").stdout.startswith("would remove 2 entries")
    assert rooms.shelf.index.overview().entries == 3
    assert run("cache", "clear", "--unused", "1h", "--yes", owner="root").stdout == "removed 0 entries\n"
    assert json.loads(run("cache", "clear", "--yes", "--json", owner="root").stdout) == {"cleared": 2}
    assert rooms.shelf.index.overview().entries == 1


def test_jobs_and_entries_are_pinned_and_let_go(run: Run, filler: Filler, rooms: Rooms) -> None:
    file, folder = filler.file("a"), filler.folder("b", job_id=UNKNOWN_ID)
    assert run("cache", "pin", UNKNOWN_ID, file, owner="root").stdout == "pinned 2 entries\n"
    assert sorted(rooms.shelf.index.pinned()) == sorted([file, folder])
    done = run("cache", "unpin", file, "unknown-job", owner="root")
    assert (done.stdout, done.return_value) == ("let go of 1 entry, 1 not found\n", Exit.REFUSED)
    assert list(rooms.shelf.index.pinned()) == [folder]


def test_requests_of_a_file_become_jobs(run: Run, tmp_path: Path, rooms: Rooms) -> None:
    lines = [{"service": "shout", "params": {"text": f"{number}"}} for number in range(120)] + [{"service": "nothing"}]
    file = tmp_path / "requests"
    file.write_text("\n\n".join(map(json.dumps, lines)))
    done = run("cache", "warm", str(file), owner="root")
    assert done.return_value == Exit.REFUSED
    assert len({line.split()[0] for line in done.stdout.splitlines()}) == 120
    assert "SERVICE_OFF" in done.stderr
    assert len(rooms.jobs.page(owner="root", limit=100).jobs) == 100


@pytest.mark.parametrize(
    "words", [("pin",), ("warm",), ("clear", "all"), ("show", "x"), ("warm", "/nowhere"), ("warm", "-"), ("forget",)]
)
def test_what_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(group, ["cache", *words], input='{"service": 1}', standalone_mode=False)
    assert done.exception is not None
    assert type(done.exception).__name__ in {"UsageError", "BadParameter"}


def test_the_client_of_an_event_loop_has_the_same_calls(served: Served, quiet: None, filler: Filler) -> None:
    del quiet
    entries = [filler.file(str(number)) for number in range(3)]

    async def ask() -> None:
        async with AsyncClient(served.url, KEYS["root"]) as client:
            assert [each.entry async for each in client.cache_entries(page_size=2)] == entries
            assert (await client.pin_cache(entries[:1])).entries == (entries[0],)
            assert (await client.cache()).pinned_entries == 1
            [job] = await client.warm_cache([("shout", {"text": "hello"})])
            assert job.status == "PENDING"
            assert (await client.clear_cache()).cleared == 2

    asyncio.run(ask())
