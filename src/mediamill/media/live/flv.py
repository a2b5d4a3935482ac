"""Copies HTTP-FLV: whole tags, and a new part where the stream becomes another one.

Sources: Video File Format Specification, version 10.1, annex E; Enhanced RTMP, version 2.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, Self

from mediamill.media.live.feed import Upstream
from mediamill.media.live.parts import Parts
from mediamill.media.live.taking import Patience, Way

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
#: Key pictures that are known again, and how much of each is looked at.
_KEYS: Final = 32
_PRINT_BYTES: Final = 64
#: Before the first picture; more than that is sound alone, or said to fill our memory.
_MOST_KEPT: Final = 256
_MOST_KEPT_BYTES: Final = 4 * 2**20
_WITH_HEADERS: Final = frozenset({7, 12, 13})  # AVC, and HEVC and AV1 as some sites number them


class Tag(NamedTuple):
    """One tag as it came, with its size behind it: some 70 a second of each recording.

    time_ms: of the stream's own clock. describes: it tells how to decode what follows, and is nothing to see or hear
    itself. key: a picture that needs none before it.
    """

    kind: int
    time_ms: int
    raw: bytes
    describes: bool
    key: bool

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Return what a whole tag says."""
        kind = raw[0]
        first, second = raw[_TAG_HEAD : _TAG_HEAD + 2] if len(raw) > _TAG_HEAD + _SIZE_AFTER + 1 else b"\xff\xff"
        describes = _describes(kind, first, second)
        key = kind == _VIDEO and (first >> 4) & 0x07 == 1 and not describes
        return cls(kind, raw[7] << 24 | raw[4] << 16 | raw[5] << 8 | raw[6], raw, describes, key)

    @property
    def body(self) -> bytes:
        """What it holds."""
        return self.raw[_TAG_HEAD:-_SIZE_AFTER]

    def at(self, time_ms: int) -> Self:
        """Return the tag at another time."""
        if time_ms == self.time_ms:
            return self
        time = (time_ms & 0xFFFFFF).to_bytes(3, "big") + bytes([time_ms >> 24 & 0xFF])
        return self._replace(time_ms=time_ms, raw=self.raw[:4] + time + self.raw[8:])


def _describes(kind: int, first: int, second: int) -> bool:
    if kind == _VIDEO:
        return (first & 0x0F) == 0 if first & 0x80 else (first & 0x0F) in _WITH_HEADERS and second == 0
    if kind == _AUDIO:
        form = first >> 4
        return (form == _AAC and second == 0) or (form == _ENHANCED_AUDIO and (first & 0x0F) == 0)
    return False


class Tags:
    """Reads tags from bytes as they come."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._wanted = 0
        self._begun = False

    def read(self, piece: bytes) -> Iterator[Tag]:
        """Yield the tags that are whole by now. Raises Upstream for what is no FLV."""
        heard = piece
        if self._left:
            self._left += piece
            if len(self._left) < self._wanted:  # a large tag comes in thousands of pieces: each is copied once
                return
            heard = bytes(self._left)
        self._wanted = 0
        at = 0 if self._begun else self._after_head(heard)
        while self._begun and len(heard) - at >= _TAG_HEAD:
            size = int.from_bytes(heard[at + 1 : at + 4], "big")
            kind = heard[at]
            if kind not in {_AUDIO, _VIDEO, _SCRIPT} or size > _MOST_TAG:
                raise Upstream("the stream: it is not FLV any more")
            end = at + _TAG_HEAD + size + _SIZE_AFTER
            if end > len(heard):
                self._wanted = end - at
                break
            yield Tag.of(heard[at:end])
            at = end
        self._left = bytearray(heard[at:])

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

    @property
    def begun(self) -> bool:
        """Whether something stands in the part."""
        return not self._cut

    @property
    def setups(self) -> dict[int, bytes]:
        """How what follows is to be decoded, by the kind of tag."""
        return {kind: tag.body for kind, tag in self._said.items() if kind != _SCRIPT}

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
        said = [self._said[kind].at(time_ms).raw for kind in (_SCRIPT, _VIDEO, _AUDIO) if kind in self._said]
        return _HEADER + b"".join(said)

    def wrote(self, tag: Tag) -> None:
        """Note what stands in the part now."""
        self._cut = False
        self._time_ms = tag.time_ms


class Seam:
    """Where a connection goes on from the one before: servers give each new viewer the last few pictures again.

    A key picture is known again by what it holds, for its clock may begin anew; what comes with it, by its time.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[tuple[int, bytes, bytes], int] = OrderedDict()
        self._last_ms: dict[int, int] = {}

    def wrote(self, tag: Tag) -> None:
        """Note what stands in the part now."""
        self._last_ms[tag.kind] = tag.time_ms
        if tag.key:
            self._keys[_print(tag)] = tag.time_ms
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)

    def shift_ms(self, key: Tag) -> int | None:
        """Return what a key picture's clock is behind the part's; None: the picture is not there."""
        time_ms = self._keys.get(_print(key))
        return None if time_ms is None else time_ms - key.time_ms

    def has(self, tag: Tag) -> bool:
        """Whether a tag, by the part's clock, is there."""
        return tag.time_ms <= self._last_ms.get(tag.kind, -1)


class Joint:
    """Finds out with which tag a new connection goes on, or that something is missing between.

    Yields nothing until it knows: what comes before the first picture is kept.
    """

    def __init__(self, before: Cutter, seam: Seam) -> None:
        self._before, self._seam = before, seam
        self._kept: list[Tag] = []
        self._kept_bytes = 0
        self._shift_ms: int | None = None
        self._passed = {_SCRIPT}
        self._found = Cutter()
        self.over = not before.begun
        #: What the rest is written by.
        self.cutter = self._found if self.over else before

    def read(self, tag: Tag) -> Sequence[Tag]:
        """Return what is to be written by now, by the part's clock; what was kept too, once it is known."""
        if self.over:
            return (tag,)
        if self._shift_ms is not None:
            return self._anew((tag,))
        self._kept.append(tag)
        self._kept_bytes += len(tag.raw)
        patient = len(self._kept) < _MOST_KEPT and self._kept_bytes < _MOST_KEPT_BYTES
        if (self._found.noted(tag) or tag.kind != _VIDEO) and patient:
            return ()
        self._shift_ms = self._seam.shift_ms(tag) if tag.key and self._found.setups == self._before.setups else None
        if self._shift_ms is None:
            return self.give_up()
        kept, self._kept = self._kept, []
        return self._anew(kept)

    def give_up(self) -> Sequence[Tag]:
        """Know no better than that something is missing; return what is to be written then."""
        if self.over or self._shift_ms is not None:
            return ()
        kept, self._kept = self._kept, []
        self.over, self.cutter = True, Cutter()
        return kept

    def _anew(self, tags: Iterable[Tag]) -> Sequence[Tag]:
        """Return those that are not there, by the part's clock."""
        found = []
        for tag in tags:
            moved = tag.at(max(tag.time_ms + (self._shift_ms or 0), 0))
            if not tag.describes and tag.kind not in self._passed:
                if self._seam.has(moved):
                    continue
                self._passed.add(tag.kind)  # for a clock that goes back later is another matter
            found.append(moved)
        return found


class Flv:
    """Takes one HTTP-FLV stream."""

    lost = 0

    def __init__(self) -> None:
        self._cutter, self._seam = Cutter(), Seam()

    async def take(self, url: str, way: Way) -> None:
        """See `Taker.take`. A connection begins a part of its own, unless it goes on just where the last broke off."""
        tags = Tags()
        joint = Joint(self._cutter if way.parts.open else Cutter(), self._seam)
        patience = Patience(way)
        async with way.asker.open(url, "the stream", None) as answer:
            async for piece in answer.pieces:
                found: Iterable[Tag] = tags.read(piece)
                if not joint.over:
                    found = [*chain.from_iterable(map(joint.read, found))]
                    if patience.half_gone:
                        found += joint.give_up()
                self._write(found, joint, way)
                patience.look()
                if way.halt.wanted():
                    return

    def _write(self, tags: Iterable[Tag], joint: Joint, way: Way) -> None:
        """Write tags with as few calls as may be."""
        parts, run = way.parts, list[bytes]()
        old = parts.age_s > way.part_s
        for tag in tags:
            cutter = self._cutter = joint.cutter
            if cutter.noted(tag):
                continue
            if cutter.cut(tag, old=old):
                _append(run, parts)
                if cutter.cut(tag, old=False):
                    self._seam = Seam()  # another clock, or other pictures
                parts.begin(".flv")
                run.append(cutter.opening(tag.time_ms))
                old = False
            run.append(tag.raw)
            cutter.wrote(tag)
            self._seam.wrote(tag)
        _append(run, parts)


def _append(run: list[bytes], parts: Parts) -> None:
    if run:
        parts.write(b"".join(run))
        parts.settle()
        run.clear()


def _print(tag: Tag) -> tuple[int, bytes, bytes]:
    """Return by what a tag is known again. Its middle would say no more, and costs time."""
    body = tag.raw[_TAG_HEAD:]
    return len(body), body[:_PRINT_BYTES], body[-_PRINT_BYTES:]
