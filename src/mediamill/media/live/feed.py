"""What is on air, where its bytes are, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import PermanentError, RetryableError

#: Of a site that refuses us, seconds: sooner again would be refused again. As downloads do.
_BLOCKED_S: Final = 900.0
_RATE_LIMITED_S: Final = 60.0
_OFFLINE_S: Final = 60.0
_DISK_FULL_S: Final = 120.0
_LONGEST_WAIT_S: Final = 3_600.0


class Shape(StrEnum):
    """How a stream comes. OTHER: none that we copy ourselves; ffmpeg records it."""

    HLS = "hls"
    FLV = "flv"
    TS = "ts"
    OTHER = "other"


@dataclass(frozen=True)
class Source:
    """What a user wants recorded.

    url: http(s), vetted by `egress.check_url`. quality: "best", "worst", or a name that the site's streams have, such
    as "720p". cookies: a Netscape cookie file's text. proxy: a URL that the egress guard goes on through. The last two
    are secrets and never shown.
    """

    url: str
    quality: str = "best"
    cookies: str | None = field(default=None, repr=False)
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True)
class Feed:
    """A stream that was on air when it was resolved.

    url: http(s); signed more often than not, so it is never shown. headers: sent with each request for the stream;
    they may hold cookies. title, room: as the site tells them, "" where it does not: a stranger's text. quality: what
    was chosen. live: which broadcast of the room this is, where the site tells: another one has another. proxy: the
    one that the site was asked through: addresses may be good for who asked alone, so the stream comes that way, too.
    """

    url: str = field(repr=False)
    shape: Shape
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    title: str = ""
    room: str = ""
    quality: str = "best"
    live: str = ""
    proxy: str = field(default="", repr=False)


# ---- how it fails: the class says what happens next, the code is public


class Unserved(RetryableError):  # noqa: N818 - what we were
    """The site did not serve us.

    is_told_again: it was left alone for now; this is what came of asking it last.
    """

    is_told_again: bool = False


class Offline(RetryableError):  # noqa: N818 - what the source is
    """Nothing is on air there now."""

    code = "LIVE_OFFLINE"

    def __init__(self, message: str = "nothing is on air there now") -> None:
        super().__init__(message, after_s=_OFFLINE_S)


class Blocked(Unserved):
    """The site refuses us: later, or through another proxy, it may not."""

    code = "BLOCKED"

    def __init__(self, message: str) -> None:
        super().__init__(message, after_s=_BLOCKED_S)


class RateLimited(Unserved):
    """The site asks us to slow down. after_s: by the site's word, else a minute."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message, after_s=_RATE_LIMITED_S if after_s is None else after_s)


class NotYet(RateLimited):
    """It is not our turn to ask there, by what we think that a site bears. Nobody was asked.

    every_s: so often there is a turn, seconds.
    """

    def __init__(self, after_s: float, every_s: float) -> None:
        super().__init__("this site is asked as often as it may be; later", after_s)
        self.every_s = every_s


class AuthRequired(PermanentError):  # noqa: N818 - what the site says
    """Only who is logged in, or is a friend, may watch."""

    code = "AUTH_REQUIRED"


class Missing(PermanentError):  # noqa: N818 - what the stream is
    """There is no such room or stream."""

    code = "NOT_FOUND"


class Unreachable(Unserved):
    """No connection, or one that broke."""

    code = "NETWORK"


class TimedOut(Unserved):
    """The server took too long to connect or to answer."""

    code = "NETWORK_TIMEOUT"


class Upstream(Unserved):
    """The server failed (5xx), or what it sent is not what it said."""

    code = "UPSTREAM"


class Stalled(RetryableError):  # noqa: N818 - what the stream is
    """The connection stands and no byte comes."""

    code = "STALLED"


class Idle(Stalled):
    """The playlist is served, all of it was read, and nothing new comes into it."""


class DiskFull(RetryableError):  # noqa: N818 - what the disk is
    """The disk has no more room than must stay free; what was recorded is kept."""

    code = "DISK_FULL"

    def __init__(self, message: str) -> None:
        super().__init__(message, after_s=_DISK_FULL_S)


class Unsteady(PermanentError):  # noqa: N818 - what the stream is
    """A stream begins anew so often that it is no recording but a heap of files."""

    code = "UPSTREAM"


class Unsuited(PermanentError):  # noqa: N818 - what the stream is
    """A stream that we do not copy ourselves: its sound is apart, or it is encrypted as DRM is."""

    code = "UNSUPPORTED_URL"


def refused(guarded: str) -> PermanentError:
    """Return the error of a stream that leads where nobody may go. guarded: the egress guard's words."""
    return PermanentError(f"the stream leads to an address that may not be asked: {guarded}", code="BLOCKED")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return what an answer's Retry-After says, seconds, an hour at most; None: it names no number of seconds."""
    wait = headers.get("Retry-After", "")
    return min(float(wait), _LONGEST_WAIT_S) if wait.isascii() and wait.isdigit() else None


def of_status(  # noqa: PLR0911 - a line for each
    status: int, what: str, after_s: float | None = None
) -> PermanentError | RetryableError | None:
    """Return the error that an HTTP status means; None: it is a success.

    what: was asked for, for people: "the playlist". after_s: the answer's Retry-After.
    """
    said = f"{what}: the server answers {status}"
    match status:
        case _ if 200 <= status < 300:  # noqa: PLR2004 - HTTP's classes
            return None
        case 401 | 407:
            return AuthRequired(said)
        case 403 | 451:
            return Blocked(said)
        case 404 | 410:
            return Missing(said)
        case 408 | 504:
            return TimedOut(said)
        case 429:
            return RateLimited(said, after_s)
        case _:
            return Upstream(said)
