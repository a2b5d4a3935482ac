"""`mediamill files` against the API of tests/web behind a real server."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.conftest import Run
from tests.client.parts import Shelf
from tests.web.parts import Worker

from mediamill.cli import Exit, group
from mediamill.web.rooms import Rooms

DOCS = Path(__file__).parents[2] / "docs/recordings.md"


@pytest.fixture
def shelf(rooms: Rooms, worker: Worker, tmp_path: Path) -> Shelf:
    return Shelf(rooms, worker, tmp_path)


def test_files_are_listed_and_narrowed(run: Run, shelf: Shelf) -> None:
    assert "no files" in run("files").stderr
    shelf.put("@ann/a b.mp4", bytes(2_048), room="@ann")
    shelf.put("c.mp4", b"c", url="https://e.example/live")
    heads, *rows = run("files").stdout.splitlines()
    assert heads.split() == ["SIZE", "LENGTH", "KEPT", "PATH"]
    assert [row.rpartition("  ")[2] for row in rows] == ["c.mp4", "@ann/a b.mp4"]
    assert "2.0 KiB" in rows[1]
    assert "1 min" in rows[1]
    [found] = map(json.loads, run("files", "--room", "@ann", "--within", "1h", "--json").stdout.splitlines())
    assert (found["path"], found["size_bytes"], found["duration_s"]) == ("@ann/a b.mp4", 2_048, 60.0)
    assert run("files", "--source", "https://e.example/live").stdout.splitlines()[1].endswith("c.mp4")
    assert len(run("files", "-n", "1").stdout.splitlines()) == 2
    assert "no files" in run("files", owner="bob").stderr


def test_files_are_fetched_under_their_names(run: Run, shelf: Shelf, tmp_path: Path) -> None:
    paths = [shelf.put("@ann/Chợ nổi.mp4", b"one"), shelf.put("c.mp4", b"two")]
    out = tmp_path / "out"
    done = run("files", "get", *paths, "-o", str(out))
    assert done.stdout == f"{out / 'Chợ nổi.mp4'}\n{out / 'c.mp4'}\n"
    assert (out / "Chợ nổi.mp4").read_bytes() == b"one"
    told = json.loads(run("files", "get", paths[1], "-o", str(out), "--json").stdout)
    assert told == {"path": "c.mp4", "file": str(out / "c.mp4")}


def test_one_that_is_not_there_does_not_stop_the_others(run: Run, shelf: Shelf, tmp_path: Path) -> None:
    path = shelf.put("c.mp4", b"two")
    done = run("files", "get", "gone.mp4", path, "-o", str(tmp_path / "out"))
    assert (done.return_value, done.stdout) == (Exit.REFUSED, f"{tmp_path / 'out/c.mp4'}\n")
    assert done.stderr.startswith("gone.mp4: ")
    assert "FILE_NOT_FOUND" in done.stderr


def test_files_are_deleted_by_their_owner_alone(run: Run, shelf: Shelf) -> None:
    paths = [shelf.put("@ann/a b.mp4", b"one"), shelf.put("c.mp4", b"two"), shelf.put("of-bob.mp4", b"b", owner="bob")]
    done = run("files", "delete", *paths, "gone.mp4")
    assert (done.return_value, done.stdout) == (Exit.REFUSED, "@ann/a b.mp4\nc.mp4\n")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["of-bob.mp4", "gone.mp4"]
    assert done.stderr.count("FILE_NOT_FOUND") == 2
    assert "no files" in run("files").stderr
    told = json.loads(run("files", "delete", "of-bob.mp4", "--json", owner="bob").stdout)
    assert told == {"path": "of-bob.mp4", "deleted": True}


@pytest.mark.parametrize(
    "words", [("get",), ("delete",), ("list", "a.mp4"), ("get", "a/x.mp4", "b/x.mp4"), ("forget",)]
)
def test_what_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(group, ["files", *words], standalone_mode=False)
    assert done.exception is not None
    assert type(done.exception).__name__ in {"UsageError", "BadParameter"}


def test_the_example_of_the_docs_does_what_it_says(
    run: Run, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(r"<!-- tests/cli/test_kept.py runs this -->\n```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    monkeypatch.chdir(tmp_path)
    listed, fetched, deleted = (shlex.split(line)[1:] for line in found[1].splitlines())
    path = shelf.put(fetched[2], b"film", room="@vtv24news")
    assert run(*listed).stdout.splitlines()[1].endswith(path)
    assert Path(run(*fetched).stdout.strip()).read_bytes() == b"film"
    assert [each.name for each in (tmp_path / "films").iterdir()] == [path.rpartition("/")[2]]
    assert run(*deleted).stdout.strip() == path
