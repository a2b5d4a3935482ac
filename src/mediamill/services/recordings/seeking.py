"""Finds the stream that is to be recorded, with as much patience as it deserves."""

import itertools
import time
from typing import Final
from urllib.parse import urlsplit

from mediamill import Context, PermanentError, RetryableError
from mediamill.media import egress
from mediamill.media.live.direct import said_to
from mediamill.media.live.door import AGENT
from mediamill.media.live.feed import Feed, Missing, Offline, Shape, Source
from mediamill.media.live.resolve import resolve
from mediamill.services.recordings.tape import Tape

#: A site may need a moment to say that somebody is live. Whoever wants to wait for longer asks for a watcher.
_OFF_AIR_S: Final = (0.5, 1.5)
#: Between looks while a recording that has begun waits for its source, seconds.
_AGAIN_S: Final = (0.5, 1.0, 2.0, 5.0)
_LOOK_S: Final = 0.1


def off_air() -> PermanentError:
    """Return what ends a job that finds nobody live: waiting is a watcher's business."""
    return PermanentError("nothing is on air there now; a watcher waits for it (POST /watchers)", code=Offline.code)


def found(source: Source, ctx: Context) -> Feed | None:
    """Return what is on air, for a recording that begins; None: somebody stops it.

    Raises as `resolve`; Offline only where nothing is on air two seconds later, either.
    """
    for pause_s in _OFF_AIR_S:
        try:
            return resolve(source, ctx.check)
        except Offline:
            if not waited(ctx, pause_s):
                return None
    return resolve(source, ctx.check)


def found_again(source: Source, ctx: Context, outage_s: float) -> Feed | None:
    """Return what is on air, for a recording that was interrupted; None: nothing is, or somebody stops it.

    Raises what kept us from it for `outage_s`, or does so for ever.
    """
    until = time.monotonic() + outage_s
    for pause_s in itertools.chain(_AGAIN_S, itertools.repeat(_AGAIN_S[-1])):
        try:
            return resolve(source, ctx.check)
        except (Offline, Missing):
            return None
        except RetryableError:
            if time.monotonic() + pause_s > until:
                raise
        if not waited(ctx, pause_s):
            return None
    raise AssertionError("unreachable")  # pragma: no cover - repeat() does not end


def named(source: Source, tape: Tape) -> Feed | None:
    """Return the playlist that a request names itself, as it was recorded; None: it names none."""
    if not tape.after or not urlsplit(source.url).path.lower().endswith(".m3u8"):
        return None
    headers = said_to(source, **{"User-Agent": AGENT})(source.url)
    proxy = source.proxy or next(iter(egress.proxies()), "")
    return Feed(source.url, Shape.HLS, headers, quality=tape.memo.quality or source.quality, proxy=proxy)


def waited(ctx: Context, seconds: float) -> bool:
    """Wait; False: somebody asks the job to finish."""
    until = time.monotonic() + seconds
    while not ctx.stopping:
        left = until - time.monotonic()
        if left <= 0:
            return True
        ctx.check()
        time.sleep(min(_LOOK_S, left))
    return False
