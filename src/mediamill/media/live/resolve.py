"""Which stream is behind what a user names: TikTok's rooms, plain addresses, and the pages of sites streamlink knows.

All of it goes through the egress guard. Nobody's cookies and no signed address are in a message or a log.
"""

from collections.abc import Callable, Iterable, Iterator

from mediamill.core.errors import MediamillError
from mediamill.media.live.feed import Feed, Source


def source_of(
    *,
    room_id: str | None = None,
    url: str | None = None,
    quality: str = "best",
    cookies: str | None = None,
    proxy: str = "",
) -> Source:
    """Return what a request names; where it names both, the address counts. Asks nobody.

    room_id: TikTok's: a room's number, or an account's `@name`. cookies: as `cookies.opened` returns them.
    proxy: as `egress.check_proxy` returns it.

    Raises InvalidInput that names the field: for an address that `egress.check_url` refuses, for what is no room, for
    neither.
    """
    raise NotImplementedError


def resolve(source: Source, check: Callable[[], None] | None = None) -> Feed:
    """Return the stream that is on air there, wherever it takes a minute at most. Blocks.

    Open a gate for the recording with `Network(proxy=feed.proxy)`: what the site signed is often good for who asked
    alone. quality: the nearest to what was wished; the feed says which. check: is called several times a second; what
    it raises ends the look.

    Raises Offline, Missing, AuthRequired, Blocked, RateLimited, Unreachable, TimedOut, Upstream, Unsuited, and
    PermanentError with code BLOCKED where the guard refuses.
    """
    raise NotImplementedError


def probe(source: Source, feed: Feed) -> Feed:
    """Return where the stream is now that `feed` was of, asked for in the way in which that was. Raises as `resolve`.

    For the copier, after every end: `partial(probe, source, feed)`. No turn is waited for: it is on air as a rule.
    """
    raise NotImplementedError


def look(
    sources: Iterable[Source], check: Callable[[], None] | None = None
) -> Iterator[tuple[Source, Feed | MediamillError]]:
    """Look at many sources at once, hundreds; yield each with what was found, as it comes. Blocks between them.

    A look takes ten seconds at most, twenty at a site of streamlink's; a host that hangs holds up nobody but those who
    look there too. Where a host is to be left alone for now the error is RateLimited or Blocked, its `after_s` says
    for how long, and nobody was asked. Missing of a plain address may mean that nothing is on air there.
    check: as of `resolve`.
    """
    raise NotImplementedError
