"""Makes one file of the parts of a recording, and is sure of it before anybody deletes a part.

Parts come from anywhere, so nobody here reads them: `reel.py` does, in a sandbox.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mediamill.core.context import Context, Sandbox
from mediamill.core.errors import PermanentError

Tell = Callable[[float, str], None]

#: The containers that there are, by suffix.
SUFFIXES: Final = frozenset({".mp4", ".mkv", ".ts"})
_PROGRAM: Final = "mediamill.media.live.reel"
_ORDER: Final = "order.json"
_ANSWER: Final = "made.json"
_MOST_ANSWER: Final = 16 * 2**20
_FULL: Final = 28
#: The slowest disk that we wait for.
_LEAST_BYTES_S: Final = 4 * 2**20
_LONGEST_FIXED_S: Final = 600.0
#: An MP4's index is in memory until its end: 110 bytes for each picture and piece of sound.
_MEMORY_BYTES: Final = 2 * 2**30
#: A part of which the program dies is left out; so many are, and then it is not the parts.
_MOST_CRASHES: Final = 3
#: What a joined file has besides what its parts have.
_BESIDES: Final = 0.02
_BESIDES_BYTES: Final = 16 * 2**20
#: How much a file's length may differ from that of its parts: of sound that ends beside its picture, for each part.
_TRACK_S: Final = 0.5
_FILE_S: Final = 0.5
_PART_S: Final = 0.1


class Unsure(PermanentError):  # noqa: N818 - what we are
    """A joined file does not have what its parts have."""

    code = "JOIN_UNSURE"


@dataclass(frozen=True)
class Track:
    """A track of a file, by what was counted: packets, and its length in seconds. kind: "video" or "audio"."""

    kind: str
    packets: int
    seconds: float


@dataclass(frozen=True)
class Joined:
    """A file of a recording.

    parts: what is in it, in order. seconds: of it; 0 where it is not known. width, height: of the picture, px; 0
    without one. note: "" for what was joined and verified; else why this is a part as it was recorded, for people.
    """

    path: Path
    parts: tuple[Path, ...]
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    note: str = ""


def join(
    parts: Sequence[Path], to: Path, ctx: Context, tell: Tell | None = None, *, floor_bytes: int = 0
) -> tuple[Joined, ...]:
    """Join parts, in their order, into `to`; what cannot be one file becomes several: `to`, `to` with `-2` and so on.

    parts: readable local files, anywhere (`ctx.part`); none of them is changed or removed. to: a file in the attempt's
    scratch; its suffix is the container: `.mp4`, `.mkv` or `.ts`. tell: the fraction, 0..1, and words for it.
    floor_bytes: of the disk, stay free.

    Every part is in one of the files that are returned, and each of these was verified: so the parts may go when the
    files are kept. A part that cannot be read is healed, a copy of it; one that cannot be read to its end even so is
    returned as a file of its own, as it was recorded and where it is, with a note. So are all where the disk has no
    room for both (see `room_bytes`).

    Raises what `ctx.run` raises; ValueError for another suffix.
    """
    if to.suffix not in SUFFIXES:
        raise ValueError(f"{to.suffix} is no container of recordings; {', '.join(sorted(SUFFIXES))} are")
    wanted, free = room_bytes(parts) + floor_bytes, shutil.disk_usage(to.parent).free
    if free < wanted:
        note = f"the parts were not joined: that takes {wanted:,} bytes of the disk, and {free:,} are free"
        ctx.log("recording.not_joined", wanted_bytes=wanted, free_bytes=free)
        return tuple(Joined(part, (part,), note=note) for part in parts)
    folder = Path(tempfile.mkdtemp(prefix="join-", dir=ctx.scratch))
    try:
        found = tuple(_Joining(parts, to, ctx, tell or (lambda _fraction, _words: None), folder).files())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for each in found:
        if each.note:
            ctx.log("recording.part_kept", part=each.path.name, reason=each.note)
    return found


def verify(wanted: Sequence[Track], found: Sequence[Track], parts_s: Sequence[float], seconds: float) -> None:
    """Raise Unsure where a joined file does not have what its parts have.

    wanted: what was read of the parts. found: what the file has, opened again. parts_s: how long each part is by its
    own clock; seconds: how long the file is.

    Each track has all its packets, and is as long as what was read, but for 0.5 s; the file is as long as its parts,
    but for 0.5 s and 0.1 s more for each of them, for a part's sound and picture do not end together.
    """
    if [(each.kind, each.packets) for each in wanted] != [(each.kind, each.packets) for each in found]:
        raise Unsure(f"the parts have {_counts(wanted)}, and the joined file has {_counts(found)}")
    for want, have in zip(wanted, found, strict=True):
        if abs(want.seconds - have.seconds) > _TRACK_S:
            raise Unsure(f"its {want.kind} is {have.seconds:.2f} s long; {want.seconds:.2f} s are wanted")
    whole_s = sum(parts_s)
    if abs(whole_s - seconds) > _FILE_S + _PART_S * len(parts_s):
        raise Unsure(f"the joined file is {seconds:.2f} s long, and its parts are {whole_s:.2f} s")


def room_bytes(parts: Sequence[Path]) -> int:
    """Return how much of the disk has to be free to join parts: they stay until the file is sure."""
    size = sum(part.stat().st_size for part in parts)
    return round(size * (1 + _BESIDES)) + _BESIDES_BYTES


class _Joining:
    """One recording's joining. folder: the program's own."""

    def __init__(self, parts: Sequence[Path], to: Path, ctx: Context, tell: Tell, folder: Path) -> None:
        self._parts = tuple(parts)
        self._to = to
        self._ctx = ctx
        self._tell = tell
        self._folder = folder
        self._size = sum(part.stat().st_size for part in parts) or 1
        self._at: int | None = None
        self._notes: dict[int, str] = {}

    def files(self) -> Iterator[Joined]:
        """Yield the files, in the order of what is in them, and behind each the parts that are kept besides."""
        made = [each for each in (self._sure(said) for said in self._made()) if each is not None]
        kept = [Joined(self._parts[number], (self._parts[number],), note=self._notes[number]) for number in self._notes]
        yield from sorted([*made, *kept], key=lambda each: (self._parts.index(each.parts[0]), bool(each.note)))

    def _made(self) -> Sequence[Mapping[str, Any]]:
        """Return what the program says of the files that it made; note what is wrong with which part."""
        for _ in range(_MOST_CRASHES):
            left = [number for number in range(len(self._parts)) if number not in self._notes]
            fault = self._run(left) if left else ""
            if not fault:
                return self._answer(left) if left else ()
            if self._at is None or fault == _NO_ROOM:
                break
            self._notes[left[self._at]] = fault
        self._notes |= dict.fromkeys((n for n in range(len(self._parts)) if n not in self._notes), fault)
        return ()

    def _run(self, numbers: Sequence[int]) -> str:
        """Let the program join the parts with these numbers; return why it did not, "": it did."""
        for left in self._folder.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        parts = [self._parts[number].resolve() for number in numbers]
        order = {"parts": [str(part) for part in parts], "name": self._to.stem, "suffix": self._to.suffix}
        (self._folder / _ORDER).write_text(json.dumps(order), "utf-8")
        self._at = None
        try:
            ended = self._ctx.run(
                "join",
                _ORDER,
                cwd=self._folder,
                timeout_s=_LONGEST_FIXED_S + self._size / _LEAST_BYTES_S,
                memory_bytes=_MEMORY_BYTES,
                file_bytes=room_bytes(parts),  # a live of days is larger than what other programs may write
                sandbox=Sandbox(warm=_PROGRAM, grace_s=0, readable=tuple(parts)),
                on_line=self._line,
            )
        except PermanentError as error:  # it wanted more than its limits
            return f"it could not be read: {error.message}"
        if ended.returncode == _FULL:
            return _NO_ROOM
        return f"it could not be read: the program ended with {ended.returncode}" if ended.returncode else ""

    def _line(self, line: str) -> None:
        """Take what the program tells; what a library prints besides tells nothing."""
        with suppress(ValueError, TypeError, AttributeError):
            told = json.loads(line)
            self._at = told.get("part", self._at)
            if "read" in told:
                self._tell(min(told["read"] / self._size, 1.0), "joining the parts")

    def _answer(self, numbers: Sequence[int]) -> Sequence[Mapping[str, Any]]:
        said = json.loads(_written(self._folder / _ANSWER))
        for number, fault in said["faults"].items():
            self._notes[numbers[int(number)]] = f"it could not be read: {fault}"
        return [{**each, "parts": [numbers[number] for number in each["parts"]]} for each in said["files"]]

    def _sure(self, said: Mapping[str, Any]) -> Joined | None:
        """Return a file that was verified, in its place; None: it was not, and its parts are kept."""
        wanted, found = ([Track(**each) for each in said[name]] for name in ("wanted", "found"))
        made = self._folder / Path(said["name"]).name
        try:
            verify(wanted, found, said["parts_s"], said["seconds"])
        except Unsure as unsure:
            self._notes |= dict.fromkeys(said["parts"], f"the joined file was not kept: {unsure.message}")
            return None
        if made.is_symlink() or not made.is_file():
            raise RuntimeError("the program that joins told of a file that it did not make")
        path = made.replace(self._to.parent / made.name)
        parts = tuple(self._parts[number] for number in said["parts"])
        return Joined(path, parts, said["seconds"], said["width"], said["height"])


_NO_ROOM: Final = "the parts were not joined: the disk is full"


def _written(path: Path) -> bytes:
    """Return what the program wrote there, who may be a stranger by now: no link is followed, no pipe waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RuntimeError("the program that joins left no answer that can be read") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RuntimeError("the program that joins left an answer that is no file")
        content = file.read(_MOST_ANSWER + 1)
    if len(content) > _MOST_ANSWER:
        raise RuntimeError(f"the program that joins answers more than {_MOST_ANSWER} bytes")
    return content


def _counts(tracks: Sequence[Track]) -> str:
    return ", ".join(f"{each.packets} of {each.kind}" for each in tracks) or "nothing"
