"""Requests for which somebody waits: a full queue refuses them, and they do not wait for the store."""

import pytest
from tests.engine.mill import Mill, Params
from tests.engine.node import make_node

from mediamill import Context, Result, Service
from mediamill.core.errors import QueueFull, Unavailable
from mediamill.store.jobs import Submitted


def nothing(_params: Params, _ctx: Context) -> Result:
    return Result()


@pytest.fixture
def service(mill: Mill) -> Service[Params]:
    return mill.service(nothing)


def ask(mill: Mill, service: Service[Params], text: str, **options: object) -> Submitted:
    return mill.submit(service, Params(text=text), waiting_limit=2, **options)


def test_a_full_queue_takes_nothing_new(mill: Mill, service: Service[Params]) -> None:
    for text in ("one", "two"):
        ask(mill, service, text)
    with pytest.raises(QueueFull, match="2 jobs wait"):
        ask(mill, service, "three")
    assert len(mill.jobs.page(owner=None).jobs) == 2
    assert mill.submit(service, Params(text="three")).outcome == "new", "a request without a limit is taken as ever"


def test_a_full_queue_refuses_nothing_that_is_there_already(mill: Mill, service: Service[Params]) -> None:
    done = mill.run(service, Params(text="done"))
    key = ask(mill, service, "one", idempotency_key="a-key").id
    two = ask(mill, service, "two").id
    cached = ask(mill, service, "done")
    assert (cached.outcome, cached.id) == ("cached", done.id)
    assert cached.job == mill.job(done.id), "whoever waits for its files need not look again"
    assert (ask(mill, service, "two").outcome, ask(mill, service, "two").id) == ("alive", two)
    assert ask(mill, service, "one", idempotency_key="a-key") == Submitted("replay", key, mill.job(key).state)
    with pytest.raises(QueueFull):
        ask(mill, service, "done", force=True)


def test_many_jobs_of_one_owner_refuse_nothing_to_another(mill: Mill, service: Service[Params]) -> None:
    """Owners come in turn: before bob's first job comes one of ann's, before his second one two of hers and his own."""
    for number in range(9):
        mill.submit(service, Params(text=f"book {number}"))
    assert ask(mill, service, "one", owner="bob").outcome == "new"
    with pytest.raises(QueueFull):
        ask(mill, service, "two", owner="bob")
    with pytest.raises(QueueFull):
        ask(mill, service, "one", owner="ann")
    assert mill.submit(service, Params(text="two"), owner="bob", waiting_limit=4).outcome == "new"


def test_there_is_room_again_when_one_has_begun(mill: Mill, service: Service[Params]) -> None:
    for text in ("one", "two"):
        ask(mill, service, text)
    mill.take(service)
    assert ask(mill, service, "three").outcome == "new"


def test_whoever_is_refused_hears_when_to_come_again(mill: Mill, service: Service[Params]) -> None:
    for text in ("one", "two"):
        ask(mill, service, text)

    def told() -> float:
        with pytest.raises(QueueFull) as refused:
            ask(mill, service, "three")
        return refused.value.after_s

    assert told() == 1
    mill.forward(20)
    assert told() == pytest.approx(5, abs=0.5)
    mill.forward(1_000)
    assert told() == 30


def test_a_request_that_cannot_wait_is_refused_while_the_store_is_away(mill: Mill, service: Service[Params]) -> None:
    node = make_node(mill, service)
    node.away()
    with pytest.raises(Unavailable):
        node.submit("now", spooled=False)
    assert not node.spool.exists
    assert node.submit("later").spooled
