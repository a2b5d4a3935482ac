"""How long to wait, how often to try, and who comes first."""

import random
from dataclasses import dataclass
from typing import Final

PRIORITY_MIN: Final = -9
PRIORITY_MAX: Final = 9

#: One step of priority is worth this much waiting: a job at -9 passes a newer one at +9 after 90 min.
#: Since age and priority trade at a fixed rate, an order of claims never has to be computed again.
AGEING_MS_PER_STEP: Final = 300_000

#: Consecutive deaths of the worker process after which a job is poison.
WORKER_LOSS_LIMIT: Final = 3
#: A job that is one death short of that waits for up to this long, each for a time of its own: the neighbours of a
#: poison job in a worker of threads then run without it, and are cleared, instead of dying with it once more.
SUSPECT_SPREAD_MS: Final = 15_000

LEASE_MS: Final = 10_000
RENEW_EVERY_S: Final = 3.0
SWEEP_EVERY_S: Final = 1.0


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    attempts: int = 5
    base_s: float = 30.0
    cap_s: float = 3600.0

    def spent(self, failures: int) -> bool:
        """Whether `failures` charged attempts leave none."""
        return failures >= self.attempts

    def delay_s(self, failures: int, after_s: float | None = None) -> float:
        """Return seconds until the next attempt, after `failures` charged ones (>= 1).

        `after_s`, where the cause named it, wins.
        """
        if after_s is not None:
            return max(0.0, after_s)
        doublings = min(failures - 1, 60)  # more of them would overflow, and the cap comes long before
        ceiling = min(self.base_s * 2.0**doublings, self.cap_s)
        return random.uniform(0.0, ceiling)  # noqa: S311 - spreads load; keeps no secret


def rank_ms(queued_ms: int, priority: int) -> int:
    """Return the place in an owner's line: lower is sooner."""
    return queued_ms - priority * AGEING_MS_PER_STEP
