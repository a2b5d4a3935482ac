import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mediamill.engine.roster import LITTER_AFTER_S, Entry, Roster, Word, process_started
from mediamill.testing import eventually


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return Roster(tmp_path)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing."""
    sleeping = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    yield sleeping
    sleeping.kill()
    sleeping.wait(10)


def entry(pid: int | None = None) -> Entry:
    pid = pid or os.getpid()
    return Entry("j1", "t1", "cpu", pid, process_started(pid) or 0, pid, forked=True, deadline=5.5, limit_s=60)


def test_an_attempt_signs_in_hears_its_word_and_leaves_nothing(roster: Roster, tmp_path: Path) -> None:
    roster.enter(entry())
    assert roster.entries() == [entry()]
    assert roster.word("t1") is None
    roster.say("t1", Word.STOP)
    roster.say("t1", Word.CANCEL)
    assert roster.word("t1") is Word.CANCEL
    roster.note_program("t1", os.getpid())
    roster.leave("t1")
    roster.leave("t1")
    assert (roster.entries(), roster.word("t1"), roster.programs("t1")) == ([], None, [])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_attempt_that_is_ending_has_no_time_limit(roster: Roster) -> None:
    roster.enter(entry())
    roster.ending(entry())
    assert roster.entries() == [replace(entry(), ending=True, deadline=float("inf"))]


def test_a_process_is_known_by_when_it_started(process: "subprocess.Popen[bytes]") -> None:
    mine = entry(process.pid)
    assert mine.alive()
    assert not replace(mine, started=mine.started - 1).alive()
    process.kill()
    eventually(lambda: not mine.alive())  # a zombie, until somebody waits for it
    assert Path(f"/proc/{process.pid}").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"job_id": "x"}', "\udc00"])
def test_an_entry_that_cannot_be_read_does_not_hide_the_others(roster: Roster, tmp_path: Path, content: str) -> None:
    roster.enter(entry())
    (tmp_path / "attempts" / "odd.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    assert roster.entries() == [entry()]


def test_an_entry_of_a_newer_version_is_read(roster: Roster, tmp_path: Path) -> None:
    roster.enter(entry())
    path = tmp_path / "attempts" / "t1.json"
    path.write_text(path.read_text().replace("{", '{"later": 1, ', 1))
    assert roster.entries() == [entry()]


def test_programs_are_noted_with_their_start(roster: Roster, tmp_path: Path) -> None:
    roster.note_program("t1", os.getpid())
    roster.note_program("t1", 2**22 + 1)  # gone already
    with (tmp_path / "attempts" / "t1.programs").open("a") as lines:
        lines.write("12")  # its writer was killed
    assert roster.programs("t1") == [(os.getpid(), process_started(os.getpid()))]


def test_only_one_keeper_keeps_a_folder(roster: Roster, tmp_path: Path) -> None:
    with roster.kept() as first:
        assert first
        with Roster(tmp_path).kept() as second:
            assert not second
    with roster.kept() as again:
        assert again


def test_a_keeper_that_was_killed_holds_nobody_up(roster: Roster, tmp_path: Path) -> None:
    code = (
        "import signal, sys; from pathlib import Path; from mediamill.engine.roster import Roster\n"
        f"with Roster(Path({str(tmp_path)!r})).kept() as ours:\n    print(ours, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "True\n"
        with roster.kept() as ours:
            assert not ours
        keeper.send_signal(signal.SIGKILL)
    with roster.kept() as ours:
        assert ours


def test_a_draining_worker_is_known_until_it_is_gone(roster: Roster, process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    roster.drain(process.pid, 20)
    roster.drain(process.pid, 500)  # said again, it gets no longer
    (until,) = roster.draining().values()
    assert began + 19 < until < began + 30
    process.kill()
    process.wait()
    assert roster.draining() == {}


def test_a_reused_process_id_does_not_drain(roster: Roster, tmp_path: Path) -> None:
    (tmp_path / "draining" / str(os.getpid())).write_text("1 0.0")
    (tmp_path / "draining" / ".draft").write_text("")
    (tmp_path / "draining" / str(os.getppid())).write_text("half")
    assert roster.draining() == {}


def test_litter_of_killed_processes_is_swept_and_nothing_else(roster: Roster, tmp_path: Path) -> None:
    roster.enter(entry())
    roster.say("t1", Word.STOP)
    roster.say("gone", Word.LOST)
    young, folder = tmp_path / "attempts" / "young.word", tmp_path / "attempts"
    for name in (".t9.json.123", "odd.json"):
        (folder / name).write_text("{")
    for path in folder.iterdir():
        os.utime(path, (1, time.time() - LITTER_AFTER_S - 1))
    young.write_text("stop")
    assert roster.sweep() == 3
    assert sorted(path.name for path in folder.iterdir()) == ["t1.json", "t1.word", "young.word"]


def test_a_write_that_fails_leaves_no_draft(roster: Roster, tmp_path: Path) -> None:
    (tmp_path / "attempts" / "t1.json").mkdir()
    with pytest.raises(OSError, match="t1"):
        roster.enter(entry())
    assert [path.name for path in (tmp_path / "attempts").iterdir()] == ["t1.json"]
