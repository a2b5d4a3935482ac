"""How long to wait, how often to try, and who comes first."""

import math
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

#: Attempts that may hold a turn of one name at a time, and characters of the name.
TURNS_AT_ONCE: Final = 500
TURN_NAME_CHARS: Final = 200

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


@dataclass(frozen=True)
class Pace:
    """How turns at something shared are given: so many at once, so many a minute. None: no such limit.

    burst: how many of those of a minute may come one upon the other after a pause. Raises ValueError for what makes
    no sense.
    """

    at_once: int | None = None
    per_minute: float | None = None
    burst: int = 1

    def __post_init__(self) -> None:
        """Check the limits."""
        if self.at_once is not None and not 1 <= self.at_once <= TURNS_AT_ONCE:
            raise ValueError(f"at_once is 1..{TURNS_AT_ONCE}, not {self.at_once}")
        if self.per_minute is not None and not (math.isfinite(self.per_minute) and self.per_minute > 0):
            raise ValueError(f"per_minute is a number above 0, not {self.per_minute}")
        if self.burst < 1:
            raise ValueError(f"burst is 1 or more, not {self.burst}")

    @property
    def free(self) -> bool:
        """Whether nothing is limited."""
        return self.at_once is None and self.per_minute is None

    @property
    def interval_ms(self) -> float | None:
        """Return the milliseconds between two turns."""
        return None if self.per_minute is None else 60_000 / self.per_minute


def turn_name(name: str) -> str:
    """Return the name of what is shared. Raises ValueError where it is empty, too long or not to be shown."""
    if not name or len(name) > TURN_NAME_CHARS or not name.isprintable():
        raise ValueError(
            f"{name[:80]!r} names nothing to take turns at: 1..{TURN_NAME_CHARS} characters that are shown"
        )
    return name


def rank_ms(queued_ms: int, priority: int) -> int:
    """Return the place in an owner's line: lower is sooner."""
    return queued_ms - priority * AGEING_MS_PER_STEP
