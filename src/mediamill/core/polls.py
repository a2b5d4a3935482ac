"""Jobs that wait to be looked at: many of one service at once, by one attempt for all of them.

A job that waits for something outside (a channel that goes live) need not run to see that nothing has happened. It
says `ctx.poll_in(60, facts)` and raises `Later(3600)`. From then on the `poll` of its service is given the job when it
is due, with some hundred others, and either puts it off once more (`again`) or lets it run (`wake`). An hour after the
last look, should the polls not come, the job runs by itself.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

P = TypeVar("P", bound="BaseModel")

#: The service of the jobs that look at others.
POLLS: Final = "polls"
#: Jobs that one `take` gives at most.
TAKEN: Final = 500
#: What a job's facts, and its wishes, may be as JSON.
FACTS_BYTES: Final = 4_096
#: Nothing is looked at later than this.
LONGEST_S: Final = 30 * 86_400.0


@dataclass(frozen=True)
class Polled(Generic[P]):
    """A job that is due to be looked at.

    owner: whose it is. facts: what the last look, or the job itself by `ctx.poll_in`, left for the next one; empty at
    first. wishes: what clients have changed of the job since it was accepted, as its service's routes put it.
    """

    job_id: str
    owner: str
    params: P = field(repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)
    wishes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PollState:
    """How a job stands with the polls of its service.

    facts, wishes: as of `Polled`. next_at: when it is looked at next, Unix time in seconds of the store's clock; None:
    it does not wait for a look, since it runs, waits for something else, or has ended. paused: it is not looked at
    until somebody changes that; `next_at` is when it would be.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    wishes: Mapping[str, Any] = field(default_factory=dict)
    next_at: float | None = None
    paused: bool = False


class Polls(Protocol[P]):
    """What a service's `poll` works with. Every call may raise Cancelled or Later: let them pass.

    A `poll` looks at what is due and returns when `take` gives nothing more; it is called again when more is due. It
    may go on for as long as it likes instead, when it calls `check` every second or so: after about five minutes that
    ends it, and it is begun anew. It runs in one thread of the queue `default`, for all jobs of its service, so it is
    not to compute; its threads may share this object.

        def poll(polls: Polls[Params]) -> None:
            while due := polls.take():
                for each in due:
                    polls.check()
                    if is_live(each.params.url):
                        polls.wake(each)
                    else:
                        polls.again(each, 60 * random.uniform(0.9, 1.1), {"seen_at": time.time()})

    What it raises otherwise is logged, and it is begun again after some seconds, up to a minute. Jobs that were taken
    and not answered come again after half a minute, in ever smaller groups: one that a poll always stumbles over is
    alone the fourth time, and comes ever later then, up to an hour; it holds up no other. So a job may be looked at
    twice, seldom; it is given to one poll at a time.
    """

    def take(self, most: int = TAKEN) -> list[Polled[P]]:
        """Return jobs that are due, those first that have waited longest; nothing when none is.

        Nothing, too, where this poll is to end and has not answered all that it took: Later comes when it has.
        They wait (RETRY), are not paused, and are this call's for 30 seconds, and for as long as `check` or `take` is
        called; answer each by `again` or `wake`.
        most: 1..500; there may be fewer though more are due.
        """
        ...

    def again(self, polled: Polled[P], after_s: float, facts: Mapping[str, Any] | None = None) -> None:
        """Look at the job again after `after_s` seconds, 30 days at most.

        facts: kept for the next look, JSON of 4 KiB at most; None: those that it has.

        It goes to the store with others, within a second or so, and puts off, too, when the job runs by itself. Nothing
        happens when the job has moved on meanwhile, or somebody has changed it: then it is due again at once. Raises
        ValueError for a time or facts that cannot be kept.
        """
        ...

    def wake(self, polled: Polled[P], facts: Mapping[str, Any] | None = None) -> None:
        """Let the job run, at once; it can read the facts by `ctx.polled()`. As `again` where it has moved on."""
        ...

    def due_in_s(self) -> float | None:
        """Return after how many seconds the next job is due, 0 when one is; None: no job waits to be looked at."""
        ...

    def check(self) -> None:
        """Raise Cancelled, or Later, when the poll should end. Cheap: call it in every loop, and every second or so."""
        ...

    def log(self, event: str, /, **fields: object) -> None:
        """Write one line into the log of the polls of this service: a job of the service `polls`, for operators."""
        ...


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return facts or wishes as the store keeps them. Raises ValueError when they are no JSON object of 4 KiB."""
    try:
        text = json.dumps(dict(facts), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except TypeError as error:
        raise ValueError(f"what is kept for a poll is JSON: {error}") from None
    if (size := len(text.encode("utf-8", "replace"))) > FACTS_BYTES:
        raise ValueError(f"what is kept for a poll is {size} bytes as JSON; the limit is {FACTS_BYTES}")
    return text


def look_after_s(seconds: float) -> float:
    """Return the time until a look. Raises ValueError when it is not 0 seconds to 30 days."""
    if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_S):
        raise ValueError(f"a job is looked at after 0..{LONGEST_S:.0f} seconds, not {seconds}")
    return float(seconds)
