"""Puts what is on air on the tape until it is over, by the recorder that the stream wants."""

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NoReturn

from mediamill import Context, MediamillError, Network, PermanentError, RetryableError
from mediamill.media import egress, live
from mediamill.media.live import copier, ffmpeg, tiktok, tlr
from mediamill.media.live.copier import Ended, Why, Wishes
from mediamill.media.live.feed import Feed, Offline, Shape, Source, Unsuited
from mediamill.media.live.parts import Parts, Untaken
from mediamill.media.live.resolve import probe
from mediamill.media.naming import shown
from mediamill.services.recordings.params import LONGEST_S, Params
from mediamill.services.recordings.seeking import found, found_again, named, off_air
from mediamill.services.recordings.tape import Tape
from mediamill.services.recordings.telling import Telling
from mediamill.services.recordings.whereabouts import Whereabouts

#: Without anything new for so long a recording is over, whatever the source says.
OUTAGE_S: Final = 300.0
#: Where nothing new comes for so long the source is asked, by who goes on without having asked it.
_REST_S: Final = 5.0
#: And where nobody can be reached for so long: the live may go on elsewhere, whose window does not wait.
_REST_OUTAGE_S: Final = 15.0
#: Ends after which there may be more, where the source says.
_ELSEWHERE: Final = (Why.ENDED, Why.LOST)


def capture(params: Params, source: Source, tape: Tape, ctx: Context) -> None:
    """Record until it is over, and note on the tape how it ended.

    Raises what kept us from it only where there is nothing on the tape: else what there is becomes a file. But what
    kept a part from the tape is raised always: a success would delete that part.
    """
    if ctx.stopping or _left_s(params, tape) <= 0:
        tape.end(Why.STOPPED if ctx.stopping else Why.DURATION)
        return
    try:
        ended = _Recording(params, source, tape, ctx).run()
    except Untaken as untaken:
        _come_again(untaken.why)
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
    tape.end(ended.why, ended.error)


def _end(tape: Tape, error: MediamillError) -> None:
    """End a recording of which something is on the tape, and that could not be gone on with."""
    if isinstance(error, Offline):
        tape.end(Why.ENDED)
    else:
        tape.end(Why.LOST, error)


def _come_again(why: Exception) -> NoReturn:
    """End an attempt that could not put a part on the tape: the next one finds it where it lies, and records on."""
    if isinstance(why, PermanentError):
        raise RetryableError(why.message, code=why.code) from why
    raise why


def _left_s(params: Params, tape: Tape) -> float:
    """Return how long it may still record; 0 or less: it has as much as was wished."""
    passed_s = time.time() - tape.memo.began_at if tape.memo.began_at else 0.0
    return (params.duration or LONGEST_S) - passed_s


@dataclass
class _Recording:
    """What one attempt records."""

    params: Params
    source: Source
    tape: Tape
    ctx: Context

    def __post_init__(self) -> None:
        if self.tape.names:
            self.tape.note(reconnects=self.tape.memo.reconnects + 1)
        settings = live.used()
        floor_bytes = settings.floor_bytes if settings else 0
        self._parts = Parts(self.ctx.lasting, self.tape.take, floor_bytes=floor_bytes, first=self.tape.first)
        self._telling = Telling(self.ctx, self.tape, self._parts, self.params.duration)
        self._before = self.tape.memo.reconnects
        self._whereabouts = Whereabouts(self.ctx)

    def run(self) -> Ended | None:
        """Record. None: nothing is on air any more, or somebody stopped us before there was."""
        if _is_for_tlr(self.source):
            return self._counted(tlr.record(self.source, self._parts, self._wishes(), self.ctx, self._check))
        rest = self._rest()
        if rest is not None and rest.why not in _ELSEWHERE:
            return rest
        again = bool(self.tape.names)
        feed = found_again(self.source, self.ctx, OUTAGE_S) if again else found(self.source, self.ctx)
        if feed is None:  # once more, for what could not be reached before, or came since
            return None if self.ctx.stopping else self._rest() or rest
        if rest is not None:
            self._parts.reconnects += 1
        return self._counted(self._copied(self._known(feed)))

    def _rest(self) -> Ended | None:
        """Go on where an attempt before this one recorded, for as long as something comes from there.

        Only then the source is asked: once a live is over it does not say any more where it was, and its playlist still
        has what nobody has read. None: nothing came.
        """
        feed = self._whereabouts.known(self.source) or named(self.source, self.tape)
        if feed is None or (self.tape.names and not self._after()):  # nobody knows which of it we have
            return None
        try:
            with egress.guard().open(Network(proxy=feed.proxy)) as gate:
                wishes = replace(self._wishes(), stall_s=_REST_S, outage_s=_REST_OUTAGE_S)
                return self._counted(copier.record(feed, self._parts, wishes, gate, self._check, _over))
        except (RetryableError, PermanentError) as error:
            self.ctx.log("recording.nothing_left", code=error.code)
            return None

    def _copied(self, feed: Feed) -> Ended:
        """Copy a stream as it is, where it is one that can be; else have ffmpeg record it."""
        again, wishes = partial(self._asked_again, feed), self._wishes()
        if feed.shape is not Shape.OTHER:
            try:
                with egress.guard().open(Network(proxy=feed.proxy)) as gate:
                    return copier.record(feed, self._parts, wishes, gate, self._check, again)
            except Unsuited:
                self.ctx.log("recording.unsuited", shape=feed.shape)
        return ffmpeg.record(feed, self._parts, wishes, self.ctx, self._check, again)

    def _asked_again(self, feed: Feed) -> Feed:
        return self._whereabouts.note(probe(self.source, feed))

    def _known(self, feed: Feed) -> Feed:
        """Note of a feed what a successor and people want to know."""
        memo = self.tape.memo
        self.tape.note(
            room=memo.room or shown(feed.room),
            title=memo.title or shown(feed.title),
            quality=memo.quality or shown(feed.quality),
        )
        return self._whereabouts.note(feed)

    def _counted(self, ended: Ended) -> Ended:
        self.tape.note(ended_at=ended.ended_at, lost=self.tape.memo.lost + ended.lost)
        return ended

    def _wishes(self) -> Wishes:
        left_s = max(_left_s(self.params, self.tape), 0.0)
        return Wishes(duration_s=left_s, outage_s=OUTAGE_S, after=self._after())

    def _after(self) -> str:
        """Return the last piece of the stream that is there, of this attempt or those before it."""
        return self.tape.memo.after if self._parts.bytes else self.tape.after

    def _check(self) -> bool:
        reconnects = self._before + self._parts.reconnects
        if reconnects > self.tape.memo.reconnects:  # so that a successor knows it, too
            self.tape.note(reconnects=reconnects)
        self._telling.look()
        return self.ctx.stopping


def _over() -> Feed:
    """Say that nothing is on air: of what is read to its end nobody is asked for more."""
    raise Offline


def _is_for_tlr(source: Source) -> bool:
    """Whether an operator who keeps tiktok-live-recorder wants it to record this."""
    return tiktok.room_of(source.url) is not None and tlr.is_here()
