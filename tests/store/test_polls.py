"""Jobs that wait to be looked at: taken in numbers, put off, woken; none is left behind, none is looked at twice."""

# ruff: noqa: ANN401 - a request has many fields, each test names the few it is about

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.store import invariants
from tests.store.kit import FAILED, Held, World, request

from mediamill.core.job import EndedJob
from mediamill.core.polls import FACTS_BYTES, PollState
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.adoptions import Adoptions
from mediamill.store.attempts import Look, Wait
from mediamill.store.polls import READ_BYTES, Again, Due, Polls

HOUR_S = 3_600.0


class Office(World):
    """A store, and those who look: each by a name of its own."""

    def __init__(self, world: World) -> None:
        super().__init__(world.scripts)
        self.polls = Polls(world.scripts)

    def enlisted(self, count: int = 1, *, after_s: float = 60, facts: str | None = None, **changes: Any) -> list[str]:
        """Return jobs that wait to be looked at."""
        held = [self.running(**changes) for _ in range(count)]
        for each in held:
            self.enlist(each, after_s=after_s, facts=facts)
        return [each.id for each in held]

    def enlist(self, held: Held, *, after_s: float = 60, facts: str | None = None) -> None:
        assert self.attempts.later(*held.pair, delay_s=HOUR_S, note="offline", look=Look(after_s, facts))

    def take(self, by: str = "me", most: int = 500) -> list[Due]:
        return self.polls.take("shout", by, most)

    def taken(self, by: str = "me", most: int = 500) -> list[str]:
        return [due.id for due in self.take(by, most)]

    def again(self, *job_ids: str, by: str = "me", after_s: float = 60, facts: str | None = None) -> int:
        return self.polls.again("shout", by, [Again(each, int(after_s * 1000), facts) for each in job_ids])

    def state(self, job_id: str) -> PollState:
        return self.polls.states([job_id])[job_id]

    @property
    def list(self) -> list[str]:
        return self.members("polls", "shout")


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    office = Office(world)
    yield office
    invariants.check(office)


def test_a_job_is_given_when_it_is_due_with_all_that_is_known_of_it(office: Office) -> None:
    (job_id,) = office.enlisted(facts='{"seen":1}', params={"url": "u"})
    assert office.take() == []
    assert office.polls.due_in_s("shout") == pytest.approx(60, abs=2)
    office.wait(60)
    assert office.polls.due_in_s("shout") == 0
    assert office.take() == [Due(job_id, "ann", {"url": "u"}, {"seen": 1}, {})]


def test_what_is_taken_is_nobody_elses_until_its_lease_is_over(office: Office) -> None:
    jobs = office.enlisted(3, after_s=0)
    assert sorted(office.taken("dead")) == jobs
    assert office.taken("other") == []
    office.wait(31)
    assert sorted(office.taken("other")) == jobs
    assert office.again(*jobs, by="dead") == 0
    assert office.again(*jobs, by="other") == 3


def test_what_is_looked_at_still_is_kept_from_others_for_as_long_as_somebody_says_so(office: Office) -> None:
    held, moved, changed = ids = office.enlisted(3)
    office.wait(60)
    assert sorted(office.taken()) == sorted(ids)
    office.again(moved)
    office.polls.change(changed, wishes={})
    office.wait(20)
    assert office.polls.hold("shout", "you", [held]) == 0
    assert office.polls.hold("shout", "me", [*ids, "gone"]) == 1
    assert office.taken("you") == [changed]
    office.wait(20)
    assert office.taken("you") == []
    assert office.again(held, facts='{"seen":1}') == 1
    assert office.state(held).facts == {"seen": 1}


def test_what_is_put_off_comes_again_in_time_and_runs_by_itself_so_much_later(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0)
    before = office.get(job_id)
    office.take()
    assert office.again(job_id, after_s=600, facts='{"seen":2}') == 1
    state, now_s = office.state(job_id), office.now_ms() / 1000
    assert state.facts == {"seen": 2}
    assert state.next_at == pytest.approx(now_s + 600, abs=2)
    job = office.get(job_id)
    assert job.due_ms is not None
    assert job.due_ms / 1000 == pytest.approx(now_s + 600 + HOUR_S, abs=2)
    assert job.version > before.version
    assert office.members("delayed") == [job_id]
    office.wait(601)
    assert [due.facts for due in office.take()] == [{"seen": 2}]


def test_facts_stay_where_nobody_gives_others(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0, facts='{"a":1}')
    office.take()
    office.again(job_id, after_s=0)
    assert [due.facts for due in office.take()] == [{"a": 1}]
    assert office.polls.wake(job_id, "me")
    office.enlist(office.claim(), after_s=0)
    assert [due.facts for due in office.take()] == [{"a": 1}]


def test_who_is_woken_is_in_line_and_in_no_list(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0)
    office.take()
    tickets = office.tickets()
    assert not office.polls.wake(job_id, "other")
    assert office.polls.wake(job_id, "me", '{"live":"x"}')
    assert not office.polls.wake(job_id, "me"), "it was woken twice"
    assert (office.get(job_id).state, office.tickets(), office.list) == (State.PENDING, tickets + 1, [])
    assert office.state(job_id).facts == {"live": "x"}
    assert not office.polls.wake("no such job", "me")


def cancelled(office: Office, job_id: str) -> None:
    assert office.jobs.cancel(job_id)


def stopped(office: Office, job_id: str) -> None:
    assert office.jobs.stop(job_id)
    assert office.get(job_id).state is State.PENDING, "one that waits is woken at once"


def due(office: Office, job_id: str) -> None:
    office.wait(2 * HOUR_S)
    assert office.sweeps.due([job_id]) == 1


def forgotten(office: Office, job_id: str) -> None:
    cancelled(office, job_id)
    assert office.jobs.forget(job_id)


def ended_elsewhere(office: Office, job_id: str) -> None:
    job = office.get(job_id).model_copy(update={"state": State.SUCCESS, "ended_ms": office.now_ms(), "version": 99})
    assert Adoptions(office.scripts).adopt([EndedJob.model_validate(job.model_dump())]) == ["ended"]


@pytest.mark.parametrize("end", [cancelled, stopped, due, forgotten, ended_elsewhere])
@pytest.mark.parametrize("is_taken", [False, True])
def test_a_job_that_waits_no_more_leaves_no_entry(
    office: Office, end: Callable[[Office, str], None], *, is_taken: bool
) -> None:
    job_id, other = office.enlisted(2, after_s=0)
    if is_taken:
        office.take()
    end(office, job_id)
    assert office.list == [other]
    assert office.again(job_id, other) == is_taken
    assert not office.polls.wake(job_id, "me")


def test_a_childs_end_wakes_who_waits_for_it_and_is_looked_at_too(office: Office) -> None:
    parent = office.running()
    child = office.child(parent, priority=1)
    wait = 600.0
    office.later_for_children(parent, delay_s=wait)
    assert office.list == []
    held = office.claim()
    assert held.id == child
    office.succeed(held)
    again = office.claim()
    child = office.child(again, priority=2, request_hash="another")
    assert office.attempts.later(*again.pair, delay_s=wait, wait=Wait(2), look=Look(86_400.0))
    due_ms = office.get(parent.id).due_ms
    assert due_ms is not None
    assert due_ms <= office.now_ms() + wait * 1000, "it looks after its children as soon as any parent"
    assert office.list == [parent.id]
    office.succeed(office.claim())
    assert (office.get(parent.id).state, office.list) == (State.PENDING, [])


@pytest.mark.parametrize("end", ["succeed", "fail", "retry", "hand_back", "lose"])
def test_only_an_attempt_that_ends_by_later_enlists_its_job(office: Office, end: str) -> None:
    (job_id,) = office.enlisted(after_s=0)
    office.take()
    assert office.polls.wake(job_id, "me")
    held = office.claim()
    {
        "succeed": lambda: office.attempts.succeed(*held.pair, {}, {}),
        "fail": lambda: office.attempts.fail(*held.pair, FAILED),
        "retry": lambda: office.attempts.retry(*held.pair, FAILED, delay_s=1),
        "hand_back": lambda: office.attempts.hand_back(*held.pair),
        "lose": lambda: office.attempts.lose(*held.pair),
    }[end]()
    assert office.list == []


def test_a_cancelled_attempt_enlists_nothing(office: Office) -> None:
    held = office.running()
    assert office.jobs.cancel(held.id)
    office.enlist(held)
    assert (office.get(held.id).state, office.list) == (State.REVOKED, [])


def test_a_paused_job_is_not_looked_at_until_somebody_changes_that(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0)
    assert office.polls.change(job_id, paused=True)
    assert (office.taken(), office.list, office.state(job_id).paused) == ([], [], True)
    assert office.polls.change(job_id, wishes={"interval": 5})
    assert office.state(job_id) == PollState({}, {"interval": 5}, office.state(job_id).next_at, paused=True)
    assert office.polls.change(job_id, paused=False)
    assert [(due.id, due.wishes) for due in office.take()] == [(job_id, {"interval": 5})]
    assert not office.state(job_id).paused


def test_a_job_that_is_paused_stays_so_through_its_own_attempts(office: Office) -> None:
    (job_id,) = office.enlisted()
    office.polls.change(job_id, paused=True)
    due(office, job_id)
    office.enlist(office.claim(), after_s=0)
    assert (office.list, office.state(job_id).paused) == ([], True)


def test_a_change_makes_what_a_poll_just_says_void_and_the_job_due(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0)
    office.take()
    assert office.polls.change(job_id, wishes={"interval": 10})
    assert office.again(job_id, after_s=6_000) == 0
    assert not office.polls.wake(job_id, "me")
    assert [due.wishes for due in office.take()] == [{"interval": 10}]


def test_a_change_while_a_job_runs_has_it_looked_at_as_soon_as_it_waits(office: Office) -> None:
    held = office.running()
    assert office.polls.change(held.id, wishes={"interval": 10})
    office.enlist(held, after_s=6_000)
    assert office.taken() == [held.id]
    assert office.again(held.id, after_s=0) == 1
    assert office.polls.wake(office.taken()[0], "me")
    office.enlist(office.claim(), after_s=6_000)
    assert office.taken() == [], "a change counts once"


def test_an_ended_job_keeps_facts_and_wishes_and_takes_no_others(office: Office) -> None:
    (job_id,) = office.enlisted(facts='{"a":1}')
    office.polls.change(job_id, wishes={"b": 2})
    cancelled(office, job_id)
    assert office.polls.change(job_id, wishes={}).outcome == "unchanged"
    assert office.state(job_id) == PollState({"a": 1}, {"b": 2}, None, paused=False)
    assert office.polls.change("no such job", paused=True).outcome == "none"
    assert office.polls.states(["no such job"]) == {}


def test_wishes_have_a_limit(office: Office) -> None:
    (job_id,) = office.enlisted()
    with pytest.raises(ValueError, match="4096"):
        office.polls.change(job_id, wishes={"x": "y" * FACTS_BYTES})


def test_what_is_never_answered_comes_in_smaller_groups_and_later(office: Office) -> None:
    jobs = office.enlisted(64, after_s=0)
    sizes = [len(office.taken(most=64))]
    for _ in range(2):
        office.wait(31)
        sizes.append(len(office.taken(most=64)))
        assert office.polls.due_in_s("shout") == 0, "the rest is another group"
        while office.taken(most=64):
            pass
    assert sizes == [64, 8, 1]
    office.wait(31)
    assert len(office.taken(most=64)) == 1
    assert sorted(office.list) == jobs


def test_one_that_is_never_answered_comes_later_each_time_but_comes(office: Office) -> None:
    office.enlisted(after_s=0)
    leases: list[float] = []
    for _ in range(14):
        assert office.take()
        due_in_s = office.polls.due_in_s("shout")
        assert due_in_s is not None
        leases.append(round(due_in_s))
        office.wait(due_in_s + 1)
    assert leases == [30, 30, 30, 30, *(30 * 2**n for n in range(1, 8)), 3_840, 3_840, 3_840]


def test_one_that_was_not_answered_makes_no_large_group_small(office: Office) -> None:
    (stuck,) = office.enlisted(after_s=0)
    office.take()
    office.wait(31)
    others = office.enlisted(20, after_s=0)
    office.wait(1)
    assert office.taken(most=16) == [stuck, others[0]]
    assert len(office.taken(most=16)) == 16


def test_no_more_is_read_at_once_than_fits(office: Office) -> None:
    long = {"cookies": "x" * (READ_BYTES // 3)}
    jobs = office.enlisted(5, after_s=0, params=long)
    assert [len(office.taken()) for _ in range(3)] == [2, 2, 1]
    huge = office.enlisted(1, after_s=0, params={"cookies": "x" * (READ_BYTES + 1)})
    assert office.taken() == huge
    assert len(jobs) == 5


def test_an_entry_without_a_job_that_waits_is_dropped(office: Office) -> None:
    (job_id,) = office.enlisted(after_s=0)
    key = office.keys("polls", "shout")
    running = office.running()
    for each in ("gone", running.id):
        office.client.run("ZADD", key, 1, each)
    office.client.run("SET", office.keys("job", "spoilt"), "no hash")
    office.client.run("ZADD", key, 1, "spoilt")
    assert office.taken() == [job_id]
    assert office.list == [job_id]
    assert office.again("spoilt", job_id, "gone") == 1
    office.client.run("DEL", office.keys("job", "spoilt"))


def test_a_spoilt_record_hides_no_other(office: Office) -> None:
    whole, torn, without = office.enlisted(3, after_s=0)
    office.client.run("HSET", office.keys("job", torn), "poll_facts", "no JSON")
    office.client.run("HDEL", office.keys("job", without), "params")
    office.client.run("SET", office.keys("job", "spoilt"), "no hash")
    assert office.polls.states(["spoilt", torn, whole, "gone"]).keys() == {whole}
    office.client.run("HDEL", office.keys("job", torn), "poll_facts")
    assert office.taken() == [whole, torn]
    office.client.run("DEL", office.keys("job", "spoilt"))
    assert office.jobs.cancel(without)


def test_who_polls_is_called_before_something_is_due(office: Office) -> None:
    poller = office.running(service="polls", queue=Queue.DEFAULT)
    assert office.attempts.later(*poller.pair, delay_s=HOUR_S)
    office.polls.name_poller("shout", poller.id)
    assert office.polls.pollers() == {"shout": poller.id}
    office.enlisted(after_s=60)
    due_ms = office.get(poller.id).due_ms
    assert due_ms is not None
    assert due_ms / 1000 == pytest.approx(office.now_ms() / 1000 + 58, abs=2)
    office.enlisted(after_s=100)
    assert office.get(poller.id).due_ms == due_ms
    office.enlisted(after_s=1)
    assert office.get(poller.id).state is State.PENDING
    assert office.polls.waiting(["shout", "none"]) == {"shout": 3, "none": 0}


def test_what_enters_while_who_polls_is_about_to_sleep_is_not_slept_through(office: Office) -> None:
    poller = office.running(service="polls", queue=Queue.DEFAULT)
    office.polls.name_poller("shout", poller.id)
    for after_s in (60, 100):  # it has looked before that, and found nothing
        office.enlisted(after_s=after_s)
    assert office.attempts.later(*poller.pair, delay_s=HOUR_S)
    due_ms = office.get(poller.id).due_ms
    assert due_ms is not None
    assert due_ms / 1000 == pytest.approx(office.now_ms() / 1000 + 58, abs=2)
    due(office, poller.id)
    assert office.attempts.later(*office.claim(Queue.DEFAULT).pair, delay_s=HOUR_S)
    assert (office.get(poller.id).due_ms or 0) - office.now_ms() > HOUR_S * 900, "it is told once"


def test_a_change_calls_who_polls(office: Office) -> None:
    poller = office.running(service="polls", queue=Queue.DEFAULT)
    (job_id,) = office.enlisted(after_s=HOUR_S)
    assert office.attempts.later(*poller.pair, delay_s=HOUR_S)
    office.polls.name_poller("shout", poller.id)
    office.polls.change(job_id, wishes={"interval": 10})
    assert office.get(poller.id).state is State.PENDING


def test_polls_that_fail_are_counted_until_one_goes_well(office: Office) -> None:
    assert [office.polls.stumbled("shout") for _ in range(3)] == [1, 2, 3]
    office.polls.went_well("shout")
    assert office.polls.stumbled("shout") == 1


def test_the_list_that_is_lost_fills_again_when_the_jobs_run_by_themselves(office: Office) -> None:
    (job_id,) = office.enlisted()
    office.client.run("DEL", office.keys("polls", "shout"))
    due(office, job_id)
    office.enlist(office.claim())
    assert office.list == [job_id]


def test_jobs_of_other_services_are_in_other_lists(office: Office) -> None:
    office.enlisted(after_s=0, service="whisper")
    assert office.taken() == []
    assert request().service == "shout"
