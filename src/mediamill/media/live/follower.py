"""Follows an HLS stream by its numbers: which segments of a window are new. Asks nobody."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Self

from mediamill.media.live.playlist import Playlist, Segment

#: So many segments are remembered: a window overlaps with what was taken by some of them.
_MARKS: Final = 6
_TRIES: Final = 3
#: Numbers that are passed over at once, at most, so that something was there: a day in segments of a second.
_MOST_MISSED: Final = 86_400
_MARK: Final = re.compile(r"([0-9]{1,19}):([0-9a-f]{12})(?:@([0-9]{1,12}(?:\.[0-9]{1,3})?))?")
#: Servers tell the time of a segment to the second, and clocks are set.
_SAME_S: Final = 2.0


@dataclass(frozen=True)
class Mark:
    """How a segment that was taken is known again. digest: of its path, which may open what is behind it."""

    number: int
    digest: str
    at_s: float | None = None

    @classmethod
    def of(cls, segment: Segment) -> Self:
        """Return the mark of a segment."""
        _, _, path = segment.url.partition("?")[0].partition("://")[2].partition("/")
        return cls(segment.number, sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12], segment.at_s)

    @classmethod
    def parse(cls, word: str) -> Self:
        """Return a mark by its word. Raises ValueError."""
        found = _MARK.fullmatch(word)
        if found is None:
            raise ValueError("a mark is NUMBER:DIGEST or NUMBER:DIGEST@SECONDS")
        return cls(int(found[1]), found[2], float(found[3]) if found[3] else None)

    @cached_property
    def word(self) -> str:
        """It, in one word for `parse`."""
        return f"{self.number}:{self.digest}" + (f"@{self.at_s:.3f}" if self.at_s is not None else "")

    def same(self, other: Self) -> bool:
        """Whether two of one number are one segment: by the time where both tell it, else by the path.

        Who asks anew may be given other addresses.
        """
        if self.at_s is not None and other.at_s is not None:
            return abs(self.at_s - other.at_s) < _SAME_S
        return self.digest == other.digest


class Follower:
    """Says which segments of a window are new.

    back_s: of the first window, so much of its end is taken. after: `last` of another one that went before: this one
    goes on behind it. lost: segments that were in no window that we saw, or that the server did not have.
    Raises ValueError for an `after` that no follower has written.
    """

    def __init__(self, back_s: float, after: str = "") -> None:
        self._back_s = back_s
        marks = map(Mark.parse, after.split())
        self._marks: OrderedDict[int, Mark] = OrderedDict((mark.number, mark) for mark in marks)
        self._number: int | None = next(reversed(self._marks), None)
        self._cut = False
        self._stumbles = 0
        self.lost = 0

    @property
    def last(self) -> str:
        """What was taken last, in a few words, for one that goes on; "" before the first."""
        return " ".join(mark.word for mark in self._marks.values())

    def fresh(self, playlist: Playlist) -> tuple[Segment, ...]:
        """Return what is to be taken of a window, in order."""
        if self._number is None:
            return self._end_of(playlist)
        if self._anew(playlist, self._number):
            self._number, self._cut = None, True
            self._marks.clear()
            return playlist.segments
        number = self._number
        return tuple(each for each in playlist.segments if each.number > number)

    def cut(self, segment: Segment) -> bool:
        """Whether a new part begins with a segment: what is between it and the last is lost, or it stands apart."""
        return self._cut or segment.apart or (self._number is not None and segment.number > self._number + 1)

    def took(self, segment: Segment) -> None:
        """Note that a segment is whole."""
        self._pass(segment)
        self._cut = False

    def missed(self, segment: Segment) -> None:
        """Note that a segment will not be had."""
        self._pass(segment)
        self.lost += 1
        self._cut = True

    def stumbled(self) -> bool:
        """Note that the next segment failed; return whether that was often enough to go on without it."""
        self._stumbles += 1
        return self._stumbles >= _TRIES

    def _pass(self, segment: Segment) -> None:
        missed = 0 if self._number is None else segment.number - self._number - 1
        self.lost += missed if missed <= _MOST_MISSED else 0  # else its server counts from elsewhere now
        self._number = segment.number
        self._stumbles = 0
        self._marks[segment.number] = Mark.of(segment)
        if len(self._marks) > _MARKS:
            self._marks.popitem(last=False)

    def _end_of(self, playlist: Playlist) -> tuple[Segment, ...]:
        """Return the end of a first window; all of a stream that has ended."""
        if playlist.ended:
            return playlist.segments
        seconds, found = 0.0, len(playlist.segments)
        while found and seconds < self._back_s:
            found -= 1
            seconds += playlist.segments[found].seconds
        return playlist.segments[found:]

    def _anew(self, playlist: Playlist, last: int) -> bool:
        """Whether the server counts from a new beginning: what we took is not what has these numbers now.

        A window a little behind ours is another server's that is late.
        """
        if not playlist.segments:
            return False
        known = next((each for each in reversed(playlist.segments) if each.number in self._marks), None)
        if known is not None and not self._marks[known.number].same(Mark.of(known)):
            return True
        return playlist.segments[-1].number < last - len(playlist.segments)
