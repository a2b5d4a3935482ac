"""Attempts on a disk that is full, or nearly."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Params, Run, Switch, make_mill
from tests.faults.disk import NoSmallDisk, SmallDisk

from mediamill import Context, Queue, Result, Service
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine.roster import Roster
from mediamill.files.room import Room
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually

MIB = 1024 * 1024
FLOOR = 4 * MIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 16 MiB, on which this test works."""
    try:
        with SmallDisk(tmp_path / "disk", 16 * MIB) as small, small.entered():
            yield small
    except NoSmallDisk as not_here:
        pytest.skip(f"mounting is not allowed here: {not_here}")


@pytest.fixture
def mill(disk: SmallDisk, client: Client, redis_settings: RedisSettings, tmp_path: Path) -> Mill:
    """A machine whose files and scratch are on that disk; attempts and keeper meet elsewhere."""
    made = make_mill(Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET), disk.folder)
    made.roster = Roster(tmp_path / "run")
    made.tools = replace(made.tools, roster=made.roster, room=Room(disk.folder, FLOOR))
    return made


def written(_params: Params, ctx: Context) -> Result:
    """A job of a mebibyte."""
    path = ctx.scratch / "a.bin"
    path.write_bytes(bytes(MIB))
    return Result(files={"a.bin": path})


class Filler:
    """A job in whose middle somebody else takes all the room, the first time."""

    def __init__(self, disk: SmallDisk, how: str) -> None:
        self.disk = disk
        self.how = how
        self.runs = 0

    def __call__(self, params: Params, ctx: Context) -> Result:
        self.runs += 1
        path = ctx.scratch / "a.bin"
        if self.runs == 1:
            self.disk.fill()
        if self.how == "by a program":
            done = ctx.run("dd", "if=/dev/zero", f"of={path}", "bs=64k", "count=16", timeout_s=10)
            assert done.returncode == 0
            return Result(files={"a.bin": path})
        if self.how == "wrapped":
            try:
                return written(params, ctx)
            except OSError as error:
                raise RuntimeError("the file could not be written") from error
        return written(params, ctx)


def again(mill: Mill, job: Job, run: Run, **options: int) -> Job:
    """Let the job's time come and run it again."""
    mill.forward(60)
    mill.sweeper.round()
    mill.take(mill.service(run, **options))
    return mill.job(job.id)


@pytest.mark.parametrize("how", ["by itself", "by a program", "wrapped"])
def test_an_attempt_that_meets_a_full_disk_waits_uncharged_and_runs_when_there_is_room(
    mill: Mill, disk: SmallDisk, how: str
) -> None:
    run = Filler(disk, how)
    job = mill.run(mill.service(run))
    assert (job.state, job.attempt, job.failures) == (State.RETRY, 0, 0)
    assert "waiting: the disk has" in job.stage
    assert not mill.scratch.root.joinpath(job.id).exists()
    disk.clear()
    assert mill.tools.room is not None
    assert mill.tools.room.shortage(kept_s=0) is None
    job = again(mill, job, run)
    assert (job.state, job.attempt) == (State.SUCCESS, 1)


def test_a_job_that_takes_all_the_room_itself_is_charged(mill: Mill) -> None:
    def greedy(_params: Params, ctx: Context) -> Result:
        (ctx.scratch / "a.bin").write_bytes(bytes(20 * MIB))
        return Result()

    job = mill.run(mill.service(greedy, attempts=2))
    assert (job.state, job.failures) == (State.RETRY, 1)
    job = again(mill, job, greedy, attempts=2)
    assert (job.state, job.error_code) == (State.FAILURE, "FILES_FULL")
    assert not mill.scratch.root.joinpath(job.id).exists()


def test_who_asks_for_scratch_below_the_floor_comes_later(mill: Mill, disk: SmallDisk) -> None:
    disk.fill(leave_bytes=FLOOR - MIB)
    job = mill.run(mill.service(written))
    assert (job.state, job.attempt, job.failures) == (State.RETRY, 0, 0)
    assert "should have 4" in job.stage


@pytest.fixture
def at_work(mill: Mill, disk: SmallDisk) -> Iterator[Callable[[Service[Params]], Thread]]:
    """Starts a thread that brings a queue's process one ticket; in the end its worker drains."""
    threads: list[Thread] = []

    def start(service: Service[Params]) -> Thread:
        queue = service.queue_of(Params(), {})
        runner = mill.runner(service, queue=queue)

        def work() -> None:
            with disk.entered():
                runner.work()

        threads.append(Thread(target=work))
        threads[-1].start()
        return threads[-1]

    yield start
    mill.roster.drain(os.getpid(), 60)
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_a_process_of_a_writing_queue_keeps_its_ticket_until_there_is_room(
    mill: Mill, disk: SmallDisk, at_work: Callable[[Service[Params]], Thread]
) -> None:
    disk.fill(leave_bytes=FLOOR - MIB)
    service = mill.service(written, queue=Queue.CPU)
    job_id = mill.submit(service).id
    at_work(service)
    mill.sweeper.round()
    assert (mill.job(job_id).state, mill.job(job_id).attempt) == (State.PENDING, 0)
    disk.clear()
    eventually(lambda: mill.job(job_id).state is State.SUCCESS)


def test_a_process_that_waits_for_room_goes_when_its_worker_drains(
    mill: Mill, disk: SmallDisk, at_work: Callable[[Service[Params]], Thread]
) -> None:
    disk.fill(leave_bytes=FLOOR - MIB)
    service = mill.service(written, queue=Queue.CPU)
    job_id = mill.submit(service).id
    thread = at_work(service)
    mill.roster.drain(os.getpid(), 60)
    thread.join(5)
    assert not thread.is_alive()
    assert (mill.job(job_id).state, mill.job(job_id).attempt) == (State.PENDING, 0)


def test_a_queue_that_writes_little_goes_on(
    mill: Mill, disk: SmallDisk, at_work: Callable[[Service[Params]], Thread]
) -> None:
    disk.fill(leave_bytes=FLOOR - MIB)
    service = mill.service(lambda _params, _ctx: Result())
    job_id = mill.submit(service).id
    at_work(service)
    eventually(lambda: mill.job(job_id).state is State.SUCCESS)
