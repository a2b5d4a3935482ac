"""The one table of what may happen to a job.

Python hands its rows to the Lua moves, so this is the only copy. An event that has no row for
the job's state changes nothing and is no error: late acknowledgements happen.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a job stands. All but CANCELLING are Celery's words and public."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    CANCELLING = "CANCELLING"
    RETRY = "RETRY"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"

    @property
    def public(self) -> str:
        """The status that clients see: a job being cancelled is still STARTED."""
        return State.STARTED.value if self is State.CANCELLING else self.value

    @property
    def final(self) -> bool:
        """Whether no attempt follows unless somebody asks for one."""
        return self in FINAL

    @property
    def running(self) -> bool:
        """Whether a worker holds an attempt."""
        return self in RUNNING


class Move(StrEnum):
    """What can happen to a job."""

    SUBMIT = "submit"
    CLAIM = "claim"
    SUCCEED = "succeed"
    FAIL = "fail"
    RETRY = "retry"
    LATER = "later"
    HAND_BACK = "hand_back"
    LOSE = "lose"
    SUSPECT = "suspect"
    POISON = "poison"
    CANCEL = "cancel"
    CANCELLED = "cancelled"
    EXPIRE = "expire"
    PRIORITISE = "prioritise"
    DUE = "due"
    WAKE = "wake"
    REDRIVE = "redrive"
    FORGET = "forget"


FINAL = frozenset({State.SUCCESS, State.FAILURE, State.REVOKED})
RUNNING = frozenset({State.STARTED, State.CANCELLING})
WAITING = frozenset({State.PENDING, State.RETRY})

_ENDS_OF_AN_ATTEMPT = (
    Move.SUCCEED,
    Move.FAIL,
    Move.RETRY,
    Move.LATER,
    Move.HAND_BACK,
    Move.LOSE,
    Move.SUSPECT,
    Move.POISON,
    Move.CANCELLED,
)

#: (state, event) -> state. None stands for "no record" on both sides.
MOVES: Mapping[tuple[State | None, Move], State | None] = MappingProxyType(
    {
        (None, Move.SUBMIT): State.PENDING,
        (State.PENDING, Move.CLAIM): State.STARTED,
        (State.STARTED, Move.SUCCEED): State.SUCCESS,
        (State.STARTED, Move.FAIL): State.FAILURE,
        (State.STARTED, Move.RETRY): State.RETRY,
        (State.STARTED, Move.LATER): State.RETRY,
        (State.STARTED, Move.HAND_BACK): State.PENDING,
        (State.STARTED, Move.LOSE): State.PENDING,
        (State.STARTED, Move.SUSPECT): State.RETRY,
        (State.STARTED, Move.POISON): State.FAILURE,
        (State.STARTED, Move.CANCEL): State.CANCELLING,
        # Once cancelled, an attempt's own verdict no longer counts: success is refused.
        **{(State.CANCELLING, end): State.REVOKED for end in _ENDS_OF_AN_ATTEMPT},
        **{(state, Move.CANCEL): State.REVOKED for state in WAITING},
        (State.PENDING, Move.EXPIRE): State.FAILURE,  # RETRY has started once, and so met its deadline
        **{(state, Move.PRIORITISE): state for state in WAITING},
        (State.RETRY, Move.DUE): State.PENDING,
        (State.RETRY, Move.WAKE): State.PENDING,
        **{(state, Move.REDRIVE): State.PENDING for state in (State.FAILURE, State.REVOKED)},
        **{(state, Move.FORGET): None for state in FINAL},
    }
)


def rows(event: Move) -> dict[str, str]:
    """Return the rows of one event, as a Lua move takes them: state -> next state."""
    return {
        before.value: after.value
        for (before, move), after in MOVES.items()
        if move is event and before is not None and after is not None
    }
