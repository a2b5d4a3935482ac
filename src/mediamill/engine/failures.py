"""What the record says of an error, and whether another attempt may do better."""

import errno
from typing import Final

from pydantic import ValidationError

from mediamill.core.errors import MediamillError, RetryableError, Unavailable
from mediamill.engine.masking import Mask
from mediamill.files.faults import unavailable
from mediamill.store.attempts import Failure

MESSAGE_CHARS: Final = 2_000
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def no_room(error: BaseException) -> bool:
    """Whether an error, or what caused it, is that the disk is full."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, OSError) and cause.errno in _FULL:
            return True
        if isinstance(cause, Unavailable) and cause.code == "FILES_FULL":
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False


def failure_of(error: BaseException, mask: Mask) -> Failure:
    """Return an error's public code and its message, without secrets and without this machine's paths."""
    if isinstance(error, OSError) and error.errno in _FULL:
        error = unavailable(error)
    if isinstance(error, MediamillError):
        return Failure(error.code, mask.public(error.message)[:MESSAGE_CHARS])
    return Failure("UNEXPECTED", mask.foreign(f"{type(error).__name__}: {error}")[:MESSAGE_CHARS])


def failure_of_params(error: ValidationError) -> Failure:
    """Return why parameters that were accepted once are not valid any more. Repeats no value: it may be a secret."""
    faults = [
        f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_context=False, include_url=False)
    ]
    message = "the service does not take these parameters any more: " + "; ".join(faults)
    return Failure("PARAMS_INVALID", message[:MESSAGE_CHARS])


def permanent(error: BaseException) -> bool:
    """Whether another attempt would fail too.

    Our own errors say what they are: all but RetryableError and Unavailable are about the request.
    """
    return isinstance(error, MediamillError) and not isinstance(error, RetryableError | Unavailable)
