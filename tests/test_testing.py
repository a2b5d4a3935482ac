import time
from pathlib import Path

import psutil
import pytest
from pydantic import BaseModel

from mediamill import Cancelled, Context, PermanentError, Polled, Result, RetryableError, Service
from mediamill.testing import FakeContext, FakePolls, Logged, Progressed, eventually


class Shout(BaseModel):
    text: str


def shout(params: Shout, ctx: Context) -> Result:
    if not params.text:
        raise PermanentError("nothing to shout")
    loud = ctx.scratch / "loud.txt"
    loud.write_text(params.text.upper())
    ctx.check()
    return Result(files={"loud.txt": loud})


def write_hello(draft: Path) -> None:
    draft.write_text("hello")


SHOUT = Service("shout", Shout, shout)


def as_context(ctx: Context) -> Context:
    return ctx


def test_a_fake_context_is_a_context(tmp_path: Path) -> None:
    assert as_context(FakeContext(tmp_path)).attempt == 1


def test_a_key_is_made_once_even_by_two_attempts(tmp_path: Path) -> None:
    first, second = FakeContext(tmp_path), FakeContext(tmp_path, attempt=2)
    path = first.cached("v1:hello", write_hello)
    assert path.read_text() == "hello"
    assert second.cached("v1:hello", lambda _: pytest.fail("made twice")) == path
    assert (first.made, first.found) == (["v1:hello"], [])
    assert (second.made, second.found) == ([], ["v1:hello"])


def test_a_failed_make_leaves_nothing_behind(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)

    def half(draft: Path) -> None:
        draft.write_text("hel")
        raise PermanentError("broke")

    with pytest.raises(PermanentError):
        ctx.cached("v1:hello", half)
    assert list((tmp_path / "cache").iterdir()) == []
    assert not list(tmp_path.glob("making-*"))


def test_a_make_that_writes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nothing was written"):
        FakeContext(tmp_path).cached("v1:hello", lambda _: None)


def test_the_nth_call_and_every_later_one_is_cancelled(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=3)
    ctx.check()
    ctx.progress(0.5, "half")
    with pytest.raises(Cancelled):
        ctx.run("true", timeout_s=5)
    with pytest.raises(Cancelled):
        ctx.check()
    assert ctx.ran == []


def test_progress_and_logs_are_written_down(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    ctx.progress(0.25, "quarter")
    ctx.log("voice.loaded", seconds=1.2)
    assert ctx.progressed == [Progressed(0.25, "quarter")]
    assert ctx.logged == [Logged("voice.loaded", {"seconds": 1.2})]


def test_progress_in_percent_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fraction"):
        FakeContext(tmp_path).progress(80)


def test_a_program_runs_in_scratch_and_its_output_comes_back(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    done = ctx.run("sh", "-c", "pwd; echo oops >&2; exit 3", timeout_s=5)
    assert done.returncode == 3
    assert done.output.split() == [str(ctx.scratch), "oops"]
    assert ctx.ran == [("sh", "-c", "pwd; echo oops >&2; exit 3")]


def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    with pytest.raises(RetryableError) as late:
        ctx.run("sh", "-c", "sleep 60 & echo $! > pid; wait", timeout_s=0.5)
    assert late.value.code == "PROGRAM_TIMEOUT"
    pid = int((ctx.scratch / "pid").read_text())
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_missing_program_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no-such-program"):
        FakeContext(tmp_path).run("no-such-program", timeout_s=1)


def test_inputs_are_found_by_name(tmp_path: Path) -> None:
    sent = tmp_path / "sent.txt"
    ctx = FakeContext(tmp_path, inputs={"file": sent})
    assert ctx.input("file") == sent
    assert ctx.input("other") is None


def test_a_published_part_outlives_scratch(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    part = ctx.scratch / "part"
    part.write_text("one")
    ctx.publish("part-1.txt", part)
    part.unlink()
    assert ctx.published["part-1.txt"].read_text() == "one"


def test_a_module_answers_in_a_process_of_its_own(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=2)
    with ctx.coprocess("tests.media.parrot") as parrot:
        answer = parrot.ask({"say": "hi"}, timeout_s=30)
        assert (answer["said"], answer["cwd"]) == ("hi", str(ctx.scratch))
        with pytest.raises(Cancelled):
            parrot.ask({"say": "hi"}, timeout_s=30)
    assert ctx.ran == [("tests.media.parrot",)]


def test_a_child_is_run_and_its_files_come_back(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    child = ctx.submit(SHOUT, Shout(text="hello"))
    assert child.result().files["loud.txt"].read_text() == "HELLO"
    assert ctx.children == [child]
    assert child.id != ctx.job_id


def test_a_failed_child_fails_its_parent_with_a_code(tmp_path: Path) -> None:
    child = FakeContext(tmp_path).submit(SHOUT, Shout(text=""))
    with pytest.raises(PermanentError, match="nothing to shout") as failed:
        child.result()
    assert failed.value.code == "CHILD_FAILED"
    assert isinstance(child.outcome(), PermanentError)


def test_a_cancelled_parent_cancels_its_child(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, cancel_after=2)
    with pytest.raises(Cancelled):
        ctx.submit(SHOUT, Shout(text="hello"))


def test_polls_give_what_is_due_and_write_down_what_is_said() -> None:
    polls = FakePolls([Polled("a", "ann", Shout(text="a")), Polled("b", "ann", Shout(text="b"), {"looks": 3})])
    a, b = polls.take()
    assert polls.take() == []
    assert polls.due_in_s() is None
    polls.again(a, 60, {"looks": 1})
    polls.again(b, 30)
    assert polls.due_in_s() == 30
    polls.forward(30)
    (b,) = polls.take()
    assert b.facts == {"looks": 3}
    polls.wake(b, {"live": "x"})
    polls.forward(30)
    (a,) = polls.take(1)
    assert a.facts == {"looks": 1}
    polls.log("looked", at="a")
    assert polls.agained == [("a", 60, {"looks": 1}), ("b", 30, {"looks": 3})]
    assert polls.woken == [("b", {"live": "x"})]
    assert polls.logged == [("looked", {"at": "a"})]


def test_polls_refuse_what_the_engine_refuses_and_can_be_cancelled() -> None:
    polls = FakePolls([Polled("a", "ann", Shout(text="a"))], cancel_after=3)
    (a,) = polls.take()
    with pytest.raises(ValueError, match="seconds"):
        polls.again(a, -1)
    with pytest.raises(ValueError, match="4096"):
        polls.wake(a, {"x": "y" * 5_000})
    polls.check()
    with pytest.raises(Cancelled):
        polls.check()


def test_eventually_returns_the_first_truthy_answer() -> None:
    answers = iter([0, 0, 7])
    assert eventually(lambda: next(answers)) == 7


def test_eventually_tells_the_last_answer() -> None:
    with pytest.raises(AssertionError, match=r"last seen: \[\]"):
        eventually(list, within_s=0.05)


def test_eventually_keeps_the_last_exception() -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match="ZeroDivisionError") as gone:
        eventually(lambda: 1 // 0, within_s=0.05)
    assert isinstance(gone.value.__cause__, ZeroDivisionError)
    assert time.monotonic() - began < 2
