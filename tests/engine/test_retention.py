"""How long the files of ended jobs are kept: by their job's end, whoever knows it still."""

import json
import os
import time
from collections.abc import Callable

import pytest
from tests.engine.mill import Mill, Params
from tests.engine.test_sweep import DAY_S, settler, work, write

from mediamill import Context, PermanentError, Result
from mediamill.core.errors import Unavailable
from mediamill.core.job import Job, Upload
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.purge import Purger
from mediamill.engine.settle import FADED
from mediamill.engine.sweep import Sweeper
from mediamill.files import keys
from mediamill.settings import KeepSettings

KEEP = KeepSettings()
#: Files of a day, records of a week.
SHORT = KeepSettings(files_s=DAY_S)


def done(mill: Mill, text: str = "hi") -> Job:
    """Return a job that ended well, its end written to the files."""
    job = mill.run(mill.service(write), Params(text=text))
    mill.sweeper.round()
    assert mill.artifacts.has_record(job.id)
    return job


def failed(mill: Mill, *, with_upload: bool = False) -> Job:
    """Return a dead letter with a published part, its end written to the files."""

    def run(params: Params, ctx: Context) -> Result:
        ctx.publish("part.txt", write(params, ctx).files["said.txt"])
        raise PermanentError("no")

    service = mill.service(run)
    job = mill.run(service, Params(text="dead"))
    if with_upload:
        path = mill.folder / "upload"
        path.write_text("an upload")
        key = keys.upload(job.id, "file", "1")
        mill.files.put(key, path)
        upload = Upload(filename="a.txt", key=key, sha256="1", size_bytes=9)
        mill.store.run("HSET", mill.scripts.keys("job", job.id), "uploads", json.dumps({"file": upload.model_dump()}))
    mill.sweeper.round()
    return mill.job(job.id)


def aged(mill: Mill, seconds: float) -> Purger:
    """Return a purger for whom `seconds` more have passed."""
    return Purger(mill.jobs, mill.artifacts, mill.uploads, lambda: time.time() + seconds)


def later(mill: Mill, seconds: float, keep: KeepSettings = KEEP) -> Sweeper:
    """Let time pass for the store and the files; return the sweeper of then."""
    mill.forward(seconds)
    return Sweeper(mill.sweeps, mill.jobs, mill.artifacts, aged(mill, mill.scripts.offset_ms / 1000), keep)


def listed(mill: Mill) -> int:
    """Return how many jobs are listed as having files."""
    return int(mill.store.run("ZCARD", mill.scripts.keys("kept")))


# ---- files that go before the record


def test_files_that_go_first_leave_a_record_that_says_so(mill: Mill) -> None:
    job = done(mill)
    later(mill, DAY_S + 1, SHORT).round()
    record = mill.job(job.id)
    assert record.files_expired_ms
    assert mill.stored() == [keys.record(job.id)]
    told = ended.load(job.id, mill.artifacts.read_record(job.id))
    assert (told.files_expired_ms, told.version) == (record.files_expired_ms, record.version)
    assert listed(mill) == 0


def test_a_job_without_its_files_answers_no_repeat(mill: Mill) -> None:
    service = mill.service(write)
    job = mill.run(service)
    assert mill.submit(service).id == job.id
    later(mill, DAY_S + 1, SHORT).round()
    assert mill.submit(service).id != job.id


def test_what_is_left_of_such_a_job_goes_with_its_record(mill: Mill) -> None:
    job = done(mill)
    later(mill, DAY_S + 1, SHORT).round()
    sweeper = later(mill, KEEP.job_s, SHORT)
    sweeper.round()
    assert mill.jobs.get(job.id) is None
    sweeper.round()
    assert (mill.stored(), listed(mill)) == ([], 0)


def test_the_parts_and_uploads_of_a_dead_letter_go_and_it_cannot_run_again_without_them(mill: Mill) -> None:
    plain, with_upload = failed(mill), failed(mill, with_upload=True)
    later(mill, DAY_S + 1, SHORT).round()
    assert [mill.jobs.parts(job.id) for job in (plain, with_upload)] == [{}, {}]
    assert mill.jobs.redrive(with_upload.id).outcome == "unchanged"
    assert mill.jobs.redrive(plain.id)
    assert mill.job(plain.id).files_expired_ms is None


def test_a_redrive_before_the_time_is_over_keeps_the_files(mill: Mill) -> None:
    job = failed(mill)
    assert mill.jobs.redrive(job.id)
    assert listed(mill) == 0
    later(mill, KEEP.files_s + 1).round()
    assert list(mill.jobs.parts(job.id)) == ["part.txt"]
    assert mill.artifacts.exist(mill.jobs.parts(job.id).values())


def test_files_of_a_redrive_that_begins_while_the_old_ones_go_are_spared(mill: Mill) -> None:
    job = failed(mill)
    (old,) = [path for path in (mill.folder / "files/jobs").rglob("*") if path.is_file() and path.name != "job.json"]
    os.utime(old, (1, 1))

    def now() -> float:
        """Between the look at the record and the files, somebody redrives the job, and it succeeds."""
        assert mill.jobs.redrive(job.id)
        assert mill.take(mill.service(write))
        return time.time()

    assert not Purger(mill.jobs, mill.artifacts, mill.uploads, now).fade(job.id)
    again = mill.job(job.id)
    assert not old.exists()
    assert (again.state, again.files_expired_ms) == (State.SUCCESS, None)
    assert mill.artifacts.exist(again.files.values())
    assert mill.jobs.retention.ended_ms(job.id) == again.ended_ms


# ---- the cleaner deletes nothing that a rebuild would find


def wiped(mill: Mill) -> None:
    """Lose the whole store."""
    for key in mill.store.run("KEYS", f"{mill.scripts.keys.prefix}*"):
        mill.store.run("DEL", key)


@pytest.mark.parametrize("lost", ["nothing", "record", "list", "store"])
def test_files_live_as_long_as_their_jobs_end_says_whoever_knows_it(mill: Mill, lost: str) -> None:
    jobs = [done(mill), failed(mill)]
    stored = mill.stored()
    ways: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "record": lambda: [mill.jobs.forget(job.id) for job in jobs],
        "list": lambda: mill.store.run("DEL", mill.scripts.keys("kept")),
        "store": lambda: wiped(mill),
    }
    ways[lost]()
    young, over = KEEP.files_s - DAY_S, KEEP.files_s + DAY_S
    mill.forward(young)
    walk(mill, young)
    assert mill.stored() == stored
    mill.forward(2 * DAY_S)
    walk(mill, over)
    work(settler(mill, aged(mill, over)), faded=[job.id for job in jobs])
    assert not [key for key in mill.stored() if not key.endswith("job.json")]


def walk(mill: Mill, age_s: float) -> None:
    """Look through all files, as somebody to whom they are `age_s` older."""
    settling = settler(mill, aged(mill, age_s))
    for _ in range(5):
        work(settling)


def test_the_walk_lists_again_what_the_store_forgot(mill: Mill) -> None:
    job = done(mill)
    wiped(mill)
    walk(mill, DAY_S)
    assert mill.jobs.retention.ended_ms(job.id) == job.ended_ms
    later(mill, KEEP.files_s + 1).round()
    assert (mill.stored(), listed(mill)) == ([], 0)


def test_a_file_that_only_job_json_names_is_kept(mill: Mill) -> None:
    """The record may be of an older backup than the files."""
    job = done(mill)
    mill.store.run("HDEL", mill.scripts.keys("job", job.id), "files")
    assert aged(mill, DAY_S).collect(job.id, keep_s=KEEP.files_s) == 0
    assert mill.artifacts.exist(job.files.values())


@pytest.mark.parametrize("known", [True, False])
def test_a_later_end_in_job_json_outweighs_the_list_and_the_record(mill: Mill, *, known: bool) -> None:
    """The store may be an older backup than the files: then it knows an older end, or none."""
    job = done(mill)
    assert job.ended_ms
    if known:
        mill.store.run("HSET", mill.scripts.keys("job", job.id), "ended_ms", job.ended_ms - 1)
    else:
        mill.jobs.forget(job.id)
    mill.jobs.retention.keep(job.id, job.ended_ms - 1)
    assert not mill.purger.fade(job.id)
    assert mill.jobs.retention.ended_ms(job.id) == job.ended_ms
    assert mill.artifacts.exist(job.files.values())


def test_a_record_that_cannot_be_read_is_as_old_as_its_files(mill: Mill) -> None:
    job = done(mill)
    mill.artifacts.write_record(job.id, b"{")
    mill.jobs.forget(job.id)
    mill.store.run("DEL", mill.scripts.keys("kept"))
    walk(mill, KEEP.files_s - DAY_S)
    assert len(mill.stored()) == 2
    walk(mill, KEEP.files_s + DAY_S)
    assert mill.stored() == []


def test_a_round_deletes_the_files_of_some_and_the_next_ones_of_the_others(mill: Mill) -> None:
    for number in range(FADED + 5):
        mill.jobs.retention.keep(f"job-{number}", 1)
    mill.sweeper.round()
    assert listed(mill) == 5
    mill.sweeper.round()
    assert listed(mill) == 0


# ---- purge: at once, or as soon as somebody can


def test_an_interrupted_purge_is_finished_by_the_sweeper(mill: Mill) -> None:
    job = done(mill)
    delete = mill.files.delete_prefix

    def away(_prefix: str) -> int:
        raise Unavailable("the files cannot be reached")

    mill.files.delete_prefix = away  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        mill.purger.purge(job.id)
    mill.files.delete_prefix = delete  # type: ignore[method-assign]
    assert mill.jobs.get(job.id) is None
    assert not mill.artifacts.has_record(job.id), "a rebuild would bring the purged job back"
    mill.sweeper.round()
    assert (mill.stored(), listed(mill)) == ([], 0)


def test_an_end_that_is_written_while_its_job_is_purged_is_removed_again(mill: Mill) -> None:
    job = mill.run(mill.service(write))
    told = ended.dump(job, {})
    assert mill.purger.purge(job.id)
    mill.artifacts.write_record(job.id, told)  # by a settler that had read the record before
    assert mill.sweeps.settle({job.id: job.version})
    mill.sweeper.round()
    assert (mill.stored(), listed(mill)) == ([], 0)


def test_a_row_of_nobody_orders_nothing(mill: Mill) -> None:
    job = done(mill)
    mill.jobs.forget(job.id)
    ended_ms = mill.jobs.retention.ended_ms(job.id)
    mill.store.run("ZADD", mill.scripts.keys("outbox"), 1, job.id)
    mill.sweeper.round()
    assert mill.jobs.retention.ended_ms(job.id) == ended_ms


def test_a_forgotten_job_is_purged_by_what_lies_beside_its_files(mill: Mill) -> None:
    job = done(mill)
    mill.jobs.forget(job.id)
    assert mill.purger.purge(job.id).outcome == "none"
    assert (mill.stored(), listed(mill)) == ([], 0)
