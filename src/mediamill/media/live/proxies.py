"""The operator's proxies (MEDIAMILL_PROXIES): in turn, but not one that does not work, and not where it was refused."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from mediamill.core.errors import MediamillError
from mediamill.media.live.feed import TimedOut, Unreachable
from mediamill.media.live.hosts import Hosts

#: So many looks in a row, at whatever hosts, bring nothing: then the proxy is the matter.
_FAILURES: Final = 3
_FIRST_REST_S: Final = 30.0
_LONGEST_REST_S: Final = 600.0


@dataclass
class _Health:
    failures: int = 0
    rests_until: float = 0.0


class Pool:
    """The proxies of one process. Of any thread.

    urls: none of them: everything goes from this machine's own address. hosts: knows where each was refused.
    clock: seconds that only go on.
    """

    def __init__(self, urls: Sequence[str], hosts: Hosts, clock: Callable[[], float] = time.monotonic) -> None:
        self._urls = tuple(urls)
        self._hosts = hosts
        self._clock = clock
        self._lock = Lock()
        self._health = {url: _Health() for url in urls}
        self._next = 0

    def __contains__(self, proxy: str) -> bool:
        """Whether it is one of these."""
        return proxy in self._health

    def __len__(self) -> int:
        """How many there are."""
        return len(self._urls)

    def pick(self, host: str, but: Sequence[str] = ()) -> str:
        """Return the proxy whose turn it is at a host; "" where there is no pool.

        but: those that were tried for this. When all of them rest it is the one whose rest ends first.
        """
        if not self._urls:
            return ""
        with self._lock:
            now = self._clock()
            order = self._urls[self._next :] + self._urls[: self._next]
            order = tuple(url for url in order if url not in but) or order
            chosen = min(
                order, key=lambda url: max(self._health[url].rests_until - now, self._hosts.rests_s(host, url), 0.0)
            )
            self._next = (self._urls.index(chosen) + 1) % len(self._urls)
            return chosen

    def learn(self, proxy: str, error: MediamillError | None) -> None:
        """Note how a look through a proxy ended; one that is not of the pool is nobody's business."""
        with self._lock:
            health = self._health.get(proxy)
            if health is None:
                return
            if not isinstance(error, Unreachable | TimedOut):
                self._health[proxy] = _Health()
                return
            health.failures += 1
            if health.failures >= _FAILURES:
                rest_s = min(_FIRST_REST_S * 2 ** (health.failures - _FAILURES), _LONGEST_REST_S)
                health.rests_until = self._clock() + rest_s
