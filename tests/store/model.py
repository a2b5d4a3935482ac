"""What the store should do, in plain Python: the one table, and the lines that follow from it."""

from collections import defaultdict
from dataclasses import dataclass, field

from mediamill.core.job import Job
from mediamill.core.policy import LEASE_MS, SUSPECT_SPREAD_MS, WORKER_LOSS_LIMIT, rank_ms
from mediamill.core.queues import Queue
from mediamill.core.states import MOVES, RUNNING, Move, State
from mediamill.store.jobs import Request
from mediamill.store.scripts import CHANGES_OF_CHILDREN

ENDS = (Move.SUCCEED, Move.FAIL, Move.RETRY, Move.LATER, Move.HAND_BACK, Move.CANCELLED, Move.LOSE)


@dataclass
class Model:
    """One job as it should be. Times, ms."""

    id: str
    owner: str
    queue: Queue
    priority: int
    dedupe_key: str | None
    keep_dedupe: bool
    is_child: bool
    created_ms: int
    queued_ms: int
    start_by_ms: int | None
    state: State = State.PENDING
    attempt: int = 0
    failures: int = 0
    losses: int = 0
    furthest: float = 0.0
    history: int = 0
    token: str | None = None
    ended: tuple[str | None, Move] | None = None
    due_ms: int = 0
    lease_ms: int = 0
    waits: bool = False
    stop: bool = False
    started: bool = False
    polls: int = 0
    strays: int = 0
    changes: int = 0
    parents: set[str] = field(default_factory=set)

    def agrees_with(self, job: Job) -> bool:
        """Whether the record says the same."""
        return (
            (job.state, job.attempt, job.failures, job.worker_losses, job.token, job.priority, job.stop)
            == (self.state, self.attempt, self.failures, self.losses, self.token, self.priority, self.stop)
        ) and (len(job.history), job.is_child, job.queued_ms) == (self.history, self.is_child, self.queued_ms)


@dataclass
class Models:
    """All jobs, and what follows from them. Moves take the time at which the store made them."""

    jobs: dict[str, Model] = field(default_factory=dict)
    turns: dict[Queue, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    turn: int = 0
    dedupe: dict[tuple[str, str], str] = field(default_factory=dict)
    children: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outbox: set[str] = field(default_factory=set)

    # ---- the lines

    def line(self, queue: Queue, owner: str) -> list[str]:
        """Return an owner's waiting jobs, first ones first."""
        waiting = [job for job in self.jobs.values() if job.state is State.PENDING]
        mine = [job for job in waiting if (job.queue, job.owner) == (queue, owner)]
        return [job.id for job in sorted(mine, key=lambda job: (rank_ms(job.queued_ms, job.priority), job.id))]

    def next(self, queue: Queue) -> str | None:
        """Return the job that a claim takes."""
        turns = self.turns[queue]
        return self.line(queue, min(turns, key=turns.__getitem__))[0] if turns else None

    def _enter_line(self, job: Model) -> None:
        if job.owner not in self.turns[job.queue]:
            self.turn += 1
            self.turns[job.queue][job.owner] = self.turn

    def _settle_lines(self) -> None:
        """Take owners for whom nothing waits from their lines."""
        for queue, turns in self.turns.items():
            self.turns[queue] = {owner: turn for owner, turn in turns.items() if self.line(queue, owner)}

    # ---- moves

    def submit(self, request: Request, now_ms: int) -> tuple[str, str]:
        """Return the outcome and the id of the job that stands for the request."""
        parent = self.jobs.get(request.parent) if request.parent else None
        if request.parent and (parent is None or parent.token is None or parent.token != request.parent_token):
            return "stale", request.id
        place = (request.owner, request.dedupe_key or "")
        twin = self.jobs.get(self.dedupe.get(place, "")) if request.dedupe_key and not request.force else None
        if twin and twin.state is State.SUCCESS and request.cache_ttl_ms:
            self._need(twin, parent)
            return "cached", twin.id
        if twin and not twin.state.final and twin.state is not State.CANCELLING:
            if parent and self._waits_for(twin.id, parent.id):
                return "cycle", twin.id
            twin.priority = max(twin.priority, request.priority)
            if twin.is_child and parent is None:
                twin.is_child = False
            self._adopt(twin, parent)
            return "alive", twin.id
        start_by_ms = now_ms + request.start_in_ms if request.start_in_ms else None
        job = Model(
            request.id,
            request.owner,
            request.queue,
            request.priority,
            request.dedupe_key,
            request.keep_dedupe,
            is_child=parent is not None,
            created_ms=now_ms,
            queued_ms=now_ms,
            start_by_ms=start_by_ms,
        )
        self.jobs[job.id] = job
        if request.dedupe_key:
            self.dedupe[place] = job.id
        self._adopt(job, parent)
        self._enter_line(job)
        return "new", job.id

    def replay(self, request: Request, accepted_ms: int, now_ms: int, *, cancelled: bool) -> str:
        """Take what was accepted elsewhere; return the outcome."""
        if request.id in self.jobs:
            return "replay"
        place = (request.owner, request.dedupe_key or "")
        twin = self.jobs.get(self.dedupe.get(place, "")) if request.dedupe_key and not request.force else None
        alive = twin and not twin.state.final and twin.state is not State.CANCELLING
        done = twin and twin.state is State.SUCCESS and request.cache_ttl_ms
        accepted_ms = min(accepted_ms, now_ms)
        job = self.jobs[request.id] = Model(
            request.id,
            request.owner,
            request.queue,
            request.priority,
            request.dedupe_key,
            request.keep_dedupe,
            is_child=False,
            created_ms=accepted_ms,
            queued_ms=accepted_ms,
            start_by_ms=accepted_ms + request.start_in_ms if request.start_in_ms else None,
        )
        if request.dedupe_key and not alive and not done:
            self.dedupe[place] = job.id
        self._enter_line(job)
        if cancelled:
            self.change(job.id, Move.CANCEL, now_ms)
        else:
            self.change(job.id, Move.EXPIRE, now_ms)
        return "new"

    def _waits_for(self, job_id: str, other: str) -> bool:
        """Whether the job is the other one or waits for it, over any number of jobs between."""
        parents = self.jobs[other].parents if other in self.jobs else ()
        return job_id == other or any(self._waits_for(job_id, parent) for parent in parents)

    def _need(self, job: Model, parent: Model | None) -> None:
        if parent:
            self.asked[parent.id].add(job.id)
        elif job.is_child:
            job.is_child = False
            self.outbox.add(job.id)

    def _adopt(self, job: Model, parent: Model | None) -> None:
        if parent:
            self.asked[parent.id].add(job.id)
            job.parents.add(parent.id)
            self.children[parent.id].add(job.id)

    def claim(self, job_id: str, token: str, now_ms: int) -> None:
        job = self.jobs[job_id]
        self.turn += 1
        self.turns[job.queue][job.owner] = self.turn
        self._move(job, Move.CLAIM, now_ms)
        job.token, job.attempt, job.lease_ms = token, job.attempt + 1, now_ms + LEASE_MS
        job.started = True
        job.start_by_ms = None

    def end(
        self,
        job_id: str,
        token: str | None,
        event: Move,
        now_ms: int,
        delay_ms: int = 0,
        *,
        for_children: bool = False,
        stopping: bool = False,
    ) -> str:
        """End an attempt (token None: the sweeper lost it); return the outcome."""
        job = self.jobs.get(job_id)
        if job is None:
            return "none"
        if token and token != job.token:
            return "moved" if job.ended == (token, event) else "stale"
        said = event
        if event is Move.LOSE and job.losses + 1 >= WORKER_LOSS_LIMIT:
            event = Move.POISON
        elif event is Move.LOSE and job.losses + 2 == WORKER_LOSS_LIMIT:
            event, delay_ms = Move.SUSPECT, int((job.token or "0")[:8], 16) % SUSPECT_SPREAD_MS
        if (job.state, event) not in MOVES or (token is None and job.lease_ms > now_ms):
            return "unchanged"
        if event is Move.LATER and for_children and job.state is State.STARTED:
            event = self._looked_for(job)
        ready = for_children and not self.children[job.id]
        counted = job.state is State.STARTED
        job.ended = (job.token, said)
        job.history += 0 if counted and event is Move.LATER else 1
        if counted:
            self._charge(job, event)
            job.due_ms = now_ms + (0 if ready or (event is Move.LATER and job.stop and not stopping) else delay_ms)
            job.waits = event is Move.LATER and for_children
            job.polls = {Move.LATER: job.polls + 1, Move.RETRY: 0}.get(event, job.polls)
        job.token = None
        self._move(job, event, now_ms)
        return "moved"

    def _looked_for(self, job: Model) -> Move:
        """Return what becomes of a parent that waits for three children."""
        strays = len(self.asked[job.id]) - 3
        if strays > job.strays:
            if job.changes >= CHANGES_OF_CHILDREN:
                return Move.FAIL
            job.strays, job.changes = strays, job.changes + 1
        return Move.LATER

    def _charge(self, job: Model, event: Move) -> None:
        job.attempt -= event in {Move.LATER, Move.HAND_BACK}
        job.failures += event in {Move.RETRY, Move.FAIL}
        if event in {Move.RETRY, Move.LATER}:
            job.losses = 0
        job.losses += event in {Move.LOSE, Move.SUSPECT, Move.POISON}

    def change(self, job_id: str, event: Move, now_ms: int, priority: int = 0) -> str:
        """Make a client's or the sweeper's move; return the outcome."""
        job = self.jobs.get(job_id)
        if job is None:
            return "none"
        early = (event is Move.DUE and job.due_ms > now_ms) or (
            event is Move.EXPIRE and (job.start_by_ms is None or job.start_by_ms > now_ms)
        )
        if (job.state, event) not in MOVES or early:
            return "unchanged"
        if event is Move.PRIORITISE:
            job.priority = priority
        if event is Move.REDRIVE:
            job.failures, job.losses, job.furthest, job.start_by_ms, job.polls = 0, 0, 0.0, None, 0
            job.changes = 0
            job.is_child = False
            self.outbox.discard(job.id)
            if job.dedupe_key:
                self.dedupe.setdefault((job.owner, job.dedupe_key), job.id)
        self._move(job, event, now_ms)
        if event is Move.PRIORITISE:
            self._follow(job)
        return "moved"

    def _follow(self, parent: Model) -> None:
        for child in (self.jobs[child_id] for child_id in self.children[parent.id]):
            wait = [self.jobs[each].priority for each in child.parents if not self.jobs[each].state.final]
            best = max([*wait, *([] if child.is_child else [child.priority])], default=child.priority)
            if (child.state, Move.PRIORITISE) in MOVES and best != child.priority:
                child.priority = best
                self._follow(child)

    def stop(self, job_id: str, now_ms: int) -> bool:
        """Ask a job to finish early; return whether it will hear of it."""
        job = self.jobs.get(job_id)
        if job is None or job.state not in {State.STARTED, State.PENDING, State.RETRY} or not job.started:
            return False
        job.stop = True
        if job.state is State.RETRY and job.polls:
            self._move(job, Move.WAKE, now_ms)
        return True

    def release(self, parent_id: str) -> list[str]:
        """Take a parent that needs them no more from its children; return those."""
        parent = self.jobs.get(parent_id)
        if parent and parent.state is not State.SUCCESS:
            return []
        asked = self.asked.pop(parent_id, set())
        if untold := asked & self.children.get(parent_id, set()):
            self.asked[parent_id] = untold
        return sorted(asked - untold)

    def disown(self, parent_id: str, now_ms: int) -> list[str]:
        """Tell an ended job's children; return those that were cancelled."""
        parent = self.jobs.get(parent_id)
        return [] if parent and not parent.state.final else self._leave(parent_id, now_ms)

    def let_go(self, job_id: str, token: str, now_ms: int) -> list[str]:
        """Take a running parent from all its open children; return those that were cancelled."""
        job = self.jobs.get(job_id)
        return self._leave(job_id, now_ms) if job and job.token == token else []

    def _leave(self, parent_id: str, now_ms: int) -> list[str]:
        cancelled = []
        for child_id in sorted(self.children.pop(parent_id, ())):
            child = self.jobs[child_id]
            child.parents.discard(parent_id)
            if child.is_child and not child.parents and self.change(child_id, Move.CANCEL, now_ms) == "moved":
                cancelled.append(child_id)
        return cancelled

    def _move(self, job: Model, event: Move, now_ms: int) -> None:
        before, after = job.state, MOVES[job.state, event]
        if after is None:
            del self.jobs[job.id]
            self._release(job)
            self.outbox.discard(job.id)
            if not self.children[job.id]:
                del self.children[job.id]
            return
        job.state = after
        if after is State.PENDING and event is not Move.PRIORITISE:
            if before not in RUNNING and event is not Move.WAKE:
                job.queued_ms = now_ms
            self._enter_line(job)
        if after.final:
            job.stop = False
            self.outbox.add(job.id)
            if after is not State.SUCCESS or not job.keep_dedupe:
                self._release(job)
            self._wake_parents(job, now_ms)
        self._settle_lines()

    def _release(self, job: Model) -> None:
        place = (job.owner, job.dedupe_key or "")
        if self.dedupe.get(place) == job.id:
            del self.dedupe[place]

    def _wake_parents(self, job: Model, now_ms: int) -> None:
        for parent in [self.jobs[parent_id] for parent_id in sorted(job.parents) if parent_id in self.jobs]:
            open_children = self.children[parent.id]
            if job.id in open_children:
                open_children.remove(job.id)
                if not open_children and parent.state is State.RETRY and parent.waits:
                    self._move(parent, Move.WAKE, now_ms)
        job.parents.clear()
