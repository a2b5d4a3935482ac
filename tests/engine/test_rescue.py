"""What attempts leave in their lasting folders, and what becomes of it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.engine.mill import Clock, Mill, Params, Run

from mediamill import Context, Later, Queue, Result, RetryableError, Service
from mediamill.core.errors import InvalidInput, PermanentError, Unavailable
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.hand_in import HandIn
from mediamill.engine.hands import Hands
from mediamill.engine.registry import Found, Registry
from mediamill.engine.rescue import AGAIN_S, GONE_S, HandsIn, Rescuer
from mediamill.engine.roster import Entry, Roster, process_started
from mediamill.files.lasting import Lasting, Note, Taken
from mediamill.settings import RedisSettings
from mediamill.store.attempts import Failure
from mediamill.store.fleet import Fleet
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
KEEP_S = 30 * 86_400.0
FAILED = Failure("BROKEN", "broken")


def rescued(params: Params) -> Params:
    return params.model_copy(update={"text": f"what is left of {params.text}"})


def never(_params: Params, _ctx: Context) -> Result:
    raise AssertionError("this job is not run")


@dataclass
class Desk:
    """A machine's rescuer in the test's hand, with the services that its process for handing in knows."""

    mill: Mill
    machine: str = "here"
    roster: Roster | None = None
    clock: Clock = field(default_factory=Clock)
    wall_s: float = 0.0
    services: dict[str, Found] = field(default_factory=dict)
    wrap: Callable[[HandsIn], HandsIn] = lambda hands: hands

    def __post_init__(self) -> None:
        mill = self.mill
        self.lasting = Lasting(mill.folder / "files", self.machine)
        self.rescuer = Rescuer(
            self.lasting,
            mill.jobs,
            mill.artifacts,
            self.roster or mill.roster,
            Fleet(mill.scripts),
            self._hands,
            keep_s=KEEP_S,
            now=self.clock,
            wall=lambda: self._newest() + self.wall_s,
        )

    def knows(self, run: Run = never, **options: Any) -> Service[Params]:  # noqa: ANN401 - Service's own options
        service = self.mill.service(run, **{"rescue": rescued, **options})
        self.services["work"] = Found(service, "tests", ())
        return service

    def round(self) -> None:
        self.rescuer.settle()
        self.rescuer.hand_in()

    def new(self, *known: Job) -> list[Job]:
        """Return the jobs besides these."""
        ids = {job.id for job in known}
        return [self.mill.job(job_id) for job_id in self.mill.jobs.all_ids() if job_id not in ids]

    def rescued_file(self, job: Job) -> bytes:
        return b"".join(self.mill.files.read(job.uploads["rescued"].key))

    @contextmanager
    def _hands(self) -> Iterator[HandsIn]:
        mill = self.mill
        yield self.wrap(HandIn(Registry(self.services), mill.submitter, mill.uploads, mill.vault))

    def _newest(self) -> float:
        return max((taken.changed_s() for taken in self.lasting.taken()), default=0.0)


@pytest.fixture
def desk(mill: Mill) -> Desk:
    found = Desk(mill)
    found.knows()
    return found


def leaving(name: str, text: str, then: Callable[[], Result]) -> Run:
    """Return a service's work that leaves a file and ends as `then` does."""

    def run(_params: Params, ctx: Context) -> Result:
        path = ctx.lasting / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return then()

    return run


def raising(error: BaseException) -> Callable[[], Result]:
    def then() -> Result:
        raise error

    return then


def failed(mill: Mill, desk: Desk, text: str = "filmed", name: str = "1.ts", **ask: Any) -> Job:  # noqa: ANN401
    """Return a job that failed for good and left a file here."""
    service = desk.knows(leaving(name, text, raising(PermanentError("broken"))))
    job_id = mill.submit(service, **ask).id
    while not mill.job(job_id).state.final:  # others may be before it
        mill.take(service)
    return mill.job(job_id)


def sign_in(mill: Mill, job: Job) -> Entry:
    pid = os.getpid()
    started = process_started(pid) or 0
    assert job.token
    entry = Entry(job.id, job.token, "default", pid, started, pid, forked=False, deadline=float("inf"), limit_s=60)
    mill.roster.enter(entry)
    return entry


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name != ".lock")


# ---- the next attempt


def test_what_an_attempt_killed_with_9_leaves_is_found_by_the_next_one(
    mill: Mill, desk: Desk, redis_settings: RedisSettings
) -> None:
    submitted = mill.submit(mill.service(never), Params(text="record"))
    command = [sys.executable, "-m", "tests.engine.worker", redis_settings.url, redis_settings.prefix]
    worker = subprocess.Popen([*command, str(mill.folder), "default", "1"], cwd=ROOT)
    try:
        eventually(lambda: "recorded" in mill.log(submitted.id), within_s=20)
        desk.rescuer.settle()
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)

    def lost() -> bool:
        mill.keeper.round()
        return mill.job(submitted.id).state is State.PENDING

    eventually(lost)
    mill.keeper.clean()
    desk.round()

    def save(_params: Params, ctx: Context) -> Result:
        (path,) = ctx.lasting.iterdir()
        ctx.publish(path.name, path)
        path.unlink()
        return Result(data={"attempt": ctx.attempt})

    mill.take(mill.service(save))
    job = mill.job(submitted.id)
    assert (job.state, job.data, [*job.files]) == (State.SUCCESS, {"attempt": 2}, ["000001.ts"])
    assert b"".join(mill.files.read(job.files["000001.ts"].key)) == b"filmed by attempt 1"
    assert everything(desk.lasting.root) == []
    desk.round()
    assert desk.new(job) == []


def test_an_attempt_waits_until_an_earlier_one_has_let_go(mill: Mill) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job)
    other = mill.context(job.model_copy(update={"token": "f" * 32}))
    with pytest.raises(Later, match="has not let go"):
        other.lasting.iterdir()
    mill.roster.leave(entry.token)
    assert other.lasting.is_dir()


def test_an_attempt_that_signs_out_a_moment_later_is_waited_for(mill: Mill) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job)
    other = mill.context(job.model_copy(update={"token": "f" * 32}))
    leaving = Timer(0.1, lambda: mill.roster.leave(entry.token))
    leaving.start()
    assert other.lasting.is_dir()
    leaving.join()


class Full:
    """A disk without room."""

    def shortage(self, *, kept_s: float = 0.0) -> str | None:
        del kept_s
        return "the disk is full"


def test_where_there_is_no_room_the_job_waits_uncharged(mill: Mill) -> None:
    mill.tools = replace(mill.tools, room=Full())  # type: ignore[arg-type]
    job = mill.run(mill.service(lambda _params, ctx: Result(data={"lasting": str(ctx.lasting)})))
    assert (job.state, job.stage, job.failures) == (State.RETRY, "waiting: the disk is full", 0)


# ---- what is removed


def test_a_job_that_succeeds_here_takes_its_folder_along(mill: Mill, desk: Desk) -> None:
    job = mill.run(desk.knows(leaving("1.ts", "filmed", Result)))
    assert job.state is State.SUCCESS
    assert everything(desk.lasting.root) == []


def test_what_the_end_of_a_success_did_not_remove_the_keeper_does(mill: Mill, desk: Desk) -> None:
    job = mill.claimed()
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    assert mill.attempts.succeed(job.id, job.token or "", {}, {})
    desk.round()
    assert everything(desk.lasting.root) == []
    assert desk.new(job) == []


def test_a_cancelled_job_leaves_nothing_whether_it_ran_or_waited(mill: Mill, desk: Desk) -> None:
    service = desk.knows(leaving("1.ts", "filmed", raising(RetryableError("again", after_s=600))))
    waiting = mill.run(service)
    desk.round()
    assert everything(desk.lasting.root) == [
        waiting.id,
        f"{waiting.id}/files",
        f"{waiting.id}/files/1.ts",
        f"{waiting.id}/job.json",
    ]
    mill.jobs.cancel(waiting.id)
    desk.round()
    assert everything(desk.lasting.root) == []

    def cancelled(_params: Params, ctx: Context) -> Result:
        (ctx.lasting / "1.ts").write_text("filmed")
        mill.jobs.cancel(ctx.job_id)
        mill.keeper.renew()
        ctx.check()
        raise AssertionError("it went on")

    running = mill.run(mill.service(cancelled))
    assert running.state is State.REVOKED
    assert everything(desk.lasting.root) == []
    assert desk.new(waiting, running) == []


def test_where_the_service_does_not_say_how_it_is_deleted(mill: Mill, desk: Desk) -> None:
    job = mill.run(desk.knows(leaving("1.ts", "filmed", raising(PermanentError("broken"))), rescue=None))
    desk.round()
    assert everything(desk.lasting.root) == []
    assert desk.new(job) == []


def test_what_is_left_of_a_rescued_job_is_not_rescued_again(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk)
    desk.round()
    mill.take(desk.knows(leaving("again.ts", "healed", raising(PermanentError("broken again")))))
    (successor,) = desk.new(job)
    assert successor.state is State.FAILURE
    desk.round()
    assert everything(desk.lasting.root) == []
    assert desk.new(job, successor) == []


# ---- what is handed in


def test_what_a_failed_job_leaves_becomes_a_job_of_the_same_owner_exactly_once(mill: Mill, desk: Desk) -> None:
    job = failed(
        mill,
        desk,
        params=Params(text="film", cookie=SecretStr("my-cookie")),
        owner="bob",
        priority=3,
        correlation_id="c",
    )
    note = (desk.lasting.root / job.id / "job.json").read_text()
    assert "my-cookie" not in note
    for _ in range(3):
        desk.round()
    (successor,) = desk.new(job)
    assert (successor.owner, successor.service, successor.priority, successor.correlation_id) == ("bob", "work", 3, "c")
    params = mill.vault.load(Params, successor.params)
    assert params.text == "what is left of film"
    assert params.cookie is not None
    assert params.cookie.get_secret_value() == "my-cookie"
    assert desk.rescued_file(successor) == b"filmed"
    assert successor.uploads["rescued"].filename == "1.ts"
    assert everything(desk.lasting.root) == []


def test_the_new_job_gets_the_file_as_its_input(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk)
    desk.round()

    def read(_params: Params, ctx: Context) -> Result:
        path = ctx.input("rescued")
        assert path is not None
        return Result(data={"read": path.read_text(), "suffix": path.suffix})

    mill.take(desk.knows(read))
    (successor,) = desk.new(job)
    assert successor.data == {"read": "filmed", "suffix": ".ts"}


def test_a_job_that_ended_elsewhere_without_it_is_handed_in_again_exactly_once(mill: Mill, desk: Desk) -> None:
    job = mill.claimed(Params(text="film"))
    (mill.context(job).lasting / "1.ts").write_text("filmed here")
    assert mill.attempts.lose(job.id, job.token or "")
    there = Desk(mill, machine="there", roster=Roster(mill.folder / "run-there"))
    elsewhere = mill.attempts.claim(Queue.DEFAULT, machine="there", worker="w")
    assert elsewhere is not None
    assert elsewhere.id == job.id
    desk.round()  # it runs there: what is here is left alone
    assert desk.new(job) == []
    folder = there.lasting.make(Note.of(elsewhere, elsewhere.token or ""))
    (folder / "1.ts").write_text("filmed there")
    assert mill.attempts.succeed(job.id, elsewhere.token or "", {}, {})
    for _ in range(2):
        there.round()
        desk.round()
    (successor,) = desk.new(job)
    assert desk.rescued_file(successor) == b"filmed here"
    assert everything(desk.lasting.root) == everything(there.lasting.root) == []


def test_each_file_is_a_job_and_notes_and_empty_files_are_none(mill: Mill, desk: Desk) -> None:
    def leave(_params: Params, ctx: Context) -> Result:
        for name, text in {
            "1.ts": "one",
            "sub/2.ts": "two",
            ".state.json": "{}",
            "empty.ts": "",
            ".d/3.ts": "x",
        }.items():
            (ctx.lasting / name).parent.mkdir(exist_ok=True)
            (ctx.lasting / name).write_text(text)
        raise PermanentError("broken")

    job = mill.run(desk.knows(leave))
    desk.round()
    assert sorted(desk.rescued_file(each) for each in desk.new(job)) == [b"one", b"two"]
    assert everything(desk.lasting.root) == []


def test_what_a_second_failure_leaves_under_the_same_name_is_another_job(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk, text="first")
    desk.round()
    mill.jobs.redrive(job.id)
    mill.take(desk.knows(leaving("1.ts", "second", raising(PermanentError("broken")))))
    mill.take(desk.knows(leaving("1.ts", "second", raising(PermanentError("broken")))))
    desk.round()
    left = {desk.rescued_file(each) for each in desk.new(job) if "rescued" in each.uploads}
    assert left == {b"first", b"second"}


@pytest.mark.parametrize("state", [State.PENDING, State.RETRY, State.STARTED, State.CANCELLING])
def test_a_job_that_may_still_run_is_left_alone(mill: Mill, desk: Desk, state: State) -> None:
    job = mill.claimed()
    token = job.token or ""
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    if state is State.PENDING:
        mill.attempts.lose(job.id, token)
    elif state is State.RETRY:
        mill.attempts.later(job.id, token, delay_s=600)
    elif state is State.CANCELLING:
        mill.jobs.cancel(job.id)
    assert mill.job(job.id).state is state
    before = everything(desk.lasting.root)
    desk.clock.forward(GONE_S * 10)
    desk.round()
    assert everything(desk.lasting.root) == before
    assert desk.new(job) == []


def test_while_an_attempt_lives_here_its_folder_stays_though_the_job_has_ended_elsewhere(
    mill: Mill, desk: Desk
) -> None:
    job = mill.claimed()
    entry = sign_in(mill, job)
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    assert mill.attempts.fail(job.id, job.token or "", FAILED)
    desk.round()
    assert desk.new(job) == []
    mill.roster.leave(entry.token)
    desk.round()
    assert len(desk.new(job)) == 1


def test_an_attempt_that_begins_while_we_decide_keeps_its_folder(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk)
    seen = desk.lasting.jobs()[job.id]
    assert seen is not None
    mill.jobs.redrive(job.id)
    again = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
    assert again is not None
    folder = mill.context(again).lasting
    assert not desk.lasting.take(job.id, seen.token)
    assert not desk.lasting.remove(job.id, seen.token)
    assert (folder / "1.ts").read_text() == "filmed"


def test_files_that_are_alike_are_a_job_each(mill: Mill, desk: Desk) -> None:
    jobs = [failed(mill, desk, force=True) for _ in range(2)]
    desk.round()
    assert [desk.rescued_file(each) for each in desk.new(*jobs)] == [b"filmed"] * 2


# ---- records that are gone


def test_what_is_left_of_a_job_that_nobody_knows_is_handed_in_after_a_while(mill: Mill, desk: Desk) -> None:
    job = mill.claimed(Params(text="film"))
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    mill.scripts.client.run("DEL", mill.scripts.keys("job", job.id))
    desk.round()
    desk.clock.forward(GONE_S - 1)
    desk.round()
    assert [each for each in mill.stored() if each.startswith("uploads/")] == []
    desk.clock.forward(2)
    desk.round()
    (successor,) = (mill.job(each) for each in mill.jobs.all_ids() if each != job.id)
    assert (successor.owner, desk.rescued_file(successor)) == ("ann", b"filmed")


def test_a_record_that_comes_back_is_no_missing_one(mill: Mill, desk: Desk) -> None:
    job = mill.claimed()
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    key = mill.scripts.keys("job", job.id)
    mill.scripts.client.run("RENAME", key, f"{key}-aside")
    desk.round()
    mill.scripts.client.run("RENAME", f"{key}-aside", key)
    desk.round()
    mill.scripts.client.run("RENAME", key, f"{key}-aside")
    desk.clock.forward(GONE_S - 1)
    desk.round()
    assert everything(desk.lasting.root / job.id / "files") == ["1.ts"]


@pytest.mark.parametrize("cancelled", [True, False])
def test_of_a_forgotten_job_its_files_tell_how_it_ended(mill: Mill, desk: Desk, *, cancelled: bool) -> None:
    job = mill.claimed()
    (mill.context(job).lasting / "1.ts").write_text("filmed")
    if cancelled:
        mill.jobs.cancel(job.id)
        mill.attempts.cancelled(job.id, job.token or "")
    else:
        mill.attempts.fail(job.id, job.token or "", FAILED)
    mill.artifacts.write_record(job.id, ended.dump(mill.job(job.id), {}))
    mill.jobs.forget(job.id)
    assert mill.jobs.get(job.id) is None
    desk.round()
    desk.clock.forward(GONE_S)
    desk.round()
    assert len(list(mill.jobs.all_ids())) == (0 if cancelled else 1)
    assert everything(desk.lasting.root) == []


def test_a_purged_job_does_not_come_back(mill: Mill, desk: Desk) -> None:
    jobs = [failed(mill, desk), failed(mill, desk, params=Params(text="other"))]
    desk.rescuer.settle()
    jobs.append(failed(mill, desk, params=Params(text="third")))
    for job in jobs:
        assert mill.purger.purge(job.id)
    desk.round()
    desk.clock.forward(GONE_S)
    desk.round()
    assert list(mill.jobs.all_ids()) == []
    assert everything(desk.lasting.root) == []


# ---- what goes wrong


def test_a_keeper_that_dies_anywhere_in_between_hands_in_once_all_the_same(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk)
    desk.rescuer.settle()  # taken, and then its process died

    def dies_before_the_unlink(hands: HandsIn) -> HandsIn:
        def hand_in(taken: Taken, name: str) -> str | None:
            os.link(taken.files / name, mill.folder / "kept")
            hands(taken, name)
            (mill.folder / "kept").replace(taken.files / name)
            raise KeyboardInterrupt

        return hand_in

    second = Desk(mill, services=desk.services, wrap=dies_before_the_unlink)
    with suppress(KeyboardInterrupt):
        second.round()
    assert everything(desk.lasting.root) != []
    third = Desk(mill, services=desk.services)
    third.round()
    (successor,) = desk.new(job)
    assert desk.rescued_file(successor) == b"filmed"
    assert everything(desk.lasting.root) == []


def test_a_keeper_goes_on_with_what_another_took_and_looks_for_more_by_itself(mill: Mill, desk: Desk) -> None:
    taken = failed(mill, desk)
    desk.rescuer.settle()
    waiting = mill.run(desk.knows(leaving("1.ts", "filmed", raising(Later(600)))), Params(text="other"))
    mill.jobs.cancel(waiting.id)
    stop = Event()
    thread = Thread(target=replace(mill.keeper, rescuer=desk.rescuer).run, args=(stop,))
    thread.start()
    try:
        eventually(lambda: everything(desk.lasting.root) == [])
    finally:
        stop.set()
        thread.join(10)
    assert [desk.rescued_file(each) for each in desk.new(taken, waiting)] == [b"filmed"]


@pytest.mark.parametrize("code", ["FILES_FULL", "FILES_UNAVAILABLE"])
def test_while_the_files_take_nothing_it_waits_as_long_as_it_must(mill: Mill, desk: Desk, code: str) -> None:
    job = failed(mill, desk)
    mill.files.refuses, mill.files.below = code, "uploads/"
    desk.round()
    desk.wall_s = KEEP_S * 2
    desk.clock.forward(AGAIN_S)
    desk.round()
    assert desk.new(job) == []
    mill.files.refuses = None
    desk.clock.forward(AGAIN_S * 2)
    desk.round()
    (successor,) = desk.new(job)
    assert desk.rescued_file(successor) == b"filmed"


def test_while_the_store_is_away_nothing_is_decided(mill: Mill, desk: Desk) -> None:
    job = failed(mill, desk)
    before = everything(desk.lasting.root)
    mill.store.away = True
    for _ in range(2):
        with pytest.raises(Unavailable):
            desk.rescuer.settle()
        desk.clock.forward(GONE_S)
    mill.store.away = False
    assert everything(desk.lasting.root) == before
    desk.rescuer.settle()
    mill.store.away = True
    desk.rescuer.hand_in()
    mill.store.away = False
    desk.clock.forward(AGAIN_S)
    desk.rescuer.hand_in()
    assert len(desk.new(job)) == 1


def refusing(_params: Params, files: Any) -> None:  # noqa: ANN401 - the uploads of a request
    del files
    raise InvalidInput("a text that a user wrote")


def broken(_params: Params) -> Params:
    raise ZeroDivisionError("a text that a user wrote")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda desk: desk.services.clear(), "SERVICE_OFF"),
        (lambda desk: desk.services.update(work=replace(desk.services["work"], missing=("av",))), "SERVICE_OFF"),
        (lambda desk: desk.knows(check=refusing), "INVALID_INPUT"),
        (lambda desk: desk.knows(rescue=broken), "UNEXPECTED"),
    ],
    ids=["gone", "off", "refuses", "broken"],
)
def test_what_cannot_be_handed_in_is_kept_said_tried_again_and_given_up_in_the_end(
    mill: Mill, desk: Desk, spoil: Callable[[Desk], object], code: str
) -> None:
    job = failed(mill, desk)
    spoil(desk)
    with capture_logs() as lines:
        desk.round()
        desk.round()  # not at once again
        desk.clock.forward(AGAIN_S)
        desk.round()
    said = [line for line in lines if line["event"] == "lasting.kept"]
    assert [(line["job_id"], line["service"], line["code"]) for line in said] == [(job.id, "work", code)] * 2
    assert [line["again_in_s"] for line in said] == [AGAIN_S, AGAIN_S * 2]
    assert "a user wrote" not in str(lines)
    (taken,) = desk.lasting.taken()
    assert taken.names() == ["1.ts"]
    desk.knows()
    desk.clock.forward(AGAIN_S * 2)
    desk.round()
    assert [desk.rescued_file(each) for each in desk.new(job)] == [b"filmed"]

    other = failed(mill, desk, params=Params(text="other"))
    spoil(desk)
    desk.round()
    desk.wall_s = KEEP_S + 1
    desk.clock.forward(AGAIN_S)
    with capture_logs() as lines:
        desk.round()
    assert [(line["event"], line["job_id"], line["files"]) for line in lines] == [("lasting.given_up", other.id, 1)]
    assert everything(desk.lasting.root) == []


def test_a_note_that_cannot_be_read_costs_no_file_and_no_other_job(mill: Mill, desk: Desk) -> None:
    spoilt, whole = failed(mill, desk), failed(mill, desk, params=Params(text="whole"), text="whole")
    (desk.lasting.root / spoilt.id / "job.json").write_text("{")
    with capture_logs() as lines:
        desk.round()
    assert [line["code"] for line in lines if line["event"] == "lasting.kept"] == ["PARAMS_INVALID"]
    assert [desk.rescued_file(each) for each in desk.new(spoilt, whole)] == [b"whole"]
    assert [taken.names() for taken in desk.lasting.taken()] == [["1.ts"]]


@pytest.mark.parametrize("spoil", [("SET", "x"), ("HSET", "state", "UNHEARD_OF")])
def test_a_spoilt_record_keeps_its_files_and_holds_up_no_other_job(
    mill: Mill, desk: Desk, spoil: tuple[str, ...]
) -> None:
    spoilt, whole = failed(mill, desk), failed(mill, desk, params=Params(text="whole"), text="whole")
    key = mill.scripts.keys("job", spoilt.id)
    mill.scripts.client.run("RENAME", key, f"{key}-aside")
    mill.scripts.client.run(spoil[0], key, *spoil[1:])
    desk.round()
    mill.scripts.client.run("RENAME", f"{key}-aside", key)
    assert [desk.rescued_file(each) for each in desk.new(spoilt, whole)] == [b"whole"]
    desk.round()
    assert len(desk.new(spoilt, whole)) == 2


@pytest.mark.parametrize("place", ["file", "folder", "files", "job"])
def test_links_are_never_followed(mill: Mill, desk: Desk, place: str, tmp_path: Path) -> None:
    job = failed(mill, desk)
    files = desk.lasting.root / job.id / "files"
    outside = tmp_path / "outside"
    (outside / "files").mkdir(parents=True)
    shutil.copy(files.parent / "job.json", outside)
    for folder in (outside, outside / "files"):
        (folder / "secret.txt").write_text("not ours")
    if place == "file":
        (files / "2.ts").symlink_to(outside / "secret.txt")
    elif place == "folder":
        (files / "sub").symlink_to(outside)
    elif place == "files":
        shutil.rmtree(files)
        files.symlink_to(outside)
    else:
        shutil.rmtree(files.parent)
        files.parent.symlink_to(outside)
    desk.round()
    desk.round()
    assert [desk.rescued_file(each) for each in desk.new(job)] == ([b"filmed"] if place in {"file", "folder"} else [])
    assert everything(outside) == ["files", "files/secret.txt", "job.json", "secret.txt"]
    assert everything(desk.lasting.root) == ([job.id] if place == "job" else [])


# ---- machines that are gone


def test_a_machine_that_comes_back_under_another_name_finds_what_it_left(mill: Mill, desk: Desk) -> None:
    before = Desk(mill, machine="container-1")
    job = mill.claimed(Params(text="film"))
    (before.lasting.make(Note.of(job, job.token or "")) / "1.ts").write_text("filmed")
    mill.attempts.fail(job.id, job.token or "", FAILED)
    alive = Fleet(mill.scripts)
    alive.report("container-1", {"seen_ms": mill.scripts.now_ms()})
    desk.round()
    desk.clock.forward(GONE_S)
    desk.round()
    assert desk.new(job) == []  # that one lives, and does it itself
    alive.leave("container-1")
    desk.round()
    desk.clock.forward(GONE_S)
    desk.round()
    desk.round()
    assert [desk.rescued_file(each) for each in desk.new(job)] == [b"filmed"]
    assert not before.lasting.root.exists()
    before.lasting.make(Note.of(job, "again"))  # and is no trap for one that was not gone after all
    assert [*before.lasting.jobs()] == [job.id]


def test_what_a_job_has_here_is_not_mixed_with_what_another_machine_has_of_it(mill: Mill, desk: Desk) -> None:
    before, job = Desk(mill, machine="container-1"), mill.claimed()
    (before.lasting.make(Note.of(job, "lost")) / "1.ts").write_text("filmed there")
    (mill.context(job).lasting / "1.ts").write_text("filmed here")
    desk.round()
    desk.clock.forward(GONE_S)
    desk.round()
    assert (before.lasting.root / job.id / "files" / "1.ts").read_text() == "filmed there"
    assert (mill.context(job).lasting / "1.ts").read_text() == "filmed here"


# ---- the process that hands in


def test_the_keepers_hands_are_a_process_with_the_settings_and_services_of_this_machine(
    redis_settings: RedisSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "MEDIAMILL_DATA_DIR": str(tmp_path / "data"),
        "MEDIAMILL_RUNTIME_DIR": str(tmp_path / "run"),
        "MEDIAMILL_MACHINE": "here",
        "REDIS_URL": redis_settings.url,
        "MEDIAMILL_KEY_PREFIX": redis_settings.prefix,
    }.items():
        monkeypatch.setenv(name, value)
    lasting = Lasting(tmp_path / "data", "here")
    token = "t" * 32
    for job_id, service in {"known": "speech", "unknown": "no-such-service"}.items():
        note = Note(job_id=job_id, token=token, service=service, owner="ann", params={"text": "hi"})
        (lasting.make(note) / "1.ts").write_text("filmed")
        assert lasting.take(job_id, token)
    by_job = {taken.name.partition(".")[0]: taken for taken in lasting.taken()}
    with Hands() as hands:
        assert hands(by_job["known"], "1.ts") is None  # it does not say how
        with pytest.raises(PermanentError) as refused:
            hands(by_job["unknown"], "1.ts")
        assert refused.value.code == "SERVICE_OFF"
        with pytest.raises(PermanentError) as refused:
            hands(by_job["unknown"], "../job.json")
        assert refused.value.code == "NOT_FOUND"
    assert (by_job["known"].names(), by_job["unknown"].names()) == ([], ["1.ts"])
