"""Jobs that misbehave: poison, one that hogs the interpreter, one cancelled while it comes later, families."""

import time
from itertools import permutations

from tests.faults.row import Ground, Row

from mediamill.core.policy import LEASE_MS, WORKER_LOSS_LIMIT
from mediamill.core.states import State
from mediamill.testing import eventually

CANCELLED_WITHIN_S = 10.0
HELD_S = 20.0


def _poison(ground: Ground) -> None:
    """A job that takes its process down every time, among jobs that do not, on both kinds of worker."""
    for queue in ("cpu", "default"):
        others = ground.submit("steps", 6, seconds=0.5, queue=queue)
        with ground.fault(f"a job of `{queue}` that ends its process by abort()"):
            began = time.time()
            (poison,) = ground.submit("poison", queue=queue)
            (job,) = ground.finished([poison], within_s=60)
            assert (job.state, job.error_code) == (State.FAILURE, "WORKER_LOST"), f"{job.state} {job.error_code}"
            assert len(ground.stack.journal.runs(poison)) == WORKER_LOSS_LIMIT
            after = ground.submit("steps", 4, seconds=0.2, queue=queue)
            ground.finished([*others, *after], within_s=60)
            ground.recovered(time.time() - began)


def _hog(ground: Ground) -> None:
    """A service that lets no other thread of its process run for 20 s, as a thread and as a pool process."""
    for queue in ("default", "cpu"):
        others = ground.submit("steps", 2, seconds=4, queue=queue)
        ground.began(others)
        with ground.fault(f"a job of `{queue}` that holds the interpreter for {HELD_S:g} s"):
            hogs = ground.submit("hog", 1, seconds=HELD_S, queue=queue)
            for job in ground.finished([*others, *hogs], within_s=120):
                outcomes = [attempt.outcome for attempt in job.history]
                assert outcomes == ["succeed"], f"{job.id} ({job.service}) lost its lease: {outcomes}"
            held_s = max((ground.job(hog).data or {})["held_s"] for hog in hogs)
            assert held_s > LEASE_MS / 1000, f"it held the interpreter for {held_s} s only"
            ground.say(f"{queue}: held {held_s} s")


def _cancel(ground: Ground) -> None:
    """Cancel what runs, what will come later and what waits for its next try; nothing of it is left within 10 s."""
    jobs = [
        *ground.submit("later", 3, times=10_000),  # comes later for ever
        *ground.submit("flaky", 3, times=4, seconds=0.5),
        *ground.submit("program", 2, seconds=50),  # with a grandchild
        *ground.submit("recording", 3, seconds=50),
        *ground.submit("deaf", 2, seconds=50),  # asks nobody
        *ground.submit("family", 2, seconds=50, times=2),
    ]
    eventually(lambda: {run.job_id for run in ground.stack.journal.runs()} >= set(jobs), within_s=30 * ground.margin)
    ground.rng.shuffle(jobs)
    for job_id in jobs:
        with ground.fault("a cancel"):
            ground.sleep(ground.rng.uniform(0, 0.2))
            ground.client.cancel(job_id)
    began = time.time()
    ground.finished(jobs, within_s=CANCELLED_WITHIN_S)
    ground.recovered(time.time() - began)
    programs = [process for process in ground.stack.processes() if process.name() in {"sh", "sleep"}]
    assert not programs, f"programs are left: {programs}"
    ran = len(ground.stack.journal.runs())
    ground.sleep(2)
    assert len(ground.stack.journal.runs()) == ran, "a cancelled job ran again"


def _families(ground: Ground) -> None:
    """Two parents of one child, ended in every order: each is done or cancelled before or after the child."""
    for order in permutations(("child", "first", "second")):
        with ground.fault(f"the order {' '.join(order)}"):
            _family(ground, order)


def _family(ground: Ground, order: tuple[str, ...]) -> None:
    """Let the child and its parents end in this order: the child by its own, a parent by cancel if it comes before."""
    shared = ground.rng.getrandbits(40)
    parents = dict(zip(("first", "second"), ground.submit("family", 2, times=0, shared=shared, seconds=3), strict=True))
    child = eventually(lambda: _child_of(ground, shared), within_s=30 * ground.margin)
    assert child is not None
    early = order[: order.index("child")]
    for name in early:
        ground.client.cancel(parents[name])
    ground.finished(parents.values())
    (ended,) = ground.finished([child])
    # A child lives while anybody waits for it, and no longer.
    assert ended.state is (State.REVOKED if len(early) == len(parents) else State.SUCCESS), f"{ended.state}"
    for name, parent in parents.items():
        wanted = State.REVOKED if name in early else State.SUCCESS
        assert ground.job(parent).state is wanted, f"the {name} parent is {ground.job(parent).state}"


def _child_of(ground: Ground, number: int) -> str | None:
    """Return the running job of this number, once two parents wait for it."""
    page = ground.jobs.page(owner=None, limit=20, service="steps")
    found = [job.id for job in page.jobs if job.params["number"] == number and job.state is State.STARTED]
    if not found or ground.store.run("SCARD", ground.key("parents", found[0])) < 2:
        return None
    return found[0]


ROWS = (
    Row("poison", "a job that kills its workers is a dead letter after three; the fleet goes on", _poison),
    Row("gil-hog", "a service that holds the interpreter for 20 s loses no lease", _hog),
    Row("later-cancel", "what is cancelled is gone within 10 s, whatever it was doing", _cancel),
    Row("two-parents", "a child of two parents lives while one waits, in every order of ends", _families),
)
