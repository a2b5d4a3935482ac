from pathlib import Path

import pytest
from pydantic import BaseModel

from mediamill import Context, Queue, Result, Service
from mediamill.core.service import Files


class Params(BaseModel):
    text: str = ""


def run(params: Params, ctx: Context) -> Result:
    """Echo."""
    return Result(data={"text": params.text, "attempt": ctx.attempt})


@pytest.mark.parametrize("name", ["speech", "speech2", "text-to-speech", "text_to_speech"])
def test_a_name_that_survives_a_url_is_taken(name: str) -> None:
    service = Service(name, Params, run)
    assert (service.name, service.path) == (name, name)


@pytest.mark.parametrize("name", ["", "Speech", "two words", "a/b", "a.b", "-", "_-", "ünïcödé", "名前"])
def test_a_name_that_does_not_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="service name"):
        Service(name, Params, run)


def test_a_path_of_its_own_stands() -> None:
    assert Service("speech", Params, run, path="say").path == "say"


def test_a_queue_may_be_named_by_its_word() -> None:
    service = Service("speech", Params, run, queue="cpu")
    assert service.queue_of(Params(), {}) is Queue.CPU


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="gpu"):
        Service("speech", Params, run, queue="gpu")


def test_a_queue_may_be_picked_by_the_request() -> None:
    def pick(params: Params, files: Files) -> Queue:
        return Queue.INTERACTIVE if len(params.text) < 10 and not files else Queue.CPU

    service = Service("speech", Params, run, queue=pick)
    assert service.queue_of(Params(text="short"), {}) is Queue.INTERACTIVE
    assert service.queue_of(Params(text="much too long"), {}) is Queue.CPU
    assert service.queue_of(Params(), {"file": Path("x")}) is Queue.CPU


def test_a_secret_is_a_parameter_and_no_file() -> None:
    assert Service("login", Params, run, secrets=("text",)).secrets == ("text",)
    with pytest.raises(ValueError, match="'pin' is no parameter"):
        Service("login", Params, run, secrets=("pin",))
    with pytest.raises(ValueError, match="an input and a secret"):
        Service("login", Params, run, inputs=("text",), secrets=("text",))


def test_a_secret_may_belong_within_another_parameter() -> None:
    class Login(BaseModel):
        options: Params = Params()

    def run(_params: Login, _ctx: Context) -> Result:
        return Result()

    service = Service("login", Login, run, secrets=("options.text",))
    assert service.secret_places == {"text": ("options", "text")}
    for wrong in ("options.pin", "text.options", "options.text.text"):
        with pytest.raises(ValueError, match="is no parameter"):
            Service("login", Login, run, secrets=(wrong,))
    with pytest.raises(ValueError, match="an input and a secret"):
        Service("login", Login, run, inputs=("text",), secrets=("options.text",))


def test_what_comes_from_us_is_no_field_of_a_request() -> None:
    for fields in ({"inputs": ("rescued",)}, {"secrets": ("text", "rescued")}):
        with pytest.raises(ValueError, match="'rescued'"):
            Service("login", Params, run, **fields)


def test_what_is_rescued_is_a_job_of_its_own_and_so_has_no_identity() -> None:
    with pytest.raises(ValueError, match="can rescue nothing"):
        Service("film", Params, run, dedupe="alive", identity=lambda params: params.text, rescue=lambda params: params)


def test_forks_are_for_work_that_computes() -> None:
    assert {queue for queue in Queue if queue.forks} == {Queue.INTERACTIVE, Queue.CPU}
