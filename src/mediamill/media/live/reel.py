"""A program that joins the parts of a recording: run apart, for they come from anywhere.

Its only argument is a JSON file: `parts`, the paths; `name` and `suffix` of what is made, beside that file. It prints
lines of JSON, `{"part": number}` and `{"read": bytes}`, and writes `made.json` beside the order: which files there are,
which parts are in each, what they should have by what was read, and what they have when they are opened again.
"""

import errno
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import av

from mediamill.media.live.clock import Clock, Track
from mediamill.media.live.healing import Broken, heal, split
from mediamill.media.live.strip import Packet, Stream, Strip, Unreadable, base_of, usual_s
from mediamill.media.live.strip import Track as Kind

ANSWER: Final = "made.json"
_TELL_EVERY_S: Final = 0.5
#: Behind the last packet of a part there may be so much, which is no picture and no sound: tables, padding.
_UNREAD_BYTES: Final = 64 * 1024
_SAID_CHARS: Final = 200
#: How it ends where the disk is full: as curl and others do.
FULL: Final = errno.ENOSPC
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: Errors of the disk, and no part's.
_OURS: Final = _FULL | {errno.EIO}
_FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska", ".ts": "mpegts"}
#: An MP4 tells at its beginning where everything is: players begin before all of it is there.
_OPTIONS: Final = {".mp4": {"movflags": "+faststart"}}

Name = tuple[str, int]


@dataclass(frozen=True)
class Piece:
    """What is read of a part: itself, or what became of it. number: of the part, from 0."""

    number: int
    path: Path


@dataclass
class Group:
    """Pieces that lie in one file, one after the other. tracks: all that one of them has."""

    pieces: list[Piece] = field(default_factory=list)
    tracks: dict[Name, Kind] = field(default_factory=dict)

    def takes(self, tracks: Mapping[Name, Kind]) -> bool:
        """Whether a part with these tracks goes on here: what both have is the same."""
        return all(self.tracks.get(name, kind) == kind for name, kind in tracks.items())

    def take(self, piece: Piece, tracks: Mapping[Name, Kind]) -> None:
        """Put a part behind the others."""
        self.pieces.append(piece)
        self.tracks = {**tracks, **self.tracks}


@dataclass
class Counted:
    """What is in a track of a file: packets, and from the first to the end of the last, as they are decoded."""

    packets: int = 0
    seconds: float = 0.0


class Lane:
    """A track of the file that is written."""

    def __init__(self, stream: Stream, usual_s: float) -> None:
        self._stream = stream
        self._usual_s = usual_s
        self._track: Track | None = None
        self._before: Track | None = None
        self._began_s: float | None = None
        self.counted = Counted()
        self.extent_s: tuple[float, float] | None = None

    def leave(self) -> None:
        """A part is over."""
        self._before, self._track = self._track or self._before, None
        self.extent_s = None

    def take(self, packet: Packet, out: Any, clock: Clock, start_s: float) -> bool:  # noqa: ANN401 - of av
        """Write a packet; False: the file does not take it. Raises what the disk is the matter of."""
        if self._track is None:
            self._track = clock.track(
                base_of(packet.stream),
                base_of(self._stream),
                start_s,
                usual_s=self._usual_s,
                follows=self._before,
            )
        track = self._track
        if packet.pts is not None:
            self._stretch(float(packet.pts * packet.time_base))
        packet.pts, packet.dts = track.place(packet.pts, packet.dts, packet.duration or 0)
        begin_s, end_s = track.placed_s
        packet.stream = self._stream
        try:
            out.mux_one(packet)
        except av.error.FFmpegError as error:
            _raise_ours(error)
            return False
        self.counted.packets += 1
        self._began_s = begin_s if self._began_s is None else self._began_s
        self.counted.seconds = end_s - self._began_s
        return True

    def _stretch(self, shown_s: float) -> None:
        """Note from when to when the part shows something, by its own clock."""
        low, high = self.extent_s or (shown_s, shown_s)
        self.extent_s = min(low, shown_s), max(high, shown_s)


def main(argv: list[str]) -> int:
    """Join what `argv[0]` lists. Returns `FULL` where the disk has no room for it."""
    # Asked to finish early, a job has this to finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = json.loads(Path(argv[0]).read_text("utf-8"))
    folder = Path(argv[0]).resolve().parent
    try:
        answer = Joiner(folder, order["name"], order["suffix"]).join([Path(each) for each in order["parts"]])
        (folder / ANSWER).write_text(json.dumps(answer), "utf-8")
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return FULL
    return 0


class Joiner:
    """Joins parts into files `name`, `name-2` and so on."""

    def __init__(self, folder: Path, name: str, suffix: str) -> None:
        self._folder = folder
        self._name = name
        self._suffix = suffix
        self._told_at = 0.0
        self._read = 0
        self._faults: dict[int, str] = {}

    def join(self, parts: Sequence[Path]) -> Mapping[str, object]:
        """Return `files`, and `faults`: of a part's number what was wrong with it."""
        groups: list[Group] = []
        for number, path in enumerate(parts):
            for piece, tracks in self._looked(number, path):
                if not groups or not groups[-1].takes(tracks):
                    groups.append(Group())
                groups[-1].take(piece, tracks)
        files = [self._made(group, number) for number, group in enumerate(groups, 1)]
        return {"files": [each for each in files if each is not None], "faults": self._faults}

    # ---- for who waits

    @staticmethod
    def _at(number: int) -> None:
        """Say which part is next: after a crash it is known which one it was."""
        sys.stdout.write(f'{{"part": {number}}}\n')
        sys.stdout.flush()

    def _tell(self, read: int) -> None:
        """Say how many bytes were read, some times a second."""
        if time.monotonic() - self._told_at >= _TELL_EVERY_S:
            self._told_at = time.monotonic()
            sys.stdout.write(f'{{"read": {read}}}\n')
            sys.stdout.flush()

    # ---- what there is

    def _looked(self, number: int, path: Path) -> Iterator[tuple[Piece, Mapping[Name, Kind]]]:
        """Yield what can be read of a part, with its tracks: itself, or what is left of it when it was healed."""
        room = self._folder / f"of-{number}"
        room.mkdir()
        self._at(number)
        try:
            pieces = split(path, room)
            if pieces != (path,):
                for each in pieces:
                    with suppress(Broken):  # a stream of which only the head came
                        heal(each)
            for each in pieces:
                yield from self._opened(number, each, room)
        except OSError as error:
            _raise_ours(error)
            self._faults[number] = str(error.strerror)

    def _opened(self, number: int, path: Path, room: Path) -> Iterator[tuple[Piece, Mapping[Name, Kind]]]:
        try:
            with Strip(path) as strip:
                tracks = strip.tracks
        except Unreadable as first:
            try:
                path = Path(shutil.copyfile(path, room / f"healed-{path.name}"))
                heal(path)
                with Strip(path) as strip:
                    tracks = strip.tracks
            except (Unreadable, Broken):
                self._faults[number] = str(first)
                return
        yield Piece(number, path), tracks

    # ---- what is made of it

    def _made(self, group: Group, number: int) -> Mapping[str, object] | None:
        path = self._folder / f"{self._name}{f'-{number}' if number > 1 else ''}{self._suffix}"
        try:
            wanted, parts_s = self._written(group, path)
            found, seconds = counted(path)
        except (av.error.FFmpegError, Unreadable, ValueError) as error:
            _raise_ours(error)
            for piece in group.pieces:
                self._faults[piece.number] = str(getattr(error, "strerror", None) or error)[:_SAID_CHARS]
            path.unlink(missing_ok=True)
            return None
        picture = group.tracks.get(("video", 0))
        return {
            "name": path.name,
            "parts": sorted({piece.number for piece in group.pieces}),
            "wanted": _told(wanted),
            "found": _told(found),
            "parts_s": parts_s,
            "seconds": round(seconds, 3),
            "width": picture.width if picture else 0,
            "height": picture.height if picture else 0,
        }

    def _written(self, group: Group, path: Path) -> tuple[Mapping[Name, Counted], list[float]]:
        """Write a file; return what should be in it, and how long each of its parts is by its own clock, seconds."""
        clock = Clock()
        with av.open(str(path), "w", format=_FORMATS[self._suffix], options=_OPTIONS.get(self._suffix, {})) as out:
            lanes = self._lanes(group, out)
            out.start_encoding()
            parts_s: list[float] = []
            for piece in group.pieces:
                self._at(piece.number)
                with Strip(piece.path) as strip:
                    clock.part()
                    if fault := self._poured(strip, lanes, out, clock):
                        self._faults[piece.number] = fault
                parts_s.append(round(clock.part_s if clock.jumps else _extent_s(lanes.values()), 3))
                self._read += strip.size_bytes
                self._tell(self._read)
        return {name: lane.counted for name, lane in lanes.items()}, parts_s

    @staticmethod
    def _lanes(group: Group, out: Any) -> dict[Name, Lane]:  # noqa: ANN401 - of av
        """Return a lane for each track that one of the pieces has, as the first of them says that it is decoded."""
        lanes: dict[Name, Lane] = {}
        for piece in group.pieces:
            if len(lanes) == len(group.tracks):
                break
            with Strip(piece.path) as strip:
                for name in strip.streams:
                    if name not in lanes:
                        lanes[name] = Lane(_stream(out, strip.template(name)), usual_s(strip.template(name)))
        return lanes

    def _poured(self, strip: Strip, lanes: Mapping[Name, Lane], out: Any, clock: Clock) -> str:  # noqa: ANN401 - of av
        """Put what a piece has behind what is there; return what was wrong with it, "": nothing."""
        ways = {stream.index: lanes[name] for name, stream in strip.streams.items()}
        for lane in lanes.values():
            lane.leave()
        start_s, behind, refused = strip.start_s, 0, 0
        try:
            for packet in strip.packets():
                lane = ways[packet.stream_index]
                if start_s is None:
                    start_s = float((packet.pts or packet.dts or 0) * base_of(packet.stream))
                refused += not lane.take(packet, out, clock, start_s)
                if packet.pos is not None:
                    behind = max(behind, packet.pos + packet.size)
                    self._tell(self._read + behind)
        except av.error.FFmpegError as error:
            _raise_ours(error)
            return f"it could be read up to byte {behind:,} of {strip.size_bytes:,}: {error.strerror}"
        if refused:
            return f"{refused} packets of it could not be taken"
        if behind and strip.size_bytes - behind > _UNREAD_BYTES:
            return f"it could be read up to byte {behind:,} of {strip.size_bytes:,}"
        return ""


def _stream(out: Any, template: Stream) -> Stream:  # noqa: ANN401 - of av
    """Return a track of a file that is written, as another one says that it is decoded."""
    stream = out.add_stream_from_template(template, opaque=True)
    if template.codec_context.name == "hevc" and out.format.name == "mp4":
        stream.codec_context.codec_tag = "hvc1"  # by the other name Apple's players do not play it
    return stream


def _extent_s(lanes: Iterable[Lane]) -> float:
    """Return from the first to the last that a part shows by its own clock, seconds."""
    extents = [lane.extent_s for lane in lanes if lane.extent_s is not None]
    return max(end for _, end in extents) - min(begin for begin, _ in extents) if extents else 0.0


def counted(path: Path) -> tuple[Mapping[Name, Counted], float]:
    """Return what is in a file, and how long it is, seconds.

    Of MP4 it is its index that is asked, which names every packet; other files are read to their end.

    Raises Unreadable where the index speaks of what is not there.
    """
    with Strip(path) as strip:
        indexed = {name: _indexed(stream, strip.size_bytes) for name, stream in strip.streams.items()}
        if all(each.packets for each in indexed.values()):
            return indexed, strip.seconds
        spans: dict[Name, tuple[float, float]] = {}
        found: dict[Name, Counted] = {name: Counted() for name in strip.streams}
        names = {stream.index: name for name, stream in strip.streams.items()}
        for packet in strip.packets():
            name, base = names[packet.stream_index], float(base_of(packet.stream))
            time = packet.dts if packet.dts is not None else packet.pts
            begin, _ = spans.get(name, ((time or 0) * base, 0.0))
            spans[name] = begin, ((time or 0) + (packet.duration or 0)) * base
            found[name].packets += 1
            found[name].seconds = spans[name][1] - begin
        return found, strip.seconds


def _indexed(stream: Stream, size_bytes: int) -> Counted:
    if not stream.frames or stream.duration is None:
        return Counted()
    last = stream.index_entries[-1]
    if len(stream.index_entries) != stream.frames or last.pos + last.size > size_bytes:
        raise Unreadable("its index speaks of what is not there")
    return Counted(stream.frames, float(stream.duration * base_of(stream)))


def _told(tracks: Mapping[Name, Counted]) -> list[Mapping[str, object]]:
    return [
        {"kind": kind, "packets": each.packets, "seconds": round(each.seconds, 3)}
        for (kind, _), each in sorted(tracks.items(), reverse=True)
        if each.packets
    ]


def _raise_ours(error: Exception) -> None:
    """Raise an error that is no part's fault: the disk's."""
    number = getattr(error, "errno", None)
    if number in _OURS:
        raise OSError(number, os.strerror(number)) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
