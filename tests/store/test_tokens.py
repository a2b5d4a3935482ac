"""Only the token that the last claim made moves an attempt."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest
from tests.store.kit import FAILED, World, artifact

from mediamill.core.states import State

Call = Callable[[World, str, str], object]

#: every move of an attempt -> what a stale one hears
MOVES: Mapping[str, Call] = MappingProxyType(
    {
        "progress": lambda world, job_id, token: world.attempts.progress(job_id, token, 99, "x", advanced=True),
        "log": lambda world, job_id, token: world.attempts.log(job_id, token, [{"event": "x"}]),
        "publish": lambda world, job_id, token: world.attempts.publish(job_id, token, artifact()),
        "renew": lambda world, job_id, token: world.attempts.renew([(job_id, token)])[0],
        "succeed": lambda world, job_id, token: world.attempts.succeed(job_id, token, {}, {}).outcome,
        "fail": lambda world, job_id, token: world.attempts.fail(job_id, token, FAILED).outcome,
        "retry": lambda world, job_id, token: world.attempts.retry(job_id, token, FAILED, delay_s=1).outcome,
        "later": lambda world, job_id, token: world.attempts.later(job_id, token, delay_s=1).outcome,
        "hand_back": lambda world, job_id, token: world.attempts.hand_back(job_id, token).outcome,
        "cancelled": lambda world, job_id, token: world.attempts.cancelled(job_id, token).outcome,
        "lose": lambda world, job_id, token: world.attempts.lose(job_id, token).outcome,
        "submit": lambda world, job_id, token: world.submitted(parent=job_id, parent_token=token).outcome,
    }
)
ENDS = ("succeed", "fail", "retry", "later", "hand_back", "cancelled", "lose")
REFUSALS = ("lost", "stale", False)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("now", ["running again", "cancelling", "waiting", "finished", "never claimed"])
def test_a_stale_token_changes_nothing(world: World, move: str, now: str) -> None:
    if now == "never claimed":
        job_id, token = world.submit(), "0" * 32
    else:
        held = world.running()
        job_id, token = held.pair
        world.wait(20)
        world.sweeps.lose([job_id])
        if now != "waiting":
            again = world.claim()
            if now == "finished":
                world.succeed(again)
            elif now == "cancelling":
                world.jobs.cancel(job_id)
    before = world.dump()
    heard = MOVES[move](world, job_id, token)
    # The attempt that the sweep declared lost and that says so itself was taken at its word before.
    assert heard in REFUSALS or (move == "lose" and heard == "moved" and now != "never claimed")
    assert world.dump() == before


@pytest.mark.parametrize("move", MOVES)
def test_a_move_of_an_attempt_of_no_job_leaves_no_key(world: World, move: str) -> None:
    assert MOVES[move](world, "nobody", "0" * 32) in (*REFUSALS, "none")
    assert world.names() == []


@pytest.mark.parametrize("move", MOVES)
def test_the_tests_above_can_fail(world: World, move: str) -> None:
    held = world.running()
    before = world.dump()
    assert MOVES[move](world, *held.pair) in {True, "held", "moved", "new", "unchanged"}
    assert (world.dump() == before) == (move == "cancelled")  # nobody cancelled it


@pytest.mark.parametrize("end", ENDS)
def test_an_end_that_is_said_again_is_heard_again_and_moves_nothing(world: World, end: str) -> None:
    """A connection may break after the move and before its answer."""
    held = world.running()
    if end == "cancelled":
        world.jobs.cancel(held.id)
    assert MOVES[end](world, *held.pair) == "moved"
    before = world.dump()
    assert MOVES[end](world, *held.pair) == "moved"
    other = "fail" if end != "fail" else "succeed"
    assert MOVES[other](world, *held.pair) == "stale"
    assert world.dump() == before


def test_every_claim_makes_another_token(world: World) -> None:
    held = world.running()
    tokens = {held.token}
    for _ in range(5):
        world.attempts.hand_back(*held.pair)
        held = world.claim()
        tokens.add(held.token)
    assert len(tokens) == 6
    assert all(len(token) == 32 for token in tokens)


def test_a_token_of_digits_stays_text(world: World) -> None:
    world.submit()
    token = "1" * 32
    world.scripts("claim", queue="cpu", token=token, machine="m", worker="12", lease_ms=10_000)
    job_id = world.members("leases")[0]
    assert world.attempts.progress(job_id, token, 1, "7") == "held"
    assert world.attempts.retry(job_id, token, FAILED, delay_s=0)
    assert world.get(job_id).history[0].worker == "12"
    assert world.attempts.retry(job_id, token, FAILED, delay_s=0).outcome == "moved"
    assert world.get(job_id).state is State.RETRY


def test_renewing_more_than_a_calls_worth_answers_in_order(world: World) -> None:
    held = [world.running() for _ in range(3)]
    world.jobs.stop(held[1].id)
    world.jobs.cancel(held[2].id)
    asked = [held[0].pair, *[("nobody", "t")] * 600, held[1].pair, held[2].pair]
    assert world.attempts.renew(asked) == ["held", *["lost"] * 600, "stop", "cancel"]
    assert world.attempts.renew([]) == []


def test_a_renewal_moves_the_end_of_the_lease(world: World) -> None:
    held = world.running()
    world.wait(8)
    world.attempts.renew([held.pair])
    world.wait(8)
    assert world.sweeps.lose([held.id]) == 0
    world.wait(3)
    assert world.sweeps.lose([held.id]) == 1


def test_a_spoilt_record_does_not_cost_others_their_leases(world: World) -> None:
    held, spoilt = world.running(), world.running()
    world.client.run("SET", world.keys("job", spoilt.id), "spoilt")
    assert world.attempts.renew([spoilt.pair, held.pair]) == ["lost", "held"]
