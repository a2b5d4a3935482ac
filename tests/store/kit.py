"""The store as its tests hold it: all rooms over one prefix, a clock to move, and a look at every key."""

# ruff: noqa: ANN401 - a request has many fields, each test names the few it is about

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mediamill.core.job import Artifact, Job
from mediamill.core.queues import Queue
from mediamill.store.attempts import Attempts, Failure, Wait
from mediamill.store.cache import CacheIndex
from mediamill.store.dead import DeadLetters
from mediamill.store.finished import Finished
from mediamill.store.fleet import Fleet
from mediamill.store.jobs import Jobs, Request, Submitted
from mediamill.store.queues import Queues
from mediamill.store.retention import Retention
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps
from mediamill.store.sweeps import Round, Sweeps

_numbers = itertools.count()

FAILED = Failure("BROKEN", "it broke")
WEEK_S = 7 * 86_400.0
MONTH_S = 30 * 86_400.0

#: type of key -> the command that reads it whole
_READS = {
    "hash": ("HGETALL",),
    "string": ("GET",),
    "set": ("SMEMBERS",),
    "list": ("LRANGE", 0, -1),
    "zset": ("ZRANGE", 0, -1, "WITHSCORES"),
    "stream": ("XRANGE", "-", "+"),
}


def request(**changes: Any) -> Request:
    """Return a request with an id of its own; ids grow, as ours do, and so break ties of age."""
    plain = Request(
        id=f"job-{next(_numbers):06d}",
        service="shout",
        owner="ann",
        queue=Queue.CPU,
        params={"text": "hi"},
        uploads={},
        request_hash="h",
        time_limit_s=60,
    )
    return replace(plain, **changes)


def artifact(name: str = "a.txt") -> Artifact:
    return Artifact(name=name, key=f"k/{name}", sha256="s", size_bytes=1)


class World:
    """One store. Every job made here waits in the queue `cpu` unless its request says otherwise."""

    def __init__(self, scripts: Scripts) -> None:
        self.scripts = scripts
        self.client = scripts.client
        self.keys = scripts.keys
        self.jobs = Jobs(scripts)
        self.attempts = Attempts(scripts)
        self.sweeps = Sweeps(scripts)
        self.queues = Queues(scripts)
        self.fleet = Fleet(scripts)
        self.steps = Steps(scripts)
        self.cache = CacheIndex(scripts)
        self.dead = DeadLetters(scripts)
        self.finished_lists = Finished(scripts)
        self.retention = Retention(scripts)

    # ---- moves

    def submit(self, **changes: Any) -> str:
        """Submit and return the id of the job that stands for the request."""
        return self.submitted(**changes).id

    def submitted(self, **changes: Any) -> Submitted:
        return self.jobs.submit(request(**changes))

    def claim(self, queue: Queue = Queue.CPU) -> "Held":
        """Claim a job that must be there."""
        job = self.attempts.claim(queue, machine="m", worker="w")
        assert job is not None, f"nothing waits in {queue}"
        return Held(job)

    def running(self, **changes: Any) -> "Held":
        """Submit a job and claim it."""
        job_id = self.submit(**changes)
        held = self.claim(changes.get("queue", Queue.CPU))
        assert held.id == job_id, "another job waited before"
        return held

    def succeed(self, held: "Held", **data: object) -> None:
        assert self.attempts.succeed(*held.pair, {}, data)

    def finished(self, **changes: Any) -> str:
        """Submit a job, claim it and let it succeed."""
        held = self.running(**changes)
        self.succeed(held)
        return held.id

    def child(self, parent: "Held", **changes: Any) -> str:
        """Let a running attempt ask for a child."""
        submitted = self.submitted(parent=parent.id, parent_token=parent.token, **changes)
        assert submitted.outcome != "stale"
        return submitted.id

    def later_for_children(self, parent: "Held", *, delay_s: float = 60) -> None:
        wait = Wait(self.client.run("SCARD", self.keys("children", parent.id)) or 1)
        assert self.attempts.later(*parent.pair, delay_s=delay_s, wait=wait)

    # ---- time

    def wait(self, seconds: float) -> None:
        """Let time pass for the moves."""
        self.scripts.offset_ms += int(seconds * 1000)

    def now_ms(self) -> int:
        """Return the moves' clock."""
        return self.scripts.now_ms()

    def tick(
        self, sweeps: Sweeps | None = None, *, keep_done_s: float = WEEK_S, keep_files_s: float = MONTH_S
    ) -> Round | None:
        return (sweeps or self.sweeps).tick(keep_done_s=keep_done_s, keep_dead_s=WEEK_S, keep_files_s=keep_files_s)

    # ---- looking

    def get(self, job_id: str) -> Job:
        """Return a record that must be there."""
        job = self.jobs.get(job_id)
        assert job is not None, f"there is no job {job_id}"
        return job

    def names(self) -> list[str]:
        """Return the name of every key, without the prefix."""
        return sorted(key.removeprefix(self.keys.prefix) for key in self._all())

    def dump(self) -> dict[str, Any]:
        """Return every key with its content; a time to live only as a flag. What expires meanwhile may be missing."""
        found = self._all()
        types = self.client.many([("TYPE", name) for name in found])
        kinds = {name: kind for name, kind in zip(found, types, strict=True) if kind != "none"}
        reads = [(_READS[kind][0], name, *_READS[kind][1:]) for name, kind in kinds.items()]
        lives = self.client.many([("PTTL", name) for name in kinds])
        contents = self.client.many(reads)
        return {
            name.removeprefix(self.keys.prefix): (content, life >= 0)
            for name, content, life in zip(kinds, contents, lives, strict=True)
        }

    def members(self, name: str, *parts: str) -> list[str]:
        """Return the members of a sorted set, first ones first."""
        found: list[str] = self.client.run("ZRANGE", self.keys(name, *parts), 0, -1)
        return found

    def tickets(self, queue: Queue = Queue.CPU) -> int:
        return int(self.client.run("LLEN", self.keys("tickets", queue)))

    def statuses(self, job_id: str) -> list[str]:
        """Return the statuses that the job's events told, in order."""
        return [event.data["status"] for event in self.jobs.events(job_id) if event.name == "state"]

    def forget_all(self) -> None:
        """Delete every key below the prefix."""
        names = self._all()
        if names:
            self.client.run("DEL", *names)
        self.scripts.offset_ms = 0

    def _all(self) -> Sequence[str]:
        names: list[str] = self.client.run("KEYS", f"{self.keys.prefix}*")
        return sorted(names)


class Held:
    """A claimed job, with the token that its moves need."""

    def __init__(self, job: Job) -> None:
        assert job.token is not None
        self.job = job
        self.id = job.id
        self.token = job.token

    @property
    def pair(self) -> tuple[str, str]:
        return self.id, self.token
