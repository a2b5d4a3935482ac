"""A wiped store gets its finished jobs back from what lies beside their files."""

import time
from collections import Counter
from collections.abc import Container, Sequence

import pytest
from pydantic import SecretStr
from tests.engine.mill import Mill, Params

from mediamill import Context, PermanentError, Result
from mediamill.core.job import EndedJob, Job
from mediamill.core.states import State
from mediamill.engine.purge import UNKNOWN_AFTER_S, Purger
from mediamill.engine.rebuild import BATCH, Rebuilder, Tally
from mediamill.engine.sweep import Sweeper
from mediamill.files import keys
from mediamill.settings import KeepSettings
from mediamill.store.adoptions import Adopted, Adoptions


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path}, data={"chars": len(params.text)})


def publish_and_fail(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "part.txt"
    path.write_text(params.text)
    ctx.publish("part.txt", path)
    raise PermanentError("no more")


def wipe(mill: Mill) -> None:
    keys_ = mill.store.run("KEYS", f"{mill.scripts.keys.prefix}*")
    mill.store.run("DEL", *keys_)


def rebuild(
    mill: Mill, *, ahead_s: float = 0, keep: KeepSettings | None = None, spoilt: dict[str, str] | None = None
) -> Tally:
    told: dict[str, str] = {} if spoilt is None else spoilt
    rebuilder = Rebuilder(
        mill.jobs, mill.artifacts, Adoptions(mill.scripts), keep or KeepSettings(), now=lambda: time.time() + ahead_s
    )
    return rebuilder.run(tell=lambda _number, _count: None, spoilt=told.__setitem__)


def all_of(mill: Mill, *jobs: Job) -> list[object]:
    return [(mill.jobs.get(job.id), mill.jobs.parts(job.id)) for job in jobs]


def test_everything_of_a_finished_job_is_as_before(mill: Mill) -> None:
    spoken = mill.run(mill.service(write, dedupe="cached"), Params(text="hi", cookie=SecretStr("tiger")))
    failed = mill.run(mill.service(publish_and_fail), Params(text="part"))
    mill.sweeper.round()
    before = all_of(mill, spoken, failed)
    assert b"tiger" not in mill.artifacts.read_record(spoken.id)
    wipe(mill)
    assert rebuild(mill) == Counter(new=2)
    assert all_of(mill, spoken, failed) == before
    assert set(mill.jobs.parts(failed.id)) == {"part.txt"}
    assert rebuild(mill) == Counter(known=2)
    again = mill.submit(mill.service(write, dedupe="cached"), Params(text="hi", cookie=SecretStr("tiger")))
    assert (again.outcome, again.id) == ("cached", spoken.id)
    assert mill.vault.load(Params, mill.job(spoken.id).params).cookie == SecretStr("tiger")


def test_a_job_that_was_rebuilt_can_be_redriven(mill: Mill) -> None:
    failed = mill.run(mill.service(publish_and_fail))
    mill.sweeper.round()
    wipe(mill)
    rebuild(mill)
    assert mill.jobs.redrive(failed.id)
    mill.take(mill.service(write))
    assert mill.job(failed.id).state is State.SUCCESS
    assert rebuild(mill) == Counter(known=1), "the older end beside the files is not told again"


def test_a_spoilt_record_is_told_and_skipped(mill: Mill) -> None:
    service = mill.service(write)
    jobs = [mill.run(service, Params(text=f"tiger {number}")) for number in range(5)]
    mill.sweeper.round()
    whole = mill.artifacts.read_record(jobs[0].id)
    mill.artifacts.write_record(jobs[1].id, whole[:-20])
    mill.artifacts.write_record(jobs[2].id, whole)
    mill.artifacts.write_record(jobs[3].id, whole.replace(b'"SUCCESS"', b'"STARTED"'))
    wipe(mill)
    spoilt: dict[str, str] = {}
    assert rebuild(mill, spoilt=spoilt) == Counter(new=2, spoilt=3)
    assert set(spoilt) == {job.id for job in jobs[1:4]}
    assert spoilt[jobs[2].id] == "it is another job's"
    assert "tiger" not in " ".join(spoilt.values())


def test_a_job_that_had_not_ended_is_counted_and_left(mill: Mill) -> None:
    job = mill.claimed()
    assert job.token is not None
    part = mill.scratch.make(job.id, job.token) / "a.txt"
    part.write_text("a")
    mill.artifacts.commit(job.id, job.token, "a.txt", part)
    wipe(mill)
    assert rebuild(mill) == Counter(unended=1)


@pytest.mark.parametrize("keep", [KeepSettings(job_s=600), KeepSettings(files_s=600)])
def test_a_record_whose_time_is_over_stays_away(mill: Mill, keep: KeepSettings) -> None:
    mill.run(mill.service(write))
    mill.sweeper.round()
    wipe(mill)
    assert rebuild(mill, ahead_s=660, keep=keep) == Counter(old=1)
    assert rebuild(mill, ahead_s=540, keep=keep) == Counter(new=1)


def test_a_job_that_is_purged_while_it_is_brought_back_stays_away(mill: Mill) -> None:
    job = mill.run(mill.service(write))
    mill.sweeper.round()
    wipe(mill)

    class Slow(Adoptions):
        """One whose answer comes late: the job's owner was faster."""

        def adopt(self, jobs: Sequence[EndedJob], old: Container[str] = ()) -> list[Adopted]:
            mill.purger.purge(jobs[0].id)
            return super().adopt(jobs, old)

    rebuilder = Rebuilder(mill.jobs, mill.artifacts, Slow(mill.scripts), KeepSettings())
    rebuilder.run(tell=lambda _number, _count: None, spoilt=lambda _job_id, _why: None)
    assert mill.jobs.get(job.id) is None
    assert mill.stored() == []


def test_more_than_a_batch_comes_back(mill: Mill) -> None:
    service = mill.service(write)
    ids = {mill.run(service, Params(text=str(number))).id for number in range(BATCH + 3)}
    mill.sweeper.round()
    wipe(mill)
    assert rebuild(mill) == Counter(new=BATCH + 3)
    assert set(mill.jobs.all_ids()) == ids


@pytest.mark.parametrize("age_s", [3600.0, UNKNOWN_AFTER_S + 3600.0, KeepSettings().job_s - 3600.0])
def test_the_cleaner_never_deletes_what_a_rebuild_would_find(mill: Mill, age_s: float) -> None:
    service = mill.service(write)
    jobs = [mill.run(service, Params(text=str(number))) for number in range(4)]
    mill.sweeper.round()
    before = all_of(mill, *jobs)
    wipe(mill)

    mill.forward(age_s)
    purger = Purger(mill.jobs, mill.artifacts, mill.uploads, now=lambda: time.time() + age_s)
    cleaner = Sweeper(mill.sweeps, mill.jobs, mill.artifacts, purger, KeepSettings())
    for _ in range(4):  # its walk through the files looks at some in each round
        cleaner.round()
    assert rebuild(mill, ahead_s=age_s) == Counter(new=4)
    assert all_of(mill, *jobs) == before
    for job in jobs:
        assert mill.artifacts.exist(job.files.values())
        assert mill.artifacts.store.size(keys.record(job.id))
