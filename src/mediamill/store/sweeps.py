"""What the elected sweeper asks of the store, in rounds of at most 500 rows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mediamill.core.policy import LEASE_MS
from mediamill.core.queues import Queue
from mediamill.core.states import Move
from mediamill.store.scripts import Scripts

ROWS: Final = 500
LOCK_MS: Final = 5_000
#: A longer gap between two rounds means that the server, or every sweeper, was stopped.
GAP_MS: Final = 3_000
#: How long the files of a child that no job needs any more are kept: for who asks for the same again soon.
RELEASED_S: Final = 3_600.0


@dataclass(frozen=True)
class Round:
    """What is due. `still`: leases are left alone, for workers had no chance to renew them.

    old: jobs whose records are over. faded: jobs whose files are, or whose files were ordered removed.
    spent: parents that do without the files of their children. released: children whose files no job needs.
    """

    still: bool
    due: list[str]
    lost: list[str]
    expired: list[str]
    settled: list[str]
    orphaning: list[str]
    old: list[str]
    faded: list[str]
    spent: list[str]
    released: list[str]

    @property
    def full(self) -> bool:
        """Whether another round should follow at once."""
        lists = (self.due, self.lost, self.expired, self.settled, self.orphaning, self.old, self.faded, self.released)
        return any(len(ids) >= ROWS for ids in (*lists, self.spent))


class Sweeps:
    """The sweeper's moves. `me` names this candidate for the lead."""

    def __init__(self, scripts: Scripts, *, lease_ms: int = LEASE_MS) -> None:
        self._run = scripts
        self._client = scripts.client
        self._keys = scripts.keys
        self._lease_ms = lease_ms
        self.me = secrets.token_hex(16)

    def tick(self, *, keep_done_s: float, keep_dead_s: float, keep_files_s: float) -> Round | None:
        """Take or keep the lead and return what is due, or None when another leads."""
        reply = self._run(
            "tick",
            me=self.me,
            lock_ms=LOCK_MS,
            lease_ms=self._lease_ms,
            gap_ms=GAP_MS,
            keep_done_ms=int(keep_done_s * 1000),
            keep_dead_ms=int(keep_dead_s * 1000),
            keep_files_ms=int(keep_files_s * 1000),
            keep_released_ms=int(RELEASED_S * 1000),
            limit=ROWS,
        )
        return Round(bool(reply[0]), *reply[1:]) if reply else None

    def resign(self) -> None:
        """Give up the lead, if it is ours, so that another sweeps a second from now and not when our lock is over."""
        self._run("resign", me=self.me)

    def due(self, job_ids: list[str]) -> int:
        """Put retries whose time has come back in line; return how many moved."""
        return self._move(Move.DUE, job_ids)

    def lose(self, job_ids: list[str]) -> int:
        """Take jobs from attempts whose lease is over; the third loss in a row is the last."""
        return self._move(Move.LOSE, job_ids)

    def expire(self, job_ids: list[str]) -> int:
        """Fail jobs that did not start before their deadline."""
        return self._move(Move.EXPIRE, job_ids)

    def _move(self, event: Move, job_ids: list[str]) -> int:
        return len(self._run.moved("move", {job_id: {"id": job_id, "event": event} for job_id in job_ids}))

    def top_up(self, queue: Queue) -> int:
        """Push the tickets that a queue lacks and return how many, or take surplus ones away (below 0); 500 at most."""
        return int(self._run("top_up", queue=queue, limit=ROWS))

    def settle(self, versions: Mapping[str, int]) -> int:
        """Take jobs from the outbox whose ends of these versions are in the files; return how many could be.

        Either all are told about, or (a spoilt record) none: then raises ResponseError.
        """
        return int(self._run("settle", versions=dict(versions)))

    def disown(self, parent_id: str) -> list[str]:
        """Tell an ended job's open children, 500 at most; return those cancelled, as nobody waits for them."""
        # Any 500: always the same ones would hide the others where none of them can be told.
        children = sorted(self._client.run("SRANDMEMBER", self._keys("children", parent_id), ROWS))
        if not children:
            self._run("leave", parent=parent_id)
        return self._run.moved("leave", {child: {"parent": parent_id, "child": child} for child in children})

    def release(self, parent_id: str) -> list[str]:
        """Take a parent that needs them no more from its children, 500 at most; return those.

        The files of a child that nobody needs are named in a round `RELEASED_S` later.
        """
        children = sorted(self._client.run("SRANDMEMBER", self._keys("asked", parent_id), ROWS))
        if not children:
            self._run("release", parent=parent_id)
        return self._run.moved("release", {child: {"parent": parent_id, "child": child} for child in children})
