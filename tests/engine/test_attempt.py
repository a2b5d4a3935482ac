import asyncio
import errno
import math
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from typing import Any, Never

import numpy as np
import psutil
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.engine.mill import Mill, Params

from mediamill import Cancelled, Context, InvalidInput, Later, PermanentError, Result, RetryableError
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine.roster import Word
from mediamill.settings import LimitSettings


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path}, data={"characters": len(params.text)})


def raising(error: BaseException) -> Callable[[Params, Context], Never]:
    def run(_params: Params, _ctx: Context) -> Never:
        raise error

    return run


def returning(result: Any) -> Callable[[Params, Context], Result]:  # noqa: ANN401 - what a service should not return
    return lambda _params, _ctx: result


def token_of(mill: Mill, ctx: Context) -> str:
    token = mill.job(ctx.job_id).token
    assert token is not None
    return token


def test_a_finished_attempt_names_its_files_and_leaves_no_scratch(mill: Mill) -> None:
    job = mill.run(mill.service(write), Params(text="hello"))
    assert job.state is State.SUCCESS
    assert job.data == {"characters": 5}
    assert mill.artifacts.fetch(job.files["said.txt"], mill.folder / "copy").read_text() == "hello"
    assert not mill.scratch.path(job.id, "x").parent.exists()
    assert mill.roster.entries() == []


def test_a_permanent_error_ends_the_job_with_its_code(mill: Mill) -> None:
    error = PermanentError("the PDF has 9 pages; the limit is 5", code="TOO_MANY_PAGES")
    job = mill.run(mill.service(raising(error)))
    assert (job.state, job.error_code) == (State.FAILURE, "TOO_MANY_PAGES")
    assert job.error_message == "the PDF has 9 pages; the limit is 5"


def test_an_error_about_the_request_is_not_tried_again(mill: Mill) -> None:
    job = mill.run(mill.service(raising(InvalidInput("no text in it"))))
    assert (job.state, job.error_code, job.failures) == (State.FAILURE, "INVALID_INPUT", 1)


@pytest.mark.parametrize(
    "error",
    [
        RetryableError("slow down", after_s=60),
        KeyError("oops"),
        SystemExit(3),
        KeyboardInterrupt(),
        GeneratorExit(),
        asyncio.CancelledError(),
        MemoryError(),
        Cancelled("by myself"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_errors_are_tried_again_and_charged(mill: Mill, error: BaseException) -> None:
    service = mill.service(raising(error), attempts=2)
    job = mill.run(service)
    assert (job.state, job.failures, job.attempt) == (State.RETRY, 1, 1)
    mill.forward(61)
    mill.sweeps.due([job.id])
    assert mill.take(service)
    job = mill.job(job.id)
    assert (job.state, job.failures, job.attempt) == (State.FAILURE, 2, 2)
    assert [attempt.outcome for attempt in job.history] == ["retry", "fail"]


@pytest.mark.parametrize(
    ("after_s", "longest_s"), [(7.0, 7), (-5.0, 0), (math.nan, 30), (math.inf, 30), (None, 30), (1e12, 30 * 86_400)]
)
def test_a_retry_waits_as_long_as_the_cause_said_within_reason(
    mill: Mill, after_s: float | None, longest_s: float
) -> None:
    job = mill.run(mill.service(raising(RetryableError("slow down", after_s=after_s))))
    assert job.due_ms is not None
    assert 0 <= job.due_ms - job.queued_ms <= longest_s * 1_000 + 1_000


def test_later_charges_nothing(mill: Mill) -> None:
    job = mill.run(mill.service(raising(Later(5, "the channel is offline"))))
    assert (job.state, job.failures, job.attempt, job.stage) == (State.RETRY, 0, 0, "the channel is offline")


def test_later_in_the_past_is_now(mill: Mill) -> None:
    job = mill.run(mill.service(raising(Later(-100))))
    assert job.due_ms is not None
    assert job.due_ms >= job.queued_ms


@pytest.mark.parametrize("seconds", [math.nan, math.inf])
def test_later_at_no_time_is_a_mistake(mill: Mill, seconds: float) -> None:
    job = mill.run(mill.service(raising(Later(seconds))))
    assert (job.state, job.error_code) == (State.FAILURE, "LATER_INVALID")


# ---- what a service returns


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "NoneType, not a mediamill.Result"),
        ({"files": {}}, "a dict, not a mediamill.Result"),
        (Result(files=["a"]), "files are a list"),  # type: ignore[arg-type]
        (Result(data=[1]), "data are a list"),  # type: ignore[arg-type]
        (Result(files={1: Path()}), "named by a int"),  # type: ignore[dict-item]
        (Result(files={"a": "/a"}), "is a str, not a pathlib.Path"),  # type: ignore[dict-item]
        (Result(data={"rate": np.int64(3)}), "'rate' is or holds what JSON has not (int64)"),
        (Result(data={"ok": 1, "path": Path("x")}), "'path' is or holds"),
        (Result(data={"loudness": math.nan}), "'loudness' is nan"),
        (Result(data={"deep": {"list": [math.inf]}}), "'deep' is or holds"),
        (Result(data={"price": Decimal(1)}), "'price' is or holds"),
        (Result(data={"name": "\udcff"}), "'name' is or holds"),
        (Result(data={("a", 1): 2}), "keys must be str"),  # type: ignore[dict-item]
        (Result(data={"text": "x" * 300_000}), "the limit is 262144"),
    ],
    ids=str,
)
def test_a_result_that_cannot_be_kept_says_what_is_wrong(mill: Mill, result: object, words: str) -> None:
    job = mill.run(mill.service(returning(result)))
    assert (job.state, job.error_code) == (State.FAILURE, "RESULT_INVALID")
    assert words in (job.error_message or "")


@pytest.mark.parametrize("name", ["keep_parts", "reusable"])
def test_a_flag_of_a_result_is_a_bool(mill: Mill, name: str) -> None:
    job = mill.run(mill.service(returning(Result(**{name: "no"}))))  # type: ignore[arg-type]
    assert (job.state, job.error_code) == (State.FAILURE, "RESULT_INVALID")
    assert f"{name} is a str" in (job.error_message or "")


def test_data_come_back_as_json_has_them(mill: Mill) -> None:
    job = mill.run(mill.service(returning(Result(data={"n": np.float64(0.5), "t": (1, 2), "v": "Việt"}))))
    assert job.data == {"n": 0.5, "t": [1, 2], "v": "Việt"}


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "", "a\nb", "c" * 300])
def test_a_file_with_an_unsafe_name_is_refused(mill: Mill, name: str) -> None:
    def run(params: Params, ctx: Context) -> Result:
        return replace(write(params, ctx), files={name: ctx.scratch / "said.txt"})

    job = mill.run(mill.service(run))
    assert (job.state, job.error_code) == (State.FAILURE, "ARTIFACT_NAME")


def test_two_names_that_look_alike_are_refused(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        path = write(params, ctx).files["said.txt"]
        return Result(files={"caf\u00e9.txt": path, "cafe\u0301.txt": path})

    assert mill.run(mill.service(run)).error_code == "ARTIFACT_NAME"


def passwd(_scratch: Path) -> Path:
    return Path("/etc/passwd")


def upwards(scratch: Path) -> Path:
    return scratch / ".." / ".." / ".." / "files"


def link(scratch: Path) -> Path:
    (scratch / "link").symlink_to("/etc/passwd")
    return scratch / "link"


def linked_folder(scratch: Path) -> Path:
    (scratch / "folder").symlink_to("/etc")
    return scratch / "folder" / "passwd"


def inner_link(scratch: Path) -> Path:
    (scratch / "real").write_text("x")
    (scratch / "link").symlink_to("real")
    return scratch / "link"


@pytest.mark.parametrize(
    ("path_in", "code"),
    [
        (passwd, "ARTIFACT_OUTSIDE"),
        (upwards, "ARTIFACT_OUTSIDE"),
        (link, "ARTIFACT_OUTSIDE"),
        (linked_folder, "ARTIFACT_OUTSIDE"),
        (inner_link, "ARTIFACT_MISSING"),
        (lambda scratch: scratch / "never-written", "ARTIFACT_MISSING"),
        (lambda scratch: scratch, "ARTIFACT_MISSING"),
    ],
)
def test_only_real_files_in_scratch_become_artifacts(mill: Mill, path_in: Callable[[Path], Path], code: str) -> None:
    job = mill.run(mill.service(lambda _params, ctx: Result(files={"a.txt": path_in(ctx.scratch)})))
    assert (job.state, job.error_code) == (State.FAILURE, code)
    assert mill.stored() == []
    assert str(mill.folder) not in (job.error_message or "")


def test_a_cached_file_can_be_the_result(mill: Mill) -> None:
    def make(path: Path) -> None:
        path.write_text("x")

    def run(_params: Params, ctx: Context) -> Result:
        return Result(files={"a.txt": ctx.cached("k", make)})

    first, second = mill.run(mill.service(run)), mill.run(mill.service(run), Params(text="other"))
    assert (first.state, second.state) == (State.SUCCESS, State.SUCCESS)
    assert mill.log(first.id)["attempt.cache"] == {"hits": 0, "made": 1}
    assert mill.log(second.id)["attempt.cache"] == {"hits": 1, "made": 0}


def test_a_step_on_another_file_system_can_be_the_result_too(mill: Mill) -> None:
    """There the context gives the stored file itself, which is not in scratch."""

    def run(_params: Params, ctx: Context) -> Result:
        ctx.cached("k", lambda path: path.touch())
        mill.files.links = False
        return Result(files={"a.txt": ctx.cached("k", lambda path: path.touch())})

    assert mill.run(mill.service(run)).state is State.SUCCESS


# ---- what must not be told


def test_a_secret_reaches_the_service_and_nobody_else(mill: Mill) -> None:
    seen = []

    def run(params: Params, ctx: Context) -> Never:
        assert params.cookie is not None
        seen.append(params.cookie.get_secret_value())
        ctx.log("signing.in", cookie=params.cookie.get_secret_value())
        raise ValueError(f"refused {params.cookie.get_secret_value()}")

    with capture_logs() as lines:
        job = mill.run(mill.service(run), Params(cookie=SecretStr("s3cret-cookie")))
    assert seen == ["s3cret-cookie"]
    told = job.model_dump_json() + str(mill.jobs.log(job.id)) + str(mill.jobs.events(job.id)) + str(lines)
    assert "s3cret-cookie" not in told
    assert "***" in told


@pytest.mark.parametrize("last", [False, True])
def test_clients_see_neither_paths_of_the_server_nor_tracebacks(mill: Mill, last: bool) -> None:  # noqa: FBT001
    def run(_params: Params, ctx: Context) -> Result:
        ctx.log("reading", path=ctx.scratch / "in.wav")
        (ctx.scratch / "missing" / "in.wav").read_text()
        return Result()

    with capture_logs() as lines:
        job = mill.run(mill.service(run, attempts=1 if last else 5))
    assert job.error_message == "FileNotFoundError: [Errno 2] No such file or directory: 'missing/in.wav'"
    told = job.model_dump_json() + str(mill.jobs.log(job.id)) + str(mill.jobs.events(job.id))
    assert str(mill.folder) not in told
    assert "Traceback" not in told
    assert any("Traceback" in line.get("traceback", "") for line in lines)  # for whoever runs this machine


def test_an_unknown_error_tells_no_path_at_all(mill: Mill) -> None:
    job = mill.run(mill.service(raising(RuntimeError("cannot load /opt/models/voice.bin"))))
    assert job.error_message == "RuntimeError: cannot load voice.bin"


def test_an_error_whose_words_are_no_unicode_is_told_all_the_same(mill: Mill) -> None:
    job = mill.run(mill.service(raising(ValueError(os.fsdecode(b"bad name \xff")))))
    assert (job.state, job.error_message) == (State.RETRY, "ValueError: bad name ?")


def test_a_full_disk_says_so(mill: Mill) -> None:
    job = mill.run(mill.service(raising(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(mill.folder)))))
    assert (job.state, job.error_code, job.error_message) == (State.RETRY, "FILES_FULL", "the disk for files is full")


def test_a_very_long_message_is_cut(mill: Mill) -> None:
    job = mill.run(mill.service(raising(PermanentError("x" * 100_000))))
    assert len(job.error_message or "") == 2_000


# ---- words


def run_told(mill: Mill, word: Word, **options: Any) -> Job:  # noqa: ANN401 - Service's own options
    """Run an attempt that is told `word` and hears it at its next check."""

    def run(_params: Params, ctx: Context) -> Result:
        if word is Word.CANCEL:
            mill.jobs.cancel(ctx.job_id)
        mill.roster.say(token_of(mill, ctx), word)
        try:
            ctx.check()
        except Exception as error:
            raise AssertionError("Cancelled was caught") from error
        return Result(data={"went": "on"})

    return mill.run(mill.service(run, **options))


def test_a_cancelled_attempt_ends_in_revoked(mill: Mill) -> None:
    job = run_told(mill, Word.CANCEL)
    assert (job.state, job.history[-1].outcome) == (State.REVOKED, "cancelled")


def test_an_attempt_over_its_time_fails(mill: Mill) -> None:
    job = run_told(mill, Word.TIME, time_limit_s=7)
    assert (job.state, job.error_code) == (State.FAILURE, "TIME_LIMIT")
    assert "7 s" in (job.error_message or "")


def test_an_attempt_over_its_memory_fails_and_says_what_it_may_have(mill: Mill) -> None:
    mill.tools = replace(mill.tools, limits=LimitSettings(attempt_memory=300 << 20))
    job = run_told(mill, Word.MEMORY)
    assert (job.state, job.error_code) == (State.FAILURE, "MEMORY_LIMIT")
    assert job.error_message == "the attempt's process took more than its limit of 300 MiB of memory"


def test_an_attempt_of_a_worker_that_goes_is_handed_back(mill: Mill) -> None:
    job = run_told(mill, Word.DRAIN)
    assert (job.state, job.attempt, job.failures, job.worker_losses) == (State.PENDING, 0, 0, 0)


def test_a_lost_attempt_touches_nothing(mill: Mill) -> None:
    job = run_told(mill, Word.LOST)
    assert (job.state, job.history) == (State.STARTED, ())


def test_a_job_that_is_stopped_goes_on_and_knows(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        before = ctx.stopping
        mill.roster.say(token_of(mill, ctx), Word.STOP)
        return Result(data={"stopping": [before, ctx.stopping]})

    job = mill.run(mill.service(run))
    assert (job.state, job.data) == (State.SUCCESS, {"stopping": [False, True]})


@pytest.mark.parametrize("word", [Word.DRAIN, Word.TIME, Word.STOP])
def test_work_that_is_done_is_kept_whatever_came_meanwhile(mill: Mill, word: Word) -> None:
    def run(params: Params, ctx: Context) -> Result:
        mill.roster.say(token_of(mill, ctx), word)
        return write(params, ctx)

    assert mill.run(mill.service(run)).state is State.SUCCESS


def test_a_service_that_swallows_its_cancel_has_no_success(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        mill.jobs.cancel(ctx.job_id)
        mill.roster.say(token_of(mill, ctx), Word.CANCEL)
        try:
            ctx.check()
        except BaseException:  # noqa: BLE001 - what services do
            return write(params, ctx)
        raise AssertionError

    job = mill.run(mill.service(run))
    assert (job.state, job.files) == (State.REVOKED, {})
    assert mill.stored() == []


def test_a_cancel_that_comes_while_the_result_is_stored_wins(mill: Mill) -> None:
    def cancel(_key: str) -> None:
        mill.jobs.cancel(next(iter(mill.jobs.all_ids())))

    mill.files.taking = cancel
    job = mill.run(mill.service(write))
    assert (job.state, job.files, job.data) == (State.REVOKED, {}, None)


def test_a_stale_attempt_commits_nothing(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        mill.attempts.lose(ctx.job_id, token_of(mill, ctx))
        return write(params, ctx)

    job = mill.run(mill.service(run))
    assert (job.state, job.files, job.worker_losses) == (State.PENDING, {}, 1)


def test_a_thread_that_a_service_left_behind_hears_that_it_is_over(mill: Mill) -> None:
    over, heard = Event(), Event()

    def stay(ctx: Context) -> None:
        over.wait(10)
        try:
            ctx.check()
        except Cancelled:
            with pytest.raises(Cancelled):
                ctx.scratch.touch()
            heard.set()

    def run(_params: Params, ctx: Context) -> Result:
        Thread(target=stay, args=(ctx,), daemon=True).start()
        return Result()

    mill.run(mill.service(run))
    over.set()
    assert heard.wait(10)


@pytest.mark.parametrize(("lost", "state"), [(False, State.REVOKED), (True, State.PENDING)])
def test_a_part_that_comes_too_late_ends_the_attempt_at_once(mill: Mill, lost: bool, state: State) -> None:  # noqa: FBT001
    """The record knows of the cancel before the keeper brings it."""

    def run(params: Params, ctx: Context) -> Result:
        part = write(params, ctx).files["said.txt"]
        if lost:
            mill.attempts.lose(ctx.job_id, token_of(mill, ctx))
        else:
            mill.jobs.cancel(ctx.job_id)
        ctx.publish("part.txt", part)
        raise AssertionError("goes on")

    job = mill.run(mill.service(run))
    assert (job.state, mill.jobs.parts(job.id)) == (state, {})


def test_the_time_limit_ends_with_the_service(mill: Mill) -> None:
    """What it takes to store the result is not its fault."""
    seen = []
    mill.files.taking = lambda _key: seen.append(mill.roster.entries()[0])
    mill.run(mill.service(write))
    assert [(entry.ending, entry.deadline) for entry in seen] == [(True, math.inf)]


# ---- parts


def test_parts_outlive_their_attempt_and_belong_to_the_result(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.scratch / "part"
        path.write_text(f"of attempt {ctx.attempt}")
        ctx.publish(f"part-{ctx.attempt}.txt", path)
        ctx.publish("same.txt", path)
        if ctx.attempt == 1:
            raise RetryableError("once more", after_s=0)
        return Result()

    service = mill.service(run)
    job = mill.run(service)
    assert sorted(mill.jobs.parts(job.id)) == ["part-1.txt", "same.txt"]
    mill.sweeper.round()
    mill.take(service)
    job = mill.job(job.id)
    texts = {name: b"".join(mill.files.read(each.key)).decode() for name, each in job.files.items()}
    assert texts == {
        "part-1.txt": "of attempt 1",
        "part-2.txt": "of attempt 2",
        "same.txt": "of attempt 2",
    }


def test_a_result_may_do_without_the_parts_of_every_attempt(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        made = write(params, ctx)
        ctx.publish(f"part-{ctx.attempt}.txt", made.files["said.txt"])
        if ctx.attempt == 1:
            raise RetryableError("once more", after_s=0)
        return replace(made, keep_parts=False)

    service = mill.service(run)
    job = mill.run(service)
    assert mill.job(job.id).published
    mill.sweeper.round()
    mill.take(service)
    job = mill.job(job.id)
    assert (job.state, list(job.files), job.published) == (State.SUCCESS, ["said.txt"], False)
    assert mill.jobs.parts(job.id) == {}


def test_parts_of_an_attempt_that_was_cancelled_at_its_end_stay(mill: Mill) -> None:
    """A refused success changes nothing but the state."""

    def run(params: Params, ctx: Context) -> Result:
        made = write(params, ctx)
        ctx.publish("part.txt", made.files["said.txt"])
        mill.jobs.cancel(ctx.job_id)
        return replace(made, keep_parts=False)

    job = mill.run(mill.service(run))
    assert (job.state, list(mill.jobs.parts(job.id))) == (State.REVOKED, ["part.txt"])


def test_a_result_that_is_not_to_be_reused_answers_no_repeat_but_its_own_key(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        return replace(write(params, ctx), reusable=False)

    service = mill.service(run)
    job = mill.run(service, idempotency_key="k")
    assert (job.state, job.keep_dedupe) == (State.SUCCESS, False)
    again = mill.submit(service)
    assert (again.outcome, again.id != job.id) == ("new", True)
    repeat = mill.submit(service, idempotency_key="k")
    assert (repeat.outcome, repeat.id) == ("replay", job.id)


def test_what_was_asked_to_finish_early_answers_no_repeat(mill: Mill) -> None:
    def run(params: Params, ctx: Context) -> Result:
        if not told:
            told.append(bool(mill.jobs.stop(ctx.job_id)))
            mill.keeper.round()
        return replace(write(params, ctx), data={"complete": not ctx.stopping})

    told: list[bool] = []
    service = mill.service(run)
    stopped = mill.run(service)
    assert (stopped.state, stopped.data) == (State.SUCCESS, {"complete": False})
    again = mill.submit(service)
    assert (again.outcome, again.id != stopped.id) == ("new", True)


def test_a_result_that_is_not_to_be_reused_takes_no_name_from_another(mill: Mill) -> None:
    """While it ran, a forced twin took the request's name over."""

    def run(params: Params, ctx: Context) -> Result:
        made = write(params, ctx)
        if not twins:
            twins.append(mill.submit(mill.service(write), params, force=True).id)
            return replace(made, reusable=False)
        return made

    twins: list[str] = []
    service = mill.service(run)
    mill.run(service)
    assert mill.submit(service).id == twins[0]


# ---- limits of programs

LIMITS = "import resource as r; print(r.getrlimit(r.RLIMIT_DATA)[0], r.getrlimit(r.RLIMIT_FSIZE)[0])"


@pytest.mark.parametrize(
    ("asked", "held"), [({}, "268435456 1048576"), ({"memory_bytes": 1 << 29}, "536870912 1048576")]
)
def test_programs_have_the_machines_limits_unless_the_service_says_otherwise(
    mill: Mill, asked: dict[str, Any], held: str
) -> None:
    mill.tools = replace(mill.tools, limits=LimitSettings(program_memory=1 << 28, program_file=1 << 20))

    def run(_params: Params, ctx: Context) -> Result:
        return Result(data={"held": ctx.run(sys.executable, "-I", "-S", "-c", LIMITS, timeout_s=20, **asked).output})

    assert mill.run(mill.service(run)).data == {"held": held}


def test_a_coprocess_works_in_scratch_and_is_gone_with_its_attempt(mill: Mill) -> None:
    said: dict[str, Any] = {}

    def run(_params: Params, ctx: Context) -> Result:
        said.update(ctx.coprocess("tests.media.parrot").ask({"say": "hi"}, timeout_s=30))  # nobody closes it
        return Result(data={"beside": said["cwd"] == str(ctx.scratch)})

    assert mill.run(mill.service(run)).data == {"beside": True}
    assert not psutil.pid_exists(said["pid"])


def test_the_keeper_can_kill_a_coprocess(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        with ctx.coprocess("tests.media.parrot") as parrot:
            parrot.ask({"say": "hi"}, timeout_s=30)
            return Result(data={"noted": len(mill.roster.programs(mill.roster.entries()[0].token))})

    assert mill.run(mill.service(run)).data == {"noted": 1}
