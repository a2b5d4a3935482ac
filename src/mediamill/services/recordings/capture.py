"""Puts what is on air on the tape until it is over, by the recorder that the stream wants."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from mediamill import Context, MediamillError, Network, PermanentError, RetryableError
from mediamill.media import egress, live
from mediamill.media.live import copier, ffmpeg, tiktok, tlr
from mediamill.media.live.copier import Ended, Why, Wishes
from mediamill.media.live.feed import Feed, Offline, Shape, Source, Unsuited
from mediamill.media.live.parts import Parts
from mediamill.media.live.resolve import probe
from mediamill.media.naming import shown
from mediamill.services.recordings.params import LONGEST_S, Params
from mediamill.services.recordings.seeking import found, found_again, off_air
from mediamill.services.recordings.tape import Tape
from mediamill.services.recordings.telling import Telling

#: Without anything new for so long a recording is over, whatever the source says.
OUTAGE_S: Final = 300.0


def capture(params: Params, source: Source, tape: Tape, ctx: Context) -> None:
    """Record until it is over, and note on the tape how it ended.

    Raises what kept us from it only where there is nothing on the tape: else what there is becomes a file.
    """
    passed_s = time.time() - tape.memo.began_at if tape.memo.began_at else 0.0
    left_s = (params.duration or LONGEST_S) - passed_s
    if ctx.stopping or left_s <= 0:
        tape.end(Why.STOPPED if ctx.stopping else Why.DURATION)
        return
    try:
        ended = _recorded(params, source, tape, ctx, left_s)
    except (RetryableError, PermanentError) as error:
        if tape.names:
            _end(tape, error)
            return
        if isinstance(error, Offline):
            raise off_air() from error
        raise
    if ended is None:
        tape.end(Why.STOPPED if ctx.stopping else Why.ENDED)
        return
    tape.note(ended_at=ended.ended_at, lost=tape.memo.lost + ended.lost)
    tape.end(ended.why, ended.error)


def _end(tape: Tape, error: MediamillError) -> None:
    """End a recording of which something is on the tape, and that could not be gone on with."""
    if isinstance(error, Offline):
        tape.end(Why.ENDED)
    else:
        tape.end(Why.LOST, error)


def _recorded(params: Params, source: Source, tape: Tape, ctx: Context, left_s: float) -> Ended | None:
    """Record for `left_s` at most. None: nothing is on air any more, or somebody stopped us before there was."""
    if tape.names:
        tape.note(reconnects=tape.memo.reconnects + 1)
    settings = live.used()
    parts = Parts(ctx.lasting, tape.take, floor_bytes=settings.floor_bytes if settings else 0, first=tape.first)
    telling = Telling(ctx, tape, parts, params.duration)
    wishes = Wishes(duration_s=left_s, outage_s=OUTAGE_S, after=tape.after)
    before = tape.memo.reconnects

    def check() -> bool:
        if before + parts.reconnects > tape.memo.reconnects:  # so that a successor knows it, too
            tape.note(reconnects=before + parts.reconnects)
        telling.look()
        return ctx.stopping

    if _is_for_tlr(source):
        return tlr.record(source, parts, wishes, ctx, check)
    feed = found_again(source, tape, ctx, OUTAGE_S) if tape.names else found(source, ctx)
    if feed is None:
        return None
    tape.note(
        room=tape.memo.room or shown(feed.room),
        title=tape.memo.title or shown(feed.title),
        quality=tape.memo.quality or shown(feed.quality),
    )
    return _copied(feed, parts, wishes, ctx, check, partial(probe, source, feed))


def _copied(  # noqa: PLR0913, PLR0917 - as the recorders
    feed: Feed, parts: Parts, wishes: Wishes, ctx: Context, check: Callable[[], bool], again: Callable[[], Feed]
) -> Ended:
    """Copy a stream as it is, where it is one that can be; else have ffmpeg record it."""
    if feed.shape is not Shape.OTHER:
        try:
            with egress.guard().open(Network(proxy=feed.proxy)) as gate:
                return copier.record(feed, parts, wishes, gate, check, again)
        except Unsuited:
            ctx.log("recording.unsuited", shape=feed.shape)
    return ffmpeg.record(feed, parts, wishes, ctx, check, again)


def _is_for_tlr(source: Source) -> bool:
    """Whether an operator who keeps tiktok-live-recorder wants it to record this."""
    return tiktok.room_of(source.url) is not None and tlr.is_here()
