"""What is between a question to an HTTP server and its answer's body: how it fails, and what of it we take.

For streams (`asking`) and for looks (`door`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mediamill.media.egress import dial
from mediamill.media.egress.chain import Broken
from mediamill.media.egress.rules import Refused, Unresolved
from mediamill.media.live.feed import TimedOut, Unreachable, Upstream, of_status, refused, retry_after_s

if TYPE_CHECKING:
    from aiohttp import ClientResponse

MOST_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@contextmanager
def awaited(what: str) -> Iterator[None]:
    """Turn what fails on the way to an answer into what it means.

    what: is asked for, for people: "the playlist".

    Raises Unreachable, TimedOut, and PermanentError with code BLOCKED where the guard refuses.
    """
    import aiohttp  # noqa: PLC0415 - this package is cheap to import

    try:
        yield
    except Refused as error:
        raise refused(error.message) from None
    except TimeoutError:
        raise TimedOut(f"{what}: the server does not answer") from None
    except (aiohttp.ClientError, OSError, ValueError, Unresolved, dial.Unreachable, Broken):
        # Their words may show the address.
        raise Unreachable(f"{what}: the server cannot be reached") from None


def check(response: "ClientResponse", what: str) -> None:
    """Raise what an answer's status means (`feed.of_status`), and Upstream for a body that came packed."""
    error = of_status(response.status, what, retry_after_s(response.headers))
    if error is not None:
        raise error
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Upstream(f"{what}: it is packed, which was not asked for")
