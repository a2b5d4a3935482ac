"""Where the stream comes from that is recorded, for the attempt after one that was killed.

What a page led to is told nowhere any more once its live is over, while its playlist still has what nobody has read.
Such an address is signed more often than not, and goes with cookies: so the note of it is sealed, hidden from those
who hand in what jobs leave behind, and gone when the recording is over.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from mediamill import Context, PermanentError
from mediamill.media import egress
from mediamill.media.live.feed import Feed, Shape, Source

_NOTE: Final = ".feed"


class Whereabouts:
    """What a job knows on this machine of where its stream comes from.

    Of playlists alone: what other streams sent while nobody listened is nowhere.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._path = ctx.lasting / _NOTE

    def note(self, feed: Feed) -> Feed:
        """Note the feed that is recorded from now on, and return it. What keeps us from that ends no recording.

        Then there is no note: by the one of before a successor would take again what was recorded there.
        """
        if not self._noted(feed):
            self.forget()
        return feed

    def known(self, source: Source) -> Feed | None:
        """Return the feed that was noted last; None: none was, or the way it came is not ours any more."""
        try:
            feed = _read(self._ctx.unseal(self._path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, PermanentError):
            return None
        ways = (source.proxy,) if source.proxy else egress.proxies() or ("",)
        return feed if feed.proxy in ways else None

    def forget(self) -> None:
        """Leave no note, where the disk lets us."""
        with suppress(OSError):
            self._path.unlink()

    def _noted(self, feed: Feed) -> bool:
        if feed.shape is not Shape.HLS:
            return False
        try:
            self._write(self._ctx.seal(json.dumps(_told(feed)).encode()))
        except (PermanentError, OSError):  # without a key it is rather nowhere than for all to read
            return False
        return True

    def _write(self, sealed: bytes) -> None:
        draft = self._path.with_name(f"{_NOTE}.new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(sealed)
        draft.replace(self._path)


def _told(feed: Feed) -> Mapping[str, Any]:
    return {**{name: value for name, value in vars(feed).items() if name != "headers"}, "headers": dict(feed.headers)}


def _read(text: bytes) -> Feed:
    """Return the feed of a note. Raises ValueError, TypeError, KeyError."""
    told = json.loads(text)
    return Feed(**{**told, "shape": Shape(told["shape"])})
