"""kill -9 of everything that works: a pool process, a worker of threads, the keeper, a machine, `up` itself."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from statistics import median

import psutil
from tests.faults.row import AGAIN_MAX_S, AGAIN_P50_S, Ground, Habits, Row
from tests.faults.stack import Shape, running

from mediamill.core.queues import Queue
from mediamill.engine.roster import Entry
from mediamill.media.strays import MARK
from mediamill.testing import eventually

TWO_MACHINES = Shape(machines=2, slots="interactive=0,cpu=2,default=4,downloads=2,recording=3")
#: How long `up` may take until it is ready again, with all that it starts.
UP_AGAIN_S = 20.0


def within_bounds(ground: Ground, seconds: list[float]) -> None:
    """Raise AssertionError when jobs took too long to run again."""
    assert median(seconds) <= AGAIN_P50_S * ground.margin, f"p50 {median(seconds):.1f} s: {sorted(seconds)}"
    assert max(seconds) <= AGAIN_MAX_S * ground.margin, f"max {max(seconds):.1f} s"


def on(entries: Iterable[Entry], pid: int) -> list[str]:
    """Return the jobs that a process runs."""
    return [entry.job_id for entry in entries if entry.pid == pid]


def _child(ground: Ground) -> None:
    """Kill one of two pool processes in the middle of its job, twice."""
    took: list[float] = []
    for _ in range(2):
        jobs = ground.submit("steps", 2, seconds=5)
        entries = ground.began(jobs)
        ground.sleep(ground.rng.uniform(0, 2))
        victim = ground.rng.choice(entries)
        with ground.fault(f"SIGKILL to the pool process {victim.pid}"):
            killed_at = time.time()
            os.kill(victim.pid, 9)
            took += ground.runs_again([victim.job_id], killed_at)
            ended = {job.id: job for job in ground.finished(jobs)}
            assert [attempt.outcome for attempt in ended[victim.job_id].history] == ["lose", "succeed"]
            others = [job for job in ended.values() if job.id != victim.job_id]
            assert all(len(job.history) == 1 for job in others), "another attempt was lost with it"
    within_bounds(ground, took)


def _threads(ground: Ground) -> None:
    """Kill the process whose threads run four jobs."""
    machine = ground.stack.machines[0]
    jobs = ground.submit("steps", 4, seconds=5, queue="default")
    ground.began(jobs)
    with ground.fault("SIGKILL to the worker of `default`"):
        killed_at = time.time()
        machine.worker(Queue.DEFAULT).kill()
        within_bounds(ground, ground.runs_again(jobs, killed_at))
        ground.finished(jobs)


def _keeper(ground: Ground) -> None:
    """Kill the keeper twice while jobs run that need several renewals."""
    machine = ground.stack.machines[0]
    jobs = ground.submit("steps", 2, seconds=14) + ground.submit("steps", 4, seconds=14, queue="default")
    ground.began(jobs)
    for _ in range(2):
        ground.sleep(ground.rng.uniform(0, 3))
        keeper = machine.keeper()
        with ground.fault(f"SIGKILL to the keeper {keeper.pid}"):
            killed_at = time.time()
            keeper.kill()
            eventually(lambda keeper=keeper: machine.keeper().pid != keeper.pid, within_s=15)  # type: ignore[misc]
            ground.recovered(time.time() - killed_at)
    for job in ground.finished(jobs):
        assert [attempt.outcome for attempt in job.history] == ["succeed"], f"{job.id} was lost"


def _orphans(ground: Ground) -> None:
    """Kill the worker above programs that have children of their own in other sessions."""
    machine = ground.stack.machines[0]
    jobs = ground.submit("program", 2, seconds=8)
    entries = ground.began(jobs)

    def whole() -> list[psutil.Process]:
        found = _programs(entries)
        assert len(found) >= 3 * len(jobs), f"each job has a supervisor, a shell and its child: {found}"
        return found

    programs = eventually(whole, within_s=10)
    with ground.fault("SIGKILL to the worker of `downloads`"):
        killed_at = time.time()
        machine.worker(Queue.DOWNLOADS).kill()
        eventually(lambda: not running(programs), within_s=5 * ground.margin)
        within_bounds(ground, ground.runs_again(jobs, killed_at))
        ground.finished(jobs)


def _programs(entries: Iterable[Entry]) -> list[psutil.Process]:
    """Return the programs of these attempts, and what they started."""
    tokens = tuple(entry.token for entry in entries)
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK, "").startswith(tokens):
                found.append(process)
    return found


def _machine(ground: Ground) -> None:
    """Kill one of two machines, all of it at once, and start it again when the other one has its jobs."""
    for number in ground.rng.sample((0, 1), 2):  # one of them sweeps
        machine = ground.stack.machines[number]
        jobs = ground.submit("steps", 3, seconds=8) + ground.submit("program", 3, seconds=8)
        entries = ground.began(jobs)
        tokens = {entry.token for entry in machine.entries()}
        lost = [entry.job_id for entry in entries if entry.token in tokens]
        assert lost, f"{machine.machine} had nothing to do"
        ground.sleep(ground.rng.uniform(0, 3))  # at any instant between two renewals
        with ground.fault(f"SIGKILL to all of {machine.machine}"):
            killed_at = time.time()
            machine.kill_tree()
            seconds = ground.runs_again(lost, killed_at)
            assert max(seconds) <= AGAIN_MAX_S * ground.margin
            ground.finished(jobs)
        machine.start()
        machine.keeper()
        ground.stack.ready()


def _up(ground: Ground) -> None:
    """Kill `up` itself under load: all that it started ends with it, and the next one goes on."""
    up = ground.stack.machines[0]
    ground.load.start(Habits(clients=2, pause_s=0.2, longest_s=0.5))
    for _ in range(2):
        jobs = ground.submit("steps", 2, seconds=3)
        ground.began(jobs)
        family = up.tree()
        with ground.fault("SIGKILL to `mediamill up`"):
            killed_at = time.time()
            up.kill()
            eventually(lambda family=family: not running(family), within_s=15 * ground.margin)  # type: ignore[misc]
            up.start()
            ground.stack.ready()
            ground.say(f"ready after {time.time() - killed_at:.1f} s")
            assert time.time() - killed_at <= UP_AGAIN_S * ground.margin
            within_bounds(ground, ground.runs_again(jobs, killed_at))
            ground.finished(jobs)
    ground.load.stop()


ROWS = (
    Row("child-kill", "the job of a killed pool process runs again, and no other notices", _child, short=True),
    Row("threads-kill", "all jobs of a killed worker of threads run again", _threads),
    Row("keeper-kill", "no attempt notices that the keeper died", _keeper),
    Row("orphans", "no program outlives the worker that was killed above it", _orphans),
    Row("machine-kill", "the other machine does the jobs of one that is gone", _machine, shape=TWO_MACHINES),
    Row(
        "up-kill", "`up` takes all with it when it is killed, and goes on when it is started again", _up, Shape(up=True)
    ),
)
