"""Copies HTTP-FLV: whole tags, and a new part where the stream becomes another one.

Sources: Video File Format Specification, version 10.1, annex E; Enhanced RTMP, version 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mediamill.media.live.feed import Upstream
from mediamill.media.live.parts import Parts
from mediamill.media.live.taking import Way

_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18
_TAG_HEAD: Final = 11
_SIZE_AFTER: Final = 4
#: A tag's size has 24 bits; a picture has far fewer.
_MOST_TAG: Final = 8 * 2**20
_LONGEST_HEAD: Final = 64
#: Larger jumps of the clock begin a new part, ms: players and ffmpeg make nothing good of them.
_BACK_MS: Final = 1_000
_AHEAD_MS: Final = 10_000
#: What a file begins with: sound and picture may come.
_HEADER: Final = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
_AAC: Final = 10
_ENHANCED_AUDIO: Final = 9
_WITH_HEADERS: Final = frozenset({7, 12, 13})  # AVC, and HEVC and AV1 as some sites number them


@dataclass(frozen=True)
class Tag:
    """One tag as it came, with its size behind it. time_ms: of the stream's own clock."""

    kind: int
    time_ms: int
    raw: bytes

    @property
    def body(self) -> bytes:
        """What it holds."""
        return self.raw[_TAG_HEAD:-_SIZE_AFTER]

    @property
    def describes(self) -> bool:
        """Whether it tells how to decode what follows, and is nothing to see or hear itself."""
        first, second = self._two
        if self.kind == _VIDEO:
            return (first & 0x0F) == 0 if first & 0x80 else (first & 0x0F) in _WITH_HEADERS and second == 0
        if self.kind == _AUDIO:
            form = first >> 4
            return (form == _AAC and second == 0) or (form == _ENHANCED_AUDIO and (first & 0x0F) == 0)
        return False

    @property
    def key(self) -> bool:
        """Whether it is a picture that needs none before it."""
        return self.kind == _VIDEO and (self._two[0] >> 4) & 0x07 == 1 and not self.describes

    def at(self, time_ms: int) -> bytes:
        """Return the tag as it stands at another time."""
        time = (time_ms & 0xFFFFFF).to_bytes(3, "big") + bytes([time_ms >> 24 & 0xFF])
        return self.raw[:4] + time + self.raw[8:]

    @property
    def _two(self) -> tuple[int, int]:
        two = self.raw[_TAG_HEAD : min(_TAG_HEAD + 2, len(self.raw) - _SIZE_AFTER)].ljust(2, b"\xff")
        return two[0], two[1]


class Tags:
    """Reads tags from bytes as they come."""

    def __init__(self) -> None:
        self._left = b""
        self._begun = False

    def read(self, piece: bytes) -> Iterator[Tag]:
        """Yield the tags that are whole by now. Raises Upstream for what is no FLV."""
        heard = self._left + piece if self._left else piece
        at = 0 if self._begun else self._after_head(heard)
        while self._begun and len(heard) - at >= _TAG_HEAD:
            size = int.from_bytes(heard[at + 1 : at + 4], "big")
            kind = heard[at]
            if kind not in {_AUDIO, _VIDEO, _SCRIPT} or size > _MOST_TAG:
                raise Upstream("the stream: it is not FLV any more")
            end = at + _TAG_HEAD + size + _SIZE_AFTER
            if end > len(heard):
                break
            time_ms = heard[at + 7] << 24 | int.from_bytes(heard[at + 4 : at + 7], "big")
            yield Tag(kind, time_ms, heard[at:end])
            at = end
        self._left = heard[at:]

    def _after_head(self, heard: bytes) -> int:
        """Return where the first tag begins, or 0 while the head is not all there."""
        if heard[:3] != b"FLV"[: len(heard)]:
            raise Upstream("the stream: it does not begin as FLV")
        if len(heard) < 9:  # noqa: PLR2004 - so long is a head
            return 0
        head = int.from_bytes(heard[5:9], "big")
        if not 9 <= head <= _LONGEST_HEAD:  # noqa: PLR2004 - see above
            raise Upstream("the stream: it does not begin as FLV")
        if len(heard) < head + _SIZE_AFTER:
            return 0
        self._begun = True
        return head + _SIZE_AFTER


class Cutter:
    """Says what is written of one connection's tags, and where a new part begins.

    Tags that describe what follows are not written where they stand: a part begins with all of them.
    """

    def __init__(self) -> None:
        self._said: dict[int, Tag] = {}
        self._cut = True
        self._time_ms: int | None = None

    def cut(self, tag: Tag, *, old: bool) -> bool:
        """Whether a new part begins with a tag. old: the part is as long as wanted, and a good place will do."""
        jump = 0 if self._time_ms is None else tag.time_ms - self._time_ms
        good = tag.key if _VIDEO in self._said else tag.kind == _AUDIO
        return self._cut or not -_BACK_MS <= jump <= _AHEAD_MS or (old and good)

    def noted(self, tag: Tag) -> bool:
        """Whether a tag describes what follows; then it is noted, and not to be written."""
        if not (tag.describes or tag.kind == _SCRIPT):
            return False
        before = self._said.get(tag.kind)
        if tag.kind != _SCRIPT and (before is None or before.body != tag.body):
            self._cut = True
        self._said[tag.kind] = tag
        return True

    def opening(self, time_ms: int) -> bytes:
        """Return what a part begins with. time_ms: of the first tag behind it."""
        said = [self._said[kind].at(time_ms) for kind in (_SCRIPT, _VIDEO, _AUDIO) if kind in self._said]
        return _HEADER + b"".join(said)

    def wrote(self, tag: Tag) -> None:
        """Note what stands in the part now."""
        self._cut = False
        self._time_ms = tag.time_ms


class Flv:
    """Takes one HTTP-FLV stream."""

    lost = 0

    async def take(self, url: str, way: Way) -> None:
        """See `Taker.take`. Each connection begins a part of its own: its clock may be another one."""
        tags, cutter = Tags(), Cutter()
        async with way.asker.open(url, "the stream", None) as answer:
            async for piece in answer.pieces:
                for tag in tags.read(piece):
                    if not cutter.noted(tag):
                        self._write(tag, cutter, way.parts, way.part_s)
                if way.halt.wanted():
                    return

    def _write(self, tag: Tag, cutter: Cutter, parts: Parts, part_s: float) -> None:
        if cutter.cut(tag, old=parts.age_s > part_s):
            parts.begin(".flv")
            parts.write(cutter.opening(tag.time_ms) + tag.raw)
        else:
            parts.write(tag.raw)
        parts.settle()
        cutter.wrote(tag)
