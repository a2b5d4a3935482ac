import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr
from tests.engine.mill import Mill, Params

from mediamill import Context, InvalidInput, Later, Queue, Result, Service
from mediamill.core.errors import KeyReused, Unavailable
from mediamill.core.service import Files
from mediamill.core.states import State
from mediamill.files.uploads import ReceivedUpload
from mediamill.store.identities import Identities


def write(params: Params, ctx: Context) -> Result:
    path = ctx.scratch / "said.txt"
    path.write_text(params.text)
    return Result(files={"said.txt": path})


def received(mill: Mill, body: bytes = b"body", name: str = "notes.md") -> dict[str, ReceivedUpload]:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return {"file": asyncio.run(mill.uploads.receive(chunks(), name, 1_000))}


def staged(mill: Mill) -> int:
    return sum(1 for _ in mill.uploads.staging.iterdir())


@pytest.fixture
def service(mill: Mill) -> Service[Params]:
    return mill.service(write, inputs=("file",))


def test_an_upload_reaches_the_service_with_the_suffix_it_came_with(mill: Mill) -> None:
    seen = []

    def check(_params: Params, files: Files) -> None:
        seen.append(files["file"].suffix)

    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.input("file")
        assert path is not None
        seen.append(path.suffix)
        assert path == ctx.input("file")
        assert ctx.input("other") is None
        return Result(data={"text": path.read_text()})

    job = mill.run(mill.service(run, inputs=("file",), check=check), received=received(mill))
    assert (job.data, job.uploads["file"].filename) == ({"text": "body"}, "notes.md")
    assert seen == [".md", ".md"]
    assert staged(mill) == 0


def test_a_queue_may_depend_on_the_request(mill: Mill) -> None:
    service = mill.service(write, queue=lambda params, _files: Queue.CPU if params.text else Queue.DEFAULT)
    assert mill.job(mill.submit(service, Params(text="")).id).queue is Queue.DEFAULT
    assert mill.job(mill.submit(service, Params(text="x")).id).queue is Queue.CPU


def test_what_the_check_refuses_leaves_nothing(mill: Mill) -> None:
    def check(_params: Params, _files: Files) -> None:
        raise InvalidInput("no pages", field="file")

    with pytest.raises(InvalidInput):
        mill.submit(mill.service(write, inputs=("file",), check=check), received=received(mill))
    assert (mill.stored(), staged(mill), list(mill.jobs.all_ids())) == ([], 0, [])


def test_files_that_cannot_be_kept_leave_nothing(mill: Mill, service: Service[Params]) -> None:
    two = {"first": received(mill)["file"], "second": received(mill, b"other")["file"]}
    two["second"].path.unlink()  # its place failed
    with pytest.raises(Unavailable):
        mill.submit(service, received=two)
    assert (mill.stored(), staged(mill), list(mill.jobs.all_ids())) == ([], 0, [])


def test_an_unsure_submit_keeps_its_uploads(mill: Mill, service: Service[Params]) -> None:
    """The store may have taken the job and only its answer was lost."""
    sent = received(mill)
    mill.store.away = True
    with pytest.raises(Unavailable):
        mill.submit(service, received=sent)
    assert len(mill.stored()) == 1
    assert staged(mill) == 0


def test_the_same_request_is_the_same_job_while_it_is_alive(mill: Mill, service: Service[Params]) -> None:
    first = mill.submit(service, received=received(mill))
    again = mill.submit(service, received=received(mill), priority=5)
    assert (first.outcome, again.outcome, again.id) == ("new", "alive", first.id)
    assert mill.job(first.id).priority == 5
    assert len(mill.stored()) == 1  # its bytes are not kept twice


@pytest.mark.parametrize("other", [{"owner": "bob"}, {"force": True}, {"params": Params(text="else")}])
def test_another_request_is_another_job(mill: Mill, service: Service[Params], other: dict[str, object]) -> None:
    first = mill.submit(service)
    assert mill.submit(service, **other).id != first.id  # type: ignore[arg-type]


def test_another_file_or_secret_is_another_request(mill: Mill, service: Service[Params]) -> None:
    ids = {
        mill.submit(service, received=received(mill, b"one")).id,
        mill.submit(service, received=received(mill, b"two")).id,
        mill.submit(service, Params(cookie=SecretStr("one"))).id,
        mill.submit(service, Params(cookie=SecretStr("two"))).id,
    }
    assert len(ids) == 4
    assert mill.submit(service, Params(cookie=SecretStr("two"))).outcome == "alive"


def test_a_repeat_of_a_finished_request_is_answered_at_once(mill: Mill, service: Service[Params]) -> None:
    done = mill.run(service)
    again = mill.submit(service)
    assert (again.outcome, again.id, again.state) == ("cached", done.id, State.SUCCESS)


@pytest.mark.parametrize("key", [None, "k"])
def test_a_finished_job_whose_files_are_gone_is_run_again_once(
    mill: Mill, service: Service[Params], key: str | None
) -> None:
    done = mill.run(service)
    mill.files.delete(done.files["said.txt"].key)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: mill.submit(service, idempotency_key=key), range(8)))
    assert sorted(each.outcome for each in again) in (["alive"] * 7 + ["new"], ["new"] + ["replay"] * 7)
    assert done.id not in {each.id for each in again}
    assert len({each.id for each in again}) == 1


def test_a_service_may_ask_that_only_running_jobs_are_joined(mill: Mill) -> None:
    service = mill.service(write, dedupe="alive")
    done = mill.run(service)
    assert mill.submit(service).id != done.id
    assert mill.submit(service).outcome == "alive"


def named(mill: Mill, **options: object) -> Service[Params]:
    """Return a service whose requests are about their first word."""
    return mill.service(write, dedupe="alive", identity=lambda params: params.text.split()[0], **options)


def test_requests_about_the_same_are_one_job_whatever_else_they_say(mill: Mill) -> None:
    service = named(mill)
    first = mill.submit(service, Params(text="channel every minute"))
    assert mill.submit(service, Params(text="channel every hour")).id == first.id
    assert mill.submit(service, Params(text="channel by force"), force=True).id == first.id
    assert mill.submit(service, Params(text="channel2 every minute")).id != first.id
    assert mill.submit(service, Params(text="channel every minute"), owner="bob").id != first.id
    identities = Identities(mill.scripts)
    assert identities.latest("ann", "work", "channel") == first.id
    assert mill.job(first.id).identified
    mill.jobs.cancel(first.id)
    assert mill.submit(service, Params(text="channel every hour")).id != first.id


def test_a_key_that_came_with_another_request_about_the_same_is_refused(mill: Mill) -> None:
    service = named(mill)
    first = mill.submit(service, Params(text="channel every minute"), idempotency_key="k")
    assert mill.submit(service, Params(text="channel every minute"), idempotency_key="k").id == first.id
    with pytest.raises(KeyReused):
        mill.submit(service, Params(text="channel every hour"), idempotency_key="k")


def test_a_child_about_what_a_job_is_about_already_is_that_job(mill: Mill) -> None:
    child = Service("part", Params, write, dedupe="alive", identity=lambda params: params.text.split()[0])
    first = mill.submit(child, Params(text="live one"))
    asked: list[str] = []

    def run(_params: Params, ctx: Context) -> Result:
        asked.append(ctx.submit(child, Params(text="live another")).id)
        raise Later(60)

    mill.submit(mill.service(run, queue=Queue.CPU))
    assert mill.take(mill.service(run, queue=Queue.CPU), queue=Queue.CPU)
    assert asked == [first.id]


def test_only_a_service_that_joins_the_living_has_an_identity(mill: Mill) -> None:
    with pytest.raises(ValueError, match="alive"):
        mill.service(write, identity=lambda params: params.text)


def test_a_call_repeated_with_its_key_keeps_its_uploads_once(mill: Mill, service: Service[Params]) -> None:
    first = mill.submit(service, received=received(mill), idempotency_key="k")
    again = mill.submit(service, received=received(mill), idempotency_key="k")
    assert (again.outcome, again.id) == ("replay", first.id)
    assert mill.stored() == [mill.job(first.id).uploads["file"].key]
    assert mill.submit(service, idempotency_key="k", owner="bob").id != first.id


def test_a_key_that_comes_with_another_file_is_refused_and_the_file_is_gone(
    mill: Mill, service: Service[Params]
) -> None:
    first = mill.submit(service, received=received(mill), idempotency_key="k")
    with pytest.raises(KeyReused):
        mill.submit(service, received=received(mill, b"other"), idempotency_key="k")
    assert mill.stored() == [mill.job(first.id).uploads["file"].key]
    assert staged(mill) == 0


def test_fifty_identical_requests_at_once_are_one_job(mill: Mill, service: Service[Params]) -> None:
    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(lambda _: mill.submit(service).id, range(50)))
    assert len(ids) == 1


def test_a_deadline_is_passed_on(mill: Mill, service: Service[Params]) -> None:
    submitted = mill.submit(service, start_in_s=60)
    job = mill.job(submitted.id)
    assert job.start_by_ms == job.created_ms + 60_000


# ---- what is long in a request


def put_aside(params: Params) -> tuple[Params, dict[str, str]]:
    long = len(params.text) > 10
    return (params.model_copy(update={"text": ""}), {"file": params.text}) if long else (params, {})


def read(params: Params, ctx: Context) -> Result:
    path = ctx.input("file")
    return Result(data={"text": path.read_text() if path else params.text})


@pytest.fixture
def reader(mill: Mill) -> Service[Params]:
    def check(params: Params, files: Files) -> None:
        if "bad" in params.text:
            raise InvalidInput("bad text", field="text")
        assert not (params.text and files)

    return mill.service(read, inputs=("file",), aside=put_aside, check=check)


LONG = "một văn bản dài"


def test_a_long_text_is_a_file_of_the_job_and_not_in_the_store(mill: Mill, reader: Service[Params]) -> None:
    job = mill.run(reader, Params(text=LONG))
    assert (job.data, job.params["text"], job.uploads["file"].filename) == ({"text": LONG}, "", "file.txt")
    assert mill.run(reader, Params(text="short")).uploads == {}
    assert staged(mill) == 0


def test_a_long_text_and_the_same_as_a_file_are_one_request(mill: Mill, reader: Service[Params]) -> None:
    first = mill.submit(reader, Params(text=LONG))
    again = mill.submit(reader, Params(text=LONG))
    sent = mill.submit(reader, Params(text=""), received=received(mill, LONG.encode()))
    assert first.id == again.id == sent.id
    assert mill.submit(reader, Params(text=f"{LONG}!")).id != first.id
    assert len([key for key in mill.stored() if key.startswith("uploads/")]) == 2


def test_a_long_text_that_is_refused_leaves_nothing(mill: Mill, reader: Service[Params]) -> None:
    with pytest.raises(InvalidInput, match="bad text") as refused:
        mill.submit(reader, Params(text="a bad and long text"))
    assert refused.value.field == "text"
    assert mill.stored() == []


def test_a_long_text_that_the_files_do_not_take_leaves_nothing(mill: Mill, reader: Service[Params]) -> None:
    mill.files.refuses, mill.files.below = "FILES_FULL", "uploads/"
    with pytest.raises(Unavailable):
        mill.submit(reader, Params(text=LONG))
    assert (mill.stored(), staged(mill)) == ([], 0)
