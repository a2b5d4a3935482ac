"""The moves of attempts that did not end by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mediamill.core.states import State
from mediamill.engine.roster import Word
from mediamill.store.attempts import Attempts, Failure
from mediamill.store.jobs import Moved

_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Allowed:
    """What an attempt may take: time by the clock, and memory of its process; None: as much as there is."""

    wall_s: float
    memory_bytes: int | None


def end_move(attempts: Attempts, job_id: str, token: str, word: Word, allowed: Allowed) -> Callable[[], Moved]:
    """Return the move that ends an attempt which was told `word`.

    The attempt itself makes it when it listens; the keeper makes the same one when it had to kill.
    """
    if word is Word.TIME:
        failure = Failure("TIME_LIMIT", f"the attempt took longer than its limit of {allowed.wall_s:g} s")
        return lambda: attempts.fail(job_id, token, failure)
    if word is Word.MEMORY:
        limit = f"its limit of {allowed.memory_bytes // _MIB} MiB of" if allowed.memory_bytes else "it may have of the"
        failure = Failure("MEMORY_LIMIT", f"the attempt's process took more than {limit} memory")
        return lambda: attempts.fail(job_id, token, failure)
    if word is Word.DRAIN:
        return lambda: attempts.hand_back(job_id, token)
    if word is Word.CANCEL:
        return lambda: attempts.cancelled(job_id, token)
    return lambda: Moved("stale", State.PENDING)
