"""One pool of connections per process, with health checks and short time-outs."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)
from redis.retry import Retry

from mediamill.core.breaker import Breaker
from mediamill.core.errors import Unavailable
from mediamill.settings import RedisSettings

#: Commands in a row without an answer that open the circuit: one may be a packet that was lost.
FAILURES: Final = 3
#: How long an open one refuses before it lets a probe through, seconds.
PAUSE_S: Final = 1.0

_UNAVAILABLE = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, BusyLoadingError, ReadOnlyError)
_UNAVAILABLE_WORDS = ("MISCONF", "OOM", "NOREPLICAS", "MASTERDOWN", "BUSY")


def unavailable(error: Exception) -> Unavailable | None:
    """Return the public error for one of the store's, or None when it is another kind of trouble."""
    if isinstance(error, _UNAVAILABLE):
        return Unavailable(f"the store cannot be reached or takes nothing now ({type(error).__name__})")
    if isinstance(error, ResponseError) and str(error).startswith(_UNAVAILABLE_WORDS):
        return Unavailable(f"the store takes nothing now ({str(error).split(maxsplit=1)[0]})")
    return None


class Client:
    """Runs commands over one pool. Its troubles are mediamill's: Unavailable, never redis-py's.

    breaker: refuses commands at once while the store does not answer; None where callers are patient.
    """

    def __init__(self, redis: Redis, breaker: Breaker | None = None) -> None:
        self._redis = redis
        self._breaker = breaker

    def run(self, *command: str | float) -> Any:  # noqa: ANN401 - every command has its own reply
        """Run one command. Raises Unavailable when the store is away, full or read-only."""
        with _translated(), self._through():
            return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]

    def many(self, commands: Sequence[Sequence[str | float]], *, keep_refused: bool = False) -> list[Any]:
        """Run commands in one round trip, not as a transaction; return their replies.

        Raises Unavailable as `run` does, and the first reply that is an error; with `keep_refused`
        a ResponseError stays among the replies instead, so that one does not hide the others.
        """
        if not commands:
            return []
        pipe = self._redis.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)  # type: ignore[no-untyped-call]
        with _translated(), self._through():
            # To raise them itself it puts the command before the words, by which they are known.
            replies: list[Any] = pipe.execute(raise_on_error=False)
            for reply in replies:
                if isinstance(reply, Exception) and (not keep_refused or unavailable(reply)):
                    raise reply
        return replies

    def _through(self) -> AbstractContextManager[None]:
        return nullcontext() if self._breaker is None else self._breaker.call()

    def close(self) -> None:
        """Close the pool's connections."""
        self._redis.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        known = unavailable(error)
        if known is None:
            raise
        raise known from error


def connect(settings: RedisSettings, *, breaking: bool = False) -> Client:
    """Return a client with a pool of its own. Connects at the first command.

    One retry after a broken connection; a time-out is not retried, for the caller waits.
    breaking: with a circuit breaker, for those who can do something else while the store is away.
    """
    redis = Redis.from_url(
        settings.url,
        decode_responses=True,
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=min(settings.timeout_s, 2.0),
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 1, supported_errors=(RedisConnectionError,)),
    )
    # A server that answers "out of memory" answers: it opens nothing, and reads still work.
    return Client(redis, _breaker() if breaking else None)


def _breaker() -> Breaker:
    def refused(_wait_s: float) -> Unavailable:
        return Unavailable("the store did not answer a moment ago; it is asked again within a second")

    return Breaker(RedisConnectionError, RedisTimeoutError, refused=refused, failures=FAILURES, pause_s=PAUSE_S)
