"""When a host may be asked: not too often, and not at all for a while when it refuses us or does not answer."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from mediamill.core.errors import MediamillError
from mediamill.media.live.feed import Blocked, NotYet, RateLimited, TimedOut, Unreachable, Unserved, Upstream

#: Of a host that refuses us, seconds: the first rest, twice as long after each look that is refused again.
_FIRST_REST_S: Final = 60.0
_LONGEST_REST_S: Final = 3_600.0
#: So often in a row a host may fail before it rests; its first rest then, and the longest.
_FAILURES: Final = 5
_FAILED_REST_S: Final = 10.0
_LONGEST_FAILED_REST_S: Final = 300.0
#: Rests end apart: this much of each is by chance.
_JITTER: Final = 0.25
#: While one look tries whether a rest has helped.
_TRIAL_S: Final = 30.0
#: What a proxy bears, looks a second, whatever their hosts.
_PROXY_RATE_S: Final = 20.0
_PROXY_BURST: Final = 40.0
#: Beyond so many the idle ones are forgotten.
_MOST_KNOWN: Final = 20_000


@dataclass(frozen=True)
class Pace:
    """How often a host is asked: so many looks a second in the long run, `burst` of them at once."""

    rate_s: float
    burst: float

    def times(self, factor: float) -> "Pace":
        """Return a pace that is so many times as fast; one look is always let through."""
        return Pace(self.rate_s * factor, max(1.0, self.burst * factor))


@dataclass
class _Known:
    """Of a host through one proxy. full_at: when its bucket is full again. rests_until: nobody asks before."""

    full_at: float = 0.0
    rests_until: float = 0.0
    trial_until: float = 0.0
    refusals: int = 0
    failures: int = 0
    why: type[Unserved] = Blocked


class Hosts:
    """What one process knows of hosts, each through each proxy apart: a site blocks who asks. Of any thread.

    clock: seconds that only go on. chance: 0..1.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._lock = Lock()
        self._known: dict[tuple[str, str], _Known] = {}

    def turn(self, host: str, proxy: str, pace: Pace, patience_s: float) -> float:
        """Take a turn; return how long to wait for it, s, `patience_s` at most.

        Raises what the host answered last where it is left alone for now, NotYet where the turn would come later than
        that; `after_s` says when to come again. No turn is taken then.
        """
        with self._lock:
            now = self._clock()
            known = self._of(host, proxy)
            rest_s = _rest_s(known, now)
            if rest_s > 0:
                raise _resting(known.why, rest_s)
            buckets = [(known, pace)]
            if proxy:
                buckets.append((self._of("", proxy), Pace(_PROXY_RATE_S, _PROXY_BURST)))
            wait_s, slowest = max((_wait_s(bucket, each, now), 1 / each.rate_s) for bucket, each in buckets)
            if wait_s > patience_s:
                raise NotYet(wait_s, slowest)
            for bucket, each in buckets:
                bucket.full_at = max(bucket.full_at, now) + 1 / each.rate_s
            if known.rests_until:
                known.trial_until = now + _TRIAL_S
            return wait_s

    def check(self, host: str, proxy: str) -> None:
        """Raise what the host answered last where it is left alone since the turn was taken."""
        with self._lock:
            known = self._known.get((host, proxy))
            if known is not None and (rest_s := known.rests_until - self._clock()) > 0:
                raise _resting(known.why, rest_s)

    def rests_s(self, host: str, proxy: str) -> float:
        """Return how long a host is left alone, s; 0: it may be asked."""
        with self._lock:
            known = self._known.get((host, proxy))
            return _rest_s(known, self._clock()) if known is not None else 0.0

    def learn(self, host: str, proxy: str, error: MediamillError | None, bears: int = 0) -> None:
        """Note how a look ended. The answers of a site that serves us are no failures: offline, private, missing.

        bears: so many refusals in a row may be about what was asked for, and the host does not rest yet.
        """
        with self._lock:
            known, now = self._of(host, proxy), self._clock()
            if not isinstance(error, Blocked | RateLimited | Unreachable | TimedOut | Upstream):
                self._known[host, proxy] = _Known(full_at=known.full_at)
            elif known.rests_until <= now:  # else it was under way when the rest began
                rest_s = (
                    _refused_s(known, error, bears) if isinstance(error, Blocked | RateLimited) else _failed_s(known)
                )
                if rest_s:
                    known.why, known.trial_until = type(error), 0.0
                    known.rests_until = now + rest_s * (1 + _JITTER * self._chance())

    def _of(self, host: str, proxy: str) -> _Known:
        found = self._known.get((host, proxy))
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                now = self._clock()
                lately = max(0.0, now - _LONGEST_REST_S)
                self._known = {
                    key: each for key, each in self._known.items() if each.rests_until > lately or each.full_at > now
                }
            found = self._known[host, proxy] = _Known()
        return found


def _rest_s(known: _Known, now: float) -> float:
    return max(0.0, known.rests_until - now, known.trial_until - now)


def _refused_s(known: _Known, error: Unserved, bears: int) -> float:
    """Return how long a host rests that refuses us, 0: it does not; RateLimited may say it itself."""
    known.refusals += 1
    slowly = isinstance(error, RateLimited)
    over = known.refusals - 1 - bears
    if over < 0 and not slowly:
        return 0.0
    asked_s = (error.after_s or 0.0) if slowly else 0.0
    return min(max(_FIRST_REST_S * 2.0 ** min(max(over, 0), 10), asked_s), _LONGEST_REST_S)


def _failed_s(known: _Known) -> float:
    """Return how long a host rests that does not answer; 0: it may be asked again."""
    known.failures += 1
    over = known.failures - _FAILURES
    return min(_FAILED_REST_S * 2.0 ** min(over, 10), _LONGEST_FAILED_REST_S) if over >= 0 else 0.0


def _wait_s(known: _Known, pace: Pace, now: float) -> float:
    """Return when the bucket has a look in it. It is full `burst` looks before `full_at`."""
    return max(0.0, known.full_at - now - (pace.burst - 1) / pace.rate_s)


def _resting(why: type[Unserved], rest_s: float) -> Unserved:
    error = why("the site is left alone for now, after what it answered last")
    error.after_s, error.is_told_again = rest_s, True
    return error


def is_of_the_way(error: MediamillError) -> bool:
    """Whether another proxy may have more luck."""
    return isinstance(error, Blocked | RateLimited | Unreachable | TimedOut)
