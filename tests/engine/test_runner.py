import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from pydantic import BaseModel, SecretStr, field_validator
from tests.engine.mill import Mill, Params

from mediamill import Context, Queue, Result, Service
from mediamill.core.errors import StaleAttempt, Unavailable
from mediamill.core.states import State
from mediamill.engine.patience import AGAIN_S, PATIENCE_S, patiently
from mediamill.engine.roster import process_started
from mediamill.engine.runner import BROKEN, FOLLOWED, Runner
from mediamill.files.scratch import Scratch
from mediamill.media import programs
from mediamill.store.jobs import Moved
from mediamill.testing import eventually


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path})


@contextmanager
def away(mill: Mill, seconds: float = 0.2) -> Iterator[None]:
    """Let the store be away for a moment from here on."""
    mill.store.away = True
    Timer(seconds, setattr, (mill.store, "away", False)).start()
    yield


def test_nothing_waits_is_no_error(mill: Mill) -> None:
    assert not mill.take(mill.service(write))


def test_a_claim_is_asked_for_again_until_the_store_is_back(mill: Mill) -> None:
    job_id = mill.submit(mill.service(write)).id
    with away(mill):
        assert mill.take(mill.service(write))
    assert mill.job(job_id).state is State.SUCCESS


def test_a_draining_worker_does_not_wait_for_the_store_to_claim(mill: Mill) -> None:
    job_id = mill.submit(mill.service(write)).id
    mill.roster.drain(os.getpid(), 60)
    mill.store.away = True
    assert not mill.take(mill.service(write))
    mill.store.away = False
    assert mill.job(job_id).state is State.PENDING


def spoil_roster(mill: Mill) -> Path:
    return mill.folder / "run" / "attempts"


def spoil_scratch(mill: Mill) -> Path:
    mill.scratch.root.mkdir(parents=True, exist_ok=True)
    return mill.scratch.root


@pytest.mark.parametrize("spoil", [spoil_roster, spoil_scratch])
def test_a_machine_without_room_charges_nothing_and_lets_others_try(mill: Mill, spoil: Callable[[Mill], Path]) -> None:
    service = mill.service(write)
    job_id = mill.submit(service).id
    folder = spoil(mill)
    folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")
    assert mill.take(service)
    job = mill.job(job_id)
    assert (job.state, job.attempt, job.failures, job.worker_losses) == (State.RETRY, 0, 0, 0)
    assert job.stage.startswith("waiting: ")
    folder.unlink()
    folder.with_name("aside").rename(folder)
    mill.forward(60)
    mill.sweeper.round()
    mill.take(service)
    assert mill.job(job_id).state is State.SUCCESS


def test_a_service_that_is_off_here_waits_for_another_machine(mill: Mill) -> None:
    job_id = mill.submit(mill.service(write)).id
    assert mill.take(Service("other", Params, write))
    job = mill.job(job_id)
    assert (job.state, job.failures, job.stage) == (State.RETRY, 0, "there is no service 'work' here")


class Stricter(BaseModel):
    text: str
    cookie: SecretStr

    @field_validator("cookie")
    @classmethod
    def _look(cls, cookie: SecretStr) -> SecretStr:
        if cookie.get_secret_value() == "crash":
            raise KeyError("validators may raise anything")
        raise ValueError("too old")


@pytest.mark.parametrize(("cookie", "code"), [("s3cret-cookie", "PARAMS_INVALID"), ("crash", "UNEXPECTED")])
def test_parameters_that_are_not_valid_any_more_fail_the_job_and_are_not_repeated(
    mill: Mill, cookie: str, code: str
) -> None:
    job_id = mill.submit(mill.service(write), Params(cookie=SecretStr(cookie))).id
    assert mill.take(Service("work", Stricter, lambda _params, _ctx: Result()))
    job = mill.job(job_id)
    assert (job.state, job.error_code) == (State.FAILURE, code)
    assert "cookie" in (job.error_message or "") or code == "UNEXPECTED"
    assert "s3cret" not in job.model_dump_json()


def test_an_attempt_goes_on_while_the_store_is_away_and_commits_afterwards(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        with away(mill):
            ctx.progress(0.5, "in the dark")
            ctx.log("still here")
            return write(params, ctx)

    job = mill.run(mill.service(run))
    assert (job.state, job.failures) == (State.SUCCESS, 0)
    assert "said.txt" in job.files


def test_parts_and_children_wait_for_the_store(mill: Mill) -> None:
    child = Service("part", Params, write, queue=Queue.CPU)

    def run(params: Params, ctx: Context) -> Result:
        part = write(params, ctx).files["said.txt"]
        with away(mill):
            ctx.publish("part.txt", part)
        with away(mill):
            ctx.submit(child, Params())
        return ctx.submit(child, Params(text="other")).result()

    job = mill.run(mill.service(run))
    assert (job.state, job.stage) == (State.RETRY, "0 of 2 parts are done")
    assert sorted(mill.jobs.parts(job.id)) == ["part.txt"]


def test_files_that_come_back_soon_cost_no_attempt(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        mill.files.refuses = "FILES_UNAVAILABLE"
        Timer(0.2, setattr, (mill.files, "refuses", None)).start()
        return write(params, ctx)

    job = mill.run(mill.service(run))
    assert (job.state, job.failures) == (State.SUCCESS, 0)


def test_a_full_file_store_gives_the_slot_and_the_scratch_back(mill: Mill) -> None:
    mill.files.refuses = "FILES_FULL"
    job = mill.run(mill.service(write))
    assert (job.state, job.error_code) == (State.RETRY, "FILES_FULL")
    assert not list(mill.scratch.root.iterdir())


def test_an_end_that_the_store_cannot_take_fails_the_job_instead_of_hanging(mill: Mill) -> None:
    """A move refused for good must not end as the death of a worker."""

    def run(params: Params, ctx: Context) -> Result:
        ctx.publish("part.txt", write(params, ctx).files["said.txt"])
        mill.store.run("SET", mill.scripts.keys("parts", ctx.job_id), "spoilt")
        return Result(data={"n": 1})

    job = mill.run(mill.service(run, attempts=1))
    assert (job.state, job.worker_losses) == (State.FAILURE, 0)
    assert mill.roster.entries() == []


def test_a_refused_last_move_is_followed_by_a_plain_failure(mill: Mill) -> None:
    job = mill.claimed()
    assert job.token is not None
    token = job.token

    def refused() -> Moved:
        raise StaleAttempt("as good as any")

    assert Runner._persist(job.id, refused, lambda: mill.attempts.fail(job.id, token, BROKEN))
    assert (mill.job(job.id).state, mill.job(job.id).error_code) == (State.FAILURE, "INTERNAL")
    assert Runner._persist(job.id, refused, refused) is None


class Torn(Scratch):
    """Folders that fail as ours never should."""

    def path(self, job_id: str, token: str) -> Path:
        raise SystemError(job_id, token)


def test_a_fault_of_our_own_ends_the_job_instead_of_hanging(mill: Mill) -> None:
    mill.scratch = Torn(mill.folder / "files", "here")
    job = mill.run(mill.service(write))
    assert (job.state, job.error_code) == (State.FAILURE, "INTERNAL")
    assert mill.roster.entries() == []


def test_no_program_of_a_forgotten_thread_is_left(mill: Mill) -> None:
    started: list[programs.Program] = []

    def run(_params: Params, ctx: Context) -> Result:
        program = programs.start(["sleep", "60"], cwd=ctx.scratch, limits=programs.Limits(wall_s=60))
        token = mill.job(ctx.job_id).token
        assert token is not None
        mill.roster.note_program(token, program.pid)
        started.append(program)
        return Result()

    mill.run(mill.service(run))
    (program,) = started
    eventually(lambda: process_started(program.pid) is None)
    program.close()


class Stuck(Scratch):
    """Folders on a disk that fails when they are to be removed."""

    def remove(self, job_id: str, token: str) -> None:
        raise Unavailable(f"the disk failed at {job_id}/{token}")


def test_scratch_that_cannot_be_removed_does_not_hold_the_job_up(mill: Mill) -> None:
    mill.scratch = Stuck(mill.folder / "files", "here")
    assert mill.run(mill.service(write)).state is State.SUCCESS
    assert mill.roster.entries() == []


# ---- patience


class Slow:
    """Something that is away for a while, and a clock."""

    def __init__(self, code: str, back_after_s: float) -> None:
        self.code = code
        self.back_after_s = back_after_s
        self.now = 0.0

    def call(self) -> str:
        if self.now < self.back_after_s:
            raise Unavailable("away", code=self.code)
        return "back"

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def ask(self, check: Callable[[], None] = lambda: None) -> str:
        return patiently(self.call, check, now=lambda: self.now, wait=self.wait)


@pytest.mark.parametrize("code", PATIENCE_S)
def test_patience_has_an_end(code: str) -> None:
    assert Slow(code, PATIENCE_S[code] - 1).ask() == "back"
    endless = Slow(code, PATIENCE_S[code] * 2)
    with pytest.raises(Unavailable):
        endless.ask()
    assert PATIENCE_S[code] <= endless.now <= PATIENCE_S[code] + AGAIN_S


@pytest.mark.parametrize("code", ["FILES_FULL", "FILES_DENIED"])
def test_what_waiting_does_not_mend_is_told_at_once(code: str) -> None:
    full = Slow(code, 1)
    with pytest.raises(Unavailable):
        full.ask()
    assert full.now == 0


def test_a_word_ends_the_patience() -> None:
    def told() -> None:
        raise KeyError("told")

    with pytest.raises(KeyError):
        Slow("UNAVAILABLE", 10).ask(told)


# ---- one ticket, several jobs


def test_a_process_goes_on_with_what_waits_behind_its_job(mill: Mill) -> None:
    service = mill.service(write)
    jobs = [mill.submit(service, Params(text=f"{number}")).id for number in range(4)]
    tickets = mill.scripts.keys("tickets", Queue.DEFAULT)
    mill.store.run("RPOP", tickets)  # as Celery does, before it calls us
    mill.runner(service).work()
    assert [mill.job(job_id).state for job_id in jobs] == [State.SUCCESS] * 4
    assert mill.store.run("LLEN", tickets) == 0


def test_it_gives_celery_a_turn_now_and_then(mill: Mill) -> None:
    service = mill.service(write)
    for number in range(FOLLOWED + 3):
        mill.submit(service, Params(text=f"{number}"))
    mill.runner(service).work()
    assert mill.store.run("ZCARD", mill.scripts.keys("ages", Queue.DEFAULT)) == 2


def test_a_draining_worker_goes_on_with_nothing(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        mill.roster.drain(os.getpid(), 60)
        return write(params, ctx)

    service = mill.service(run)
    for number in range(2):
        mill.submit(service, Params(text=f"{number}"))
    mill.runner(service).work()
    assert mill.store.run("ZCARD", mill.scripts.keys("ages", Queue.DEFAULT)) == 1
