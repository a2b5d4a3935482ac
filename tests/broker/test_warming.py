"""What a service loads ahead, in a real worker."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.broker.machine import Worker

from mediamill import Queue
from mediamill.broker.warming import DEATHS, FORGIVEN_AFTER_S
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.testing import eventually

Start = Callable[..., Worker]


@pytest.fixture
def start(redis_settings: RedisSettings, tmp_path: Path) -> Iterator[Start]:
    """Start a worker whose children do `warm` first."""
    started = []

    def begin(warm: str, *, queue: Queue = Queue.INTERACTIVE, slots: int = 1) -> Worker:
        (tmp_path / "warm").write_text(warm)
        started.append(Worker(queue, redis_settings, tmp_path, slots=slots))
        return started[-1]

    yield begin
    for worker in started:
        worker.close()


def warmed(folder: Path, name: str = "warmed") -> list[int]:
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_each_process_that_somebody_waits_for_loads_ahead_once(start: Start, tmp_path: Path) -> None:
    worker = start("", slots=2)
    eventually(lambda: len(warmed(tmp_path)) == 2, within_s=20)
    pids = {(worker.until(worker.submit(f"n {number}"), State.SUCCESS).data or {})["pid"] for number in range(4)}
    assert pids <= set(warmed(tmp_path))
    assert len(warmed(tmp_path)) == 2


def test_other_queues_load_nothing_ahead(start: Start, tmp_path: Path) -> None:
    worker = start("", queue=Queue.CPU)
    worker.until(worker.submit("hello"), State.SUCCESS)
    assert warmed(tmp_path) == []


def test_loading_for_longer_than_the_pool_is_patient_holds_up_no_job(start: Start, tmp_path: Path) -> None:
    worker = start("slow")
    job = worker.until(worker.submit("hello"), State.SUCCESS)
    assert warmed(tmp_path) == []
    eventually(lambda: warmed(tmp_path), within_s=20)
    assert warmed(tmp_path) == [(job.data or {})["pid"]]


def test_an_error_while_loading_changes_nothing(start: Start, tmp_path: Path) -> None:
    worker = start("raise")
    assert worker.until(worker.submit("hello"), State.SUCCESS).attempt == 1
    assert warmed(tmp_path) == []


@pytest.mark.parametrize("slots", [1, 2])
def test_a_load_that_kills_is_not_tried_for_ever(start: Start, tmp_path: Path, slots: int) -> None:
    worker = start("die", slots=slots)
    job_id = worker.submit("hello")

    def done() -> bool:
        if worker.process.poll() is not None:  # all its children died at once, and it is started anew
            worker.restart()
        worker.mill.keeper.round()
        worker.mill.sweeper.round()
        return worker.mill.job(job_id).state is State.SUCCESS

    eventually(done, within_s=30)
    # Two that begin at the same instant do not see each other die.
    assert len(warmed(tmp_path, "died")) in {DEATHS, DEATHS + 1}


def test_deaths_are_forgiven_after_a_while(start: Start, tmp_path: Path) -> None:
    marks = tmp_path / "run" / "warming"
    marks.mkdir(parents=True)
    long_ago = time.time() - FORGIVEN_AFTER_S - 1
    for pid in range(DEATHS):
        mark = marks / f"{2**22 + pid}-1"  # no process has such a number
        mark.touch()
        os.utime(mark, (long_ago, long_ago))
    start("")
    eventually(lambda: warmed(tmp_path), within_s=20)
    eventually(lambda: not list(marks.iterdir()))


def test_a_process_that_ends_in_order_while_it_loads_has_not_died_over_it(start: Start, tmp_path: Path) -> None:
    worker = start("slow")
    marks = tmp_path / "run" / "warming"
    eventually(lambda: marks.is_dir() and list(marks.iterdir()), within_s=20)
    worker.process.terminate()
    worker.ended()
    assert warmed(tmp_path) == []
    assert list(marks.iterdir()) == []
