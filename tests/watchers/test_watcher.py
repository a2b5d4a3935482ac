"""A watcher's job, by a real engine: what it asks for when something is live, and what comes of it."""

import re
from typing import Any

import pytest
from tests.engine.mill import Mill

from mediamill import Queue
from mediamill.core.job import Job
from mediamill.core.polls import facts_text
from mediamill.core.states import State
from mediamill.engine.submit import Ask
from mediamill.services.recordings import watchers
from mediamill.services.recordings.watching.memory import Memory
from mediamill.services.recordings.watching.params import Params
from mediamill.store.attempts import Failure
from mediamill.store.polls import Again

URL = "https://live.example/fair.m3u8"


class Watch:
    """A watcher, and a hand that looks for it and records for it."""

    def __init__(self, mill: Mill, **asked: Any) -> None:  # noqa: ANN401 - parameters as clients send them
        self.mill = mill
        params = Params.model_validate({"url": URL, **asked})
        self.id = mill.submitter.submit(Ask(service=watchers, params=params, owner="ann")).id
        self.run()

    def run(self) -> Job:
        """Let what waits in `default` run, but for the polls themselves."""
        while (job := self.mill.jobs.get(self.id)) and job.state is State.PENDING:
            assert self.mill.take(watchers)
        return self.mill.job(self.id)

    @property
    def memory(self) -> Memory:
        return Memory.of(self.mill.tools.polls.states([self.id])[self.id].facts)

    def saw(self, broadcast: str) -> Memory:
        """Look, and wake it where it wants what is on air; return what it knows then."""
        polls = self.mill.tools.polls
        self.mill.forward(max(0.0, self.due_in_s) + 1)
        (due,) = polls.take("watchers", "me")
        memory = Memory.of(due.facts).saw(broadcast, 1.0)
        assert memory.wanted is None or polls.wake(self.id, "me", _text(memory))
        if memory.wanted is None:
            polls.again("watchers", "me", [_again(self.id, memory)])
        self.run()
        return self.memory

    @property
    def due_in_s(self) -> float:
        state = self.mill.tools.polls.states([self.id])[self.id]
        assert state.next_at is not None
        return state.next_at - self.mill.scripts.now_ms() / 1000

    @property
    def recordings(self) -> list[Job]:
        page = self.mill.jobs.page(owner="ann", service="recordings", children=False)
        return [self.mill.job(job.id) for job in reversed(page.jobs)]

    def begun(self) -> Job:
        job = self.mill.attempts.claim(Queue.RECORDING, machine="here", worker="w")
        assert job is not None
        return job

    def ended(self, how: str) -> Job:
        job = self.begun()
        assert self.mill.attempts.succeed(job.id, job.token or "", {}, {"ended": how})
        return self.run()


def _text(memory: Memory) -> str:
    return facts_text(memory.facts())


def _again(job_id: str, memory: Memory) -> Again:
    return Again(job_id, 10_000, _text(memory))


@pytest.fixture
def watch(mill: Mill) -> Watch:
    return Watch(mill, max_duration=7_200, options={"quality": "720p"})


def test_it_waits_for_a_look_and_costs_no_slot(watch: Watch) -> None:
    job = watch.mill.job(watch.id)
    assert (job.state, job.stage, job.attempt) == (State.RETRY, "waiting until it is live", 0)
    assert watch.due_in_s <= 0
    assert watch.recordings == []


def test_what_is_live_is_recorded_as_wished_by_a_job_in_its_own_right(watch: Watch) -> None:
    assert watch.saw("7300").begun
    (recording,) = watch.recordings
    assert (recording.state, recording.queue, recording.is_child) == (State.PENDING, Queue.RECORDING, False)
    assert (recording.params["url"], recording.params["duration"]) == (URL, 7_200)
    assert recording.params["options"]["quality"] == "720p"
    job = watch.mill.job(watch.id)
    assert job.state is State.RETRY
    assert re.fullmatch(rf"recording since \d{{4}}-\d\d-\d\d \d\d:\d\d UTC \(job {recording.id}\)", job.stage)


def test_after_its_end_somebody_looks_at_once_and_the_next_live_is_another_recording(watch: Watch) -> None:
    watch.saw("7300")
    assert watch.ended("ended").state is State.RETRY
    assert watch.due_in_s <= 0
    assert (watch.memory.made, watch.memory.last) == (1, watch.recordings[0].id)
    watch.saw("7301")
    watch.ended("ended")
    assert [job.state for job in watch.recordings] == [State.SUCCESS] * 2
    assert watch.memory.made == 2


@pytest.mark.parametrize("how", ["duration", "stopped"])
def test_a_live_of_which_there_is_enough_is_not_recorded_again(watch: Watch, how: str) -> None:
    watch.saw("7300")
    watch.ended(how)
    assert watch.saw("7300").wanted is None
    assert len(watch.recordings) == 1


def test_a_recording_that_somebody_cancelled_is_wanted_by_nobody(watch: Watch) -> None:
    watch.saw("7300")
    watch.mill.jobs.cancel(watch.recordings[0].id)
    watch.run()
    assert watch.saw("7300").wanted is None


def test_who_looks_while_it_is_recorded_takes_nothing_for_done(watch: Watch) -> None:
    watch.saw("7300")
    watch.mill.tools.polls.change(watch.id, wishes={"poll_interval": 30})
    watch.saw("7301")
    watch.ended("duration")
    watch.saw("7301")
    assert len(watch.recordings) == 2, "the one that went on air meanwhile is recorded, too"


def test_one_that_failed_is_tried_again_a_little_later(watch: Watch) -> None:
    watch.saw("7300")
    job = watch.begun()
    watch.mill.attempts.fail(job.id, job.token or "", Failure("UPSTREAM", "the server answers 502"))
    watch.run()
    assert (watch.memory.code, watch.memory.fails) == ("UPSTREAM", 1)
    assert 5 < watch.due_in_s <= 10
    watch.saw("7300")
    assert len(watch.recordings) == 2


def test_asked_to_finish_it_has_its_recording_finish_too_and_keeps_it(watch: Watch) -> None:
    watch.saw("7300")
    recording = watch.begun()
    watch.mill.jobs.stop(watch.id)
    assert watch.run().state is State.RETRY
    assert watch.mill.job(recording.id).stop
    assert watch.mill.job(watch.id).stage == f"finishing its recording (job {recording.id})"
    watch.mill.attempts.succeed(recording.id, recording.token or "", {}, {"ended": "stopped"})
    job = watch.run()
    assert (job.state, job.data) == (State.SUCCESS, {"recordings": 1, "last_recording": recording.id})


def test_asked_to_finish_while_nothing_is_live_it_ends_at_once(watch: Watch) -> None:
    watch.mill.jobs.stop(watch.id)
    assert watch.run().state is State.SUCCESS
    assert watch.recordings == []


def test_cancelled_it_takes_its_recording_with_it(watch: Watch) -> None:
    watch.saw("7300")
    watch.mill.jobs.cancel(watch.id)
    watch.mill.sweeper.round()
    assert watch.recordings[0].state is State.REVOKED


def test_an_attempt_that_died_when_it_had_begun_begins_no_second_recording(watch: Watch) -> None:
    watch.saw("7300")
    watch.mill.forward(3 * 3_600)
    watch.mill.sweeper.round()
    watch.run()
    assert (len(watch.recordings), watch.memory.made) == (1, 1)


def test_should_no_poll_come_it_looks_after_itself_and_asks_again(watch: Watch) -> None:
    watch.mill.forward(3_700)
    watch.mill.sweeper.round()
    assert watch.run().state is State.RETRY
    assert watch.due_in_s <= 0


def test_one_owner_has_one_watcher_of_a_key(mill: Mill, watch: Watch) -> None:
    again = Params.model_validate({"url": URL, "poll_interval": 30})
    assert mill.submitter.submit(Ask(service=watchers, params=again, owner="ann")).id == watch.id
    assert mill.submitter.submit(Ask(service=watchers, params=again, owner="bob")).id != watch.id
