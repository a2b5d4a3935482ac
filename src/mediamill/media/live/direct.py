"""Plain addresses of streams: what is there says what it is."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from mediamill.media.live.door import AGENT, Door, Told
from mediamill.media.live.feed import Feed, Offline, Shape, Source, Unsuited
from mediamill.media.live.jar import Jar
from mediamill.media.live.playlist import Master, Variant, choose, parse

_SUFFIXES: Final = (".m3u8", ".flv", ".ts", ".m2ts", ".mpd")
_PLAYLIST: Final = b"#EXTM3U"
#: Of what comes in one quality.
_ONLY: Final = "best"
_BOM: Final = b"\xef\xbb\xbf"
_PACKET: Final = 188
#: So many packets in a row tell a transport stream.
_SURE: Final = 5
_SYNC: Final = 0x47
#: What ffmpeg reads and we do not copy: DASH, and radio of all kinds.
_OTHERS: Final = re.compile(r"application/(?:dash\+xml|ogg)|audio/.+|video/.+")


def is_direct(url: str) -> bool:
    """Whether an address says by its looks that a stream is there."""
    return urlsplit(url).path.lower().endswith(_SUFFIXES)


def said_to(source: Source, **more: str) -> Callable[[str], Mapping[str, str]]:
    """Return what says the headers of a request: the user's cookies where they belong."""
    jar = Jar.of(source.cookies, source.url)

    def headers(url: str) -> Mapping[str, str]:
        cookie = jar.header(url)
        return {**more, "Cookie": cookie} if cookie else more

    return headers


async def of_answer(source: Source, told: Told, door: Door) -> Feed:
    """Return the stream at a plain address. The address stays as the user knows it: where it leads may be for now.

    told: what it answers. Raises what `Door.ask` raises; Offline for a playlist that has ended; Unsuited for what is no
    stream.
    """
    shape, quality = shape_of(told.media_type, told.body), _ONLY
    if shape is Shape.HLS:
        shape, quality = await _playlist(source, told, door)
    headers = {"User-Agent": AGENT, **said_to(source)(source.url)}
    return Feed(source.url, shape, headers, quality=quality)


def tells(body: bytes) -> bool:
    """Whether the beginning of a body says what it is, and no more is wanted of it."""
    if _is_playlist(body[: len(_BOM + _PLAYLIST)]) or len(body) < len(_BOM + _PLAYLIST):
        return False
    return body[:1] != bytes([_SYNC]) or len(body) > _SURE * _PACKET


def _is_playlist(body: bytes) -> bool:
    return body.removeprefix(_BOM).lstrip().startswith(_PLAYLIST)


def shape_of(media_type: str, body: bytes) -> Shape:
    """Return how a stream comes that begins so. Raises Unsuited for what is no stream."""
    if _is_playlist(body):
        return Shape.HLS
    if body.startswith(b"FLV\x01"):
        return Shape.FLV
    if len(body) > _SURE * _PACKET and body[: _SURE * _PACKET : _PACKET] == bytes([_SYNC]) * _SURE:
        return Shape.TS
    if _OTHERS.fullmatch(media_type) and body:
        return Shape.OTHER
    raise Unsuited("no live stream is at the address that we could record")


async def _playlist(source: Source, told: Told, door: Door) -> tuple[Shape, str]:
    """Return how a playlist is recorded, and in which quality."""
    listed, quality = parse(_text(told), told.url), _ONLY
    if isinstance(listed, Master):
        try:
            chosen = choose(listed, source.quality)
        except Unsuited:  # its sound is apart: we do not copy that, ffmpeg does
            return Shape.OTHER, source.quality
        quality = _called(chosen, source.quality)
        told = await door.ask(chosen.url, "the playlist", said_to(source))
        listed = parse(_text(told), told.url)
    if not isinstance(listed, Master) and listed.ended:
        raise Offline
    return Shape.HLS, quality


def _text(told: Told) -> str:
    return told.body.decode("utf-8", "replace")


def _called(chosen: Variant, wished: str) -> str:
    """Return how a quality is called that was chosen: by this name it is chosen again."""
    return chosen.name or (f"{chosen.height}p" if chosen.height else wished)
