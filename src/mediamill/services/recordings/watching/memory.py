"""What a watcher knows from one look to the next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

#: Something failed: the next look comes after twice the time each time, up to this, seconds.
_LONGEST_BACKOFF_S: Final = 3_600.0
_MOST_DOUBLINGS: Final = 16


@dataclass(frozen=True)
class Memory:
    """The facts of a watcher, kept by the engine.

    looked_at: Unix time of the last look, seconds. live: what it saw. code, fails: of looks that failed, in a row.
    wanted: a broadcast that is to be recorded, as the site calls it, "" where it does not; None: there is none.
    begun: it is being recorded; since: from then on, Unix time. done: a broadcast of which somebody has enough, though
    it may go on; None: there is none. made: recordings that were begun. last: the job id of the last one that ended.
    """

    looked_at: float | None = None
    live: bool = False
    code: str = ""
    fails: int = 0
    wanted: str | None = None
    begun: bool = False
    done: str | None = None
    made: int = 0
    last: str = ""
    since: float | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return what facts say; those of another version may have more."""
        return cls(**{name: facts[name] for name in cls.__dataclass_fields__ if name in facts})

    def facts(self) -> dict[str, Any]:
        """Return it as facts."""
        return asdict(self)

    # ---- looks

    def saw(self, broadcast: str, at: float) -> Self:
        """Return it after a look at what is on air. What is recorded meanwhile is what was seen before that."""
        seen = replace(self, looked_at=at, live=True, code="", fails=0)
        return replace(seen, wanted=broadcast) if not self.begun and self._is_new(broadcast) else seen

    def saw_nothing(self, code: str, at: float) -> Self:
        """Return it after a look at what is off air, or not there: whatever comes next is another broadcast."""
        return replace(self, looked_at=at, live=False, code=code, fails=0, done=None)

    def failed(self, code: str, at: float) -> Self:
        """Return it after a look that told nothing."""
        return replace(self, looked_at=at, code=code, fails=self.fails + 1)

    def left_alone(self, code: str) -> Self:
        """Return it where nobody looked, for the site is to be left alone after what it told others."""
        return replace(self, code=code)

    def pause_s(self, interval_s: float) -> float:
        """Return how long it is until the next look, seconds."""
        return max(interval_s, min(interval_s * float(1 << min(self.fails, _MOST_DOUBLINGS)), _LONGEST_BACKOFF_S))

    def _is_new(self, broadcast: str) -> bool:
        """Whether it is another broadcast than the one that is done. One without a name has to go off air first."""
        return self.done is None or (bool(broadcast and self.done) and broadcast != self.done)

    # ---- recordings

    def begins(self, at: float) -> Self:
        """Return it when what is wanted is about to be recorded."""
        return replace(self, begun=True, made=self.made + 1, since=at)

    def recorded(self, job_id: str, *, enough: bool) -> Self:
        """Return it after a recording. enough: its broadcast is not to be recorded again, though it goes on."""
        done = self.wanted if enough else self.done
        return replace(self, wanted=None, begun=False, done=done, last=job_id, code="", fails=0)

    def not_recorded(self, job_id: str, code: str) -> Self:
        """Return it after a recording that failed."""
        return replace(self, wanted=None, begun=False, last=job_id, code=code, fails=self.fails + 1)
