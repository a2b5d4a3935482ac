"""What is submitted, and when: the same for every system, by a seed."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Submit:
    """One job. at_s: after the beginning of the load."""

    job: str
    at_s: float
    seconds: float


@dataclass(frozen=True)
class Scale:
    """How much and how long.

    shorts: jobs of 0.05 to 3 s, within load_s. longs: jobs of longest_s that begin before the fault; 3 of 4 slots.
    fault_s: when the fault begins. seen_s: how long after the fault even a system that has done everything is
    watched, for jobs that run again. bound_s: how long after the fault a job may still come back; then it is lost.
    """

    shorts: int = 57
    longs: int = 3
    longest_s: float = 20.0
    load_s: float = 30.0
    fault_s: float = 10.0
    seen_s: float = 85.0
    bound_s: float = 200.0


FULL = Scale()
#: To try the bench itself: what takes a minute to come back counts as lost.
SHORT = Scale(shorts=15, longest_s=8.0, load_s=12.0, fault_s=6.0, seen_s=25.0, bound_s=45.0)


def plan(scale: Scale, seed: int) -> list[Submit]:
    """Return the jobs by time. After them comes a thin stream (`trickle`): a queue with a fault is seldom idle."""
    drawn = random.Random(seed)  # noqa: S311 - a load, no secret
    jobs = [Submit(f"long-{n}", 1.0 + 0.5 * n, scale.longest_s) for n in range(scale.longs)]
    jobs += [
        Submit(f"short-{n}", drawn.uniform(0, scale.load_s), round(0.05 + 2.95 * drawn.random() ** 2, 2))
        for n in range(scale.shorts)
    ]
    return sorted(jobs, key=lambda each: each.at_s)


def trickle(scale: Scale, n: int) -> Submit:
    """Return the n-th job after the load: one of 0.05 s every second."""
    return Submit(f"later-{n}", scale.load_s + n, 0.05)
