"""Jobs that wait to be looked at, by a real engine: `ctx.poll_in`, `Service.poll`, and the job that runs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.engine.mill import Mill, Params

from mediamill import Context, Later, Polled, Polls, Result, Service
from mediamill.core.job import Job
from mediamill.core.polls import PollState
from mediamill.core.states import State
from mediamill.engine import polling
from mediamill.engine.identity import poller_id

Poll = Callable[[Polls[Params]], None]

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
