"""Why a program fetched nothing: public codes, and what becomes of the job."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mediamill.core.errors import PermanentError, RetryableError

#: A site that asks for more than this is not waited for: the job's own patience decides.
LONGEST_WAIT_S: Final = 3_600.0
_SAID_CHARS: Final = 300


@dataclass(frozen=True)
class Kind:
    """One way to fetch nothing. retry: another attempt may do better, after_s seconds later (None: the usual wait)."""

    code: str
    words: str
    retry: bool = False
    after_s: float | None = None


KINDS: Final = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind(code="NOT_FOUND", words="there is nothing at this address"),
            Kind(code="AUTH_REQUIRED", words="the site shows it only to those who are signed in; send cookies"),
            Kind(
                code="GEO_OR_CAPTCHA",
                words="the site does not show it in this country, or asks whether we are human; a proxy may help",
                retry=True,
                after_s=900.0,
            ),
            Kind(
                code="BLOCKED",
                words="the site refuses us; cookies or a proxy may help",
                retry=True,
                after_s=900.0,
            ),
            Kind(code="RATE_LIMITED", words="the site asks us to slow down", retry=True),
            Kind(code="UPSTREAM", words="the site has a fault of its own", retry=True),
            Kind(code="NETWORK", words="the site could not be reached", retry=True),
            Kind(code="NETWORK_TIMEOUT", words="the site did not answer in time", retry=True),
            Kind(code="LIVE_OFFLINE", words="nothing is on air there now"),
            Kind(code="LIVE", words="it is on air: what is live is recorded, not downloaded"),
            Kind(code="UNSUPPORTED_URL", words="the program does not know what to do with this address"),
            Kind(code="TOO_LARGE", words="it is larger than may be fetched"),
            Kind(code="DISK_FULL", words="the disk is full", retry=True, after_s=120.0),
            Kind(code="QUOTA", words="it wanted to write more than it may"),
            Kind(code="NO_OUTPUT", words="the program ended in good order and left no file"),
            Kind(code="SKIPPED", words="the program passed over what was asked for"),
            Kind(code="FFMPEG_MISSING", words="it needs ffmpeg, which is not installed here"),
            Kind(code="USAGE", words="its description does not fit this version of the program"),
            Kind(code="CANCELLED", words="it was asked to finish before there was a whole file"),
            Kind(code="RECORDER_EXIT_NONZERO", words="the recorder failed for a reason that is not known here"),
            Kind(code="TOOL_EXIT_NONZERO", words="it failed for a reason that is not known here"),
        )
    }
)


def failure(kind: Kind, who: str, *, said: str = "", after_s: float | None = None) -> PermanentError | RetryableError:
    """Return the error of this kind. who: the program, for people. said: its own words, masked; cut to 300 characters.

    after_s: when the site takes us again, if it said so.
    """
    message = f"{who}: {kind.words}" + (f"; it said: {said[:_SAID_CHARS]}" if said else "")
    if not kind.retry:
        return PermanentError(message, code=kind.code)
    wait_s = kind.after_s if after_s is None else min(max(after_s, 1.0), LONGEST_WAIT_S)
    return RetryableError(message, after_s=wait_s, code=kind.code)


def refusal(who: str, refused: tuple[str, ...]) -> PermanentError:
    """Return the error of a program that wanted to go where the egress guard lets nobody go."""
    return PermanentError(f"{who}: it was led to an address that may not be asked: {refused[0]}", code="BLOCKED")
