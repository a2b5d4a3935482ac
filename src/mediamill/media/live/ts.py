"""Copies a plain MPEG transport stream: whole packets. Source: ISO/IEC 13818-1, section 2.4."""

from typing import Final

from mediamill.media.live.feed import Upstream
from mediamill.media.live.taking import Way

PACKET: Final = 188
_SYNC: Final = 0x47
#: So many packets in a row tell where packets begin.
_SURE: Final = 5
#: What does not begin as a stream in so many bytes is none.
_PATIENCE: Final = 64 * 1024
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
        """Return the packets of what has others bytes in between."""
        found, at = bytearray(), 0
        while len(heard) - at >= PACKET:
            packet = heard[at : at + PACKET]
            if packet[0] == _SYNC and (found or _begins(heard, at)):
                found += packet
                at += PACKET
                continue
            if len(heard) - at < _SURE * PACKET:
                break  # more has to come to tell
            start = next((each for each in range(at + 1, len(heard) - PACKET) if _begins(heard, each)), len(heard) - 1)
            self._dropped += start - at
            at = start
        self._left = heard[at:]
        if found:
            self._dropped = 0
        elif self._dropped > _PATIENCE:
            raise Upstream("the stream: it is no transport stream")
        return bytes(found)


class Tables:
    """Knows where a part may begin: at a picture that needs none before it, behind the stream's tables."""

    def __init__(self) -> None:
        self._pat = self._pmt = b""
        self._pmt_pid = self._picture_pid = -1

    @property
    def known(self) -> bool:
        """Whether the tables were seen."""
        return bool(self._pat and self._pmt)

    @property
    def opening(self) -> bytes:
        """What a part begins with."""
        return self._pat + self._pmt

    def look(self, packets: bytes) -> int | None:
        """Return where the first good place is, an offset; None: there is none. Notes the tables before it."""
        for at in range(0, len(packets), PACKET):
            packet = packets[at : at + PACKET]
            pid = (packet[1] & 0x1F) << 8 | packet[2]
            if not packet[1] & 0x40:
                continue
            if pid == 0:
                self._pat, self._pmt_pid = packet, _pmt_pid(_section(packet))
            elif pid == self._pmt_pid:
                self._pmt, self._picture_pid = packet, _picture_pid(_section(packet))
            elif self.known and pid == self._picture_pid and packet[3] & 0x20 and packet[4] and packet[5] & 0x40:
                return at
        return None


class Ts:
    """Takes one transport stream over HTTP."""

    lost = 0

    async def take(self, url: str, way: Way) -> None:
        """See `Taker.take`. Each connection begins a part of its own."""
        packets, tables, parts = Packets(), Tables(), way.parts
        parts.close()
        async with way.asker.open(url, "the stream", None) as answer:
            async for piece in answer.pieces:
                found = packets.read(piece)
                place = None
                if not tables.known or parts.age_s > way.part_s:  # to look costs more than to copy
                    place = tables.look(found)
                if found and not parts.open:
                    parts.begin(".ts")
                    parts.write(found)
                elif place is not None and parts.age_s > way.part_s:
                    parts.write(found[:place])
                    parts.begin(".ts")
                    parts.write(tables.opening + found[place:])
                elif found:
                    parts.write(found)
                parts.settle()
                if way.halt.wanted():
                    return


def _begins(heard: bytes, at: int) -> bool:
    return heard[at : at + _SURE * PACKET : PACKET] == bytes([_SYNC]) * _SURE


def _section(packet: bytes) -> bytes:
    """Return the section that begins in a packet; b"" where it is cut short."""
    start = 5 + packet[4] if packet[3] & 0x20 else 4
    start += 1 + packet[start] if start < PACKET else 0
    return packet[start:]


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
