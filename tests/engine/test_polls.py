"""Jobs that wait to be looked at, by a real engine: `ctx.poll_in`, `Service.poll`, and the job that runs it."""

import os
from collections.abc import Callable

import pytest
from pydantic import SecretStr
from tests.engine.mill import Clock, Mill, Params

from mediamill import Context, Later, Polled, Polls, PollState, Queue, Result, Service
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.engine import polls as live_polls
from mediamill.engine.identity import poller_id
from mediamill.engine.polls import LivePolls
from mediamill.engine.roster import Word
from mediamill.store.attempts import Failure
from mediamill.store.queues import Queues

HOUR_S = 3_600.0


def waits(_params: Params, ctx: Context) -> Result:
    """Wait until a look finds that the job may go on."""
    state = ctx.polled()
    if state.facts.get("live") or ctx.stopping:
        return Result(data={"facts": dict(state.facts)})
    ctx.poll_in(60, {"looks": 0})
    raise Later(HOUR_S, "offline")


class Site:
    """What is looked at: those that are live, and those at which a poll stumbles."""

    def __init__(self) -> None:
        self.live: set[str] = set()
        self.broken: set[str] = set()
        self.looked: list[str] = []
        self.batches: list[int] = []

    def poll(self, polls: Polls[Params]) -> None:
        while due := polls.take():
            self.batches.append(len(due))
            for each in due:
                polls.check()
                self._look(each, polls)

    def _look(self, each: Polled[Params], polls: Polls[Params]) -> None:
        if each.params.text in self.broken:
            raise RuntimeError("no poll expects this")
        self.looked.append(each.params.text)
        if each.params.text in self.live:
            polls.wake(each, {"live": True})
        else:
            polls.again(each, 60, {"looks": each.facts["looks"] + 1})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def service(mill: Mill, site: Site) -> Service[Params]:
    return mill.service(waits, poll=site.poll)


def enlisted(mill: Mill, service: Service[Params], *texts: str) -> list[str]:
    """Submit jobs and let them run until they wait; return their ids."""
    ids = [mill.submit(service, Params(text=text)).id for text in texts]
    work(mill, service)
    assert all(mill.job(job_id).state is State.RETRY for job_id in ids)
    return ids


def work(mill: Mill, service: Service[Params]) -> None:
    """Run what waits in line until nothing does; a poll that is not due sleeps."""
    mill.sweeper.sweep()
    while mill.take(service):
        pass


def state(mill: Mill, job_id: str) -> PollState:
    return mill.tools.polls.states([job_id])[job_id]


def poller(mill: Mill) -> Job:
    return mill.job(poller_id("work"))


def test_a_job_is_looked_at_when_it_is_due_and_keeps_what_was_found(
    mill: Mill, site: Site, service: Service[Params]
) -> None:
    (job_id,) = enlisted(mill, service, "a")
    assert site.looked == []
    mill.forward(61)
    work(mill, service)
    assert site.looked == ["a"]
    assert state(mill, job_id).facts == {"looks": 1}
    assert mill.job(job_id).state is State.RETRY


def test_a_job_that_is_woken_runs_with_what_was_found(mill: Mill, site: Site, service: Service[Params]) -> None:
    (job_id,) = enlisted(mill, service, "a")
    site.live.add("a")
    mill.forward(61)
    work(mill, service)
    job = mill.job(job_id)
    assert (job.state, job.data, job.attempt) == (State.SUCCESS, {"facts": {"live": True}}, 1)
    assert mill.tools.polls.waiting(["work"]) == {"work": 0}


def test_one_job_polls_for_all_of_a_service_and_lives_on(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a", "b", "c")
    first = poller(mill)
    assert (first.service, first.state, first.queue) == ("polls", State.RETRY, Queue.DEFAULT)
    assert [job.id for job in mill.jobs.page(owner=None, service="polls").jobs] == [first.id]
    for _ in range(5):
        mill.forward(61)
        work(mill, service)
    last = poller(mill)
    assert (last.id, last.state, last.failures, last.attempt) == (first.id, State.RETRY, 0, first.attempt)
    assert mill.jobs.page(owner="ann", service="polls").jobs == []


def test_who_comes_first_calls_the_poller_though_it_sleeps(mill: Mill, site: Site, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(30)
    enlisted(mill, service, "b")
    mill.forward(31)
    work(mill, service)
    assert site.looked == ["a"]
    mill.forward(30)
    work(mill, service)
    assert site.looked == ["a", "b"]


def test_hundreds_are_looked_at_in_few_calls(mill: Mill, site: Site, service: Service[Params]) -> None:
    ids = enlisted(mill, service, *(f"n{number}" for number in range(120)))
    mill.forward(61)
    work(mill, service)
    assert site.batches == [120]
    assert all(state(mill, job_id).facts == {"looks": 1} for job_id in ids)


def test_a_look_that_takes_longer_than_a_lease_is_taken_by_nobody_else(mill: Mill, service: Service[Params]) -> None:
    (job_id,) = enlisted(mill, service, "slow")
    clock, others = Clock(), mill.tools.polls
    polls = LivePolls(service, others, mill.vault, mill.context(mill.claimed(Params(text="polls"))), now=clock)
    mill.forward(61)
    (due,) = polls.take()
    for _ in range(6):
        mill.forward(10)
        clock.forward(10)
        polls.check()
        assert others.take("work", "another") == []
    polls.again(due, 60, {"looks": 1})
    polls.close(give_back=True)
    assert state(mill, job_id).facts == {"looks": 1}
    mill.forward(61)
    (again,) = polls.take()
    assert again.job_id == job_id
    mill.forward(31)  # it hangs, and says nothing
    assert [each.id for each in others.take("work", "another")] == [job_id]


def test_a_job_at_which_a_poll_stumbles_holds_up_no_other(mill: Mill, site: Site, service: Service[Params]) -> None:
    texts = [f"n{number}" for number in range(40)]
    ids = enlisted(mill, service, *texts)
    site.broken.add("n7")
    for _ in range(12 * 3):
        mill.forward(20)
        work(mill, service)
    looks = {text: site.looked.count(text) for text in texts}
    assert looks.pop("n7") == 0
    assert min(looks.values()) >= 8
    assert mill.job(ids[7]).state is State.RETRY
    line = mill.log(poller(mill).id)["poll.failed"]
    assert (line["error"], line["code"]) == ("RuntimeError", "UNEXPECTED")
    assert poller(mill).failures == 0
    site.broken.clear()
    mill.forward(2 * HOUR_S)  # it runs by itself
    work(mill, service)
    mill.forward(61)
    work(mill, service)
    assert "n7" in site.looked


def test_a_poll_that_always_fails_is_tried_again_and_again_but_not_at_once(mill: Mill) -> None:
    tries: list[int] = []

    def poll(polls: Polls[Params]) -> None:
        tries.append(len(polls.take()))
        raise OSError("no such site")

    service = mill.service(waits, poll=poll)
    enlisted(mill, service, "a")
    mill.forward(59)
    for _ in range(8):
        mill.forward(61)
        work(mill, service)
    assert 5 <= len(tries) <= 7, "it comes later each time"
    assert mill.log(poller(mill).id)["poll.failed"]["in_a_row"] == len(tries)


@pytest.mark.parametrize("end", ["cancelled", "failed", "purged"])
def test_the_job_that_polls_comes_back_while_others_wait_for_it(
    mill: Mill, site: Site, service: Service[Params], end: str
) -> None:
    enlisted(mill, service, "a")
    job_id = poller(mill).id
    if end == "failed":
        assert mill.jobs.prioritise(job_id, 9)
        mill.forward(61)
        mill.sweeper.sweep()
        held = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
        assert held is not None
        assert held.token is not None
        assert held.id == job_id
        assert mill.attempts.fail(held.id, held.token, Failure("POISON", "it kills its worker"))
    else:
        assert mill.jobs.cancel(job_id)
    if end == "purged":
        assert mill.jobs.purge(job_id)
    mill.clock.forward(30)
    mill.sweeper.sweep()
    rests = end != "purged"
    assert rests == (mill.jobs.get(job_id) is not None and poller(mill).state.final)
    mill.clock.forward(61)
    mill.forward(61)
    work(mill, service)
    assert site.looked == ["a"]
    assert poller(mill).state is State.RETRY


def test_nobody_brings_it_back_where_nothing_waits(mill: Mill, service: Service[Params]) -> None:
    (job_id,) = enlisted(mill, service, "a")
    mill.jobs.cancel(job_id)
    mill.jobs.cancel(poller(mill).id)
    mill.clock.forward(100)
    mill.forward(100)
    work(mill, service)
    assert poller(mill).state is State.REVOKED


def test_a_job_that_is_stopped_while_it_waits_ends_at_once(mill: Mill, site: Site, service: Service[Params]) -> None:
    (job_id,) = enlisted(mill, service, "a")
    assert mill.jobs.stop(job_id)
    assert mill.take(service)
    assert mill.job(job_id).state is State.SUCCESS
    mill.forward(61)
    work(mill, service)
    assert site.looked == []


def test_a_service_without_a_poll_cannot_wait_for_one(mill: Mill) -> None:
    service = mill.service(waits)
    job = mill.run(service)
    assert (job.state, job.error_code) == (State.FAILURE, "LATER_INVALID")


def test_facts_are_there_at_once_and_their_limits_are_told(mill: Mill) -> None:
    def run(_params: Params, ctx: Context) -> Result:
        assert ctx.polled() == PollState()
        for wrong in (-1.0, float("nan"), float("inf"), 31 * 86_400.0):
            with pytest.raises(ValueError, match=r"0\.\.2592000"):
                ctx.poll_in(wrong)
        with pytest.raises(ValueError, match="4096"):
            ctx.poll_in(1, {"x": "y" * 5_000})
        with pytest.raises(ValueError, match="JSON"):
            ctx.poll_in(1, {"x": object()})
        ctx.poll_in(60, {"x": 1})
        ctx.poll_in(70)
        assert ctx.polled().facts == {"x": 1}
        raise Later(HOUR_S)

    service = mill.service(run, poll=lambda _polls: None)
    job = mill.run(service)
    kept = state(mill, job.id)
    assert kept.facts == {"x": 1}
    assert kept.next_at == pytest.approx(mill.scripts.now_ms() / 1000 + 70, abs=3)


def test_a_job_whose_parameters_cannot_be_read_fails_by_itself(
    mill: Mill, site: Site, service: Service[Params]
) -> None:
    ids = enlisted(mill, service, "a", "b")
    mill.store.run("HSET", mill.scripts.keys("job", ids[0]), "params", '{"text": 1}')
    mill.forward(61)
    work(mill, service)
    assert (mill.job(ids[0]).state, site.looked) == (State.FAILURE, ["b"])


def test_where_the_service_is_off_the_poller_waits_for_another_machine(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    mill.sweeper.sweep()
    assert mill.take()
    assert poller(mill).state is State.RETRY
    assert "there is no service" in poller(mill).stage
    assert (poller(mill).due_ms or 0) - mill.scripts.now_ms() <= 2_000, "for those who wait to be looked at"


def test_secrets_of_the_jobs_that_are_looked_at_are_masked(mill: Mill, capfd: pytest.CaptureFixture[str]) -> None:
    def poll(polls: Polls[Params]) -> None:
        (due,) = polls.take()
        assert due.params.cookie is not None
        polls.log("looked", at=f"with {due.params.cookie.get_secret_value()}", tries=1)
        raise RuntimeError(due.params.cookie.get_secret_value())

    service = mill.service(waits, poll=poll)
    job = mill.run(service, Params(cookie=SecretStr("hidden-value")))
    mill.forward(61)
    work(mill, service)
    assert mill.job(job.id).state is State.RETRY
    assert mill.log(poller(mill).id)["looked"] == {"at": "with ***", "tries": 1}
    told = "".join(capfd.readouterr())
    assert "poll.failed" in told
    assert "hidden-value" not in told + str(mill.jobs.log(poller(mill).id))


class Run:
    """Polls of one run, on a clock of their own."""

    def __init__(
        self, mill: Mill, service: Service[Params], held: Job | None = None, **asked: Callable[[], bool]
    ) -> None:
        self.clock = Clock()
        ctx = mill.context(held or mill.claimed(Params(text="the poller")))
        self.polls = LivePolls(
            service, mill.tools.polls, mill.vault, ctx, advanced=ctx.advanced, now=self.clock, **asked
        )


def test_a_run_gives_its_slot_back_between_two_jobs(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    run = Run(mill, service)
    (due,) = run.polls.take()
    run.clock.forward(live_polls.RUN_S + 1)
    run.polls.check()
    run.polls.again(due, 60)
    with pytest.raises(Later):
        run.polls.check()
    with pytest.raises(Later):
        run.polls.take()


def test_deaths_before_a_run_that_goes_well_are_no_row(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    held = mill.claimed(Params(text="the poller"))
    assert mill.attempts.lose(held.id, held.token or "")
    again = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
    assert again is not None
    run = Run(mill, service, held=again)
    (due,) = run.polls.take()
    run.clock.forward(live_polls.WELL_AFTER_S)
    run.polls.check()
    assert mill.job(held.id).worker_losses == 1, "it has answered nothing yet"
    run.polls.again(due, 60)
    run.polls.check()
    assert mill.job(held.id).worker_losses == 0


def test_that_a_run_goes_well_is_told_once_though_threads_ask_meanwhile(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    told: list[str] = []

    def advanced() -> None:
        told.append("well")
        polls.check()  # as another thread does while the first one tells

    ctx, clock = mill.context(mill.claimed(Params(text="the poller"))), Clock()
    polls = LivePolls(service, mill.tools.polls, mill.vault, ctx, advanced=advanced, now=clock)
    (due,) = polls.take()
    polls.again(due, 60)
    clock.forward(live_polls.WELL_AFTER_S)
    polls.check()
    polls.check()
    assert told == ["well"]


def test_the_job_that_polls_says_when_it_goes_well(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_polls, "WELL_AFTER_S", 0.0)
    seen: list[int] = []

    def poll(polls: Polls[Params]) -> None:
        (due,) = polls.take()
        seen.append(poller(mill).worker_losses)
        polls.again(due, 60)
        polls.check()
        seen.append(poller(mill).worker_losses)

    service = mill.service(waits, poll=poll)
    enlisted(mill, service, "a")
    mill.forward(61)
    mill.sweeper.sweep()
    held = mill.attempts.claim(Queue.DEFAULT, machine="here", worker="w")
    assert held is not None
    assert mill.attempts.lose(held.id, held.token or "")
    work(mill, service)
    assert (held.id, seen) == (poller(mill).id, [1, 0])


def test_a_run_that_answers_nothing_ends_all_the_same(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    run = Run(mill, service)
    run.polls.take()
    run.clock.forward(live_polls.RUN_S + live_polls.OVERTIME_S + 1)
    with pytest.raises(Later):
        run.polls.check()


def test_what_a_run_has_not_answered_is_the_next_ones_at_once(mill: Mill, service: Service[Params]) -> None:
    ids = enlisted(mill, service, "a", "b", "c")
    mill.forward(61)
    run = Run(mill, service)
    first, *_ = run.polls.take()
    run.polls.again(first, 60, {"looks": 5})
    run.polls.close(give_back=True)
    assert mill.tools.polls.due_in_s("work") == 0
    rest = mill.tools.polls.take("work", "next")
    assert {due.id for due in rest} == {*ids} - {first.job_id}
    assert state(mill, first.job_id).facts == {"looks": 5}


def test_what_is_put_off_is_sent_within_a_second(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    run = Run(mill, service)
    (due,) = run.polls.take()
    run.polls.again(due, 60, {"looks": 5})
    assert state(mill, due.job_id).facts == {"looks": 0}
    run.clock.forward(1)
    run.polls.check()
    assert state(mill, due.job_id).facts == {"looks": 5}
    run.polls.wake(due)
    assert mill.job(due.job_id).state is State.RETRY, "what was answered cannot be answered again"


def test_a_poll_waits_for_a_store_that_is_away(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    run = Run(mill, service)
    mill.store.refusals = 1
    assert len(run.polls.take()) == 1


def test_too_much_is_not_taken_at_once(mill: Mill, service: Service[Params]) -> None:
    run = Run(mill, service)
    for most in (0, 501):
        with pytest.raises(ValueError, match=r"1\.\.500"):
            run.polls.take(most)


def test_a_worker_that_is_to_end_looks_at_what_it_has_taken_and_takes_no_more(mill: Mill) -> None:
    looked: list[str] = []

    def poll(polls: Polls[Params]) -> None:
        while due := polls.take(1):
            mill.roster.drain(os.getpid(), 3_600)
            polls.check()
            looked.append(due[0].job_id)
            polls.again(due[0], 60)

    service = mill.service(waits, poll=poll)
    enlisted(mill, service, "a", "b")
    mill.forward(61)
    mill.sweeper.sweep()
    assert mill.take(service)
    assert len(looked) == 1
    assert (poller(mill).state, poller(mill).stage) == (State.RETRY, "another run goes on")
    assert mill.tools.polls.due_in_s("work") == 0


def test_a_poll_gives_the_only_slot_to_those_who_wait_for_it(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a", "b")
    mill.forward(61)
    run = Run(mill, service, crowded=lambda: Queues(mill.scripts).has_waiting(Queue.DEFAULT))
    run.clock.forward(live_polls.LEAST_S)
    (due,) = run.polls.take(1)
    woken = run.polls.take(1)[0]
    run.polls.wake(woken)
    run.clock.forward(live_polls.LOOK_EVERY_S)
    run.polls.check()
    assert run.polls.take() == [], "it has taken one, and answers that first"
    run.polls.again(due, 60)
    with pytest.raises(Later):
        run.polls.check()


def test_a_poll_gets_somewhere_though_others_wait(mill: Mill, service: Service[Params]) -> None:
    enlisted(mill, service, "a")
    mill.forward(61)
    run = Run(mill, service, crowded=lambda: True)
    assert len(run.polls.take(1)) == 1


def test_a_draining_worker_leaves_everything_to_the_next_one(mill: Mill) -> None:
    def poll(polls: Polls[Params]) -> None:
        polls.take()
        token = poller(mill).token
        assert token is not None
        mill.roster.say(token, Word.DRAIN)
        polls.check()

    drained = mill.service(waits, poll=poll)
    ids = enlisted(mill, drained, "a", "b")
    mill.forward(61)
    mill.sweeper.sweep()
    assert mill.take(drained)
    assert poller(mill).state is State.PENDING
    assert {due.id for due in mill.tools.polls.take("work", "next")} == {*ids}
