import json
from collections.abc import Callable

import pytest
from tests.store.kit import FAILED, World, artifact

from mediamill.core.job import Upload
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.attempts import Wait
from mediamill.store.jobs import Moved


def test_a_job_goes_from_submit_to_success(world: World) -> None:
    job_id = world.submit()
    held = world.claim()
    assert (held.id, held.job.state, held.job.attempt) == (job_id, State.STARTED, 1)
    assert world.attempts.progress(*held.pair, 50, "half") == "held"
    assert world.attempts.publish(*held.pair, artifact())
    assert world.attempts.log(*held.pair, [{"at_ms": 1, "attempt": 1, "event": "said", "fields": {"a": 1}}])
    assert world.attempts.succeed(*held.pair, {"a.txt": artifact()}, {"n": 1})
    done = world.get(job_id)
    assert (done.state, done.progress, done.files, done.data) == (State.SUCCESS, 100, {"a.txt": artifact()}, {"n": 1})
    assert world.statuses(job_id) == ["PENDING", "STARTED", "SUCCESS"]
    assert [event.name for event in world.jobs.events(job_id)] == ["state", "state", "progress", "artifact", "state"]
    assert world.jobs.log(job_id, last_n=1)[0].event == "said"
    assert world.jobs.parts(job_id) == {"a.txt": artifact()}
    assert world.jobs.forget(job_id)
    assert world.jobs.get(job_id) is None


def test_a_record_comes_back_as_it_was_sent(world: World) -> None:
    before = world.now_ms()
    job_id = world.submit(
        owner="Ánh",
        params={"text": "Xin chào\n“quoted” \\ 'all'", "speed": 1.25, "tags": [], "none": None},
        uploads={"file": Upload(filename="tài liệu.pdf", key="u/1", sha256="ab", size_bytes=7)},
        priority=-9,
        time_limit_s=0.5,
        correlation_id="c-1",
        traceparent="00-1-2-01",
        dedupe_key="d",
        start_in_ms=5_000,
    )
    job = world.get(job_id)
    assert job.params == {"text": "Xin chào\n“quoted” \\ 'all'", "speed": 1.25, "tags": [], "none": None}
    assert job.uploads["file"].filename == "tài liệu.pdf"
    assert (job.owner, job.priority, job.time_limit_s, job.queue) == ("Ánh", -9, 0.5, Queue.CPU)
    assert (job.correlation_id, job.traceparent, job.dedupe_key) == ("c-1", "00-1-2-01", "d")
    assert before <= job.created_ms == job.queued_ms <= world.now_ms()
    assert job.start_by_ms == job.created_ms + 5_000


def test_progress_keeps_its_decimal_as_it_was_told(world: World) -> None:
    held = world.running()
    world.attempts.progress(*held.pair, 12.3, "reading")
    assert world.client.run("HGET", world.keys("job", held.id), "progress") == "12.3"
    assert world.jobs.events(held.id)[-1].data == {"progress": 12.3, "stage": "reading", "attempt": 1}


def test_a_failed_job_says_why_and_a_redrive_keeps_its_history(world: World) -> None:
    held = world.running()
    assert world.attempts.fail(*held.pair, FAILED)
    failed = world.get(held.id)
    assert (failed.state, failed.error_code, failed.error_message) == (State.FAILURE, "BROKEN", "it broke")
    assert world.jobs.redrive(held.id)
    again = world.get(held.id)
    assert (again.state, again.error_code, again.ended_ms, again.failures) == (State.PENDING, None, None, 0)
    world.succeed(world.claim())
    done = world.get(held.id)
    assert [(line.attempt, line.outcome, line.error_code) for line in done.history] == [
        (1, "fail", "BROKEN"),
        (2, "succeed", None),
    ]


def test_an_attempt_that_was_handed_back_is_told_under_the_number_it_ran_with(world: World) -> None:
    held = world.running()
    assert world.attempts.hand_back(*held.pair)
    assert world.get(held.id).attempt == 0
    world.succeed(world.claim())
    done = world.get(held.id)
    assert [(line.attempt, line.outcome) for line in done.history] == [(1, "hand_back"), (1, "succeed")]


def test_a_success_after_a_retry_shows_no_error(world: World) -> None:
    held = world.running()
    assert world.attempts.retry(*held.pair, FAILED, delay_s=0)
    assert world.get(held.id).error_code == "BROKEN"
    assert world.sweeps.due([held.id]) == 1
    world.succeed(world.claim())
    assert world.get(held.id).error_code is None


@pytest.mark.parametrize(
    ("end", "attempt", "failures", "losses"),
    [
        ("succeed", 1, 0, 0),
        ("fail", 1, 1, 0),
        ("retry", 1, 1, 0),
        ("later", 0, 0, 0),
        ("hand_back", 0, 0, 0),
        ("lose", 1, 0, 1),
    ],
)
def test_only_an_attempt_that_failed_is_charged(
    world: World, end: str, attempt: int, failures: int, losses: int
) -> None:
    held = world.running()
    ends: dict[str, Callable[[], Moved]] = {
        "succeed": lambda: world.attempts.succeed(*held.pair, {}, {}),
        "fail": lambda: world.attempts.fail(*held.pair, FAILED),
        "retry": lambda: world.attempts.retry(*held.pair, FAILED, delay_s=9),
        "later": lambda: world.attempts.later(*held.pair, delay_s=9),
        "hand_back": lambda: world.attempts.hand_back(*held.pair),
        "lose": lambda: world.attempts.lose(*held.pair),
    }
    assert ends[end]()
    job = world.get(held.id)
    assert (job.attempt, job.failures, job.worker_losses) == (attempt, failures, losses)
    assert (job.token, job.machine, job.due_ms is not None) == (None, None, end in {"retry", "later"})


def test_history_is_kept_short_and_its_oldest_lines_go_first(world: World) -> None:
    held = world.running()
    for number in range(200):
        assert world.attempts.hand_back(*held.pair), number
        held = world.claim()
    world.succeed(held)
    raw = world.client.run("HGET", world.keys("job", held.id), "history")
    assert len(raw) <= 16_384
    history = world.get(held.id).history
    assert history[-1].outcome == "succeed"
    assert all(json.loads(line) for line in raw.split("\n"))
    assert 50 < len(history) < 201


def test_a_long_error_message_stays_whole_in_a_history_of_its_own(world: World) -> None:
    held = world.running()
    message = "x" * 20_000
    assert world.attempts.fail(*held.pair, type(FAILED)("LONG", message))
    assert world.get(held.id).history[-1].error_message == message


@pytest.mark.parametrize("event", ["cancel", "redrive", "stop", "forget", "prioritise"])
def test_a_move_of_no_job_is_none(world: World, event: str) -> None:
    moves: dict[str, Callable[[str], Moved]] = {
        "cancel": world.jobs.cancel,
        "redrive": world.jobs.redrive,
        "stop": world.jobs.stop,
        "forget": world.jobs.forget,
        "prioritise": lambda job_id: world.jobs.prioritise(job_id, 1),
    }
    moved = moves[event]("nobody")
    assert (moved.outcome, moved.state, bool(moved)) == ("none", None, False)
    assert world.names() == []


def test_an_event_without_a_row_changes_nothing_and_is_no_error(world: World) -> None:
    job_id = world.finished()
    before = world.dump()
    for moved in (world.jobs.cancel(job_id), world.jobs.redrive(job_id), world.jobs.prioritise(job_id, 3)):
        assert (moved.outcome, moved.state) == ("unchanged", State.SUCCESS)
    assert world.jobs.stop(job_id).outcome == "unchanged"
    assert world.jobs.forget(world.submit()).outcome == "unchanged"
    assert world.dump().items() >= {name: value for name, value in before.items() if job_id in name}.items()


def test_a_cancel_before_the_claim_ends_the_job_and_leaves_a_harmless_ticket(world: World) -> None:
    job_id = world.submit()
    assert world.jobs.cancel(job_id).state is State.REVOKED
    assert world.tickets() == 1
    assert world.attempts.claim(Queue.CPU, machine="m", worker="w") is None
    assert world.statuses(job_id) == ["PENDING", "REVOKED"]


@pytest.mark.parametrize("end", ["succeed", "fail", "retry", "later", "hand_back", "lose", "cancelled"])
def test_a_cancelled_attempt_ends_revoked_whatever_it_says_and_tells_it(world: World, end: str) -> None:
    held = world.running()
    world.attempts.later(*held.pair, delay_s=0, note="polling")  # a second poll is quiet, but its end is news
    world.sweeps.due([held.id])
    held = world.claim()
    assert world.jobs.cancel(held.id).state is State.CANCELLING
    assert world.get(held.id).status == "STARTED"
    ends = {
        "succeed": lambda: world.attempts.succeed(*held.pair, {"a.txt": artifact()}, {"n": 1}),
        "fail": lambda: world.attempts.fail(*held.pair, FAILED),
        "retry": lambda: world.attempts.retry(*held.pair, FAILED, delay_s=9),
        "later": lambda: world.attempts.later(*held.pair, delay_s=9, note="polling"),
        "hand_back": lambda: world.attempts.hand_back(*held.pair),
        "lose": lambda: world.attempts.lose(*held.pair),
        "cancelled": lambda: world.attempts.cancelled(*held.pair),
    }
    assert ends[end]().state is State.REVOKED
    job = world.get(held.id)
    assert (job.state, job.files, job.data, job.failures, job.error_code) == (State.REVOKED, {}, None, 0, None)
    assert job.history[-1].outcome == "cancelled"
    assert world.statuses(held.id)[-1] == "REVOKED"


def test_a_cancelled_attempt_hears_it_at_once_and_writes_no_more(world: World) -> None:
    held = world.running()
    world.jobs.cancel(held.id)
    before = world.dump()
    assert world.attempts.progress(*held.pair, 90, "reading") == "cancel"
    assert not world.attempts.publish(*held.pair, artifact())
    assert world.attempts.renew([held.pair]) == ["cancel"]
    after = world.dump()
    assert {name for name in after if after[name] != before[name]} <= {"leases"}
    assert world.attempts.log(*held.pair, [{"event": "said"}])  # why it ended is worth a line


def test_stop_is_told_to_the_holder_and_to_who_holds_it_next_until_the_end(world: World) -> None:
    held = world.running()
    assert world.jobs.stop(held.id)
    assert world.get(held.id).stop
    assert world.attempts.progress(*held.pair, 1, "") == "stop"
    assert world.attempts.renew([held.pair]) == ["stop"]
    world.attempts.hand_back(*held.pair)
    held = world.claim()
    assert held.job.stop
    world.attempts.fail(*held.pair, FAILED)
    assert not world.get(held.id).stop
    world.jobs.redrive(held.id)
    assert not world.claim().job.stop


def test_a_job_that_has_not_begun_or_has_ended_cannot_stop(world: World) -> None:
    done, cancelling, waiting = world.finished(), world.running(), world.submit()
    world.jobs.cancel(cancelling.id)
    for job_id in (waiting, cancelling.id, done):
        before = world.dump()
        assert world.jobs.stop(job_id).outcome == "unchanged"
        assert world.dump() == before


def test_a_job_that_is_to_stop_waits_no_longer_for_its_time_or_its_children(world: World) -> None:
    poll, parent = world.running(), world.running()
    world.child(parent)
    assert world.attempts.later(*poll.pair, delay_s=600)
    world.later_for_children(parent, delay_s=600)
    for held in (poll, parent):
        assert world.jobs.stop(held.id).state is State.PENDING
        assert world.jobs.stop(held.id).state is State.PENDING
    assert [world.claim().job.stop for _ in range(3)] == [True, True, False]  # the last one is the child


def test_a_job_that_is_to_stop_goes_on_waiting_for_its_next_try(world: World) -> None:
    held = world.running()
    world.attempts.retry(*held.pair, FAILED, delay_s=600)
    assert world.jobs.stop(held.id).state is State.RETRY
    world.wait(601)
    world.sweeps.due([held.id])
    assert world.claim().job.stop


@pytest.mark.parametrize("stopping", [True, False])
def test_an_attempt_that_waits_without_having_heard_of_the_stop_is_followed_at_once(
    world: World, *, stopping: bool
) -> None:
    parent = world.running()
    world.child(parent)
    world.jobs.stop(parent.id)
    assert world.attempts.later(*parent.pair, delay_s=600, wait=Wait(1), stopping=stopping)
    assert world.sweeps.due([parent.id]) == (0 if stopping else 1)


def test_many_records_are_read_in_the_order_asked_for(world: World) -> None:
    first, second = world.submit(), world.submit()
    assert [job.id for job in world.jobs.get_many([second, "nobody", first])] == [second, first]
    assert world.jobs.get_many([]) == []


def test_one_of_many_records_is_read_without_its_parameters(world: World) -> None:
    job_id = world.submit(params={"text": "long " * 1_000})
    whole = world.get(job_id)
    assert (
        world.jobs.get_many([job_id]) == world.jobs.page(owner=None).jobs == [whole.model_copy(update={"params": {}})]
    )


@pytest.mark.parametrize("spoil", [("HSET", "priority", "much"), ("HSET", "uploads", "{"), ("SET", "no record")])
def test_a_spoilt_record_hides_no_other(world: World, spoil: tuple[str, ...]) -> None:
    spoilt, whole = world.submit(), world.submit(owner="bob")
    command, *values = spoil
    if command == "SET":
        world.client.run("DEL", world.keys("job", spoilt))
    world.client.run(command, world.keys("job", spoilt), *values)
    assert [job.id for job in world.jobs.get_many([spoilt, whole])] == [whole]
    page = world.jobs.page(owner=None)
    assert ([job.id for job in page.jobs], page.next) == ([whole], None)
