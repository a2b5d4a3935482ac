"""Errors whose class says what happens next and whose code is public and stable.

`core` knows no HTTP status: `web/errors.py` maps codes to them.
"""


class MediamillError(Exception):
    """An error with a public code. The message says what was seen and what is wanted."""

    code = "INTERNAL"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


# ---- raised by a service, read by the attempt runner


class PermanentError(MediamillError):
    """The attempt failed and another one would fail too: FAILURE."""

    code = "PERMANENT"


class RetryableError(MediamillError):
    """The attempt failed but a later one may not: RETRY while attempts are left.

    after_s: seconds to wait, if the cause said so; else the policy's backoff decides.
    """

    code = "RETRYABLE"

    def __init__(self, message: str, *, after_s: float | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.after_s = after_s


class Later(BaseException):
    """Not yet: run the job again after `seconds`. Charges no attempt.

    The engine raises it too, where a job cannot go on now (its children run, the disk is full). A
    BaseException, so that a service's `except Exception` makes no failure of it.
    """

    def __init__(self, seconds: float, note: str = "") -> None:
        super().__init__(note or f"again in {seconds:g} s")
        self.seconds = seconds
        self.note = note


class Cancelled(BaseException):
    """The job was cancelled or its attempt is no longer ours.

    A BaseException, so that a service's `except Exception` lets it pass.
    """


# ---- raised at the door


class InvalidInput(MediamillError):  # noqa: N818 - named for what the client did
    """The request cannot be accepted as it is.

    field: the parameter to correct, as the client named it.
    """

    code = "INVALID_INPUT"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class Incomplete(InvalidInput):
    """The request does not say what it is about: of several parameters, none of which must be, one has to be there."""

    code = "INCOMPLETE"


class NotFound(MediamillError):  # noqa: N818
    """No such thing, or it is another owner's."""

    code = "NOT_FOUND"


class Conflict(MediamillError):  # noqa: N818
    """The thing is not in a state in which this can be done."""

    code = "CONFLICT"


class KeyReused(MediamillError):  # noqa: N818
    """The Idempotency-Key came with another request before."""

    code = "IDEMPOTENCY_KEY_REUSED"


class TooLarge(MediamillError):  # noqa: N818
    """The body or a file is over its limit."""

    code = "TOO_LARGE"


class QueueFull(MediamillError):  # noqa: N818
    """As many jobs wait before this one as may; nothing was accepted.

    after_s: when there may be room, seconds.
    """

    code = "QUEUE_FULL"

    def __init__(self, message: str, *, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s


class Unavailable(MediamillError):  # noqa: N818
    """The store or the files cannot be reached or are full; nothing was accepted."""

    code = "UNAVAILABLE"


class StaleAttempt(MediamillError):  # noqa: N818
    """The attempt's token is no longer the record's: another attempt has the job, or none."""

    code = "STALE_ATTEMPT"
