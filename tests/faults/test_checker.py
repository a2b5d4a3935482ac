"""A checker that finds nothing is worth nothing: each kind of damage, done by hand, is seen."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from tests.faults import journal, services
from tests.faults.book import Book
from tests.faults.checker import Checker, Verdict
from tests.faults.client import Client
from tests.faults.stack import Shape, Stack, temporary

from mediamill import wiring
from mediamill.core.job import Artifact
from mediamill.core.queues import Queue
from mediamill.engine.submit import Ask
from mediamill.store.attempts import Attempts
from mediamill.store.sweeps import Sweeps


class Scene:
    """A store without servers, and jobs that are done by hand."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.book = Book(stack.folder / "book")
        self.house = wiring.open_house(stack.settings())
        self.attempts = Attempts(self.house.scripts)
        self.sweeps = Sweeps(self.house.scripts)

    def done(self, number: int = 1, *, told: str | None = None) -> tuple[str, Artifact]:
        """Do a job as a worker does; return its id and its file, in which `told` stands for the attempt's token."""
        submitted = self.house.submitter.submit(Ask(services.QUICK, services.Params(number=number), owner="ann"))
        self.book.accept(submitted.id, "quick", "ann", 0.0)
        job = self.attempts.claim(Queue.INTERACTIVE, machine="m", worker="w")
        assert job is not None
        assert job.token is not None
        path = self.stack.folder / "result.txt"
        path.unlink(missing_ok=True)  # the stored file is a link to the last one
        path.write_text(f"{job.id} {told or job.token}\n")
        artifact = self.house.artifacts.commit(job.id, job.token, "result.txt", path)
        assert self.attempts.succeed(job.id, job.token, {"result.txt": artifact}, {"token": told or job.token})
        ended = self.house.jobs.get(job.id)
        assert ended is not None
        self.house.artifacts.write_record(job.id, b"{}")
        assert self.sweeps.settle({job.id: ended.version})
        self.house.scripts.client.run("DEL", self.house.scripts.keys("tickets", Queue.INTERACTIVE))
        return job.id, artifact

    def verdict(self) -> Verdict:
        checker = Checker(self.stack, self.book, Client([], self.book, Random(1)))  # noqa: S311 - keys of requests
        try:
            return checker.check(patience_s=0.2)
        finally:
            checker.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    with temporary() as folder, Stack(Shape(machines=0, apis=0), folder) as stack:
        yield Scene(stack)


def test_promises_that_are_kept_are_good(scene: Scene) -> None:
    scene.done()
    verdict = scene.verdict()
    assert verdict.good, verdict
    assert verdict.accepted == 1


def test_a_promise_without_a_record_is_lost(scene: Scene) -> None:
    scene.done()
    scene.book.accept("01994f6e-5f0a-7c31-9d0c-6f1d2b3a4c5d", "quick", "ann", 0.0)
    assert "there is no record" in scene.verdict().lost[0]


def test_a_promise_with_another_end_is_lost(scene: Scene) -> None:
    job_id, _ = scene.done()
    scene.book.cancel(job_id, "yes")
    assert "ended as SUCCESS" in scene.verdict().lost[0]


def test_a_job_in_line_is_stuck(scene: Scene) -> None:
    scene.house.submitter.submit(Ask(services.QUICK, services.Params(number=2), owner="ann"))
    assert "stuck: " in scene.verdict().wrong[0]


def test_the_work_of_another_attempt_is_doubled(scene: Scene) -> None:
    scene.done(told="another")
    assert "the result is of another" in scene.verdict().doubled[0]


def test_a_second_end_is_doubled(scene: Scene) -> None:
    job_id, _ = scene.done()
    store, key = scene.house.scripts.client, scene.house.scripts.keys("events", job_id)
    ((_, last),) = store.run("XREVRANGE", key, "+", "-", "COUNT", 1)
    store.run(
        "XADD", key, "*", *(word for pair in (last.items() if isinstance(last, dict) else [last]) for word in pair)
    )
    assert "told 2 times" in scene.verdict().doubled[0]


def _leave_scratch(scene: Scene) -> None:
    (scene.stack.data / "scratch/m1/a-job/a-token").mkdir(parents=True)


def _spoil_index(scene: Scene) -> None:
    scene.house.scripts.client.run("ZADD", scene.house.scripts.keys("done"), 1, "a-job")


@pytest.mark.parametrize(
    ("damage", "words"),
    [(_leave_scratch, "scratch is left: m1/a-job"), (_spoil_index, "store: done is")],
    ids=["scratch", "index"],
)
def test_what_is_left_is_seen(scene: Scene, damage: Callable[[Scene], None], words: str) -> None:
    scene.done()
    damage(scene)
    assert any(words in wrong for wrong in scene.verdict().wrong), scene.verdict()


def test_a_file_that_is_gone_is_seen(scene: Scene) -> None:
    _, artifact = scene.done()
    scene.house.artifacts.store.delete(artifact.key)
    verdict = scene.verdict()
    assert "is not there" in verdict.lost[0]
    assert "is not there" in verdict.wrong[0]


def test_a_process_that_is_left_is_seen(scene: Scene, tmp_path: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin", journal.FOLDER: str(scene.stack.folder)}
    with subprocess.Popen(["/bin/sleep", "60"], env=environ, cwd=tmp_path) as process:
        try:
            assert f"process {process.pid} is left: sleep" in scene.verdict().wrong
        finally:
            process.kill()
