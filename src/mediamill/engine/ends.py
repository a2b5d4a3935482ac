"""The moves of attempts that did not end by themselves."""

from collections.abc import Callable

from mediamill.core.states import State
from mediamill.engine.roster import Word
from mediamill.store.attempts import Attempts, Failure
from mediamill.store.jobs import Moved


def end_move(attempts: Attempts, job_id: str, token: str, word: Word, limit_s: float) -> Callable[[], Moved]:
    """Return the move that ends an attempt which was told `word`.

    The attempt itself makes it when it listens; the keeper makes the same one when it had to kill.
    """
    if word is Word.TIME:
        failure = Failure("TIME_LIMIT", f"the attempt took longer than its limit of {limit_s:g} s")
        return lambda: attempts.fail(job_id, token, failure)
    if word is Word.MEMORY:
        failure = Failure("MEMORY_LIMIT", "the attempt's process took more memory than it may have")
        return lambda: attempts.fail(job_id, token, failure)
    if word is Word.DRAIN:
        return lambda: attempts.hand_back(job_id, token)
    if word is Word.CANCEL:
        return lambda: attempts.cancelled(job_id, token)
    return lambda: Moved("stale", State.PENDING)
