"""What a service may rely on, held by the engine's context and by the one that authors test with."""

import asyncio
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel, SecretStr
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Switch, make_mill

from mediamill import (
    About,
    Cancelled,
    Context,
    InvalidInput,
    Kept,
    Later,
    PermanentError,
    Queue,
    Result,
    RetryableError,
    Sandbox,
    Service,
)
from mediamill.core.states import State
from mediamill.engine.roster import Word
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts
from mediamill.testing import FakeContext


class Params(BaseModel):
    number: int = 1
    text: str = ""
    secret: SecretStr = SecretStr("hidden-value")


Work = Callable[[Context], object]


class Bench(ABC):
    """Runs a piece of work as the attempt of a job."""

    @abstractmethod
    def run(self, work: Work, *, inputs: dict[str, bytes] | None = None) -> object:
        """Return what `work` returns inside an attempt, or raise what it raises."""

    @abstractmethod
    def cancel(self, ctx: Context) -> None:
        """Cancel the job whose attempt `ctx` is."""

    @abstractmethod
    def stop(self, ctx: Context) -> None:
        """Ask the job to finish early."""

    @abstractmethod
    def published(self, ctx: Context) -> dict[str, bytes]:
        """Return the published parts."""

    @abstractmethod
    def said(self, ctx: Context) -> str:
        """Return all that the attempt told, as text."""


class FakeBench(Bench):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.attempts = 0

    def run(self, work: Work, *, inputs: dict[str, bytes] | None = None) -> object:
        self.attempts += 1
        given = {}
        for name, body in (inputs or {}).items():
            given[name] = self.folder / f"sent-{name}.md"
            given[name].write_bytes(body)
        return work(FakeContext(self.folder / "job", inputs=given, attempt=self.attempts))

    def cancel(self, ctx: Context) -> None:
        assert isinstance(ctx, FakeContext)
        ctx._patience.left = 0

    def stop(self, ctx: Context) -> None:
        assert isinstance(ctx, FakeContext)
        ctx.stopping = True

    def published(self, ctx: Context) -> dict[str, bytes]:
        assert isinstance(ctx, FakeContext)
        return {name: path.read_bytes() for name, path in ctx.published.items()}

    def said(self, ctx: Context) -> str:
        assert isinstance(ctx, FakeContext)
        return str(ctx.progressed + ctx.logged)


class EngineBench(Bench):
    """Every piece of work is an attempt of one job, which asks for more; children run in between."""

    def __init__(self, mill: Mill) -> None:
        self.mill = mill
        self.job_id = ""

    def run(self, work: Work, *, inputs: dict[str, bytes] | None = None) -> object:
        outcome: list[object] = []
        raised: list[BaseException] = []

        def run(_params: Params, ctx: Context) -> Result:
            outcome.clear()
            try:
                outcome.append(work(ctx))
            except BaseException as error:
                raised.append(error)
                raise
            raise RetryableError("the next piece of work is another attempt", after_s=0)

        service = Service("work", Params, run, queue=Queue.DEFAULT, inputs=("file",), attempts=100)
        if not self.job_id:
            self.job_id = self.mill.submit(service, Params(), received=self._received(inputs or {})).id  # type: ignore[arg-type]
        self._turn(service)
        while raised and isinstance(raised[-1], Later):
            raised.clear()
            for child in (DOUBLE, REFUSE, READ):
                while self.mill.take(child, queue=child.queue):  # type: ignore[arg-type]
                    pass
            self._turn(service)
        if raised:
            raise raised[-1]
        return outcome[0]

    def _turn(self, service: Service[Params]) -> None:
        self.mill.sweeper.round()
        self.mill.take(service)

    def _received(self, inputs: dict[str, bytes]) -> dict[str, Any]:
        async def chunks(body: bytes) -> AsyncIterator[bytes]:
            yield body

        return {
            name: asyncio.run(self.mill.uploads.receive(chunks(body), f"sent-{name}.md", 10_000))
            for name, body in inputs.items()
        }

    def cancel(self, ctx: Context) -> None:
        self._say(ctx, Word.CANCEL)

    def stop(self, ctx: Context) -> None:
        self._say(ctx, Word.STOP)

    def _say(self, ctx: Context, word: Word) -> None:
        token = self.mill.job(ctx.job_id).token
        assert token is not None
        self.mill.roster.say(token, word)

    def published(self, ctx: Context) -> dict[str, bytes]:
        parts = self.mill.jobs.parts(ctx.job_id)
        return {name: b"".join(self.mill.files.read(part.key)) for name, part in parts.items()}

    def said(self, ctx: Context) -> str:
        ctx.check()  # the log is told in batches
        return str(self.mill.jobs.events(ctx.job_id)) + str(self.mill.jobs.log(ctx.job_id))


def double(params: Params, ctx: Context) -> Result:
    assert params.secret.get_secret_value() == "hidden-value"
    path = ctx.scratch / "double.txt"
    path.write_text(str(params.number * 2))
    return Result(files={"double.txt": path}, data={"double": params.number * 2})


def refuse(_params: Params, _ctx: Context) -> Result:
    raise PermanentError("no such number", code="NO_NUMBER")


def read(_params: Params, ctx: Context) -> Result:
    paths = [path for name in ("file", "other") if (path := ctx.input(name)) is not None]
    return Result(data={path.suffix: path.read_text() for path in paths})


def put_aside(params: Params) -> tuple[Params, Mapping[str, str]]:
    return (params.model_copy(update={"text": ""}), {"file": params.text}) if params.text else (params, {})


def check_read(_params: Params, files: Mapping[str, Path]) -> None:
    if "file" in files and files["file"].read_text() == "bad":
        raise InvalidInput("bad text", field="file")


DOUBLE = Service("double", Params, double, queue=Queue.CPU)
REFUSE = Service("refuse", Params, refuse, queue=Queue.DOWNLOADS)
READ = Service("read", Params, read, queue=Queue.RECORDING, inputs=("file", "other"), check=check_read, aside=put_aside)


@pytest.fixture(params=["fake", "engine"])
def bench(
    request: pytest.FixtureRequest, tmp_path: Path, client: Client, redis_settings: RedisSettings
) -> Iterator[Bench]:
    if request.param == "fake":
        yield FakeBench(tmp_path)
    else:
        scripts = Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET)
        yield EngineBench(make_mill(scripts, tmp_path))


def write(ctx: Context, text: str, name: str = "part.txt") -> Path:
    path = ctx.scratch / name
    path.write_text(text)
    return path


# ---- who it is


def test_every_attempt_has_a_number_and_a_folder_of_its_own(bench: Bench) -> None:
    def look(ctx: Context) -> tuple[str, int, Path, list[str]]:
        before = [path.name for path in ctx.scratch.iterdir()]
        write(ctx, "left behind")
        return ctx.job_id, ctx.attempt, ctx.scratch, before

    first, second = bench.run(look), bench.run(look)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] == second[0]
    assert (first[1], second[1]) == (1, 2)
    assert first[2] != second[2]
    assert (first[3], second[3]) == ([], [])


def test_inputs_come_by_name_with_their_suffix(bench: Bench) -> None:
    def look(ctx: Context) -> object:
        path = ctx.input("file")
        assert path is not None
        return path.read_bytes(), path.suffix, ctx.input("file") == path, ctx.input("other")

    assert bench.run(look, inputs={"file": b"sent"}) == (b"sent", ".md", True, None)


# ---- what it tells


@pytest.mark.parametrize("fraction", [0, 0.5, 1, 1 + 1e-9, -1e-9])
def test_progress_is_a_fraction(bench: Bench, fraction: float) -> None:
    assert bench.run(lambda ctx: ctx.progress(fraction, "here")) is None


@pytest.mark.parametrize("fraction", [-0.1, 1.1, 80, float("nan")])
def test_progress_that_is_no_fraction_is_a_mistake(bench: Bench, fraction: float) -> None:
    with pytest.raises(ValueError, match=r"a fraction, 0\.\.1"):
        bench.run(lambda ctx: ctx.progress(fraction))


def test_what_is_told_can_be_seen(bench: Bench) -> None:
    def tell(ctx: Context) -> str:
        ctx.progress(0.25, "quarter done")
        ctx.log("voice.loaded", seconds=1.5, event="a field of any name")
        return bench.said(ctx)

    said = str(bench.run(tell))
    for words in ("quarter done", "voice.loaded", "1.5", "a field of any name"):
        assert words in said


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_childs_share_that_is_no_fraction_is_a_mistake(bench: Bench, share: float) -> None:
    with pytest.raises(ValueError, match=r"a fraction, 0\.\.1"):
        bench.run(lambda ctx: ctx.submit(DOUBLE, Params(), share=share))


# ---- words to it


def check(ctx: Context) -> None:
    ctx.check()


def progress(ctx: Context) -> None:
    ctx.progress(0.5)


def cached(ctx: Context) -> None:
    ctx.cached("k", lambda _path: pytest.fail("made after a cancel"))


def cached_folder(ctx: Context) -> None:
    ctx.cached_folder("k", lambda _folder: pytest.fail("made after a cancel"))


def run_program(ctx: Context) -> None:
    ctx.run("touch", "ran", timeout_s=5)


def ask(ctx: Context) -> None:
    with ctx.coprocess("tests.media.parrot") as parrot:
        parrot.ask({"say": "hi"}, timeout_s=10)
    pytest.fail("answered after a cancel")


def submit(ctx: Context) -> None:
    ctx.submit(DOUBLE, Params())


def part(ctx: Context) -> None:
    ctx.part("a")


def parts(ctx: Context) -> None:
    ctx.parts()


@pytest.mark.parametrize(
    "call",
    [check, progress, cached, cached_folder, run_program, ask, submit, part, parts],
    ids=lambda call: call.__name__,
)
def test_a_cancelled_attempt_is_told_by_every_call(bench: Bench, call: Callable[[Context], None]) -> None:
    scratch: list[Path] = []

    def work(ctx: Context) -> None:
        scratch.append(ctx.scratch)
        bench.cancel(ctx)
        call(ctx)

    with pytest.raises(Cancelled):
        bench.run(work)
    assert not (scratch[0] / "ran").exists()


def test_a_cancel_passes_through_those_who_catch_every_exception(bench: Bench) -> None:
    def work(ctx: Context) -> None:
        bench.cancel(ctx)
        try:
            ctx.check()
        except Exception:  # noqa: BLE001 - what services do
            pytest.fail("it was caught")

    with pytest.raises(Cancelled):
        bench.run(work)


def test_a_job_that_should_stop_goes_on_and_knows(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        before = ctx.stopping
        bench.stop(ctx)
        ctx.check()
        return before, ctx.stopping

    assert bench.run(work) == (False, True)


# ---- steps


def test_a_step_is_made_once_for_all_attempts(bench: Bench) -> None:
    made = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("made")

    def work(ctx: Context) -> str:
        return ctx.cached("v1:x", make).read_text()

    assert [bench.run(work) for _ in range(3)] == ["made"] * 3
    assert len(made) == 1


def test_a_failed_step_is_not_kept(bench: Bench) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise PermanentError("broke")

    def make(path: Path) -> None:
        assert not path.exists()
        path.write_text("whole")

    with pytest.raises(PermanentError):
        bench.run(lambda ctx: ctx.cached("k", fail))
    if isinstance(bench, EngineBench):
        bench.job_id = ""  # that job has failed
        assert bench.mill.jobs.redrive(next(iter(bench.mill.jobs.all_ids())))
        bench.job_id = next(iter(bench.mill.jobs.all_ids()))
    assert bench.run(lambda ctx: ctx.cached("k", make).read_text()) == "whole"


def test_a_step_may_use_another(bench: Bench) -> None:
    def work(ctx: Context) -> str:
        def inner(path: Path) -> None:
            path.write_text("inner")

        def outer(path: Path) -> None:
            path.write_text("outer of " + ctx.cached("inner", inner).read_text())

        return ctx.cached("outer", outer).read_text()

    assert bench.run(work) == "outer of inner"


def test_a_step_cannot_be_changed_by_mistake(bench: Bench) -> None:
    def work(ctx: Context) -> int:
        return ctx.cached("k", lambda path: path.touch()).stat().st_mode & 0o222

    assert bench.run(work) == 0


def fill(folder: Path) -> None:
    """Make an album; a folder that is not empty could not take it."""
    (folder / "disc 1").mkdir()
    (folder / "disc 1" / "01 Chào.mp3").write_bytes(b"la")
    (folder / "cover.jpg").write_bytes(b"cover")


def test_a_folder_is_made_once_for_all_attempts_and_cannot_be_changed_by_mistake(bench: Bench) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    def work(ctx: Context) -> object:
        folder = ctx.cached_folder("album", make)
        assert {path.stat().st_mode & 0o222 for path in [folder, *folder.rglob("*")]} == {0}
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    album = {"disc 1/01 Chào.mp3": b"la", "cover.jpg": b"cover"}
    assert [bench.run(work) for _ in range(3)] == [album] * 3
    assert len(made) == 1


def test_a_folder_that_is_too_old_is_made_anew(bench: Bench) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        fill(folder)

    for age in (3600.0, 3600.0, -1.0):
        bench.run(lambda ctx, age=age: ctx.cached_folder("album", make, max_age_s=age))  # type: ignore[misc]
    assert len(made) == 2


def test_files_of_a_folder_may_be_parts(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        ctx.publish("cover.jpg", ctx.cached_folder("album", fill) / "cover.jpg")
        return bench.published(ctx)

    assert [bench.run(work) for _ in range(2)] == [{"cover.jpg": b"cover"}] * 2


def test_half_a_folder_is_not_kept(bench: Bench) -> None:
    def half(folder: Path) -> None:
        fill(folder)
        raise RetryableError("broke", after_s=0)

    with pytest.raises(RetryableError):
        bench.run(lambda ctx: ctx.cached_folder("album", half))
    assert bench.run(lambda ctx: len(list(ctx.cached_folder("album", fill).iterdir()))) == 2


# ---- parts


def test_a_part_can_be_read_while_the_job_runs_and_outlives_the_attempt(bench: Bench) -> None:
    def first(ctx: Context) -> object:
        ctx.publish("part-1.txt", write(ctx, "one"))
        ctx.publish("sub/part-2.txt", write(ctx, "two", "two.txt"))
        return bench.published(ctx)

    assert bench.run(first) == {"part-1.txt": b"one", "sub/part-2.txt": b"two"}


def test_a_part_may_be_a_step(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        ctx.publish("step.txt", ctx.cached("k", lambda path: path.touch()))
        return bench.published(ctx)

    assert bench.run(work) == {"step.txt": b""}


@pytest.mark.parametrize(
    ("name", "path", "code"),
    [
        ("../a.txt", None, "ARTIFACT_NAME"),
        ("a.txt", Path("/etc/passwd"), "ARTIFACT_OUTSIDE"),
        ("a.txt", Path("relative.txt"), "ARTIFACT_OUTSIDE"),
    ],
)
def test_a_part_is_a_file_of_the_attempt_with_a_safe_name(
    bench: Bench, name: str, path: Path | None, code: str
) -> None:
    with pytest.raises(PermanentError) as refused:
        bench.run(lambda ctx: ctx.publish(name, path or write(ctx, "x")))
    assert refused.value.code == code


def test_a_part_that_was_not_written_is_told(bench: Bench) -> None:
    with pytest.raises(PermanentError) as missing:
        bench.run(lambda ctx: ctx.publish("a.txt", ctx.scratch / "a.txt"))
    assert missing.value.code == "ARTIFACT_MISSING"


# ---- programs


def test_a_program_runs_in_scratch_and_tells_how_it_ended(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        done = ctx.run("sh", "-c", "pwd; echo oops >&2; exit 3", timeout_s=10)
        return done.returncode, done.output.split() == [str(ctx.scratch), "oops"], done.argv[0]

    assert bench.run(work) == (3, True, "sh")


def test_a_program_may_run_elsewhere(bench: Bench) -> None:
    def work(ctx: Context) -> bool:
        (ctx.scratch / "sub").mkdir()
        done = ctx.run("pwd", timeout_s=10, cwd=ctx.scratch / "sub")
        return done.output.strip() == str(ctx.scratch / "sub")

    assert bench.run(work) is True


def test_a_program_that_takes_too_long_may_be_tried_again(bench: Bench) -> None:
    with pytest.raises(RetryableError) as late:
        bench.run(lambda ctx: ctx.run("sleep", "60", timeout_s=0.1))
    assert late.value.code == "PROGRAM_TIMEOUT"


@pytest.mark.parametrize(
    ("script", "limit", "code"),
    [
        ("dd if=/dev/zero of=big bs=1M count=3", {"file_bytes": 1 << 20}, "PROGRAM_FILE_SIZE"),
        ("dd if=/dev/zero of=/dev/null bs=100M count=1", {"memory_bytes": 10 << 20}, "PROGRAM_MEMORY"),
        ("while :; do :; done", {"cpu_s": 1}, "PROGRAM_CPU"),
    ],
)
def test_a_program_that_wants_more_than_its_limit_is_permanent(
    bench: Bench, script: str, limit: dict[str, Any], code: str
) -> None:
    with pytest.raises(PermanentError) as over:
        bench.run(lambda ctx: ctx.run("sh", "-c", script, timeout_s=20, **limit))
    assert over.value.code == code


def test_a_coprocess_works_in_scratch_within_its_limits(bench: Bench) -> None:
    def work(ctx: Context) -> str:
        with ctx.coprocess("tests.media.parrot", memory_bytes=200 << 20) as parrot:
            assert parrot.ask({"say": "hi"}, timeout_s=30)["cwd"] == str(ctx.scratch)
            parrot.ask({"take": 400 << 20}, timeout_s=30)
        return "taken"

    with pytest.raises(PermanentError) as over:
        bench.run(work)
    assert over.value.code == "PROGRAM_MEMORY"


def write_cached(path: Path) -> None:
    path.write_text("cached")


@pytest.mark.parametrize("warm", ["", "tests.media.warmed"])
def test_a_program_apart_has_its_folder_and_may_read_what_the_job_was_given(bench: Bench, warm: str) -> None:
    code = "import sys; open('out', 'w').write('made'); print(open(sys.argv[-1]).read(), sys.argv[-2])"

    def work(ctx: Context) -> object:
        folder = ctx.scratch / "apart"
        folder.mkdir()
        path = ctx.cached("key", write_cached)
        program = ("code",) if warm else (sys.executable, "-c")
        lines: list[str] = []
        done = ctx.run(
            *(*program, code, "quiet-word", path),
            timeout_s=30,
            cwd=folder,
            sandbox=Sandbox(warm=warm),
            on_line=lines.append,
            private=["quiet-word"],
        )
        return done.output, lines, (folder / "out").read_text()

    assert bench.run(work) == ("cached ***", ["cached ***"], "made")


def test_a_program_apart_has_an_empty_folder_where_none_is_said_and_never_scratch_itself(bench: Bench) -> None:
    def work(ctx: Context) -> str:
        ctx.cached("key", write_cached)
        for folder in (ctx.scratch, ctx.scratch.parent):
            with pytest.raises(ValueError, match="below scratch"):
                ctx.run("ls", timeout_s=30, cwd=folder, sandbox=Sandbox())
        return ctx.run("ls", "-A", timeout_s=30, sandbox=Sandbox()).output

    assert bench.run(work) == ""


def test_a_program_apart_is_interrupted_when_the_job_is_asked_to_finish_early(bench: Bench) -> None:
    script = "trap 'echo early; exit 7' INT; echo up; while :; do sleep 0.05; done"

    def work(ctx: Context) -> object:
        def told(line: str) -> None:
            if line == "up":
                bench.stop(ctx)

        done = ctx.run("sh", "-c", script, timeout_s=30, sandbox=Sandbox(), on_line=told)
        return done.returncode, done.output

    assert bench.run(work) == (7, "up\nearly")


def test_a_turn_that_is_free_is_had_and_a_limit_that_makes_no_sense_is_a_mistake(bench: Bench) -> None:
    def work(ctx: Context) -> None:
        ctx.turn("example.org", at_once=1, per_minute=60, burst=2)
        ctx.turn("example.org", at_once=1, per_minute=60, burst=2)
        with pytest.raises(ValueError, match="at_once"):
            ctx.turn("example.org", at_once=0)
        with pytest.raises(ValueError, match="names nothing"):
            ctx.turn("", at_once=1)

    bench.run(work)


def test_what_a_job_tells_its_polls_it_can_read_at_once(bench: Bench) -> None:
    def work(ctx: Context) -> None:
        assert (ctx.polled().facts, ctx.polled().wishes, ctx.polled().paused) == ({}, {}, False)
        ctx.poll_in(60, {"seen": [1, "đã thấy"]})
        ctx.poll_in(70.5)
        assert ctx.polled().facts == {"seen": [1, "đã thấy"]}
        for wrong in (-1.0, float("nan"), 31 * 86_400.0):
            with pytest.raises(ValueError, match="looked at after"):
                ctx.poll_in(wrong)
        for facts in ({"x": "y" * 5_000}, {"x": object()}, {"x": float("nan")}):
            with pytest.raises(ValueError, match=r"JSON"):
                ctx.poll_in(60, facts)
        assert ctx.polled().facts == {"seen": [1, "đã thấy"]}

    bench.run(work)


def test_a_cancelled_attempt_neither_asks_for_a_look_nor_reads_of_one(bench: Bench) -> None:
    def work(ctx: Context) -> None:
        bench.cancel(ctx)
        with pytest.raises(Cancelled):
            ctx.polled()
        ctx.poll_in(60)

    with pytest.raises(Cancelled):
        bench.run(work)


def test_a_missing_program_is_permanent(bench: Bench) -> None:
    with pytest.raises(PermanentError) as missing:
        bench.run(lambda ctx: ctx.run("no-such-program", timeout_s=1))
    assert missing.value.code == "PROGRAM_MISSING"


# ---- what outlives the attempt


def test_what_lies_in_the_lasting_folder_is_found_by_the_next_attempt(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        found = {path.name: path.read_text() for path in ctx.lasting.iterdir()}
        (ctx.lasting / f"part-{ctx.attempt}.ts").write_text(f"of attempt {ctx.attempt}")
        return found

    assert bench.run(work) == {}
    assert bench.run(work) == {"part-1.ts": "of attempt 1"}
    assert bench.run(work) == {"part-1.ts": "of attempt 1", "part-2.ts": "of attempt 2"}


def test_what_an_attempt_sealed_the_next_one_opens_and_nobody_reads(bench: Bench) -> None:
    sealed = bench.run(lambda ctx: ctx.seal(b"https://signed.example/"))
    assert isinstance(sealed, bytes)
    assert b"signed" not in sealed
    assert bench.run(lambda ctx: ctx.unseal(sealed)) == b"https://signed.example/"

    def opens_what_is_no_seals(ctx: Context) -> None:
        for other in (b"", sealed[:-9], b"another:" + sealed):
            with pytest.raises(PermanentError) as caught:
                ctx.unseal(other)
            assert caught.value.code == "SECRET_KEY_MISSING"

    bench.run(opens_what_is_no_seals)


def test_the_lasting_folder_is_one_and_not_scratch_and_for_its_user_alone(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        apart = ctx.scratch not in (ctx.lasting, *ctx.lasting.parents) and ctx.lasting not in ctx.scratch.parents
        return apart, ctx.lasting == ctx.lasting, ctx.lasting.stat().st_mode & 0o777, ctx.lasting.is_symlink()

    assert bench.run(work) == (True, True, 0o700, False)


def test_a_file_of_the_lasting_folder_is_published_and_unlinked_and_given_to_a_child(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        path = ctx.lasting / "sub" / "part.ts"
        path.parent.mkdir(exist_ok=True)
        path.write_text("filmed")
        ctx.publish("live/000001.ts", path)
        child = ctx.submit(READ, Params(), inputs={"file": path})
        path.unlink()
        return bench.published(ctx), child.result().data, path.exists()

    assert bench.run(work) == ({"live/000001.ts": b"filmed"}, {".ts": "filmed"}, False)


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_out_of_the_lasting_folder_publishes_nothing(bench: Bench, tmp_path: Path, link: str) -> None:
    secret = tmp_path.parent / "secret.txt"
    secret.write_text("hidden")

    def work(ctx: Context) -> None:
        made = ctx.lasting / "made"
        made.symlink_to(secret if link == "file" else secret.parent)
        ctx.publish("a", made if link == "file" else made / secret.name)

    with pytest.raises(PermanentError) as refused:
        bench.run(work)
    assert refused.value.code in {"ARTIFACT_OUTSIDE", "ARTIFACT_MISSING"}


def test_a_program_apart_does_not_work_in_the_lasting_folder(bench: Bench) -> None:
    with pytest.raises(ValueError, match="below scratch"):
        bench.run(lambda ctx: ctx.run("true", timeout_s=5, cwd=ctx.lasting, sandbox=Sandbox()))


def test_the_parts_of_all_attempts_are_named_and_read(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        ctx.publish(f"live/{ctx.attempt}.ts", write(ctx, f"of {ctx.attempt}"))
        return {name: ctx.part(name).read_text() for name in ctx.parts()}, [ctx.part(n).suffix for n in ctx.parts()]

    assert bench.run(lambda ctx: ctx.parts()) == ()
    bench.run(work)
    assert bench.run(work) == ({"live/2.ts": "of 2", "live/3.ts": "of 3"}, [".ts", ".ts"])


def test_a_part_that_was_published_again_is_the_newer_one_and_may_be_given_on(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        for text in ("old", "new"):
            ctx.publish("a.txt", write(ctx, text, f"{text}.txt"))
        part = ctx.part("a.txt")
        ctx.publish("b.txt", part)
        return ctx.parts(), part.read_text(), part.stat().st_mode & 0o222, bench.published(ctx)["b.txt"]

    assert bench.run(work) == (("a.txt", "b.txt"), "new", 0, b"new")


@pytest.mark.parametrize(("name", "code"), [("none.ts", "ARTIFACT_MISSING"), ("../job", "ARTIFACT_NAME")])
def test_a_part_that_nobody_published_is_missing(bench: Bench, name: str, code: str) -> None:
    with pytest.raises(PermanentError) as refused:
        bench.run(lambda ctx: ctx.part(name))
    assert refused.value.code == code


# ---- children


def test_a_child_brings_its_files_and_facts_and_hears_secrets(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        children = [ctx.submit(DOUBLE, Params(number=number)) for number in (2, 3)]
        results = [child.result() for child in children]
        assert children[0].id != children[1].id
        assert ctx.job_id not in {child.id for child in children}
        return [(made.files["double.txt"].read_text(), made.data["double"]) for made in results]

    assert bench.run(work) == [("4", 4), ("6", 6)]


def test_a_child_whose_result_is_there_has_finished(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        children = [ctx.submit(DOUBLE, Params()), ctx.submit(REFUSE, Params())]
        for child in children:
            child.outcome()
        return [child.finished for child in children]

    assert bench.run(work) == [True, True]


def test_a_failed_child_fails_who_asks_for_its_result(bench: Bench) -> None:
    with pytest.raises(PermanentError, match="no such number") as failed:
        bench.run(lambda ctx: ctx.submit(REFUSE, Params()).result())
    assert failed.value.code == "CHILD_FAILED"


def test_a_failed_child_can_be_looked_at(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        failed, made = ctx.submit(REFUSE, Params()).outcome(), ctx.submit(DOUBLE, Params()).outcome()
        assert isinstance(made, Result)
        return isinstance(failed, PermanentError) and failed.code, made.data

    assert bench.run(work) == ("CHILD_FAILED", {"double": 2})


def test_a_child_that_has_ended_is_not_changed_by_a_stop(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        child = ctx.submit(DOUBLE, Params(number=2))
        child.outcome()
        child.stop()
        return child.result().data

    assert bench.run(work) == {"double": 4}


def test_what_comes_from_us_is_no_input_of_a_child(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="takes no file 'rescued'"):
        bench.run(lambda ctx: ctx.submit(READ, Params(), inputs={"rescued": write(ctx, "good")}))


def test_a_child_is_given_files(bench: Bench) -> None:
    def make(path: Path) -> None:
        path.write_text("step")

    def work(ctx: Context) -> object:
        sent, step = ctx.input("file"), ctx.cached("k", make)
        assert sent is not None
        both = ctx.submit(READ, Params(), inputs={"file": sent, "other": write(ctx, "own", "own.txt")})
        return both.result().data, ctx.submit(READ, Params(), inputs={"file": step}).result().data

    assert bench.run(work, inputs={"file": b"sent"}) == ({".md": "sent", ".txt": "own"}, {"": "step"})


def test_what_is_long_in_a_childs_request_is_its_file(bench: Bench) -> None:
    assert bench.run(lambda ctx: ctx.submit(READ, Params(text="việc")).result().data) == {".txt": "việc"}


def test_a_file_given_to_a_child_may_be_changed_afterwards(bench: Bench) -> None:
    def work(ctx: Context) -> object:
        children = [ctx.submit(READ, Params(), inputs={"file": write(ctx, text)}) for text in ("one", "two")]
        return [child.result().data[".txt"] for child in children]

    assert bench.run(work) == ["one", "two"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (Path("/etc/passwd"), "ARTIFACT_OUTSIDE"),
        (Path("relative.txt"), "ARTIFACT_OUTSIDE"),
        (None, "ARTIFACT_MISSING"),
    ],
)
def test_a_file_for_a_child_is_one_of_the_attempt(bench: Bench, path: Path | None, code: str) -> None:
    with pytest.raises(PermanentError) as refused:
        bench.run(lambda ctx: ctx.submit(READ, Params(), inputs={"file": path or ctx.scratch / "a.txt"}))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "text", "match"), [("film", "good", "takes no file 'film'"), ("file", "bad", "bad text")]
)
def test_a_file_that_the_child_does_not_take_is_refused(bench: Bench, name: str, text: str, match: str) -> None:
    with pytest.raises(InvalidInput, match=match):
        bench.run(lambda ctx: ctx.submit(READ, Params(), inputs={name: write(ctx, text)}))


# ---- what it keeps beyond the job

ABOUT = About(room="7301", url="https://e.example/@a/live", began_at=1_772_357_400.5, seconds=60.25)


def test_a_file_is_kept_beyond_the_job_with_what_is_told_of_it(bench: Bench) -> None:
    def work(ctx: Context) -> tuple[str, Kept]:
        return ctx.job_id, ctx.keep("7301/2026/Chào.mp4", write(ctx, "film"), ABOUT)

    job_id, kept = cast("tuple[str, Kept]", bench.run(work))
    assert (kept.name, kept.s3) == ("7301/2026/Chào.mp4", ())
    assert kept.path.parts[-3:] == ("7301", "2026", "Chào.mp4")
    assert kept.path.read_text() == "film"
    told = json.loads((kept.path.parent / ".Chào.mp4.json").read_text())
    assert told | {"job": job_id, "asked": kept.name, **asdict(ABOUT)} == told


def test_a_later_attempt_replaces_what_the_job_kept(bench: Bench) -> None:
    kept = [
        bench.run(lambda ctx, text=text: ctx.keep("a.mp4", write(ctx, text), ABOUT))  # type: ignore[misc]
        for text in ("one", "longer")
    ]
    assert kept[0] == kept[1]
    assert isinstance(kept[0], Kept)
    assert kept[0].path.read_text() == "longer"
    assert sorted(path.name for path in kept[0].path.parent.iterdir()) == [".a.mp4.json", ".mediamill", "a.mp4"]


def test_what_lasts_what_was_given_and_what_is_published_can_be_kept(bench: Bench) -> None:
    def work(ctx: Context) -> list[str]:
        lasting = ctx.lasting / "a.ts"
        lasting.write_text("lasting")
        sent = ctx.input("file")
        assert sent is not None
        both = write(ctx, "both")
        ctx.publish("part.txt", both)
        paths = {"a.ts": lasting, "b.ts": sent, "c.ts": both}
        return [ctx.keep(name, path, ABOUT).path.read_text() for name, path in paths.items()]

    assert bench.run(work, inputs={"file": b"sent"}) == ["lasting", "sent", "both"]


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a//b", "a\\b", ".a", "a/.b", "a\x00", "é" * 101])
def test_a_name_that_leads_elsewhere_keeps_nothing(bench: Bench, name: str) -> None:
    with pytest.raises(PermanentError) as refused:
        bench.run(lambda ctx: ctx.keep(name, write(ctx, "film"), ABOUT))
    assert refused.value.code == "LIBRARY_NAME"


@pytest.mark.parametrize(
    ("path", "code"),
    [(Path("/etc/passwd"), "ARTIFACT_OUTSIDE"), (Path("a.txt"), "ARTIFACT_OUTSIDE"), (None, "ARTIFACT_MISSING")],
)
def test_what_is_kept_is_a_file_of_the_attempt(bench: Bench, path: Path | None, code: str) -> None:
    with pytest.raises(PermanentError) as refused:
        bench.run(lambda ctx: ctx.keep("a.mp4", path or ctx.scratch / "a.txt", ABOUT))
    assert refused.value.code == code


def test_a_cancelled_attempt_keeps_nothing(bench: Bench) -> None:
    def work(ctx: Context) -> None:
        path = write(ctx, "film")
        bench.cancel(ctx)
        with pytest.raises(Cancelled):
            ctx.keep("a.mp4", path, ABOUT)

    bench.run(work)


def test_the_engines_bench_really_runs_jobs(tmp_path: Path, client: Client, redis_settings: RedisSettings) -> None:
    scripts = Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET)
    bench = EngineBench(make_mill(scripts, tmp_path))
    bench.run(lambda _ctx: None)
    assert bench.mill.job(bench.job_id).state is State.RETRY
