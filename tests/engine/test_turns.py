"""`ctx.turn`: jobs of all services and machines take turns at what they share."""

from pathlib import Path

import pytest
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Params, Switch, make_mill

from mediamill import Context, Result
from mediamill.core.errors import Cancelled, Later
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts


def at_the_site(_params: Params, ctx: Context) -> Result:
    ctx.turn("example.org", at_once=1)
    return Result(data={"attempt": ctx.attempt})


def holder(mill: Mill) -> Job:
    """Return a running job that holds the turn."""
    job = mill.claimed(Params(text="the first"))
    mill.context(job).turn("example.org", at_once=1)
    return job


def end(mill: Mill, job: Job) -> None:
    assert job.token is not None
    assert mill.attempts.succeed(job.id, job.token, {}, {})


def test_who_has_to_wait_gives_the_slot_back_and_runs_when_the_turn_is_free(mill: Mill) -> None:
    first = holder(mill)
    service = mill.service(at_the_site)
    waiting = mill.run(service)
    assert (waiting.state, waiting.attempt, waiting.stage) == (State.RETRY, 0, "waiting for a turn at example.org")
    assert waiting.failures == 0
    assert not mill.take(service)
    end(mill, first)
    assert mill.take(service)
    done = mill.job(waiting.id)
    assert (done.state, done.data) == (State.SUCCESS, {"attempt": 1})


def test_an_attempt_that_dies_gives_its_turn_to_the_next(mill: Mill) -> None:
    first = holder(mill)
    service = mill.service(at_the_site)
    waiting = mill.run(service)
    mill.sweeper.sweep()
    for _ in range(6):  # its lease is over, and no keeper renewed it
        mill.forward(2)
        mill.sweeper.sweep()
    assert mill.job(first.id).worker_losses == 1
    assert mill.job(waiting.id).state is State.PENDING


def test_two_machines_share_a_turn(client: Client, redis_settings: RedisSettings, tmp_path: Path) -> None:
    here, there = (
        make_mill(Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET), tmp_path / name)
        for name in ("here", "there")
    )
    first = holder(here)
    service = there.service(at_the_site)
    waiting = there.run(service)
    assert waiting.state is State.RETRY
    end(here, first)
    assert there.take(service)
    assert there.job(waiting.id).state is State.SUCCESS


def test_the_time_to_wait_is_that_of_the_next_turn(mill: Mill) -> None:
    mill.context(mill.claimed(Params(text="the first"))).turn("example.org", per_minute=6)
    with pytest.raises(Later) as later:
        mill.context(mill.claimed()).turn("example.org", per_minute=6)
    assert 8 < later.value.seconds <= 10.3


def test_no_limit_is_no_turn(mill: Mill) -> None:
    ctx = mill.context(mill.claimed())
    mill.store.away = True
    ctx.turn("example.org")


def test_a_store_that_is_away_for_a_moment_is_waited_for(mill: Mill) -> None:
    ctx = mill.context(mill.claimed())
    mill.store.refusals = 1
    ctx.turn("example.org", at_once=1)


def test_a_cancelled_job_hears_of_it_when_it_asks(mill: Mill) -> None:
    job = mill.claimed()
    ctx = mill.context(job)
    mill.jobs.cancel(job.id)
    with pytest.raises(Cancelled):
        ctx.turn("example.org", at_once=1)


@pytest.mark.parametrize(
    "wrong", [{"at_once": 0}, {"at_once": 501}, {"per_minute": 0}, {"per_minute": float("nan")}, {"burst": 0}]
)
def test_a_limit_that_makes_no_sense_is_refused(mill: Mill, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        mill.context(mill.claimed()).turn("example.org", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines"])
def test_a_name_that_names_nothing_is_refused(mill: Mill, name: str) -> None:
    with pytest.raises(ValueError, match="names nothing"):
        mill.context(mill.claimed()).turn(name, at_once=1)
