"""Which stream is behind what a user names: TikTok's rooms, plain addresses, and the pages of sites streamlink knows.

All of it goes where the egress guard lets it. No signed address, no cookie and no proxy is in a message or a log.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media import egress
from mediamill.media.live import tiktok
from mediamill.media.live.feed import Feed, Source
from mediamill.media.live.looking import Answer, looker
from mediamill.media.live.loop import loop

#: How long a turn is waited for: by who records now, by many who look again anyway, and where it is on air as a rule.
_PATIENCE_S: Final = 30.0
_LOOK_PATIENCE_S: Final = 5.0
_PROBE_PATIENCE_S: Final = 10.0


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
    if url is not None:
        found = egress.check_url(url)
    elif room_id is not None:
        named = tiktok.url_of(room_id.strip())
        if named is None:
            raise InvalidInput("a room's number, or an account's name such as @somebody, is wanted", field="room_id")
        found = named
    else:
        raise InvalidInput("a room_id or a url is wanted", field="url")
    return Source(found, quality=quality, cookies=cookies, proxy=proxy)


def resolve(source: Source, check: Callable[[], None] | None = None) -> Feed:
    """Return the stream that is on air there, wherever it takes a minute at most. Blocks.

    Open a gate for the recording with `Network(proxy=feed.proxy)`: what the site signed is often good for who asked
    alone. quality: the nearest to what was wished; the feed says which. check: is called several times a second; what
    it raises ends the look.

    Raises Offline, Missing, AuthRequired, Blocked, RateLimited, Unreachable, TimedOut, Upstream, Unsuited, and
    PermanentError with code BLOCKED where the guard refuses.
    """
    return loop().run(looker().feed(source, _PATIENCE_S), check or _go_on)


def probe(source: Source, feed: Feed) -> Feed:
    """Return where the stream is now that `feed` was of, asked for in the way in which that was. Raises as `resolve`.

    For the copier, after every end: `partial(probe, source, feed)`.
    """
    return loop().run(looker().feed(replace(source, proxy=feed.proxy), _PROBE_PATIENCE_S), _go_on)


class Looks:
    """Looks at many sources at once; more may be begun while others are under way. For one thread.

    A look takes ten seconds at most, twenty at a site of streamlink's, and five to wait for a turn; a host that hangs
    holds up nobody but those who look there too. Where a host is to be left alone for now the error is NotYet, or says
    `is_told_again`; its `after_s` says for how long, and nobody was asked. Missing of a plain address may mean that
    nothing is on air there.
    """

    def __init__(self) -> None:
        self.open = 0
        self._running: set[Future[None]] = set()
        self._answers: SimpleQueue[Answer | Future[None]] = SimpleQueue()

    def begin(self, sources: Iterable[Source]) -> None:
        """Look at these. `open` has how many are under way."""
        wanted = list(sources)
        self.open += len(wanted)
        looks = loop().start(looker().all(wanted, _LOOK_PATIENCE_S, self._answers.put))
        self._running.add(looks)
        looks.add_done_callback(self._answers.put)

    def found(self, within_s: float) -> Iterator[Answer]:
        """Yield what is found, as it comes, for so long, or until nothing is under way. Blocks."""
        end = time.monotonic() + within_s
        while self.open:
            try:
                answer = self._answers.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                return
            if isinstance(answer, Future):
                self._running.discard(answer)
                answer.result()
            else:
                self.open -= 1
                yield answer

    def close(self) -> None:
        """End what is under way."""
        for looks in self._running:
            looks.cancel()


def _go_on() -> None:
    """Nobody wants to stop."""
