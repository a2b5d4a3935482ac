"""Cached steps over all processes: what one makes, the others wait for."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mediamill.core.errors import Unavailable
from mediamill.files.steps import StepCache
from mediamill.store.steps import Steps

LEASE_MS: Final = 30_000
#: A waiter that sees no file for this long computes too: a step done twice beats a step stuck.
WAIT_S: Final = 30.0
POLL_S: Final = 0.1


class SharedSteps:
    """The step cache with in-flight dedupe. An attempt holds one right at most, so none waits in a ring.

    A cache that cannot be reached only costs time: then every attempt makes its own.
    """

    def __init__(
        self,
        cache: StepCache,
        steps: Steps,
        *,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cache = cache
        self._steps = steps
        self._now = now
        self._wait = wait
        self._holding: set[str] = set()

    def get_or_make(
        self, key: str, me: str, draft: Path, make: Callable[[Path], None], check: Callable[[], None]
    ) -> tuple[Path, bool]:
        """Return the step's file and whether it was made here.

        key: everything that decides the content. me: the attempt, as `Steps` names it. draft: a free
        path in scratch. The wait for another maker calls `check`.
        """
        found = self._get(key, draft)
        if found is not None:
            return found, False
        if me in self._holding:  # a step within a step
            return self._make(key, draft, make), True
        step = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        self._holding.add(me)
        try:
            if not self._own(step, me):
                self._wait_for(step, me, check)
            found = self._get(key, draft)  # again: whoever made it may have been done just before
            return (found, False) if found is not None else (self._make(key, draft, make), True)
        finally:
            self._holding.discard(me)
            self._release(step, me)

    def _make(self, key: str, draft: Path, make: Callable[[Path], None]) -> Path:
        make(draft)
        try:
            return self._cache.put(key, draft)
        except Unavailable:
            return draft

    def _get(self, key: str, draft: Path) -> Path | None:
        try:
            return self._cache.get(key, draft)
        except Unavailable:
            return None

    def _wait_for(self, step: str, me: str, check: Callable[[], None]) -> None:
        """Wait until the right is ours or the wait is over.

        The maker's file is there before it gives the right back, so the right is all that is asked for.
        """
        until = self._now() + WAIT_S
        while self._now() < until:
            check()
            self._wait(POLL_S)
            if self._own(step, me):
                return

    def _own(self, step: str, me: str) -> bool:
        try:
            return self._steps.own(step, me, lease_ms=LEASE_MS)
        except Unavailable:
            return True  # without the store nobody can say who makes it; two may

    def _release(self, step: str, me: str) -> None:
        try:
            self._steps.release(step, me)
        except Unavailable:
            return  # its lease runs out
