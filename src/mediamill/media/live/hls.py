"""Takes an HLS stream: asks for its windows and their segments, one after the other, and writes them."""

import asyncio
from collections import OrderedDict
from typing import Final

from mediamill.core.errors import RetryableError
from mediamill.media.live.bodies import KEY_BYTES, Aes, Body, Plain, Untagged
from mediamill.media.live.feed import DiskFull, Idle, Missing, TimedOut, Upstream
from mediamill.media.live.follower import Follower
from mediamill.media.live.parts import Parts
from mediamill.media.live.playlist import MOST_BYTES, Init, Key, Master, Playlist, Segment, choose, parse
from mediamill.media.live.taking import Way

_MOST_SEGMENT: Final = 256 * 2**20
_MOST_INIT: Final = 4 * 2**20
_KEYS_KEPT: Final = 4
#: Of one segment, at most; it is read again, whole, when a window still has it.
_SEGMENT_S: Final = 120.0
#: However short segments are, nobody is asked more often.
_SOONEST_S: Final = 0.2
#: Behind a server or a playlist that is slow.
_LEAST_PAUSE_S: Final = 0.05
#: To read a longer playlist takes so long that other recordings would wait.
_LONG_BYTES: Final = 64 * 2**10
#: Of a target duration: nothing new for so many is a stall, however long segments are.
_STALLED_TARGETS: Final = 3


class Hls:
    """Takes one HLS stream. quality: as `playlist.choose`. back_s, after: as `Follower`."""

    def __init__(self, quality: str, back_s: float, after: str = "") -> None:
        self._quality = quality
        self._follower = Follower(back_s, after)
        self._keys: OrderedDict[str, bytes] = OrderedDict()
        self._init: tuple[Init, bytes] | None = None
        self._init_of_part = b""

    @property
    def lost(self) -> int:
        """See `Follower.lost`."""
        return self._follower.lost

    async def take(self, url: str, way: Way) -> None:
        """See `Taker.take`."""
        clock = asyncio.get_running_loop().time
        moved_at = clock()
        while not way.halt.wanted():
            asked_at = clock()
            playlist, url = await self._window(url, way)
            fresh = self._follower.fresh(playlist)
            for segment in fresh:
                if await self._taken(segment, way):
                    moved_at = clock()
                if way.halt.wanted():
                    return
            if playlist.ended:
                return
            if clock() - moved_at > max(way.stall_s, _STALLED_TARGETS * playlist.target_s):
                raise Idle("the playlist: nothing new is in it")
            passed = clock() - asked_at
            await way.halt.pause(max(_soon(playlist, changed=bool(fresh)) - passed, _LEAST_PAUSE_S))

    async def _window(self, url: str, way: Way) -> tuple[Playlist, str]:
        """Return a window, and where the next is asked for."""
        for _ in range(2):
            text, came_from = await way.asker.whole(url, "the playlist", MOST_BYTES)
            words = text.decode("utf-8", "replace")
            long = len(words) > _LONG_BYTES
            found = await asyncio.to_thread(parse, words, came_from) if long else parse(words, came_from)
            if isinstance(found, Playlist):
                return found, url
            url = self._chosen(found)
        raise Upstream("the playlist: it leads to playlists that lead to playlists")

    def _chosen(self, master: Master) -> str:
        return choose(master, self._quality).url

    async def _taken(self, segment: Segment, way: Way) -> bool:
        """Take a segment; False: it is not to be had. Raises what keeps us from it for now."""
        if segment.gap:
            self._follower.missed(segment)
            return False
        try:
            async with asyncio.timeout(_SEGMENT_S):
                await self._copy(segment, way)
        except Missing:
            self._follower.missed(segment)
            return False
        except DiskFull:
            raise
        except (RetryableError, TimeoutError) as error:
            if self._follower.stumbled():
                self._follower.missed(segment)
                return False
            if isinstance(error, TimeoutError):
                raise TimedOut(f"the segment: it takes longer than {_SEGMENT_S:g} s") from None
            raise
        self._follower.took(segment)
        way.parts.settle(self._follower.last)
        return True

    async def _copy(self, segment: Segment, way: Way) -> None:
        """Append a segment, or nothing of it."""
        init = await self._beginning(segment, way)
        decrypt = await self._decrypter(segment.key, segment.number, way)
        parts = way.parts
        if self._follower.cut(segment) or init != self._init_of_part or parts.age_s > way.part_s:
            parts.close()
        body = Untagged(decrypt)
        try:
            async with way.asker.open(segment.url, "the segment", _MOST_SEGMENT, segment.span) as answer:
                async for piece in answer.pieces:
                    self._write(body.update(piece), init, parts)
            self._write(body.end(), init, parts)
        except BaseException:
            parts.rewind()
            raise

    def _write(self, clear: bytes, init: bytes, parts: Parts) -> None:
        if not clear:
            return
        if not parts.open:
            parts.begin(_suffix(clear, init), self._follower.last)
            parts.write(init)
            self._init_of_part = init
        parts.write(clear)

    async def _beginning(self, segment: Segment, way: Way) -> bytes:
        """Return what stands before a segment in its part; b"" before one of TS."""
        if segment.init is None:
            return b""
        if self._init is None or self._init[0] != segment.init:
            asked = segment.init
            if asked.key is not None and asked.key.iv is None:
                raise Upstream("the stream: what it begins with is encrypted, and not said how")
            decrypt = await self._decrypter(asked.key, 0, way)
            body, _ = await way.asker.whole(asked.url, "the stream's beginning", _MOST_INIT, asked.span)
            self._init = (asked, decrypt.update(body) + decrypt.end())
        return self._init[1]

    async def _decrypter(self, key: Key | None, number: int, way: Way) -> Body:
        if key is None:
            return Plain()
        if key.url not in self._keys:
            found, _ = await way.asker.whole(key.url, "the key", 4 * KEY_BYTES)
            if len(found) != KEY_BYTES:
                raise Upstream(f"the key: it has {len(found)} bytes; {KEY_BYTES} are wanted")
            self._keys[key.url] = found
            if len(self._keys) > _KEYS_KEPT:
                self._keys.popitem(last=False)
        return Aes(self._keys[key.url], key.iv or number.to_bytes(KEY_BYTES, "big"))


def _soon(playlist: Playlist, *, changed: bool) -> float:
    """Return when to ask again, seconds after the last time: RFC 8216, section 6.3.4, by the segments' real length.

    Their target is a whole number, which is long where they are short and the window holds few.
    """
    longest = max((each.seconds for each in playlist.segments[-3:]), default=playlist.target_s)
    wait_s = min(longest or playlist.target_s, playlist.target_s)
    return max(wait_s if changed else wait_s / 2, _SOONEST_S)


def _suffix(first: bytes, init: bytes) -> str:
    if init or first[4:8] in {b"ftyp", b"styp", b"moof", b"sidx"}:
        return ".mp4"
    if first[:1] == b"\xff" and first[1:2] in {b"\xf0", b"\xf1", b"\xf8", b"\xf9"}:
        return ".aac"
    return ".ts"
