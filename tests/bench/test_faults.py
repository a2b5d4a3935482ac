"""What bench/faults counts is what happened: its tables make claims about other people's work."""

from pathlib import Path

import pytest
from bench.faults import given, journal
from bench.faults.journal import Journal, Run
from bench.faults.plan import FULL, plan
from bench.faults.score import again_s


def written(path: Path, *lines: str) -> Journal:
    path.write_text("".join(lines))
    book = Journal(path)
    book.refresh()
    return book


def test_a_job_that_two_processes_ended_is_doubled(tmp_path: Path) -> None:
    book = written(tmp_path / "j", "a start 1 10.0\n", "a start 2 20.0\n", "a done 1 30.0\n", "a done 2 31.0\n")
    assert book.ended("a") == 2
    assert book.runs["a"] == [Run(1, 10.0, 30.0), Run(2, 20.0, 31.0)]


def test_a_killed_run_stays_open_though_its_job_was_done_later(tmp_path: Path) -> None:
    book = written(tmp_path / "j", "a start 1 10.0\n", "a start 2 20.0\n", "a done 2 25.0\n")
    assert book.ended("a") == 1
    assert [run.pid for _, run in book.open_runs()] == [1]


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    book = written(tmp_path / "j", "a start 1 10.0\na do")
    assert book.ended("a") == 0
    with (tmp_path / "j").open("a") as file:
        file.write("ne 1 11.0\n")
    book.refresh()
    assert book.ended("a") == 1


def test_work_writes_its_beginning_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(given.JOURNAL, str(tmp_path / "j"))
    journal.work("a", 0.05)
    book = Journal(tmp_path / "j")
    book.refresh()
    assert book.ended("a") == 1


def test_only_runs_that_the_fault_cut_off_wait_for_another() -> None:
    jobs = {
        "killed": [Run(1, 5.0), Run(2, 17.5, 18.0)],
        "elsewhere": [Run(3, 5.0, 12.0)],
        "ended before": [Run(1, 5.0, 9.0)],
        "went on": [Run(1, 6.0, 12.0)],
        "begun after": [Run(1, 11.0), Run(2, 12.0, 13.0)],
        "lost": [Run(1, 7.0)],
    }
    assert again_s(jobs, [(10.0, frozenset({1}))]) == [7.5]


def test_the_load_is_the_same_for_the_same_seed() -> None:
    assert plan(FULL, 7) == plan(FULL, 7)
    assert plan(FULL, 7) != plan(FULL, 8)
    assert all(job.at_s + 1 < FULL.fault_s for job in plan(FULL, 7) if job.seconds == FULL.longest_s)
