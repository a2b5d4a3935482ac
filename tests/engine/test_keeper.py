import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest
from tests.engine.mill import Clock, Mill, Params

from mediamill import Context, Queue, Result
from mediamill.core.job import Job
from mediamill.core.policy import LEASE_MS
from mediamill.core.states import State
from mediamill.engine import closer
from mediamill.engine.keeper import LEAVE_AFTER_S, Keeper
from mediamill.engine.roster import Entry, Roster, Word, process_started
from mediamill.files.ballast import Ballast
from mediamill.files.scratch import Scratch
from mediamill.settings import RedisSettings
from mediamill.store.fleet import Fleet
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]


class Workers:
    """Real processes that run attempts on this machine, and the keeper in the test's hand."""

    def __init__(self, mill: Mill, redis: RedisSettings) -> None:
        self.mill = mill
        self.keeper = mill.keeper
        self._redis = redis
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *texts: str, queue: Queue = Queue.CPU) -> list[Job]:
        """Submit a job for each text and let one process run them; return them running."""
        service = self.mill.service(_elsewhere, queue=queue)
        ids = [self.mill.submit(service, Params(text=text)).id for text in texts]
        command = [sys.executable, "-m", "tests.engine.worker", self._redis.url, self._redis.prefix]
        command += [str(self.mill.folder), queue.value, str(len(texts))]
        self.processes.append(subprocess.Popen(command, cwd=ROOT))
        eventually(lambda: all(self.mill.log(job_id).get("running") for job_id in ids), within_s=20)
        return [self.mill.job(job_id) for job_id in ids]

    def until(self, job: Job, state: State) -> Job:
        """Let the keeper work until the job is in a state."""

        def there() -> bool:
            self.keeper.round()
            return self.mill.job(job.id).state is state

        eventually(there)
        return self.mill.job(job.id)

    def entry(self, job: Job) -> Entry:
        return next(entry for entry in self.mill.roster.entries() if entry.job_id == job.id)

    def programs(self, job: Job) -> list[int]:
        """Return the processes of the job's programs, supervisors too, once they run."""
        assert job.token is not None
        token = job.token

        def found() -> list[int]:
            tree = [psutil.Process(pid) for pid, _ in self.mill.roster.programs(token)]
            return [each.pid for parent in tree for each in (parent, *parent.children()) if len(parent.children())]

        return eventually(found)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(10)


def _elsewhere(_params: Params, _ctx: Context) -> Result:
    raise AssertionError("runs in another process")


@pytest.fixture
def workers(mill: Mill, redis_settings: RedisSettings) -> Iterator[Workers]:
    started = Workers(mill, redis_settings)
    yield started
    started.close()


def sign_in(mill: Mill, job: Job, **changes: object) -> Entry:
    """Sign a claimed job in as an attempt of this process."""
    assert job.token is not None
    pid = os.getpid()
    entry = Entry(
        job.id, job.token, job.queue, pid, process_started(pid) or 0, pid, forked=False, deadline=1e18, limit_s=60
    )
    entry = replace(entry, **changes)  # type: ignore[arg-type]
    mill.roster.enter(entry)
    mill.scratch.make(job.id, job.token)
    return entry


def dead(mill: Mill, job: Job, **changes: object) -> Entry:
    """Sign a claimed job in as an attempt of a process that is gone."""
    return sign_in(mill, job, started=1, **changes)


def lease_ms(mill: Mill, job: Job) -> float | None:
    score = mill.store.run("ZSCORE", mill.scripts.keys("leases"), job.id)
    return None if score is None else float(score)


def gone(pids: list[int]) -> bool:
    return all(process_started(pid) is None for pid in pids)


# ---- leases


def test_leases_of_living_attempts_are_renewed_and_an_odd_entry_is_no_hindrance(mill: Mill) -> None:
    jobs = [mill.claimed(Params(text=str(number))) for number in range(3)]
    for job in jobs:
        sign_in(mill, job)
    (mill.folder / "run" / "attempts" / "odd.json").write_text("{")
    before = [lease_ms(mill, job) for job in jobs]
    mill.forward(5)
    mill.keeper.renew()
    after = [lease_ms(mill, job) for job in jobs]
    assert all(b - a >= 4_900 for a, b in zip(before, after, strict=True) if a and b)
    (machine,) = Fleet(mill.scripts).machines()
    assert {job["task_id"] for job in machine["jobs"]} == {job.id for job in jobs}
    assert machine["memory_bytes"] > 10_000_000


def test_a_dead_attempt_is_not_renewed(mill: Mill) -> None:
    job = mill.claimed()
    dead(mill, job)
    before = lease_ms(mill, job)
    mill.forward(5)
    mill.keeper.renew()
    assert lease_ms(mill, job) == before


def test_words_of_the_store_are_brought_to_the_attempt(mill: Mill) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job)
    mill.jobs.stop(job.id)
    mill.keeper.renew()
    mill.keeper.renew()
    assert mill.roster.word(entry.token) is Word.STOP
    assert not mill.keeper.closer.busy
    mill.jobs.cancel(job.id)
    mill.keeper.renew()
    assert mill.roster.word(entry.token) is Word.CANCEL


def test_an_attempt_that_lost_its_lease_is_told_and_its_record_is_left_alone(mill: Mill) -> None:
    """As after a keeper that was away for longer than a lease."""
    job = mill.claimed()
    entry = sign_in(mill, job)
    mill.sweeper.round()
    mill.forward(LEASE_MS / 1000 + 1)
    mill.sweeper.round()  # the gap gives a lease of stillness
    for _ in range(12):
        mill.forward(1)
        mill.sweeper.round()
    assert mill.job(job.id).state is State.PENDING
    again = mill.attempts.claim(job.queue, machine="there", worker="w")
    mill.keeper.round()
    assert mill.roster.word(entry.token) is Word.LOST
    assert mill.job(job.id) == again


# ---- the dead


def test_a_killed_process_is_buried_and_its_job_runs_again(workers: Workers) -> None:
    (job,) = workers.start("program")
    programs = workers.programs(job)
    os.kill(workers.entry(job).pid, signal.SIGKILL)
    workers.processes[0].wait(10)
    after = workers.until(job, State.PENDING)
    assert (after.worker_losses, after.failures, after.history[0].outcome) == (1, 0, "lose")
    eventually(lambda: gone(programs))
    assert not workers.mill.scratch.root.joinpath(job.id).exists()
    assert workers.mill.roster.entries() == []


@pytest.mark.parametrize(
    ("word", "state", "code"),
    [
        (Word.CANCEL, State.REVOKED, None),
        (Word.TIME, State.FAILURE, "TIME_LIMIT"),
        (Word.DRAIN, State.PENDING, None),
        (Word.STOP, State.PENDING, "WORKER_LOST"),
    ],
)
def test_who_died_after_a_word_ends_as_the_word_says_even_for_another_keeper(
    mill: Mill, word: Word, state: State, code: str | None
) -> None:
    job = mill.claimed()
    entry = dead(mill, job)
    if word is Word.CANCEL:
        mill.jobs.cancel(job.id)
    mill.roster.say(entry.token, word)
    mill.keeper.round()
    after = mill.job(job.id)
    assert (after.state, after.error_code, after.worker_losses) == (state, code, int(word is Word.STOP))


def test_an_attempt_that_died_after_its_commit_stays_a_success(mill: Mill) -> None:
    job = mill.claimed()
    dead(mill, job)
    assert job.token is not None
    mill.attempts.succeed(job.id, job.token, {}, {})
    mill.keeper.round()
    assert mill.job(job.id).state is State.SUCCESS
    assert mill.roster.entries() == []


def test_an_end_that_the_store_refuses_for_good_holds_nobody_up(mill: Mill) -> None:
    spoilt, other = mill.claimed(Params(text="1")), mill.claimed(Params(text="2"))
    dead(mill, spoilt)
    dead(mill, other)
    mill.store.run("SET", mill.scripts.keys("job", spoilt.id), "spoilt")
    mill.keeper.closer.round()
    assert mill.job(other.id).state is State.PENDING
    assert mill.roster.entries() == []


# ---- those who do not listen


def test_a_process_that_ignores_its_cancel_is_ended_with_its_programs(workers: Workers) -> None:
    mill = workers.mill
    (job,) = workers.start("ignore")
    programs = workers.programs(job)
    pid = workers.entry(job).pid
    mill.jobs.cancel(job.id)
    workers.keeper.round()
    mill.clock.forward(closer.PROGRAMS_AFTER_S)
    workers.keeper.round()
    eventually(lambda: gone(programs))
    assert process_started(pid)
    mill.clock.forward(closer.PROCESS_AFTER_S)
    workers.keeper.round()
    assert process_started(pid) is None
    assert mill.job(job.id).state is State.REVOKED
    assert (mill.roster.entries(), mill.scratch.root.joinpath(job.id).exists()) == ([], False)


def test_a_cancelled_attempt_that_listens_is_not_killed(workers: Workers) -> None:
    (job,) = workers.start("listen")
    pid = workers.entry(job).pid
    workers.mill.jobs.cancel(job.id)
    assert workers.until(job, State.REVOKED).history[0].outcome == "cancelled"
    assert process_started(pid)
    eventually(lambda: not workers.mill.roster.entries())
    workers.mill.clock.forward(60)
    workers.keeper.round()
    assert not workers.keeper.closer.busy
    assert process_started(pid)


def test_time_limits_hold_while_the_store_is_away(workers: Workers) -> None:
    mill = workers.mill
    (job,) = workers.start("ignore")
    programs, entry = workers.programs(job), workers.entry(job)
    mill.store.away = True
    mill.clock.forward(entry.limit_s)
    for _ in range(2):
        workers.keeper.closer.round()
        mill.clock.forward(closer.PROCESS_AFTER_S)
    workers.keeper.closer.round()
    assert process_started(entry.pid) is None
    eventually(lambda: gone(programs))
    assert len(mill.roster.entries()) == 1  # the store has not heard of it
    mill.store.away = False
    workers.keeper.round()
    after = mill.job(job.id)
    assert (after.state, after.error_code) == (State.FAILURE, "TIME_LIMIT")
    assert mill.roster.entries() == []


def test_a_draining_process_hands_back_what_does_not_end_in_time(workers: Workers) -> None:
    (job,) = workers.start("listen")
    workers.mill.roster.drain(workers.entry(job).worker_pid, 20)
    workers.keeper.round()
    assert workers.mill.job(job.id).state is State.STARTED
    workers.mill.clock.forward(21)
    after = workers.until(job, State.PENDING)
    assert (after.attempt, after.failures, after.worker_losses, after.history[0].outcome) == (0, 0, 0, "hand_back")


def test_a_draining_worker_gives_back_at_once_what_goes_on_for_ever(mill: Mill) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job, endless=True)
    mill.keeper.round()
    assert mill.roster.word(entry.token) is None
    mill.roster.drain(entry.worker_pid, 20)
    mill.keeper.round()
    assert mill.roster.word(entry.token) is Word.DRAIN


def test_a_stuck_thread_loses_its_job_and_its_worker_is_replaced_when_the_others_are_done(workers: Workers) -> None:
    mill = workers.mill
    stuck, other = workers.start("ignore", "listen", queue=Queue.DEFAULT)
    programs, entry = workers.programs(stuck), workers.entry(stuck)
    worker = workers.processes[0]
    mill.jobs.cancel(stuck.id)
    workers.keeper.round()
    mill.clock.forward(closer.PROCESS_AFTER_S)
    workers.keeper.round()
    assert mill.job(stuck.id).state is State.REVOKED
    eventually(lambda: gone(programs))
    assert not mill.scratch.root.joinpath(stuck.id).exists()
    assert list(mill.roster.draining()) == [worker.pid]
    assert mill.roster.word(entry.token) is Word.CANCEL  # should it ever wake up

    # The other job goes on until it has ended by itself, or the worker's time to drain is over.
    mill.clock.forward(closer.STUCK_S * 2)
    workers.keeper.round()
    assert mill.job(other.id).state is State.STARTED
    assert process_started(worker.pid)
    mill.clock.forward(workers.keeper.drain_s)
    assert workers.until(other, State.PENDING).failures == 0
    workers.keeper.round()
    mill.clock.forward(closer.STUCK_S)
    workers.keeper.round()
    assert worker.wait(10) == -signal.SIGKILL
    workers.keeper.round()
    assert (mill.roster.entries(), mill.roster.draining()) == ([], {})
    assert mill.job(stuck.id).state is State.REVOKED


def test_a_thread_that_is_storing_its_result_does_not_cost_its_worker(mill: Mill) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job)
    mill.roster.ending(entry)
    mill.jobs.cancel(job.id)
    mill.keeper.round()
    mill.clock.forward(closer.PROCESS_AFTER_S)
    mill.keeper.round()
    assert mill.job(job.id).state is State.REVOKED
    assert mill.roster.draining() == {}


def test_a_word_that_cannot_be_written_does_not_save_the_attempt(workers: Workers) -> None:
    (job,) = workers.start("listen")
    entry = workers.entry(job)
    (workers.mill.folder / "run" / "attempts" / f".{entry.token}.word.{os.getpid()}").mkdir()
    workers.mill.jobs.cancel(job.id)
    workers.keeper.round()
    workers.mill.clock.forward(closer.PROCESS_AFTER_S)
    workers.keeper.round()
    assert process_started(entry.pid) is None
    assert workers.mill.job(job.id).state is State.REVOKED


def program(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)


def test_a_process_id_that_another_process_has_by_now_is_not_killed() -> None:
    with program("input()") as innocent:
        started = process_started(innocent.pid)
        assert started
        closer._kill(innocent.pid, started - 1, signal.SIGKILL)
        innocent.communicate(b"\n")
    assert innocent.returncode == 0
    closer._kill(innocent.pid, started, signal.SIGKILL)


class Hesitant(Roster):
    """A roster in which the word to stop early takes long to be written."""

    begun, said = Event(), Event()

    def say(self, token: str, word: Word) -> None:
        if word is Word.STOP:
            self.begun.set()
            self.said.wait(0.5)
        super().say(token, word)
        self.said.set()


def test_a_word_to_stop_early_does_not_come_over_one_that_ends_the_attempt(mill: Mill) -> None:
    """The keeper's threads speak to the same attempt."""
    roster = Hesitant(mill.folder / "run")
    ending = closer.Closer(mill.attempts, roster, mill.scratch, now=mill.clock)
    entry = sign_in(mill, mill.claimed())
    stopping = Thread(target=ending.tell, args=(entry, Word.STOP))
    stopping.start()
    roster.begun.wait()
    ending.tell(entry, Word.TIME)
    stopping.join()
    assert roster.word(entry.token) is Word.TIME


class Eventful(Scratch):
    """Folders whose removal takes so long that something happens meanwhile."""

    meanwhile: Callable[[str], None] = staticmethod(lambda _job_id: None)

    def remove(self, job_id: str, token: str) -> None:
        self.meanwhile(job_id)
        super().remove(job_id, token)


def test_a_process_whose_attempt_ended_while_another_was_ended_by_force_is_not_killed(mill: Mill) -> None:
    """Its process may run the next job by then."""
    jobs = [mill.claimed(Params(text=str(number))) for number in range(2)]
    tokens = {job.id: job.token or "" for job in jobs}
    with ExitStack() as stack:
        pids = [stack.enter_context(program("input()")).pid for _ in jobs]
        for job, pid in zip(jobs, pids, strict=True):
            sign_in(mill, job, pid=pid, started=process_started(pid), forked=True)
            mill.jobs.cancel(job.id)
        scratch = Eventful(mill.folder / "files", "here")
        scratch.meanwhile = lambda done: mill.roster.leave(next(tokens[each] for each in tokens if each != done))
        ending = closer.Closer(mill.attempts, mill.roster, scratch, now=mill.clock)
        for entry in mill.roster.entries():
            ending.tell(entry, Word.CANCEL)
        mill.clock.forward(closer.PROCESS_AFTER_S)
        ending.round()
        assert [process_started(pid) is not None for pid in pids].count(True) == 1


class Stuck(Scratch):
    """Folders on a disk that fails when they are to be removed."""

    def remove(self, job_id: str, token: str) -> None:
        raise OSError(f"the disk failed at {job_id}/{token}")


def test_scratch_that_cannot_be_removed_keeps_no_job_from_its_next_attempt(mill: Mill) -> None:
    job = mill.claimed()
    dead(mill, job)
    closer.Closer(mill.attempts, mill.roster, Stuck(mill.folder / "files", "here"), now=mill.clock).round()
    assert mill.job(job.id).state is State.PENDING


def test_one_attempt_that_cannot_be_closed_does_not_keep_the_others(mill: Mill) -> None:
    odd, other = mill.claimed(Params(text="1")), mill.claimed(Params(text="2"))
    dead(mill, odd, limit_s="odd", deadline="never", pid="x")
    dead(mill, other)
    assert odd.token is not None
    (mill.folder / "run" / "attempts" / f"{odd.token}.programs").mkdir()
    mill.keeper.closer.round()
    assert (mill.job(odd.id).state, mill.job(other.id).state) == (State.STARTED, State.PENDING)


# ---- the process


class Kept:
    """A keeper that runs in a thread."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.stop = Event()
        self.thread = Thread(target=keeper.run, args=(self.stop,))
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def machines(mill: Mill) -> list[str]:
    return [machine["machine"] for machine in Fleet(mill.scripts).machines()]


def test_a_keeper_tells_of_its_machine_and_leaves_the_list_when_it_goes(mill: Mill) -> None:
    kept = Kept(mill.keeper)
    eventually(lambda: machines(mill) == ["here"])
    kept.end()
    assert machines(mill) == []


def test_a_keeper_beside_a_valkey_keeps_its_ballast(mill: Mill, tmp_path: Path) -> None:
    kept = Kept(replace(mill.keeper, ballast=Ballast(tmp_path, 4096)))
    eventually((tmp_path / "ballast").exists)
    kept.end()


def test_fifty_that_do_not_listen_are_ended_in_one_round(workers: Workers) -> None:
    """The keeper hears of a cancel within 3 s and is patient for 4; a round of this took 0.9 s, which leaves enough."""
    mill = workers.mill
    jobs = workers.start(*(f"ignore {number}" for number in range(50)), queue=Queue.DEFAULT)
    programs = [workers.programs(job) for job in jobs]
    for job in jobs:
        mill.jobs.cancel(job.id)
    mill.keeper.renew()
    for pause_s in (closer.PROGRAMS_AFTER_S, closer.PROCESS_AFTER_S):
        mill.clock.forward(pause_s)
        mill.keeper.closer.round()
    assert {mill.job(job.id).state for job in jobs} == {State.REVOKED}
    assert all(gone(each) for each in programs)


def test_a_second_keeper_waits_until_the_first_is_gone(mill: Mill) -> None:
    first = Kept(mill.keeper)
    eventually(lambda: machines(mill) == ["here"])
    roster = Roster(mill.folder / "run")
    second = Kept(replace(mill.keeper, roster=roster, machine="second"))
    first.end()
    eventually(lambda: machines(mill) == ["second"])
    third = Kept(replace(mill.keeper, roster=roster, machine="third"))
    third.end()
    second.end()


def test_a_keeper_lives_through_an_outage_and_buries_the_dead_meanwhile(mill: Mill) -> None:
    job = mill.claimed()
    entry = dead(mill, job)
    mill.store.away = True
    kept = Kept(mill.keeper)
    eventually(lambda: not mill.scratch.path(job.id, entry.token).exists())
    mill.store.away = False
    eventually(lambda: mill.job(job.id).state is State.PENDING)
    kept.end()


class Slow(Scratch):
    """Folders that take for ever to be removed."""

    def __init__(self, root: Path, machine: str) -> None:
        super().__init__(root, machine)
        self.asked = Event()
        self.done = Event()

    def remove(self, job_id: str, token: str) -> None:
        self.asked.set()
        self.done.wait(20)
        super().remove(job_id, token)


def test_leases_wait_for_nothing_that_the_keeper_cleans_up(mill: Mill) -> None:
    running, lost = mill.claimed(Params(text="1")), mill.claimed(Params(text="2"))
    sign_in(mill, running)
    dead(mill, lost)
    slow = Slow(mill.folder / "files", "here")
    kept = Kept(replace(mill.keeper, scratch=slow, renew_every_s=0.05))
    assert slow.asked.wait(10)
    before = lease_ms(mill, running)
    assert before
    eventually(lambda: (lease_ms(mill, running) or 0) > before + 100)
    assert mill.job(lost.id).state is State.STARTED
    slow.done.set()
    eventually(lambda: mill.job(lost.id).state is State.PENDING)
    mill.roster.leave(str(running.token))
    kept.end()


def test_a_keeper_that_should_go_waits_for_its_attempts_but_not_for_ever(mill: Mill) -> None:
    job = mill.claimed()
    sign_in(mill, job)
    leaving = Event()

    def now() -> float:
        seen = mill.clock()
        leaving.set()
        return seen

    mill.keeper.now = now  # asked by its thread only to see for how long it has been leaving
    kept = Kept(mill.keeper)
    eventually(lambda: machines(mill) == ["here"])
    kept.stop.set()
    assert leaving.wait(10)
    assert kept.thread.is_alive()
    mill.clock.forward(mill.keeper.drain_s + LEAVE_AFTER_S)
    kept.end()


def test_what_is_left_on_the_machine_is_cleaned_and_one_failure_stops_nothing(mill: Mill) -> None:
    running, lost = mill.claimed(Params(text="1")), mill.claimed(Params(text="2"))
    sign_in(mill, running)
    entry = dead(mill, lost)
    mill.roster.leave(entry.token)
    folders = [mill.scratch.path(job.id, str(job.token)) for job in (running, lost)]
    for folder in folders:
        os.utime(folder, (1, time.time() - 3_600))
    swept = []

    def fail() -> None:
        raise OSError("no such folder")

    mill.keeper.litter = (fail, lambda: swept.append(1))
    mill.keeper.clean()
    assert [folder.exists() for folder in folders] == [True, False]
    assert swept == [1]


def test_a_clock_that_is_set_back_ends_nothing_early(mill: Mill) -> None:
    job = mill.claimed()
    sign_in(mill, job, deadline=Clock()() + 60)
    mill.keeper.wall = lambda: 0.0
    mill.keeper.round()
    assert not mill.keeper.closer.busy
