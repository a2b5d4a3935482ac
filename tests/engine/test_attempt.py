from typing import Never

import pytest
from pydantic import SecretStr
from tests.engine.mill import Mill, Params

from mediamill import Context, Later, PermanentError, Result, RetryableError
from mediamill.core.states import State


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path}, data={"characters": len(params.text)})


def test_a_finished_attempt_names_its_files_and_leaves_no_scratch(mill: Mill) -> None:
    job = mill.run(mill.service(write), Params(text="hello"))
    assert job.state is State.SUCCESS
    assert job.data == {"characters": 5}
    assert mill.artifacts.fetch(job.files["said.txt"], mill.folder / "copy").read_text() == "hello"
    assert not mill.scratch.path(job.id, "x").parent.exists()
    assert mill.roster.entries() == []


def test_a_permanent_error_ends_the_job_with_its_code(mill: Mill) -> None:
    def run(_params: Params, _ctx: Context) -> Never:
        raise PermanentError("the PDF has 9 pages; the limit is 5", code="TOO_MANY_PAGES")

    job = mill.run(mill.service(run))
    assert (job.state, job.error_code) == (State.FAILURE, "TOO_MANY_PAGES")
    assert job.error_message == "the PDF has 9 pages; the limit is 5"


@pytest.mark.parametrize("error", [RetryableError("slow down", after_s=60), KeyError("oops"), SystemExit(3)])
def test_other_errors_are_tried_again_and_charged(mill: Mill, error: BaseException) -> None:
    def run(_params: Params, _ctx: Context) -> Never:
        raise error

    service = mill.service(run, attempts=2)
    job = mill.run(service)
    assert (job.state, job.failures, job.attempt) == (State.RETRY, 1, 1)
    mill.forward(61)
    mill.sweeps.due([job.id])
    assert mill.take(service)
    job = mill.job(job.id)
    assert (job.state, job.failures, job.attempt) == (State.FAILURE, 2, 2)
    assert [attempt.outcome for attempt in job.history] == ["retry", "fail"]


def test_later_charges_nothing(mill: Mill) -> None:
    def run(_params: Params, _ctx: Context) -> Never:
        raise Later(5, "the channel is offline")

    job = mill.run(mill.service(run))
    assert (job.state, job.failures, job.attempt, job.stage) == (State.RETRY, 0, 0, "the channel is offline")


def test_a_secret_reaches_the_service_and_nobody_else(mill: Mill) -> None:
    seen = []

    def run(params: Params, ctx: Context) -> Never:
        assert params.cookie is not None
        seen.append(params.cookie.get_secret_value())
        ctx.log("signing.in", cookie=params.cookie.get_secret_value())
        raise PermanentError(f"refused {params.cookie.get_secret_value()}")

    job = mill.run(mill.service(run), Params(cookie=SecretStr("s3cret-cookie")))
    assert seen == ["s3cret-cookie"]
    told = job.model_dump_json() + str(mill.jobs.log(job.id)) + str(mill.jobs.events(job.id))
    assert "s3cret-cookie" not in told
    assert "***" in told
