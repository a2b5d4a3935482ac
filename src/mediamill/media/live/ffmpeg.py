"""Records with ffmpeg what is not copied as it is: sound apart, DASH, whatever a site has."""

import re
import shutil
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from mediamill.core.context import HIDDEN, Completed, Context, Hidden, Network
from mediamill.core.errors import MediamillError, PermanentError, RetryableError
from mediamill.media.adapters import ffmpeg as program
from mediamill.media.live.copier import Ended, Why, Wishes
from mediamill.media.live.feed import (
    DiskFull,
    Feed,
    Missing,
    Offline,
    Stalled,
    TimedOut,
    Unreachable,
    Upstream,
    of_status,
    refused,
)
from mediamill.media.live.outside import Came, Order, Outside
from mediamill.media.live.parts import Parts

__all__ = ["record"]

#: What ffmpeg may open; its own sandbox keeps it from files, and the guard from addresses.
_PROTOCOLS: Final = "http,https,tcp,tls,crypto,httpproxy,hls,data"
#: Until the first byte: a connection, playlists, and enough to know the tracks.
_BEGIN_S: Final = 45.0
_PAUSE_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
_LOOK_S: Final = 0.1
#: A run that brings bytes for less is no progress: as the copier has it.
_MOVES_S: Final = 1.0
#: ffmpeg's and the shell's.
_DISK_FULL: Final = 228
#: Our own to say, and what would be read as another header.
_OURS: Final = frozenset({"host", "connection", "accept-encoding", "range"})
#: Headers are arguments, which all users of the machine may read, and ffmpeg sends them to whomever a playlist names.
_SECRET: Final = re.compile(r".*(?:auth|cookie|token|secret|session|passw|api-?key).*", re.IGNORECASE)
#: By which ffmpeg tells what may be a playlist.
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,5}$", re.IGNORECASE)
_SECRET_CHARS: Final = 8
_LINE_END: Final = re.compile(r"[\r\n]")
_STATUS: Final = re.compile(r"(?:HTTP error|Server returned) (\d{3})")
_SAID: Final[tuple[tuple[re.Pattern[str], Callable[[], MediamillError]], ...]] = (
    (re.compile(r"No space left|Disk quota exceeded"), lambda: DiskFull("the disk is full")),
    (re.compile(r"[Tt]imed out"), lambda: TimedOut("the stream: the server does not answer")),
    (
        re.compile(r"Connection (?:refused|reset)|Network is unreachable|Failed to resolve|Input/output error"),
        lambda: Unreachable("the stream: the server cannot be reached"),
    ),
    (re.compile(r"Invalid data found"), lambda: Upstream("the stream: ffmpeg does not know what it is")),
)


def record(  # noqa: PLR0913, PLR0917 - as the copier's
    feed: Feed,
    to: Parts,
    wishes: Wishes,
    ctx: Context,
    check: Callable[[], bool],
    probe: Callable[[], Feed] | None = None,
) -> Ended:
    """Record a stream of any shape into parts until it is over; as `copier.record`, with a program instead of a gate.

    ffmpeg runs in a sandbox that reaches the egress guard alone, and through it `feed.proxy`. What it writes lies in
    the parts' folder while it is written, so that it outlives a process that is killed. Of several pictures and sounds
    it takes the best. `wishes.bytes_s` and `back_s` mean nothing here, nor does `after`.

    Raises as the copier's, and PermanentError with code FFMPEG_MISSING; whatever `ctx.run` raises.
    """
    return _Recording(feed, to, wishes, ctx, check, probe).run()


class _Recording:
    def __init__(  # noqa: PLR0913, PLR0917 - as `record`
        self,
        feed: Feed,
        to: Parts,
        wishes: Wishes,
        ctx: Context,
        check: Callable[[], bool],
        probe: Callable[[], Feed] | None,
    ) -> None:
        self._feed = feed
        self._to = to
        self._wishes = wishes
        self._probe = probe
        self._outside = Outside(to, wishes, ctx, check)
        self._moved_at = time.monotonic()
        self._tries = 0

    def run(self) -> Ended:
        why, error = self._until_over()
        if not self._to.bytes and why is not Why.STOPPED:
            raise error or Offline
        now = time.time()
        return Ended(why, self._to.bytes, self._outside.began_at or now, now, self._to.reconnects, 0, error)

    def _until_over(self) -> tuple[Why, MediamillError | None]:
        """Record, again and again. Returns why it is over, and what was the matter."""
        while True:
            came = self._recorded()
            if self._outside.moving_s >= _MOVES_S:
                self._moved_at, self._tries = time.monotonic(), 0
            if came.why is not None:
                return came.why, came.error
            error = came.error or (_error(came.ended) if came.ended is not None else None)
            over = self._over(error)
            if over is not None:
                return over
            if not self._paused(_PAUSE_S[min(self._tries, len(_PAUSE_S) - 1)]):
                return Why.STOPPED, None
            self._tries += 1
            self._to.reconnects += 1

    def _recorded(self) -> Came:
        folder = self._outside.folder()
        try:
            return self._outside.run(_order(self._feed, self._wishes), folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _over(self, error: MediamillError | None) -> tuple[Why, MediamillError | None] | None:
        """Return why nothing more is to be done; None: it goes on. An end is told by the source alone."""
        if isinstance(error, DiskFull):
            return Why.DISK_FULL, error
        if self._outside.left_s() == 0:
            return Why.DURATION, None
        if isinstance(error, PermanentError) and not isinstance(error, Missing):
            return Why.LOST, error
        if self._probe is None:
            return (Why.ENDED, None) if self._to.bytes else (Why.LOST, error)
        return self._asked(self._probe, error)

    def _asked(
        self, probe: Callable[[], Feed], error: MediamillError | None
    ) -> tuple[Why, MediamillError | None] | None:
        """Ask the source whether it is over, and where its stream is now."""
        try:
            self._feed = probe()
        except (Offline, Missing) as off:
            return Why.ENDED, off if not self._to.bytes else None
        except RetryableError as fault:  # nobody can say: the same address again
            error = error or fault
        except PermanentError as fault:
            return Why.LOST, fault
        if time.monotonic() - self._moved_at > self._wishes.outage_s:
            return Why.LOST, error or Stalled("nothing new came of the stream")
        return None

    def _paused(self, seconds: float) -> bool:
        """Wait; False: somebody asked to finish."""
        until = time.monotonic() + seconds
        while not self._outside.look():
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(_LOOK_S, left))
        return False


def _order(feed: Feed, wishes: Wishes) -> Order:
    """Return the command. Its arguments have neither the address nor a cookie: see `Hidden`."""
    headers = {
        name: value
        for name, value in feed.headers.items()
        if not (name.lower() in _OURS or _SECRET.fullmatch(name) or _LINE_END.search(value))
    }
    suffix = _SUFFIX.search(urlsplit(feed.url).path)
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if not _LINE_END.search(name))
    argv = (
        program.ffmpeg(),
        *("-hide_banner", "-nostdin", "-nostats", "-v", "warning"),
        *("-rw_timeout", str(round(wishes.stall_s * 1e6)), "-protocol_whitelist", _PROTOCOLS),
        *(("-headers", said) if said else ()),
        *("-i", f"{HIDDEN}stream{suffix[0] if suffix else ''}"),
        *("-c", "copy", "-sn", "-dn"),
        *("-f", "segment", "-segment_time", f"{wishes.part_s:g}", "-segment_format", "mpegts"),
        *("-segment_format_options", "flush_packets=1", "-reset_timestamps", "1", "p%05d.ts"),
    )
    return Order(
        argv,
        "p*.ts",
        Network(proxy=feed.proxy, hidden=Hidden("".join(filter(str.isprintable, feed.url)), _cookies(feed))),
        begin_s=max(_BEGIN_S, wishes.stall_s),
        stall_s=wishes.stall_s,
        private=(feed.url, *(value for value in feed.headers.values() if len(value) >= _SECRET_CHARS)),
    )


def _cookies(feed: Feed) -> tuple[str, ...]:
    """Return the cookies as they are for one host: as a header ffmpeg would show them to all.

    A playlist may lead anywhere. Where a proxy is asked for plain http, and it always is, ffmpeg takes all of the
    address for the path.
    """
    sent = next((value for name, value in feed.headers.items() if name.lower() == "cookie"), "")
    to = urlsplit(feed.url)
    host = to.netloc.rpartition("@")[2]  # with its port: by this it compares
    path = "/" if to.scheme == "https" else f"http://{host}/"
    pairs = filter(None, map(str.strip, sent.split(";"))) if sent.isprintable() else ()
    return tuple(f"{pair}; path={path}; domain={host}" for pair in pairs)


def _error(ended: Completed) -> MediamillError | None:
    """Return what the end of ffmpeg means; None: the stream ended, or so it seems."""
    if ended.refused:
        return refused(ended.refused[0])
    if ended.returncode == _DISK_FULL:
        return DiskFull("the disk is full")
    if ended.returncode == 0:
        return None
    if status := _STATUS.search(ended.output):
        return of_status(int(status[1]), "the stream")
    for pattern, error in _SAID:
        if pattern.search(ended.output):
            return error()
    return Upstream(f"the stream: ffmpeg ended with {ended.returncode}")
