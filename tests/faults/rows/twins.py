"""The same request many times at once, and one Idempotency-Key pulled in every direction."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from random import Random
from threading import Barrier
from typing import Final

from tests.faults.row import Ground, Row, Shape
from tests.faults.wire import Told, once

from mediamill.core.states import State

TWINS: Final = 50
ROUNDS: Final = 6


def _at_once(calls: list[Callable[[], Told]]) -> list[Told]:
    """Make all calls at one moment."""
    start = Barrier(len(calls))

    def wait_and(call: Callable[[], Told]) -> Told:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(wait_and, calls))


def _one_job(ground: Ground, told: list[Told], owner: str) -> str:
    """All of them were accepted, as one job; return its id."""
    refused = [each for each in told if each.status != 202]
    assert not refused, f"{len(refused)} of {len(told)} were refused: {refused[0]}"
    ids = {str(each.body["task_id"]) for each in told}
    assert len(ids) == 1, f"{len(told)} identical requests of {owner} made {len(ids)} jobs"
    (job_id,) = ids
    ground.book.accept(job_id, "steps", owner, time.time())
    return job_id


def _identical(ground: Ground) -> None:
    """50 at once by one owner over two APIs: by content, and by content and key; and another owner's beside them."""
    for round_ in range(ROUNDS):
        body: dict[str, object] = {"number": ground.rng.getrandbits(40), "seconds": 0.2}
        keys = ("", f"same-{round_}")[round_ % 2]
        with ground.fault("50 identical requests at once, and another owner's"):
            doors = cycle(ground.stack.doors)
            anns = [partial(_post, next(doors), body, "ann", keys) for _ in range(TWINS)]
            bobs = [partial(_post, next(doors), body, "bob", keys) for _ in range(10)]
            told = _at_once([*anns, *bobs])
            one, other = _one_job(ground, told[:TWINS], "ann"), _one_job(ground, told[TWINS:], "bob")
            assert one != other, "two owners were given one job"
            for job in ground.finished([one, other]):
                assert job.state is State.SUCCESS
        runs = len(ground.stack.journal.runs(one))
        assert runs == 1, f"it ran {runs} times"


def _post(door: str, body: dict[str, object], owner: str, key: str) -> Told:
    if key:
        return once(door, "POST", "/steps", body, owner=owner, idempotency_key=key)
    return once(door, "POST", "/steps", body, owner=owner)


# ---- races of one key


def _races(ground: Ground) -> None:
    """Submit with one key, cancel, let expire and redrive at once: one job per key, one end per job."""
    for round_ in range(ROUNDS):
        key = f"race-{round_}"
        # Long enough for all that happens to it; some rounds have a deadline that passes meanwhile.
        body: dict[str, object] = {
            "number": ground.rng.getrandbits(40),
            "seconds": ground.rng.choice((0.0, 0.05, 0.5)),
        }
        asked = partial(_submitted, ground, body, key, ground.rng.choice(("", "?start_within_s=0.2")))
        first = asked(0)
        assert first.status == 202, first
        job_id = str(first.body["task_id"])
        ground.book.accept(job_id, "steps", "ann", time.time())
        ground.book.forgive(job_id)  # whatever end it comes to is one that somebody asked for
        with ground.fault("submit, cancel and redrive of one key at once"):
            seeds = [ground.rng.getrandbits(60) for _ in range(12)]
            with ThreadPoolExecutor(len(seeds)) as pool:
                told = list(pool.map(partial(_visitor, ground, job_id, asked), seeds))
            ids = {each for group in told for each in group}
            assert ids <= {job_id}, f"the key {key} meant {len(ids | {job_id})} jobs"
            job = ground.finished([job_id])[0]
            commits = [attempt.outcome for attempt in job.history].count("succeed")
            assert commits == int(job.state is State.SUCCESS), f"{job_id} is {job.state} after {commits} commits"
            again = asked(1)
            assert again.status == 202, again
            assert str(again.body["task_id"]) == job_id
            other = once(ground.stack.doors[0], "POST", "/steps", {**body, "seconds": 0.9}, idempotency_key=key)
            assert other.status == 422, f"the key with another request: {other}"


def _submitted(ground: Ground, body: dict[str, object], key: str, query: str, door: int) -> Told:
    return once(ground.stack.doors[door], "POST", f"/steps{query}", body, idempotency_key=key)


def _visitor(ground: Ground, job_id: str, submit: Callable[[int], Told], seed: int) -> list[str]:
    """Do one thing after the other to the job of a key; return the ids that submits gave."""
    rng, given = Random(seed), []  # noqa: S311 - a choice of moves is no secret
    for _ in range(8):
        door = rng.choice(ground.stack.doors)
        match rng.choice(("submit", "submit", "cancel", "redrive")):
            case "submit":
                told = submit(rng.randrange(2))
                assert told.status == 202, told
                given.append(str(told.body["task_id"]))
            case "cancel":
                told = once(door, "DELETE", f"/jobs/{job_id}")
            case _:
                told = once(door, "POST", f"/jobs/{job_id}/retry")
        assert told.status in {200, 202, 409}, told
    return given


ROWS = (
    Row(
        "twins",
        "50 identical requests at once over two APIs are one job; another owner's is another",
        _identical,
        Shape(apis=2),
        short=True,
    ),
    Row(
        "key-races",
        "submit, cancel, expire and redrive of one key: one job, one end",
        _races,
        Shape(apis=2),
        short=True,
    ),
)
