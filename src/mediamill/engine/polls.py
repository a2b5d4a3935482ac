"""What a service's `poll` works with: jobs that are due, taken from the store in numbers and sent back in numbers."""

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import structlog
from pydantic import BaseModel

from mediamill.core.context import Context
from mediamill.core.errors import Later, Unavailable
from mediamill.core.polls import TAKEN, Polled, facts_text, look_after_s
from mediamill.core.service import Service
from mediamill.engine.masking import Mask
from mediamill.engine.patience import patiently
from mediamill.engine.vault import Vault, secrets_of
from mediamill.store import polls as store

P = TypeVar("P", bound=BaseModel)

#: A run gives its slot back after so long, as soon as all is answered; and after so much more in any case.
RUN_S: Final = 300.0
OVERTIME_S: Final = 120.0
#: A run that has answered, and lived for so long, is no poison: deaths of its workers before it are no row any more.
WELL_AFTER_S: Final = 30.0
#: So long a run has its slot, though others wait for one.
LEAST_S: Final = 5.0
#: How often a run looks whether its worker is to end, or others wait.
LOOK_EVERY_S: Final = 0.5
#: How often a run says that it still looks at what it has taken: three times within a lease.
HOLD_EVERY_S: Final = 10.0
#: What is put off goes to the store in one call, when it has waited for so long.
SEND_AFTER_S: Final = 0.5

_log = structlog.get_logger("mediamill.polls")


class LivePolls(Generic[P]):
    """Implements core's Polls for one run of a service's polls.

    ctx: of the job that runs them. leaving: whether this worker takes nothing more, so that another is to go on.
    crowded: whether jobs wait that only this worker's slots can take, all of which are taken.
    advanced: told once, when the run has gone well for WELL_AFTER_S. now: a monotonic clock, seconds.
    answered: whether any job was.
    """

    def __init__(  # noqa: PLR0913 - what a run needs, named one by one
        self,
        service: Service[P],
        polls: store.Polls,
        vault: Vault,
        ctx: Context,
        *,
        leaving: Callable[[], bool] = lambda: False,
        crowded: Callable[[], bool] = lambda: False,
        advanced: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.answered = False
        self._service = service
        self._store = polls
        self._vault = vault
        self._ctx = ctx
        self._leaving = leaving
        self._crowded = crowded
        self._advanced: Callable[[], None] | None = advanced
        self._now = now
        self._me = secrets.token_hex(8)
        self._over_at = now() + RUN_S
        self._well_at = now() + WELL_AFTER_S
        self._yields_at = now() + LEAST_S
        self._look_at = now()
        self._secrets: dict[str, list[str]] = {}  # of each job that is taken and not answered
        self._put_off: dict[str, store.Again] = {}
        self._send_at = float("inf")
        self._hold_at = now() + HOLD_EVERY_S
        self._lock = Lock()

    def take(self, most: int = TAKEN) -> list[Polled[P]]:
        """Return jobs that are due; none where this run has lasted long enough, and Later once all is answered."""
        if not 1 <= most <= TAKEN:
            raise ValueError(f"1..{TAKEN} jobs are taken at once, not {most}")
        self._send()
        self._ctx.check()
        self._look_at = self._now()
        self._end_in_time()
        self._tell_well()
        self._hold()
        if self._now() >= self._over_at:
            return []
        rows = patiently(partial(self._store.take, self._service.name, self._me, most), self._ctx.check)
        return [polled for row in rows if (polled := self._opened(row)) is not None]

    def again(self, polled: Polled[P], after_s: float, facts: Mapping[str, Any] | None = None) -> None:
        """Put the job off; sent with others."""
        after_ms = int(look_after_s(after_s) * 1000)
        text = None if facts is None else facts_text(facts)
        with self._lock:
            if self._secrets.pop(polled.job_id, None) is None:
                return  # it was answered before
            self._put_off[polled.job_id] = store.Again(polled.job_id, after_ms, text)
            self._send_at = min(self._send_at, self._now() + SEND_AFTER_S)
            full = len(self._put_off) >= TAKEN
        self.answered = True
        if full or self._now() >= self._send_at:
            self._send()

    def wake(self, polled: Polled[P], facts: Mapping[str, Any] | None = None) -> None:
        """Let the job run, at once."""
        text = None if facts is None else facts_text(facts)
        with self._lock:
            if self._secrets.pop(polled.job_id, None) is None:
                return
        self.answered = True
        patiently(partial(self._store.wake, polled.job_id, self._me, text), self._ctx.check)

    def due_in_s(self) -> float | None:
        """Return after how many seconds the next job is due."""
        self._send()
        return patiently(partial(self._store.due_in_s, self._service.name), self._ctx.check)

    def check(self) -> None:
        """Raise Cancelled, or Later where the run has lasted long enough and everything is answered."""
        self._ctx.check()
        self._end_in_time()
        self._tell_well()
        self._hold()
        if self._now() >= self._send_at:
            self._send()

    def log(self, event: str, /, **fields: object) -> None:
        """Write one line, secrets of the jobs that are looked at masked."""
        mask = self.mask
        kept = {name: mask.secret(field) if isinstance(field, str) else field for name, field in fields.items()}
        self._ctx.log(event, **kept)

    @property
    def mask(self) -> Mask:
        """What takes the secrets out of a text that may have them: of the jobs that are looked at."""
        with self._lock:
            return Mask(secret for each in self._secrets.values() for secret in each)

    def close(self, *, give_back: bool) -> None:
        """Send what waits. give_back: what is not answered is another run's at once, else when its lease is over.

        Does not wait for a store that is away: all is looked at again when the leases are over.
        """
        with self._lock:
            if give_back:
                self._put_off |= {job_id: store.Again(job_id, 0, None) for job_id in self._secrets}
            self._secrets.clear()
        with suppress(Unavailable):
            self._store.again(self._service.name, self._me, list(self._put_off.values()))

    def _opened(self, row: store.Due) -> Polled[P] | None:
        """Return a job with its parameters; one whose parameters cannot be read here runs, and fails of that."""
        try:
            params = self._vault.load(self._service.params, row.params)
        except Exception:  # noqa: BLE001 - a key is missing, or a validator raised anything
            _log.warning("polls.unreadable", job_id=row.id, service=self._service.name)
            patiently(partial(self._store.wake, row.id, self._me), self._ctx.check)
            return None
        with self._lock:
            self._secrets[row.id] = secrets_of(params)
            self._put_off.pop(row.id, None)
        return Polled(row.id, row.owner, params, row.facts, row.wishes)

    def _end_in_time(self) -> None:
        now = self._now()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            if self._leaving() or (now >= self._yields_at and patiently(self._crowded, self._ctx.check)):
                self._over_at = min(self._over_at, now)
        if now >= self._over_at + (OVERTIME_S if self._secrets else 0):
            raise Later(0, "another run goes on")

    def _tell_well(self) -> None:
        """Tell, once, that the run goes well. Threads of a poll may come here at once."""
        with self._lock:
            if self._advanced is None or not self.answered or self._now() < self._well_at:
                return
            advanced, self._advanced = self._advanced, None
        advanced()

    def _hold(self) -> None:
        """Keep what is looked at still from others; a poll that hangs does not come here, and its jobs are theirs."""
        with self._lock:
            if self._now() < self._hold_at:
                return
            self._hold_at = self._now() + HOLD_EVERY_S
            ids = list(self._secrets)
        if ids:
            patiently(partial(self._store.hold, self._service.name, self._me, ids), self._ctx.check)

    def _send(self) -> None:
        """Send what is put off. Threads of a poll may do so at once."""
        with self._lock:
            jobs, self._put_off, self._send_at = list(self._put_off.values()), {}, float("inf")
        if jobs:
            patiently(partial(self._store.again, self._service.name, self._me, jobs), self._ctx.check)
