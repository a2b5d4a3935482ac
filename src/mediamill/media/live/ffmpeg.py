"""Records with ffmpeg what is not copied as it is: sound apart, DASH, whatever a site has."""

from collections.abc import Callable

from mediamill.core.context import Context
from mediamill.media.live.copier import Ended, Wishes
from mediamill.media.live.feed import Feed
from mediamill.media.live.parts import Parts


def record(  # noqa: PLR0913, PLR0917 - as the copier's
    feed: Feed,
    to: Parts,
    wishes: Wishes,
    ctx: Context,
    check: Callable[[], bool],
    probe: Callable[[], Feed] | None = None,
    *,
    proxy: str = "",
) -> Ended:
    """Record a stream of any shape into parts until it is over; as `copier.record`, with a program instead of a gate.

    ffmpeg runs in a sandbox that reaches the egress guard alone; proxy: the guard goes on through it. What it writes
    lies in the parts' folder while it is written, so that it outlives a process that is killed. `wishes.bytes_s` and
    `back_s` mean nothing here.
    """
    raise NotImplementedError(feed, to, wishes, ctx, check, probe, proxy)
