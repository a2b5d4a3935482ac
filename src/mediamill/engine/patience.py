"""Waiting for the store and the files while they are away: an attempt's work is worth more than a minute."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from mediamill.core.errors import Unavailable

T = TypeVar("T")

AGAIN_S: Final = 1.0
#: code of Unavailable -> how long a running attempt waits, seconds. What is not here is told at once:
#: a full disk gets room only when attempts give up their scratch.
PATIENCE_S: Final = {"UNAVAILABLE": 3600.0, "FILES_UNAVAILABLE": 600.0}


def patiently(
    call: Callable[[], T],
    check: Callable[[], None] = lambda: None,
    *,
    waits: Callable[[Unavailable], None] = lambda _away: None,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> T:
    """Make a call that may be repeated, until it is not refused with Unavailable.

    check: called before each further try; what it raises ends the wait. waits: told when the wait begins. Raises
    Unavailable when the patience for its code is over.
    """
    began, told = now(), False
    while True:
        try:
            return call()
        except Unavailable as away:
            if now() - began >= PATIENCE_S.get(away.code, 0.0):
                raise
            if not told:
                told = True
                waits(away)
        check()
        wait(AGAIN_S)
