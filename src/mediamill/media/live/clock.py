"""One timeline for parts whose clocks begin anew, wrap, jump and stand still.

Times are ticks of each packet's own base; what tracks share is seconds.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Final

#: Larger steps of a track are jumps of its clock and no time that passed; the copier cuts FLV by the same.
BACK_S: Final = 1.0
AHEAD_S: Final = 10.0


class Clock:
    """The time of one joined file.

    end_s: where what was placed last ends, of all tracks. jumps: how often a track of the part was moved.
    """

    def __init__(self) -> None:
        self.end_s = 0.0
        self.jumps = 0
        self._begins_s = 0.0
        self._part: list[Track] = []

    def part(self) -> None:
        """Begin a part: it follows where the one before it ends, whatever its own clock says."""
        self._begins_s = self.end_s
        self._part = []
        self.jumps = 0

    @property
    def part_s(self) -> float:
        """How long the part is by now."""
        return self.end_s - self._begins_s

    def track(
        self, base: Fraction, coarser: Fraction, start_s: float, *, usual_s: float = 0.0, follows: "Track | None" = None
    ) -> "Track":
        """Return a track of the part that was begun.

        base: of its ticks, seconds. coarser: the smallest step that the joined file can tell. start_s: where the part
        begins by its own clock, of all its tracks. usual_s: how long a packet is that does not say it; 0: as the step
        before it. follows: what is placed before it in the joined file.
        """
        least_s = follows.least_s if follows else None
        step = max(1, ceil(coarser / base))
        made = Track(self, base, self._begins_s - start_s, step, least_s, round(usual_s / base))
        self._part.append(made)
        return made

    def shifts(self) -> list[float]:
        """Return by how much each track of the part is moved now, seconds."""
        return [track.shift_s for track in self._part]


@dataclass
class Track:
    """One track of one part.

    shift_s: what its times are moved by. step: ticks between two packets, at least. usual: of a packet, ticks.
    placed_s: from when to when the last packet is decoded, in the joined file.
    """

    clock: Clock
    base: Fraction
    shift_s: float
    step: int
    follows_s: float | None
    usual: int = 0
    placed_s: tuple[float, float] = field(default=(0.0, 0.0), init=False)
    _shift: int = field(init=False)
    _next: int | None = field(default=None, init=False)
    _least: int | None = field(init=False)
    _last: int | None = field(default=None, init=False)
    _step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._tick_s = float(self.base)
        self._shift = round(self.shift_s / self._tick_s)
        self._least = None if self.follows_s is None else ceil(self.follows_s / self._tick_s)

    @property
    def least_s(self) -> float | None:
        """Where the next packet may be decoded at the earliest, seconds of the joined file; None: anywhere."""
        return None if self._least is None else self._least * self._tick_s

    def place(self, pts: int | None, dts: int | None, duration: int) -> tuple[int, int]:
        """Return when a packet is shown and decoded in the joined file, ticks: later than the one before it.

        duration: 0 where it is not known; then the last known step counts.
        """
        if dts is None:
            dts = self._next if self._next is not None else pts or 0
        elif self._last is not None and self._last < dts:
            self._step = dts - self._last
        pts = dts if pts is None else pts
        if self._far(dts):
            self._jump(dts)
        decoded = dts + self._shift
        if self._least is not None and decoded < self._least:
            decoded = self._least
        shown = max(pts + self._shift, decoded)
        span = duration or self.usual or self._step
        self._last, self._next, self._least = dts, dts + span, decoded + self.step
        self.placed_s = decoded * self._tick_s, (decoded + span) * self._tick_s
        self.clock.end_s = max(self.clock.end_s, (shown + span) * self._tick_s)
        return shown, decoded

    @property
    def _wanted_s(self) -> float:
        """Where the next packet is expected in the joined file."""
        return self.clock.end_s if self._next is None else self._next * self._tick_s + self.shift_s

    def _far(self, dts: int) -> bool:
        """Whether it lies neither behind the packet before nor where the other tracks are: pictures may be rare."""
        at_s = dts * self._tick_s + self.shift_s
        return not any(-BACK_S <= at_s - there <= AHEAD_S for there in (self._wanted_s, self.clock.end_s))

    def _jump(self, dts: int) -> None:
        """Move the track so that `dts` comes where it is expected; with another one that jumped before."""
        own_s = self._wanted_s - dts * self._tick_s
        near = [each for each in self.clock.shifts() if each != self.shift_s and -BACK_S <= each - own_s <= AHEAD_S]
        self.shift_s = min(near, key=lambda each: abs(each - own_s), default=own_s)
        self._shift = round(self.shift_s / self._tick_s)
        self._last = None
        self.clock.jumps += 1
