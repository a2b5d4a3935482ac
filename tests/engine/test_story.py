import json

import pytest
from tests.engine.mill import Clock, Mill

from mediamill.core.events import LOG_LINE_BYTES
from mediamill.core.job import Job
from mediamill.engine.masking import Mask
from mediamill.engine.story import AWAY_S, LINES_KEPT, PER_SECOND, Story


class Still(Clock):
    """A clock that only the test moves."""

    def __call__(self) -> float:
        return self.ahead_s


@pytest.fixture
def clock() -> Clock:
    return Still()


@pytest.fixture
def job(mill: Mill) -> Job:
    return mill.claimed()


@pytest.fixture
def story(mill: Mill, job: Job, clock: Clock) -> Story:
    assert job.token is not None
    return Story(job, job.token, mill.attempts, Mask(["s3cret"]), clock)


def progresses(mill: Mill, job: Job) -> list[float]:
    return [event.data["progress"] for event in mill.jobs.events(job.id) if event.name == "progress"]


def test_progress_is_passed_on_five_times_a_second(mill: Mill, job: Job, story: Story, clock: Clock) -> None:
    for percent in range(20):
        story.progress(percent, "")
    assert progresses(mill, job) == [0, 1, 2, 3, 4]
    clock.forward(1)
    for percent in range(20, 40):
        story.progress(percent, "")
    assert len(progresses(mill, job)) == 2 * PER_SECOND


def test_the_last_progress_is_told_at_the_end(mill: Mill, job: Job, story: Story) -> None:
    for percent in range(50):
        story.progress(percent, f"page {percent}")
    story.flush(everything=True)
    assert (mill.job(job.id).progress, mill.job(job.id).stage) == (49, "page 49")


def test_what_was_held_back_is_told_with_the_next_call(mill: Mill, job: Job, story: Story, clock: Clock) -> None:
    for percent in range(10):
        story.progress(percent, "")
    clock.forward(1)
    story.flush()
    assert progresses(mill, job)[-1] == 9


def test_a_burst_of_lines_goes_in_few_calls_and_none_is_lost(mill: Mill, job: Job, story: Story, clock: Clock) -> None:
    for number in range(100):
        story.log("said", {"number": number})
    clock.forward(1)
    story.flush()
    assert [line.fields["number"] for line in mill.jobs.log(job.id)] == list(range(100))


def test_secrets_are_in_no_field_name_event_or_stage(mill: Mill, job: Job, story: Story) -> None:
    story.log("got s3cret", {"s3cret": 1, "deep": {"list": ["s3cret"]}})
    story.progress(1, "using s3cret")
    told = str(mill.jobs.log(job.id)) + mill.job(job.id).stage
    assert "s3cret" not in told
    assert told.count("***") == 4


def test_a_line_that_is_too_long_is_cut(mill: Mill, job: Job, story: Story) -> None:
    story.log("long", {"text": "é" * 1_000_000})
    story.log("wide", {f"field{number}": "é" * 100 for number in range(100)})
    story.flush(everything=True)
    long, wide = mill.jobs.log(job.id)
    assert len(long.fields["text"]) == 2_000
    assert set(wide.fields) == {"cut"}
    assert all(len(line.model_dump_json().encode()) < LOG_LINE_BYTES + 200 for line in (long, wide))


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_values_that_json_has_not_become_text(mill: Mill, job: Job, story: Story) -> None:
    story.log("odd", {"nan": float("nan"), "bytes": b"x", "odd": Odd(), "none": None, "yes": True, "half": 0.5})
    fields = mill.jobs.log(job.id)[0].fields
    assert fields == {"nan": "nan", "bytes": "b'x'", "odd": "<Odd>", "none": None, "yes": True, "half": 0.5}
    json.dumps(fields, allow_nan=False)


def test_an_outage_loses_neither_lines_nor_progress(mill: Mill, job: Job, story: Story, clock: Clock) -> None:
    mill.store.away = True
    story.log("one", {})
    story.progress(40, "in the dark")
    mill.store.away = False
    story.log("two", {})
    assert mill.jobs.log(job.id) == []  # the store is left alone for a while
    clock.forward(AWAY_S)
    story.flush()
    assert [line.event for line in mill.jobs.log(job.id)] == ["one", "two"]
    assert mill.job(job.id).stage == "in the dark"


def test_a_long_outage_keeps_the_newest_lines_and_tells_how_many_are_gone(
    mill: Mill, job: Job, story: Story, clock: Clock
) -> None:
    mill.store.away = True
    for number in range(LINES_KEPT + 20):
        story.log("said", {"number": number})
    clock.forward(AWAY_S)
    story.log("said", {"number": LINES_KEPT + 20})  # fails again
    mill.store.away = False
    clock.forward(AWAY_S)
    story.flush()
    first, *rest = mill.jobs.log(job.id, last_n=2_000)
    assert (first.event, first.fields) == ("log.dropped", {"lines": 21})
    assert [line.fields["number"] for line in rest] == list(range(21, LINES_KEPT + 21))


def test_a_finished_step_ends_a_row_of_worker_deaths(mill: Mill, clock: Clock) -> None:
    job = mill.claimed()
    assert job.token is not None
    mill.attempts.lose(job.id, job.token)
    again = mill.attempts.claim(job.queue, machine="here", worker="w")
    assert again is not None
    assert again.token is not None
    assert again.worker_losses == 1
    story = Story(again, again.token, mill.attempts, now=clock)
    story.advanced()
    story.flush()
    assert mill.job(job.id).worker_losses == 0


def test_a_spoilt_log_costs_no_attempt(mill: Mill, job: Job, story: Story) -> None:
    mill.store.run("SET", mill.scripts.keys("log", job.id), "spoilt")
    story.log("one", {})
    story.flush(everything=True)


def test_a_stale_attempt_tells_nothing(mill: Mill, job: Job, story: Story) -> None:
    assert job.token is not None
    mill.attempts.lose(job.id, job.token)
    story.log("late", {})
    story.progress(99, "late")
    assert (mill.jobs.log(job.id), mill.job(job.id).progress) == ([], 0)
