import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from tests.engine.mill import Mill, Params
from tests.store.kit import request

from mediamill import Context, PermanentError, Queue, Result
from mediamill.core.job import Artifact, Job
from mediamill.core.policy import LEASE_MS
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.purge import UNKNOWN_AFTER_S, UNNAMED_AFTER_S, Purger
from mediamill.engine.settle import AWAY_S, REFUSALS, WALK_EVERY_S, Settler
from mediamill.engine.sweep import Sweeper
from mediamill.files import keys
from mediamill.files.store import Entry
from mediamill.settings import KeepSettings
from mediamill.store.sweeps import ROWS, Round, Sweeps
from mediamill.testing import eventually

DAY_S = 86_400.0


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path})


def finished(mill: Mill, count: int = 1) -> list[Job]:
    service = mill.service(write)
    return [mill.run(service, Params(text=str(number))) for number in range(count)]


def outbox(mill: Mill) -> int:
    return int(mill.store.run("ZCARD", mill.scripts.keys("outbox")))


def settler(mill: Mill, purger: Purger | None = None) -> Settler:
    return Settler(mill.sweeps, mill.jobs, mill.artifacts, purger or mill.purger, KeepSettings(), now=mill.clock)


def found(**lists: list[str]) -> Round:
    kinds = ("due", "lost", "expired", "settled", "orphaning", "old", "faded", "spent", "released")
    return Round(still=False, **{kind: lists.get(kind, []) for kind in kinds})


def work(settling: Settler, **lists: list[str]) -> int:
    settling.offer(found(**lists))
    return settling.work()


def later(seconds: float) -> float:
    return time.time() + seconds


# ---- what the sweep moves


def test_a_due_retry_and_a_lost_lease_come_back(mill: Mill) -> None:
    service = mill.service(lambda _params, _ctx: 1 / 0)  # type: ignore[arg-type,return-value]
    retry = mill.run(service)
    lost = mill.claimed(Params(text="lost"))
    for _ in range(int(LEASE_MS / 1000) * 5):
        mill.sweeper.round()
        mill.forward(1)
    assert (mill.job(retry.id).state, mill.job(lost.id).state) == (State.PENDING, State.PENDING)
    assert mill.job(lost.id).worker_losses == 1


def test_a_job_past_its_deadline_fails(mill: Mill) -> None:
    job_id = mill.submit(mill.service(write), start_in_s=5).id
    mill.forward(6)
    mill.sweeper.round()
    assert mill.job(job_id).error_code == "EXPIRED"


def test_lost_tickets_are_brought_again(mill: Mill) -> None:
    mill.submit(mill.service(write))
    key = mill.scripts.keys("tickets", Queue.DEFAULT)
    mill.store.run("DEL", key)
    mill.sweeper.round()
    assert mill.store.run("LLEN", key) == 1


def test_one_queue_in_trouble_does_not_keep_the_others(mill: Mill) -> None:
    mill.submit(mill.service(write, queue=Queue.RECORDING))
    key = mill.scripts.keys("tickets", Queue.RECORDING)
    mill.store.run("DEL", key)
    mill.store.run("SET", mill.scripts.keys("ages", Queue.CPU), "spoilt")
    mill.sweeper.round()
    assert mill.store.run("LLEN", key) == 1


def test_only_the_elected_one_sweeps(mill: Mill) -> None:
    mill.sweeper.round()
    other = Sweeper(Sweeps(mill.scripts), mill.jobs, mill.artifacts, mill.purger, KeepSettings())
    (job,) = finished(mill)
    assert not other.round()
    assert not mill.artifacts.has_record(job.id)
    assert mill.sweeper.round()
    assert mill.artifacts.has_record(job.id)


def test_who_stops_leaves_the_lead_to_another_at_once(mill: Mill) -> None:
    (job,) = finished(mill)
    sweeping = Sweeping(mill.sweeper)
    eventually(lambda: mill.artifacts.has_record(job.id))
    sweeping.end()
    other = Sweeps(mill.scripts)
    keep = {"keep_done_s": 60.0, "keep_dead_s": 60.0, "keep_files_s": 60.0}
    assert other.tick(**keep) is not None
    Sweeps(mill.scripts).resign()  # who does not lead gives nothing up
    assert Sweeps(mill.scripts).tick(**keep) is None


# ---- ends of jobs are written beside their files


def test_an_old_end_that_is_written_late_does_not_stay(mill: Mill) -> None:
    """A sweeper that was held up while it wrote; meanwhile the job ran again, and another sweeper wrote its end."""
    results = iter([PermanentError("no"), None])

    def run(params: Params, ctx: Context) -> Result:
        if error := next(results):
            raise error
        return write(params, ctx)

    service = mill.service(run)
    first = mill.run(service)
    assert mill.jobs.redrive(first.id)
    mill.take(service)
    mill.sweeper.round()
    mill.artifacts.write_record(first.id, ended.dump(first, {}))
    assert not mill.sweeps.settle({first.id: first.version})
    mill.sweeper.round()
    assert ended.load(first.id, mill.artifacts.read_record(first.id)).state is State.SUCCESS
    assert outbox(mill) == 0


def test_the_end_of_a_job_is_written_beside_its_files(mill: Mill) -> None:
    (job,) = finished(mill)
    mill.sweeper.round()
    told = json.loads(mill.artifacts.read_record(job.id))
    assert (told["state"], told["files"]["said.txt"]["key"]) == ("SUCCESS", job.files["said.txt"].key)
    assert not {"token", "machine", "stop"} & set(told)
    assert outbox(mill) == 0


def test_one_job_that_cannot_be_settled_does_not_block_the_others(mill: Mill) -> None:
    jobs = finished(mill, 5)
    mill.files.refuses, mill.files.below = "FILES_DENIED", f"jobs/{jobs[2].id}"
    mill.store.run("HSET", mill.scripts.keys("job", jobs[3].id), "attempt", "spoilt")
    settling = settler(mill)
    assert work(settling, settled=[job.id for job in jobs]) == 3
    assert outbox(mill) == 2
    mill.files.refuses = None
    assert work(settling, settled=[jobs[2].id]) == 1


def test_what_cancelled_jobs_kept_goes_before_a_slow_file_store_lets_them_run_again(mill: Mill) -> None:
    ended = [job.id for job in finished(mill, 5)]
    cancelled = [mill.submit(mill.service(write), Params(text=f"cancelled {number}")).id for number in range(5)]
    for job_id in cancelled:
        assert mill.jobs.cancel(job_id)
    written: list[str] = []

    def discard(_job_id: str) -> None:
        written.extend(job_id for job_id in ended if mill.files.size(keys.record(job_id)) is not None)

    settling = Settler(mill.sweeps, mill.jobs, mill.artifacts, mill.purger, KeepSettings(), discard=discard)
    assert work(settling, settled=[*ended, *cancelled]) == 10
    assert written == []


def test_a_file_store_that_is_away_is_let_alone_for_a_while(mill: Mill) -> None:
    jobs = finished(mill, REFUSALS + 2)
    ids = [job.id for job in jobs]
    settling = settler(mill)
    mill.files.refuses = "FILES_UNAVAILABLE"
    assert work(settling, settled=ids) == 0
    mill.files.refuses = None
    assert work(settling, settled=ids) == 0
    mill.clock.forward(AWAY_S)
    assert work(settling, settled=ids) == len(ids)


def test_some_that_are_always_refused_do_not_starve_the_others(mill: Mill) -> None:
    jobs = finished(mill, REFUSALS + 3)
    for job in jobs[:REFUSALS]:
        mill.store.run("HSET", mill.scripts.keys("job", job.id), "attempt", "spoilt")
    settling = settler(mill)
    for _ in range(200):
        work(settling, settled=mill.store.run("ZRANGE", mill.scripts.keys("outbox"), 0, -1))
        mill.clock.forward(AWAY_S)
        if outbox(mill) == REFUSALS:
            break
    assert outbox(mill) == REFUSALS


def test_a_row_without_a_record_leaves_the_outbox(mill: Mill) -> None:
    mill.store.run("ZADD", mill.scripts.keys("outbox"), 1, "nobody")
    mill.sweeper.round()
    assert outbox(mill) == 0


def test_a_round_in_which_nothing_moves_is_not_repeated_at_once(mill: Mill) -> None:
    for number in range(ROWS):
        mill.store.run("ZADD", mill.scripts.keys("outbox"), 1, f"nobody-{number}")
    mill.files.refuses = "FILES_UNAVAILABLE"
    assert not mill.sweeper.sweep()


# ---- growth


def test_an_old_record_goes_and_its_files_stay_until_their_own_time_is_over(mill: Mill) -> None:
    (job,) = finished(mill)
    mill.sweeper.round()
    mill.forward(KeepSettings().job_s + 1)
    mill.sweeper.round()
    assert mill.jobs.get(job.id) is None
    assert len(mill.stored()) == 2
    mill.forward(KeepSettings().files_s - KeepSettings().job_s)
    mill.sweeper.round()
    assert mill.stored() == []
    assert mill.jobs.retention.ended_ms(job.id) is None


def test_a_failed_job_stays_longer(mill: Mill) -> None:
    def run(_params: Params, _ctx: Context) -> Result:
        raise PermanentError("no")

    job = mill.run(mill.service(run))
    mill.forward(KeepSettings().job_s + 1)
    mill.sweeper.round()
    assert mill.jobs.get(job.id)
    mill.forward(KeepSettings().dead_s)
    mill.sweeper.round()
    assert mill.jobs.get(job.id) is None


def test_only_finished_jobs_are_purged(mill: Mill) -> None:
    job = mill.claimed()
    assert not mill.purger.purge(job.id)
    assert mill.jobs.get(job.id)
    (done,) = finished(mill)
    assert mill.purger.purge(done.id)
    assert mill.purger.purge(done.id).outcome == "none"
    assert mill.stored() == []


# ---- collection


@pytest.fixture
def stray(mill: Mill) -> Iterator[Path]:
    """A file that an attempt would store."""
    path = mill.folder / "stray"
    path.write_text("of a stale attempt")
    yield path
    path.unlink()


def test_files_that_no_record_names_are_collected_when_they_are_old_enough(mill: Mill, stray: Path) -> None:
    def run(params: Params, ctx: Context) -> Result:
        ctx.publish("part.txt", write(params, ctx).files["said.txt"])
        return Result()

    job = mill.run(mill.service(run))
    stale = mill.artifacts.commit(job.id, "stale-token", "x", stray)
    assert mill.purger.collect(job.id, keep_s=DAY_S) == 0
    old = Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: later(UNNAMED_AFTER_S + 60))
    assert old.collect(job.id, keep_s=DAY_S) == 1
    assert mill.files.size(stale.key) is None
    assert mill.artifacts.exist(job.files.values())


def test_parts_that_a_result_does_without_can_be_read_for_minutes_after_the_end(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        made = write(params, ctx)
        part = ctx.scratch / "part.txt"
        part.write_text("a part")
        ctx.publish("part.txt", part)
        parts.extend(mill.jobs.parts(ctx.job_id).values())
        for path in (mill.folder / "files/jobs").rglob("*"):
            os.utime(path, (1, 1))  # it was published long ago
        return replace(made, keep_parts=False)

    parts: list[Artifact] = []
    job = mill.run(mill.service(run))
    for seconds, there in ((UNNAMED_AFTER_S - 5, True), (UNNAMED_AFTER_S + 5, False)):
        purger = Purger(mill.jobs, mill.artifacts, mill.uploads, partial(later, seconds))
        purger.collect(job.id, keep_s=DAY_S)
        assert mill.artifacts.exist(parts) is there
    assert mill.artifacts.exist(job.files.values())


def test_what_a_running_or_failed_job_may_still_need_is_not_collected(mill: Mill, stray: Path) -> None:
    old = Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: later(UNNAMED_AFTER_S + 60))
    running = mill.claimed(Params(text="running"))
    mill.artifacts.commit(running.id, "token", "x", stray)

    def run(params: Params, ctx: Context) -> Result:
        ctx.publish("part.txt", write(params, ctx).files["said.txt"])
        raise PermanentError("no")

    failed = mill.run(mill.service(run))
    assert failed.state is State.FAILURE
    assert [old.collect(job.id, keep_s=DAY_S) for job in (running, failed)] == [0, 0]
    assert len(mill.stored()) == 2


def test_a_finished_job_is_looked_through_some_minutes_after_its_end(mill: Mill, stray: Path) -> None:
    (job,) = finished(mill)
    settling = settler(mill, Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: later(UNNAMED_AFTER_S + 60)))
    work(settling)  # its walk begins with nothing of interest
    work(settling, settled=[job.id])
    mill.artifacts.commit(job.id, "stale-token", "x", stray)
    work(settling)
    assert len(mill.stored()) == 3
    mill.clock.forward(UNNAMED_AFTER_S)
    work(settling)
    assert len(mill.stored()) == 2
    assert mill.artifacts.exist(job.files.values())


def test_files_of_jobs_that_nobody_knows_are_collected_after_days(mill: Mill, stray: Path) -> None:
    known = mill.submit(mill.service(write)).id
    mill.files.put("uploads/unknown/file-1", stray)
    mill.files.put(f"uploads/{known}/file-1", stray)
    mill.artifacts.commit("unknown", "token", "x", stray)
    mill.artifacts.commit("finished", "token", "x", stray)
    mill.artifacts.write_record("finished", b"{}")
    for age_s, left in (
        (UNKNOWN_AFTER_S - DAY_S, 5),
        (UNKNOWN_AFTER_S + DAY_S, 3),
        (KeepSettings().files_s + DAY_S, 1),
    ):
        settling = settler(mill, Purger(mill.jobs, mill.artifacts, mill.uploads, partial(later, age_s)))
        work(settling)
        assert len(mill.stored()) == left
    assert mill.stored() == [f"uploads/{known}/file-1"]


def test_files_of_a_job_that_is_accepted_while_they_are_looked_through_stay(mill: Mill, stray: Path) -> None:
    old = Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: later(UNKNOWN_AFTER_S * 2))
    job_id = "accepted-now"
    mill.files.put(f"uploads/{job_id}/file-1", stray)
    listed = mill.files.list

    def list_and_accept(prefix: str = "") -> Iterator[Entry]:
        yield from listed(prefix)
        if mill.jobs.get(job_id) is None:
            mill.jobs.submit(request(id=job_id))

    mill.files.list = list_and_accept  # type: ignore[method-assign]
    assert old.collect(job_id, keep_s=DAY_S) == 0
    assert mill.stored() == [f"uploads/{job_id}/file-1"]


def test_the_walk_goes_on_from_round_to_round_and_begins_again(mill: Mill, stray: Path) -> None:
    settling = settler(mill, Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: later(UNKNOWN_AFTER_S * 2)))
    for number in range(12):
        mill.files.put(f"uploads/unknown-{number}/file-1", stray)
    left = []
    for _ in range(4):
        work(settling)
        left.append(len(mill.stored()))
    assert left == [7, 2, 0, 0]
    mill.files.put("uploads/one-more/file-1", stray)
    work(settling)
    assert len(mill.stored()) == 1
    mill.clock.forward(WALK_EVERY_S)
    work(settling)
    assert mill.stored() == []


def test_a_walk_that_takes_longer_than_the_pause_reaches_its_end(mill: Mill, stray: Path) -> None:
    """Else what lies behind the first hundred thousand jobs is never looked at."""

    class Noting(Purger):
        def collect(self, job_id: str, *, keep_s: float) -> int:
            looked_at.add(job_id)
            return super().collect(job_id, keep_s=keep_s)

    looked_at: set[str] = set()
    settling = settler(mill, Noting(mill.jobs, mill.artifacts, mill.uploads))
    for number in range(12):
        mill.files.put(f"uploads/unknown-{number}/file-1", stray)
    for _ in range(3):
        work(settling)
        mill.clock.forward(WALK_EVERY_S)
    assert len(looked_at) == 12


# ---- the process


class Sweeping:
    """A sweeper that runs in threads."""

    def __init__(self, sweeper: Sweeper) -> None:
        self.stop = Event()
        self.thread = Thread(target=sweeper.run, args=(self.stop,))
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_a_slow_file_store_holds_no_ticket_up(mill: Mill) -> None:
    (job,) = finished(mill)
    held = Event()

    def slow(*_: object) -> None:
        held.wait(10)

    mill.files.put_bytes = slow  # type: ignore[assignment,method-assign]
    sweeping = Sweeping(mill.sweeper)
    mill.submit(mill.service(write), Params(text="waits"))
    key = mill.scripts.keys("tickets", Queue.DEFAULT)
    mill.store.run("DEL", key)
    eventually(lambda: mill.store.run("LLEN", key))
    assert outbox(mill) == 1
    held.set()
    eventually(lambda: outbox(mill) == 0)
    assert mill.jobs.get(job.id)
    sweeping.end()


def test_a_sweeper_lives_through_an_outage(mill: Mill) -> None:
    (job,) = finished(mill)
    mill.store.away = True
    sweeping = Sweeping(mill.sweeper)
    mill.store.away = False
    eventually(lambda: mill.artifacts.has_record(job.id))
    sweeping.end()
