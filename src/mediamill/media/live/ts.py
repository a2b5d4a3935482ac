"""Copies a plain MPEG transport stream: whole packets. Source: ISO/IEC 13818-1, section 2.4."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from mediamill.media.live.feed import Upstream
from mediamill.media.live.taking import Patience, Way

PACKET: Final = 188
_SYNC: Final = 0x47
_SYNCS: Final = bytes([_SYNC])
_IS_SYNC: Final = bytes(each == _SYNC for each in range(256))
#: So many packets in a row tell where packets begin.
_SURE: Final = 5
#: What does not begin as a stream in so many bytes is none.
_PATIENCE: Final = 64 * 1024
#: A packet's second byte, where something begins in it.
_BEGINS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")
#: Key pictures that are known again, and how much may come before that is told.
_KEYS: Final = 32
_MOST_HELD: Final = 16 * 2**20
#: What a picture's parameters are looked for in: sound may come in between.
_SETUP_PACKETS: Final = 8
_START: Final = b"\0\0\1"
_AVC_SET: Final = 7
_HEVC_SET: Final = 33
#: MPEG-1, MPEG-2, MPEG-4, AVC, HEVC, VVC.
_PICTURES: Final = frozenset({0x01, 0x02, 0x10, 0x1B, 0x24, 0x33})


class Packets:
    """Reads whole packets from bytes as they come."""

    def __init__(self) -> None:
        self._left = b""
        self._dropped = 0

    def read(self, piece: bytes) -> bytes:
        """Return the packets that are whole by now. Raises Upstream for what is no transport stream.

        What stands between packets is dropped: a stream that lost bytes goes on.
        """
        heard = self._left + piece if self._left else piece
        whole = len(heard) // PACKET * PACKET
        if heard[:whole:PACKET].count(_SYNC) == whole // PACKET:
            self._left = heard[whole:]
            self._dropped = 0 if whole else self._dropped
            return heard[:whole]
        return self._aligned(heard)

    def _aligned(self, heard: bytes) -> bytes:
        """Return the packets of what has other bytes in between. What it costs grows with their number alone."""
        starts, found, at = _starts(heard), bytearray(), 0
        while (start := starts.find(1, at)) >= 0:
            self._dropped += start - at
            syncs = heard[start : len(heard) - PACKET + 1 : PACKET]
            at = start + (len(syncs) - len(syncs.lstrip(_SYNCS))) * PACKET
            found += heard[start:at]
        left = max(at, len(heard) - (_SURE - 1) * PACKET)  # before that nothing begins
        self._dropped += left - at
        self._left = heard[left:]
        if found:
            self._dropped = 0
        elif self._dropped > _PATIENCE:
            raise Upstream("the stream: it is no transport stream")
        return bytes(found)


@dataclass(frozen=True)
class Place:
    """Where a part may begin: at a picture that needs none before it, behind the stream's tables.

    at: an offset. print: by what the picture is known again. setup: how to decode what follows; b"": it is not told
    here.
    """

    at: int
    print: bytes
    setup: bytes


class Tables:
    """Reads a stream's tables, and finds places behind them."""

    def __init__(self) -> None:
        self._pat = self._pmt = b""
        self._pmt_pid = self._picture_pid = -1

    @property
    def opening(self) -> bytes:
        """What a part begins with."""
        return self._pat + self._pmt

    @property
    def pictureless(self) -> bool:
        """Whether the stream is sound alone, by its tables."""
        return bool(self._pmt) and self._picture_pid < 0

    def places(self, packets: bytes) -> Iterator[Place]:
        """Yield the places, in order. The tables before each are noted when it comes."""
        for begins in _BEGINS.finditer(packets[1::PACKET]):
            at = begins.start() * PACKET
            packet = packets[at : at + PACKET]
            pid = _pid(packet)
            if pid == 0:
                self._pat, self._pmt_pid = packet, _pmt_pid(_section(packet))
            elif pid == self._pmt_pid:
                self._pmt, self._picture_pid = packet, _picture_pid(_section(packet))
            elif self.opening and pid == self._picture_pid and packet[3] & 0x20 and packet[4] and packet[5] & 0x40:
                yield Place(at, _payload(packet), _setup(_payloads(packets, at, pid)))


class Seam:
    """Where a connection goes on from the one before: servers give each new viewer the last few pictures again.

    A key picture is known again by what it holds. Behind it comes what came then, packet by packet, where the server
    hands the same stream to all; the last packet tells whether it does.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, int] = OrderedDict()
        self._written = 0
        self._last = b""

    def wrote(self, packets: bytes, places: Iterable[Place]) -> None:
        """Note what was written."""
        for place in places:
            self._keys[place.print] = self._written + place.at
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)
        self._written += len(packets)
        self._last = packets[-PACKET:] or self._last

    def behind(self, place: Place) -> int | None:
        """Return how much was written from a picture on; None: it was not."""
        at = self._keys.get(place.print)
        return None if at is None else self._written - at

    def ends(self, packet: bytes) -> bool:
        """Whether a packet is the last that was written; servers count packets for each viewer anew."""
        return packet[4:] == self._last[4:] and _pid(packet) == _pid(self._last)


class Joint:
    """Finds out where a new connection goes on, or that something is missing between. Keeps what comes until then.

    over: whether it is known. fits: whether nothing is missing.
    """

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._tables = Tables()
        self._held = bytearray()
        self._end: int | None = None
        self.over = self.fits = False

    def read(self, packets: bytes) -> bytes:
        """Return what is to be written by now."""
        before = len(self._held)
        self._held += packets
        if self._end is None:
            place = next(self._tables.places(packets), None)
            if place is None:
                return self.give_up() if len(self._held) > _MOST_HELD or self._tables.pictureless else b""
            behind = self._seam.behind(place)
            if behind is None or behind > _MOST_HELD:
                return self.give_up()
            self._end = before + place.at + behind
        if len(self._held) < self._end:
            return b""
        fits = self._seam.ends(bytes(self._held[self._end - PACKET : self._end]))
        if fits:
            del self._held[: self._end]
        return self._told(fits=fits)

    def give_up(self) -> bytes:
        """Know no better than that something is missing; return what is to be written then."""
        return self._told(fits=False)

    def _told(self, *, fits: bool) -> bytes:
        self.over, self.fits = True, fits
        return bytes(self._held)


class Ts:
    """Takes one transport stream over HTTP."""

    lost = 0

    def __init__(self) -> None:
        self._tables, self._seam, self._setup = Tables(), Seam(), b""

    async def take(self, url: str, way: Way) -> None:
        """See `Taker.take`. A connection begins a part of its own, unless it goes on just where the last broke off."""
        packets, patience = Packets(), Patience(way)
        joint = Joint(self._seam) if way.parts.open else None
        if joint is None:
            self._anew()
        async with way.asker.open(url, "the stream", None) as answer:
            async for piece in answer.pieces:
                found = packets.read(piece)
                if joint is not None:
                    found = joint.read(found)
                    if not joint.over and patience.half_gone:
                        found = joint.give_up()
                    if joint.over and not joint.fits:
                        way.parts.close()
                        self._anew()
                    joint = None if joint.over else joint
                if found:
                    self._write(found, way)
                patience.look()
                if way.halt.wanted():
                    return

    def _anew(self) -> None:
        self._tables, self._seam, self._setup = Tables(), Seam(), b""

    def _write(self, packets: bytes, way: Way) -> None:
        """Write packets; a new part begins where pictures become others, or the open one is as long as wanted."""
        parts, places, done = way.parts, list[Place](), 0
        if not parts.open:
            parts.begin(".ts")
        for place in self._tables.places(packets):
            places.append(place)
            changes = bool(place.setup and self._setup and place.setup != self._setup)
            self._setup = place.setup or self._setup
            if changes or parts.age_s > way.part_s:
                parts.write(packets[done : place.at])
                parts.settle()
                parts.begin(".ts")
                parts.write(self._tables.opening)
                done = place.at
        parts.write(packets[done:])
        parts.settle()
        self._seam.wrote(packets, places)


def _starts(heard: bytes) -> bytes:
    """Return a byte for each: 1 where so many packets in a row begin as tell it, else 0.

    One number for all of them, a byte a digit: who sends nothing but sync bytes has us look at each five times.
    """
    syncs = int.from_bytes(heard.translate(_IS_SYNC), "little")
    starts = syncs
    for number in range(1, _SURE):
        starts &= syncs >> 8 * PACKET * number
    return starts.to_bytes(len(heard), "little")


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _payload(packet: bytes) -> bytes:
    """Return what a packet carries; b"" where that is cut short."""
    return packet[5 + packet[4] if packet[3] & 0x20 else 4 :]


def _payloads(packets: bytes, at: int, pid: int) -> bytes:
    """Return what the first packets of a picture carry."""
    found = b""
    for begin in range(at, min(at + _SETUP_PACKETS * PACKET, len(packets)), PACKET):
        packet = packets[begin : begin + PACKET]
        if _pid(packet) == pid:
            found += _payload(packet)
    return found


def _setup(picture: bytes) -> bytes:
    """Return the parameter set that begins a picture of AVC or HEVC, which has its size; b"": there is none here.

    Sources: ITU-T H.264, 7.3.1; H.265, 7.3.1.2.
    """
    begin = picture.find(_START)
    while begin >= 0 and begin + 4 < len(picture):
        end = picture.find(_START, begin + 3)
        first, second = picture[begin + 3], picture[begin + 4]
        if end >= 0 and ((first & 0x9F == _AVC_SET and first & 0x60) or (first >> 1 == _HEVC_SET and second == 1)):
            return picture[begin + 3 : end].rstrip(b"\0")
        begin = end
    return b""


def _section(packet: bytes) -> bytes:
    """Return the section that begins in a packet; b"" where it is cut short."""
    payload = _payload(packet)
    return payload[1 + payload[0] :] if payload else b""


def _pmt_pid(section: bytes) -> int:
    """Return the PID of the first programme's table; -1: there is none."""
    for at in range(8, len(section) - 4, 4):
        if section[at : at + 2] != b"\0\0":
            return (section[at + 2] & 0x1F) << 8 | section[at + 3]
    return -1


def _picture_pid(section: bytes) -> int:
    """Return the PID of the first picture; -1: there is none."""
    if len(section) < 12:  # noqa: PLR2004 - so long is a table without streams
        return -1
    end = min(3 + ((section[1] & 0x0F) << 8 | section[2]) - 4, len(section))
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= end:
        if section[at] in _PICTURES:
            return (section[at + 1] & 0x1F) << 8 | section[at + 2]
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return -1
