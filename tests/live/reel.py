"""A film in a container, cut where viewers may come in: the bytes that a live server sends, group by group.

One muxer runs on and on, as at a broadcaster, so that times and continuity counters go on from group to group.
"""

import io
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from itertools import pairwise
from threading import Lock
from typing import Any, Final

import av
from tests.live.film import Encoded, Film, Picture, film

_TS_BYTES: Final = 188
_VIDEO_PID: Final = 0x100
_FLV_HEADER_BYTES: Final = 13
_FLV_TAG_BYTES: Final = 11
_FLV_KEY_PICTURE: Final = b"\x17\x01"
_FLV_SETUPS: Final = (b"\x17\x00", b"\xaf\x00")
_VIDEO_TAG: Final = 9


class Container(StrEnum):
    """How a stream is packed."""

    TS = "mpegts"
    FLV = "flv"
    FMP4 = "mp4"


_OPTIONS: Final = {
    Container.TS: {"mpegts_flags": "pat_pmt_at_frames"},
    Container.FLV: {"flvflags": "no_duration_filesize"},
    Container.FMP4: {"movflags": "frag_keyframe+empty_moov+default_base_moof"},
}


class Reel:
    """One film in one container."""

    def __init__(self, of: Film, container: Container) -> None:
        self._lock = Lock()
        self._film = of
        self._to = io.BytesIO()
        self._output: Any = av.open(
            self._to, "w", format=container.value, options={"flush_packets": "1", **_OPTIONS[container]}
        )
        self._streams = {
            "video": self._output.add_stream_from_template(of.video),
            "audio": self._output.add_stream_from_template(of.audio),
        }
        self._cut = _CUTS[container]
        self._groups: list[bytes] = []
        self._uncut = b""
        self._muxed = 0
        self._header: bytes | None = None

    @property
    def header(self) -> bytes:
        """What goes before the first group, whichever that is: FLV's head and setup, the `moov` of fragmented MP4."""
        self.group(0)
        assert self._header is not None
        return self._header

    def group(self, number: int) -> bytes:
        """Return a group of pictures with the sound beside it; numbers begin at 0."""
        with self._lock:
            while len(self._groups) <= number:
                self._mux(self._film.gop(self._muxed))
                self._muxed += 1
            return self._groups[number]

    def _mux(self, packets: list[Encoded]) -> None:
        for encoded in packets:
            packet: Any = av.Packet(encoded.content)
            packet.stream = self._streams[encoded.track]
            packet.pts = packet.dts = encoded.time
            packet.time_base = encoded.base
            packet.is_keyframe = encoded.is_key
            self._output.mux(packet)
        self._uncut += self._to.getvalue()
        self._to.seek(0)
        self._to.truncate()
        begins = self._cut(self._uncut)
        if self._header is None and begins:
            self._header = self._uncut[: begins[0]]
        self._groups += [self._uncut[begin:end] for begin, end in pairwise(begins)]
        if begins:
            self._uncut = self._uncut[begins[-1] :]


@cache
def reel(picture: Picture, container: Container) -> Reel:
    """Return the one reel of its kind."""
    return Reel(film(picture), container)


def flv_setup(header: bytes, beside: bytes) -> bytes:
    """Return the tags that tell the codecs, from an FLV header, at the time of the group they go before."""
    time = beside[4:8]
    return b"".join(
        header[at : at + 4] + time + header[at + 8 : end]
        for at, end in _flv_tags(header)
        if header[at + _FLV_TAG_BYTES :][:2] in _FLV_SETUPS
    )


# ---- where groups begin


def _ts_begins(uncut: bytes) -> list[int]:
    """Find key pictures, and go back to the table (PAT) that the muxer writes before every picture."""
    begins: list[int] = []
    table = 0
    for at in range(0, len(uncut) - _TS_BYTES + 1, _TS_BYTES):
        pid = int.from_bytes(uncut[at + 1 : at + 3]) & 0x1FFF
        if pid == 0:
            table = at
        has_adaptation, is_random_access = uncut[at + 3] & 0x20, uncut[at + 5] & 0x40
        if pid == _VIDEO_PID and has_adaptation and uncut[at + 4] and is_random_access:
            begins.append(table)
    return begins


def _flv_begins(uncut: bytes) -> list[int]:
    return [
        at
        for at, _ in _flv_tags(uncut)
        if uncut[at] == _VIDEO_TAG and uncut[at + _FLV_TAG_BYTES :][:2] == _FLV_KEY_PICTURE
    ]


def _flv_tags(content: bytes) -> list[tuple[int, int]]:
    tags = []
    at = _FLV_HEADER_BYTES if content.startswith(b"FLV") else 0
    while at + _FLV_TAG_BYTES <= len(content):
        end = at + _FLV_TAG_BYTES + int.from_bytes(content[at + 1 : at + 4]) + 4
        if end > len(content):
            break
        tags.append((at, end))
        at = end
    return tags


def _mp4_begins(uncut: bytes) -> list[int]:
    begins = []
    at = 0
    while at + 8 <= len(uncut):
        if uncut[at + 4 : at + 8] == b"moof":
            begins.append(at)
        at += int.from_bytes(uncut[at : at + 4])
    return begins


_CUTS: Final[dict[Container, Callable[[bytes], list[int]]]] = {
    Container.TS: _ts_begins,
    Container.FLV: _flv_begins,
    Container.FMP4: _mp4_begins,
}
