"""Turns at what all jobs share, such as a site: so many at once, so many a minute, first come, first served."""

from typing import Final

from mediamill.core.errors import PermanentError, StaleAttempt
from mediamill.core.policy import Pace
from mediamill.store.scripts import TURNS_OF_A_JOB, Scripts

_STALE: Final = frozenset({"lost", "cancel"})


class Turns:
    """Gives turns by name. One is held by a running attempt: its end, whichever it is, wakes the next in line.

    The line goes by priority and age, with the store's clock. A place goes with its job's end, and where its job
    does not ask again within a minute of the time that it was told.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._run = scripts

    def ask(self, job_id: str, token: str, name: str, pace: Pace) -> float:
        """Take a turn; return 0 when it is the attempt's, else after how many seconds it is to ask again.

        Repeatable. What the last one who asked said of the pace holds for all of a name.
        Raises StaleAttempt when the job was cancelled or is another attempt's, PermanentError with code
        TURNS_TOO_MANY when it has turns and places at 8 other names.
        """
        limited = pace.per_minute is not None
        word, wait_ms = self._run(
            "ask_turn",
            id=job_id,
            token=token,
            name=name,
            at_once=pace.at_once,
            interval_ms=pace.interval_ms,
            burst=pace.burst if limited else None,
        )
        if word in _STALE:
            raise StaleAttempt("the attempt that asks for a turn is over")
        if word == "many":
            raise PermanentError(f"a job takes turns at {TURNS_OF_A_JOB} names at most", code="TURNS_TOO_MANY")
        return float(wait_ms) / 1000
