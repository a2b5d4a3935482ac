"""Pages of live sites, which streamlink's plugins know: as a library, in threads, on a short lead.

A plugin is somebody else's program in our process, so it gets a session of its own: what it learns of one user, or
writes into headers for one site, is seen by nobody else. Plugins themselves and connections are shared. All requests
go through a gate, to http(s) alone, within a time and a size; no browser and no program is started, nothing is kept
on disk, and nothing is logged, for its words show signed addresses. Written against streamlink 8.6.3.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import streamlink.cache
from requests.cookies import create_cookie
from streamlink.exceptions import NoPluginError, PluginError, StreamError, StreamlinkError
from streamlink.plugin.plugin import Plugin
from streamlink.session.plugins import StreamlinkPlugins
from streamlink.session.session import Streamlink
from streamlink.stream.dash.dash import DASHStream
from streamlink.stream.hls.hls import HLSStream, MuxedHLSStream
from streamlink.stream.http import HTTPStream
from streamlink.stream.stream import Stream

from mediamill.core.errors import MediamillError
from mediamill.media.live.direct import shape_of, tells
from mediamill.media.live.feed import (
    AuthRequired,
    Feed,
    Offline,
    Shape,
    Source,
    TimedOut,
    Unreachable,
    Unsuited,
    Upstream,
    of_status,
    refused,
    retry_after_s,
)
from mediamill.media.live.jar import Jar
from mediamill.media.live.lead import MOST_BYTES, Lead, TooMuch, connections
from mediamill.media.live.qualities import Quality, height_of, nearest

if TYPE_CHECKING:
    from requests import Response

#: These take any address for theirs, of a file too, or talk over WebSockets and bring what no recorder can fetch.
_WITHOUT: Final = frozenset({"dash", "hls", "http", "nicolive", "twitcasting", "ustreamtv"})
#: streamlink's words for the ends of the list.
_ENDS: Final = frozenset({"best", "worst", "best-unfiltered", "worst-unfiltered"})
_MOST_MATCHED: Final = 20_000
_LONGEST_URL: Final = 8_000
#: Headers that whoever fetches the stream says.
_OURS: Final = frozenset({"accept-encoding", "connection"})
#: Of a stream's beginning.
_PIECE: Final = 1_024
_MOST_SEEN: Final = 64 * 1024
_OPTIONS: Final[Mapping[str, Any]] = {
    "no-plugin-cache": True,
    "webbrowser": False,
    "http-trust-env": False,
    "http-timeout": 10.0,
    # Never run: it is why streams are told whose sound is apart, which would else come without.
    "ffmpeg-ffmpeg": sys.executable,
    "ffmpeg-no-validation": True,
    "dash-manifest-reload-attempts": 0,
    "locale": "en_US",
}

_loading = Lock()


def plugin_of(url: str, folder: Path | None) -> str | None:
    """Return the name of the plugin that knows an address; None: none does. folder: of an operator's own plugins."""
    return _plugins(folder).name_of(url)


def find(source: Source, folder: Path | None, gate_url: str, within_s: float) -> Feed:
    """Return what a site has on air at an address that a plugin knows. Blocks, `within_s` about at most.

    gate_url: of the gate through which all of it goes. A shape that only who asks can tell is OTHER: the caller asks.

    Raises Offline, Unsuited, Upstream, Unreachable, TimedOut, what the site's status means (`feed.of_status`), and
    PermanentError with code BLOCKED where the guard refuses.
    """
    plugins = _plugins(folder)
    session = _Session(plugins, Lead(connections(gate_url), gate_url, time.monotonic() + within_s))
    session.take(Jar.of(source.cookies, source.url))
    try:
        plugin = session.plugin(source.url)
        return _feed(source, plugin, plugin.streams())
    except MediamillError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin is a stranger's program, and its words show addresses
        raise _meaning(error) from None
    finally:
        session.http.close()


# ---- plugins


@dataclass(frozen=True)
class _Plugins:
    """The plugins of a process, loaded as they are needed; all sessions share them."""

    loaded: StreamlinkPlugins
    names: Any = field(repr=False)

    def name_of(self, url: str) -> str | None:
        found: str | None = self.names(url)
        return found

    def plugin(self, url: str) -> type[Plugin] | None:
        """Return the plugin that knows an address. Raises nothing but what loading it raises."""
        if self.name_of(url) is None:
            return None
        with _loading:
            matched = self.loaded.match_url(url)
        return matched[1] if matched else None


@cache
def _plugins(folder: Path | None) -> _Plugins:
    _tame()
    loaded = StreamlinkPlugins()
    for name in _WITHOUT:
        loaded._matchers.pop(name, None)  # noqa: SLF001 - `del` takes away what is loaded, and these are not
    if folder is not None and folder.is_dir():
        loaded.load_path(folder)

    @lru_cache(_MOST_MATCHED)
    def name_of(url: str) -> str | None:
        if urlsplit(url).scheme not in {"http", "https"}:
            return None
        with _loading:
            found = loaded.match_url(url)
        return found[0] if found else None

    return _Plugins(loaded, name_of)


def _tame() -> None:
    """Let nothing of streamlink's and of its client's come into a log, and nothing be kept until the process ends."""
    streamlink.cache._atexit_register = lambda save: save  # type: ignore[assignment, attr-defined]  # noqa: SLF001 - of each plugin
    for name in ("streamlink", "urllib3.connectionpool"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
        logger.setLevel(logging.CRITICAL)


class _Session(Streamlink):
    """A session of one look."""

    def __init__(self, plugins: _Plugins, lead: Lead) -> None:
        super().__init__(dict(_OPTIONS), plugins_builtin=False)
        self._known = plugins
        self.plugins = plugins.loaded
        self.http.trust_env = False
        self.http.adapters.clear()  # of files, too
        for scheme in ("http://", "https://"):
            self.http.mount(scheme, lead)

    def take(self, jar: Jar) -> None:
        """Take a user's cookies."""
        for each in jar.cookies:
            domain = ("." if each.below else "") + each.domain
            self.http.cookies.set_cookie(
                create_cookie(each.name, each.value, domain=domain, path=each.path, secure=each.secure)
            )

    def plugin(self, url: str) -> Plugin:
        """Return a plugin for an address. Raises NoPluginError."""
        found = self._known.plugin(url)
        if found is None:
            raise NoPluginError
        return found(self, url)

    # For plugins that pass on to others: http(s) alone, and what one look learns is not kept for all.

    def resolve_url(  # type: ignore[override]  # theirs is wrapped: it keeps sessions
        self,
        url: str,
        follow_redirect: bool = True,  # noqa: ARG002, FBT001, FBT002 - streamlink's
    ) -> tuple[str, type[Plugin], str]:
        """See Streamlink.resolve_url. Redirects are not followed: nobody needs that within a look."""
        name, found = self._known.name_of(url), self._known.plugin(url)
        if name is None or found is None:
            raise NoPluginError
        return name, found, url

    def streams(self, url: str, options: object = None, **params: Any) -> Any:  # noqa: ANN401, ARG002 - streamlink's
        """See Streamlink.streams."""
        return self.plugin(url).streams(**params)


# ---- streams


def _feed(source: Source, plugin: Plugin, streams: Mapping[str, Stream]) -> Feed:
    if not streams:
        raise Offline
    found = {name: each for name, each in streams.items() if name not in _ENDS}
    fit = {name: place for name, each in found.items() if (place := _place(each)) is not None}
    if not fit:
        raise Unsuited("the site's streams come in ways that we do not record")
    chosen = nearest(source.quality, [Quality(name, height_of(name)) for name in fit]).name
    place = fit[chosen]
    return Feed(
        place.url,
        place.shape or _seen(plugin.session, place),
        place.headers,
        title=plugin.get_title() or "",
        room=plugin.get_author() or "",
        quality=chosen,
        live=plugin.get_id() or "",
    )


@dataclass(frozen=True)
class _Place:
    """Where a stream is. shape: None: its beginning tells."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    shape: Shape | None


def _place(stream: Stream) -> _Place | None:
    """Return where a stream is; None: not where http(s) leads to by a GET."""
    shape: Shape | None = Shape.OTHER
    args = dict(getattr(stream, "args", {}))
    if isinstance(stream, MuxedHLSStream):
        args = dict(stream.substreams[0].args)
        args["url"] = stream.multivariant.uri if stream.multivariant is not None else None
    elif isinstance(stream, HLSStream):
        shape = Shape.HLS
    elif isinstance(stream, DASHStream):
        args["url"] = stream.mpd.url
    elif isinstance(stream, HTTPStream):
        shape = None
    else:
        return None
    if not _is_web(args.get("url")) or args.get("method", "GET") != "GET" or args.get("data") or args.get("json"):
        return None
    asked = stream.session.http.prepare_new_request(**args)
    url = asked.url or ""
    headers = {str(name): str(value) for name, value in asked.headers.items() if name.lower() not in _OURS}
    return _Place(url, headers, shape) if _is_web(url) else None


def _seen(session: Streamlink, place: _Place) -> Shape:
    """Return how a stream comes, by its beginning."""
    body = b""
    with session.http.get(place.url, headers=dict(place.headers), stream=True, exception=StreamError) as answer:
        for piece in answer.iter_content(_PIECE):
            body += piece
            if tells(body) or len(body) > _MOST_SEEN:
                break
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return shape_of(media_type, body)


def _is_web(url: object) -> bool:
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        return False
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    return False


# ---- how it fails

_WHAT: Final = "the live site"
_NOBODY: Final = "the egress guard lets nobody go there"
_LOGIN: Final = re.compile(r"log.?in", re.IGNORECASE)


_MEANINGS: Final[tuple[tuple[type[Exception], Callable[[], MediamillError]], ...]] = (
    (requests.exceptions.Timeout, lambda: TimedOut(f"{_WHAT}: the server does not answer")),
    (requests.exceptions.InvalidSchema, lambda: refused("it is not http(s)")),
    (TooMuch, lambda: Upstream(f"{_WHAT}: its answers have more than {MOST_BYTES} bytes")),
    (requests.exceptions.ConnectionError, lambda: Unreachable(f"{_WHAT}: the server cannot be reached")),
    (NoPluginError, lambda: Unsuited("no site that we know is at the address")),
    (StreamlinkError, lambda: Upstream(f"{_WHAT}: its answer is none that the plugin knows")),
)


def _meaning(error: BaseException) -> MediamillError:
    """Return what a plugin's error means. None of its words are ours to repeat."""
    reason = getattr(error, "err", None) or error.__cause__ or error
    if isinstance(reason, requests.exceptions.HTTPError) and reason.response is not None:
        return _of_answer(reason.response)
    if isinstance(reason, requests.exceptions.ProxyError) and "403 Refused" in str(reason):
        return refused(_NOBODY)
    if isinstance(error, PluginError) and _LOGIN.search(str(error)):
        return AuthRequired(f"{_WHAT}: only who is logged in may watch")
    for kind, meaning in _MEANINGS:
        if isinstance(reason, kind) or isinstance(error, kind):
            return meaning()
    return Upstream(f"{_WHAT}: the plugin failed")


def _of_answer(answer: "Response") -> MediamillError:
    match answer.status_code, answer.reason:
        case 403, "Refused":  # the gate's own words, as of `egress.answers`
            return refused(_NOBODY)
        case 504, "Timed Out":
            return TimedOut(f"{_WHAT}: the server does not answer")
        case 502, "Unreachable":
            return Unreachable(f"{_WHAT}: the server cannot be reached")
    return of_status(answer.status_code, _WHAT, retry_after_s(answer.headers)) or Upstream(f"{_WHAT}: it failed")
