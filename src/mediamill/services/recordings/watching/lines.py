"""Sites that have more watchers than they may be asked: these come round, one after the other."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from mediamill import MediamillError
from mediamill.media.live.feed import Feed, NotYet, Source

#: Those in line come a little more seldom than there are turns, so that who is new gets one, too.
_ROOMY: Final = 1.05

#: When the next in line has its turn, on the clock, and how long it is from one to the next, seconds.
_End = tuple[float, float]


class Lines:
    """Who waits for a turn at which site, as far as times are concerned. Of any thread.

    Were those who had none just told to come again, who has had one would come as well, all at once and by chance, and
    some would find others before them again and again. So each has a time of its own, behind those who wait already;
    who has been looked at goes behind them, too. What is forgotten here sorts itself out again in a round.

    clock: seconds that only go on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._ends: dict[tuple[str, str], _End] = {}

    def place_s(self, source: Source, found: Feed | MediamillError, pause_s: float) -> float:
        """Return when a source's next turn is, in seconds; 0.0: there is no line, or it is over in `pause_s`.

        found: what came of the look. pause_s: when it is to be looked at again, were there no others.
        """
        site = urlsplit(source.url).netloc.lower(), source.proxy
        with self._lock:
            now = self._clock()
            end_at, every_s = self._ends.pop(site, (now, 0.0))
            if isinstance(found, NotYet):
                end_at, every_s = max(end_at, now + (found.after_s or 0.0)), found.every_s * _ROOMY
            elif end_at <= now + pause_s:
                if end_at > now:
                    self._ends[site] = end_at, every_s
                return 0.0
            self._ends[site] = end_at + every_s, every_s
            return end_at - now
