"""The HLS playlists of a channel: what is in its window now, and where.

A track is one way to have the channel: `ts`, `fmp4`, `aes` (TS, each segment encrypted), `small` (TS of fewer pixels).
"""

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from tests.live.channel import Channel, Live
from tests.live.film import GOP_S, SMALL, Picture
from tests.live.reel import Container, reel
from tests.live.trouble import Kind

MEDIA_TYPE: Final = "application/vnd.apple.mpegurl"
TRACKS: Final = ("ts", "fmp4", "aes", "small")
#: Segments that left the window and may still be had, as a server keeps them for those in the middle of one.
_KEPT: Final = 2
_VERSION: Final = 7
_VARIANTS: Final = (("ts", 120_000, "160x90"), ("small", 100_000, "128x72"))


@dataclass(frozen=True)
class Segment:
    """One segment, by its number from the beginning of the film; groups of pictures from `begin` to before `end`."""

    number: int
    begin: int
    end: int
    picture: Picture
    follows_change: bool


def master() -> str:
    """Return the playlist of variants, best first."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}"]
    for track, bits_s, size in _VARIANTS:
        codecs = 'CODECS="avc1.42c00a,mp4a.40.2"'
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={bits_s},RESOLUTION={size},{codecs}", f"{track}.m3u8"]
    return "\n".join(lines) + "\n"


def playlist(channel: Channel, live: Live, track: str) -> str:
    """Return the window of a live as it is now, with the end when it has ended."""
    live = _seen(live, track)
    segments = _window(channel, live)
    first = segments[0].number if segments else live.first // channel.segment_groups
    changes = sum(live.first < group < first * channel.segment_groups for group in live.pictures)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{math.ceil(channel.segment_s)}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{changes}",
    ]
    if track == "aes":
        lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{_address(channel, Kind.KEY, f"aes/{live.number}/key")}"')
    for at, segment in enumerate(segments):
        if segment.follows_change:
            lines.append("#EXT-X-DISCONTINUITY")
        if track == "fmp4" and (at == 0 or segment.follows_change):
            path = f"fmp4/{live.number}/{_size(segment.picture)}.mp4"
            lines.append(f'#EXT-X-MAP:URI="{_address(channel, Kind.INIT, path)}"')
        suffix = "m4s" if track == "fmp4" else "ts"
        lines.append(f"#EXTINF:{(segment.end - segment.begin) * GOP_S:.3f},")
        lines.append(_address(channel, Kind.SEGMENT, f"{track}/{live.number}/{segment.number}.{suffix}"))
    if live.end is not None:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def segment(channel: Channel, live: Live, track: str, number: int) -> bytes | None:
    """Return a segment, or nothing when it is not made yet or gone."""
    segments = _window(channel, _seen(live, track), kept=_KEPT)
    found = next((each for each in segments if each.number == number), None)
    if found is None:
        return None
    groups = reel(found.picture, Container.FMP4 if track == "fmp4" else Container.TS)
    content = b"".join(groups.group(group) for group in range(found.begin, found.end))
    return _encrypted(content, key(channel, live), number) if track == "aes" else content


def init(live: Live, size: str) -> bytes | None:
    """Return what goes before the segments of fragmented MP4, or nothing when no picture has the size, as `160x90`."""
    found = next((picture for picture in live.pictures.values() if _size(picture) == size), None)
    return reel(found, Container.FMP4).header if found else None


def key(channel: Channel, live: Live) -> bytes:
    """Return the sixteen bytes that open the segments of track `aes`."""
    return hashlib.sha256(f"{channel.name}:{live.number}".encode()).digest()[:16]


def _window(channel: Channel, live: Live, kept: int = 0) -> list[Segment]:
    size = channel.segment_groups
    ready = live.groups
    end = ready // size if live.end is None else math.ceil(ready / size)
    first = max(live.first // size, end - channel.window - kept)
    return [
        Segment(
            number,
            number * size,
            min((number + 1) * size, ready),
            live.picture(number * size),
            follows_change=number * size in live.pictures and number * size != live.first,
        )
        for number in range(first, end)
    ]


def _seen(live: Live, track: str) -> Live:
    """Return a live as the viewers of a track see it: the small one does not change."""
    return replace(live, pictures={live.first: SMALL}) if track == "small" else live


def _size(picture: Picture) -> str:
    return f"{picture.width}x{picture.height}"


def _address(channel: Channel, kind: Kind, path: str) -> str:
    return channel.leads_to.get(kind, path)


def _encrypted(content: bytes, secret: bytes, number: int) -> bytes:
    """Encrypt as HLS does where no vector is told: it is the segment's number."""
    encryptor = Cipher(algorithms.AES128(secret), modes.CBC(number.to_bytes(16))).encryptor()
    padder = PKCS7(128).padder()
    padded = padder.update(content) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()
