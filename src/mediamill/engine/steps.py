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
    """The step cache with in-flight dedupe. An attempt holds one right at most, so none waits in a ring."""

    def __init__(self, cache: StepCache, steps: Steps) -> None:
        self._cache = cache
        self._steps = steps
        self._holding: set[str] = set()

    def get_or_make(
        self, key: str, me: str, draft: Path, make: Callable[[Path], None], check: Callable[[], None]
    ) -> tuple[Path, bool]:
        """Return the step's file and whether it was made here.

        key: everything that decides the content. me: the attempt's token. draft: a free
        path in scratch. The wait for another maker calls `check`.
        """
        found = self._cache.get(key, draft)
        if found is not None:
            return found, False
        step = hashlib.sha256(key.encode()).hexdigest()
        if me in self._holding:
            return self._make(key, draft, make), True
        if not self._own(step, me):
            waited = self._wait(key, step, me, draft, check)
            if waited is not None:
                return waited, False
        self._holding.add(me)
        try:
            return self._make(key, draft, make), True
        finally:
            self._holding.discard(me)
            self._release(step, me)

    def _make(self, key: str, draft: Path, make: Callable[[Path], None]) -> Path:
        make(draft)
        return self._cache.put(key, draft)

    def _wait(self, key: str, step: str, me: str, draft: Path, check: Callable[[], None]) -> Path | None:
        """Return the file once somebody made it, or None when the right is ours or the wait is over."""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            check()
            time.sleep(POLL_S)
            found = self._cache.get(key, draft)
            if found is not None:
                return found
            if self._own(step, me):
                return self._cache.get(key, draft)
        return None

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
