"""Random histories move the real store and the model alike, and every index follows from the records."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.store import invariants
from tests.store.kit import FAILED, World, artifact, request
from tests.store.model import ENDS, Model, Models

from mediamill.core.policy import LEASE_MS
from mediamill.core.queues import Queue
from mediamill.core.states import Move, State
from mediamill.store.attempts import Wait, Word
from mediamill.store.jobs import Moved, Replay, Submitted

QUEUES = st.sampled_from([Queue.CPU, Queue.DEFAULT])
PICKS = st.integers(0, 1_000)
DELAYS_MS = st.sampled_from([0, 7_000, 30_000])
#: How an attempt waits: for its children, and knowing that it is to finish early.
How = tuple[bool, bool]
HOWS = st.tuples(st.booleans(), st.booleans())
PRIORITIES = st.sampled_from([-9, 0, 0, 0, 1, 9])


class Histories(RuleBasedStateMachine):
    """Makes the same moves here and there."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.forget_all()
        self.models = Models()
        self.gone: list[str] = []
        self.spent: list[tuple[str, str]] = []  # attempts that are over
        self.before_ms = self.world.now_ms()

    # ---- a client

    @initialize()
    def first_job(self) -> None:
        self.submit("ann", Queue.CPU, 0, None, keep=False, force=False, start_in_ms=None, parent=None)

    @rule(
        owner=st.sampled_from(["ann", "ann", "bob"]),
        queue=QUEUES,
        priority=PRIORITIES,
        dedupe_key=st.sampled_from([None, "x", "x", "y"]),
        keep=st.booleans(),
        force=st.sampled_from([False, False, True]),
        start_in_ms=st.sampled_from([None, None, 9_000]),
        parent=st.none() | PICKS,
    )
    def submit(
        self,
        owner: str,
        queue: Queue,
        priority: int,
        dedupe_key: str | None,
        *,
        keep: bool,
        force: bool,
        start_in_ms: int | None,
        parent: int | None,
    ) -> None:
        asker = self._attempt(parent) if parent is not None else None
        asked = request(
            owner=owner,
            queue=queue,
            priority=priority,
            dedupe_key=dedupe_key,
            keep_dedupe=keep,
            cache_ttl_ms=10**9 if keep else 0,
            force=force,
            start_in_ms=start_in_ms,
            parent=asker[0] if asker else None,
            parent_token=asker[1] if asker else None,
        )
        self._begin()
        submitted = self.world.jobs.submit(asked)
        assert (submitted.outcome, submitted.id) == self.models.submit(asked, self.before_ms)
        self._compare()

    @rule(
        queue=QUEUES,
        dedupe_key=st.sampled_from([None, "x", "y"]),
        keep=st.booleans(),
        start_in_ms=st.sampled_from([None, None, 9_000]),
        age_ms=st.sampled_from([-60_000, 0, 3_000, 3_600_000]),
        known=st.none() | PICKS,
        cancelled=st.booleans(),
    )
    def replay(
        self,
        queue: Queue,
        dedupe_key: str | None,
        start_in_ms: int | None,
        age_ms: int,
        known: int | None,
        *,
        keep: bool,
        cancelled: bool,
    ) -> None:
        asked = request(
            queue=queue,
            dedupe_key=dedupe_key,
            keep_dedupe=keep,
            cache_ttl_ms=10**9 if keep else 0,
            start_in_ms=start_in_ms,
        )
        if known is not None and self._job(known) in self.models.jobs:
            asked = replace(asked, id=self._job(known))
        self._begin()
        accepted_ms = self.before_ms - age_ms
        (answer,) = self.world.jobs.replay([Replay(asked, accepted_ms, cancelled=cancelled)])
        assert isinstance(answer, Submitted)
        assert answer.outcome == self.models.replay(asked, accepted_ms, self.before_ms, cancelled=cancelled)
        self._compare()

    @rule(pick=PICKS, event=st.sampled_from([Move.CANCEL, Move.CANCEL, Move.REDRIVE, Move.PRIORITISE]), to=PRIORITIES)
    def client_moves(self, pick: int, event: Move, to: int) -> None:
        job_id = self._job(pick)
        moves: dict[Move, Callable[[], Moved]] = {
            Move.CANCEL: lambda: self.world.jobs.cancel(job_id),
            Move.REDRIVE: lambda: self.world.jobs.redrive(job_id),
            Move.PRIORITISE: lambda: self.world.jobs.prioritise(job_id, to),
        }
        self._begin()
        assert moves[event]().outcome == self.models.change(job_id, event, self.before_ms, to)
        self._compare()

    @rule(pick=PICKS)
    def stop(self, pick: int) -> None:
        job_id = self._job(pick)
        self._begin()
        assert bool(self.world.jobs.stop(job_id)) == self.models.stop(job_id, self.before_ms)
        self._compare()

    @rule(pick=PICKS)
    def forget(self, pick: int) -> None:
        job_id = self._job(pick)
        self._begin()
        moved = self.world.jobs.forget(job_id)
        assert moved.outcome == self.models.change(job_id, Move.FORGET, self.before_ms)
        if moved:
            self.gone.append(job_id)
        self._compare()

    # ---- a worker

    @rule(queue=QUEUES)
    def claim(self, queue: Queue) -> None:
        self._begin()
        job = self.world.attempts.claim(queue, machine="m", worker="w")
        assert (job.id if job else None) == self.models.next(queue)
        if job and job.token:
            self.models.claim(job.id, job.token, self.before_ms)
        self._compare()

    @rule(pick=PICKS, event=st.sampled_from(ENDS), delay_ms=DELAYS_MS, how=HOWS)
    def attempt_ends(self, pick: int, event: Move, delay_ms: int, how: How) -> None:
        self._end(*self._attempt(pick), event, delay_ms, how)

    @rule(queue=QUEUES, event=st.sampled_from(ENDS), delay_ms=DELAYS_MS, how=HOWS)
    def a_claimed_attempt_ends(self, queue: Queue, event: Move, delay_ms: int, how: How) -> None:
        self.claim(queue)
        running = [(job.id, job.token) for job in self.models.jobs.values() if job.token]
        if running:
            self._end(*running[-1], event, delay_ms, how)

    def _end(self, job_id: str, token: str, event: Move, delay_ms: int, how: How) -> None:
        for_children, stopping = (said and event is Move.LATER for said in how)
        wait = Wait(3, before=10, after=90) if for_children else None
        attempts = self.world.attempts
        ends: dict[Move, Callable[[], Moved]] = {
            Move.SUCCEED: lambda: attempts.succeed(job_id, token, {"a": artifact()}, {}),
            Move.FAIL: lambda: attempts.fail(job_id, token, FAILED),
            Move.RETRY: lambda: attempts.retry(job_id, token, FAILED, delay_s=delay_ms / 1000),
            Move.LATER: lambda: attempts.later(job_id, token, delay_s=delay_ms / 1000, wait=wait, stopping=stopping),
            Move.HAND_BACK: lambda: attempts.hand_back(job_id, token),
            Move.CANCELLED: lambda: attempts.cancelled(job_id, token),
            Move.LOSE: lambda: attempts.lose(job_id, token),
        }
        self._begin()
        outcome = ends[event]().outcome
        expected = self.models.end(
            job_id, token, event, self.before_ms, delay_ms, for_children=for_children, stopping=stopping
        )
        assert outcome == expected
        self.spent.append((job_id, token))
        self._compare()

    @rule(pick=PICKS, percent=st.sampled_from([0.0, 12.3, 50.0, 99.9]))
    def progress(self, pick: int, percent: float) -> None:
        job_id, token = self._attempt(pick)
        model = self._held(job_id, token)
        self._begin()
        assert self.world.attempts.progress(job_id, token, percent, "reading") == _word(model)
        if model and model.state is State.STARTED and percent > model.furthest:
            model.furthest, model.losses = percent, 0
        if model and model.state is State.STARTED:
            assert self.world.get(job_id).progress == percent
        self._compare()

    @rule(pick=PICKS)
    def publish_and_log(self, pick: int) -> None:
        job_id, token = self._attempt(pick)
        model = self._held(job_id, token)
        self._begin()
        published = self.world.attempts.publish(job_id, token, artifact())
        assert published == (model is not None and model.state is State.STARTED)
        if model and published:
            model.losses = 0
        assert self.world.attempts.log(job_id, token, [{"at_ms": 1, "attempt": 1, "event": "e", "fields": {}}]) == (
            model is not None
        )
        self._compare()

    @rule(pick=PICKS)
    def let_go(self, pick: int) -> None:
        job_id, token = self._attempt(pick)
        self._begin()
        assert self.world.attempts.let_go(job_id, token, ()) == self.models.let_go(job_id, token, self.before_ms)
        self._compare()

    @rule(picks=st.lists(PICKS, min_size=1, max_size=3))
    def renew(self, picks: list[int]) -> None:
        held = [self._attempt(pick) for pick in picks]
        self._begin()
        assert self.world.attempts.renew(held) == [_word(self._held(*pair)) for pair in held]
        for model in filter(None, (self._held(*pair) for pair in held)):
            model.lease_ms = self.before_ms + LEASE_MS
        self._compare()

    # ---- the sweeper

    @rule(seconds=st.sampled_from([4, 12, 40]))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(event=st.sampled_from([Move.DUE, Move.LOSE, Move.EXPIRE]))
    def sweep(self, event: Move) -> None:
        self._begin()
        # Whose time comes this very instant is due or not.
        sharp = {job.id for job in self.models.jobs.values() if 0 <= job.due_ms - self.before_ms < 100}
        ids = [*sorted(self.models.jobs.keys() - sharp), *self.gone[:1]]
        sweeps = {
            Move.DUE: self.world.sweeps.due,
            Move.LOSE: self.world.sweeps.lose,
            Move.EXPIRE: self.world.sweeps.expire,
        }
        moved = sweeps[event](ids)
        if event is Move.LOSE:
            expected = [self.models.end(job_id, None, event, self.before_ms) for job_id in ids]
        else:
            expected = [self.models.change(job_id, event, self.before_ms) for job_id in ids]
        assert moved == expected.count("moved")
        self._compare()

    @rule(pick=PICKS)
    def disown(self, pick: int) -> None:
        job_id = self._job(pick)
        self._begin()
        assert self.world.sweeps.disown(job_id) == self.models.disown(job_id, self.before_ms)
        self._compare()

    @rule(pick=PICKS)
    def release(self, pick: int) -> None:
        job_id = self._job(pick)
        assert self.world.sweeps.release(job_id) == self.models.release(job_id)
        self._compare()

    @rule(pick=PICKS)
    def settle(self, pick: int) -> None:
        job = self.world.jobs.get(self._job(pick))
        if job and job.state.final:
            assert self.world.sweeps.settle({job.id: job.version})
            self.models.outbox.discard(job.id)

    # ---- both sides

    def _begin(self) -> None:
        self.before_ms = self.world.now_ms()

    def _compare(self) -> None:
        took_ms = self.world.now_ms() - self.before_ms
        jobs = {job.id: job for job in self.world.jobs.get_many(sorted(self.models.jobs))}
        assert jobs.keys() == self.models.jobs.keys()
        for job_id, model in self.models.jobs.items():
            for name in ("created_ms", "queued_ms", "start_by_ms") + (
                ("due_ms",) if model.state is State.RETRY else ()
            ):
                late_ms = (getattr(jobs[job_id], name) or 0) - (getattr(model, name) or 0)
                assert 0 <= late_ms <= took_ms, f"{name} of {job_id} is off by {late_ms} ms"
                setattr(model, name, getattr(jobs[job_id], name))
            assert model.agrees_with(jobs[job_id]), f"{model} is in the store {jobs[job_id]}"
        dump = self.world.dump()
        for job_id, lease_ms in dump.get("leases", ((), False))[0]:
            self.models.jobs[job_id].lease_ms = int(lease_ms)
        assert {i for i, _ in dump.get("outbox", ((), False))[0]} == self.models.outbox
        dedupe = {name.removeprefix("dedupe:"): value[0] for name, value in dump.items() if name.startswith("dedupe:")}
        assert dedupe == {":".join(place): job_id for place, job_id in self.models.dedupe.items()}
        invariants.check(self.world)

    def _job(self, pick: int) -> str:
        """Return a job, seldom one that is gone."""
        known = [*sorted(self.models.jobs), *self.gone[-1:]]
        return known[pick % len(known)]

    def _attempt(self, pick: int) -> tuple[str, str]:
        """Return an attempt that runs, or one that is over, or one that never was."""
        running = [(job.id, job.token) for job in self.models.jobs.values() if job.token]
        known = [*running * 3, *self.spent[-2:], (self._job(pick), "no-such-token")]
        return known[pick % len(known)]

    def _held(self, job_id: str, token: str) -> Model | None:
        model = self.models.jobs.get(job_id)
        return model if model and model.token == token else None


def _word(model: Model | None) -> Word:
    if model is None:
        return "lost"
    if model.state is State.CANCELLING:
        return "cancel"
    return "stop" if model.stop else "held"


@pytest.mark.no_cover  # twice as long under a tracer
def test_random_histories_move_store_and_table_alike(world: World) -> None:
    machine = type("Machine", (Histories,), {"world": world})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=90, stateful_step_count=50, suppress_health_check=checks),
    )
