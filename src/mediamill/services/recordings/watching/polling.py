"""One look at hundreds of sources: who is live is woken, the others are put off."""

import random
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from mediamill import InvalidInput, MediamillError, PermanentError, Polled, Polls, RetryableError
from mediamill.media.live.feed import Feed, Missing, NotYet, Offline, Source, Unserved
from mediamill.media.live.resolve import Looks
from mediamill.services.recordings.origin import origin
from mediamill.services.recordings.watching.lines import Lines
from mediamill.services.recordings.watching.memory import Memory
from mediamill.services.recordings.watching.params import LONGEST_POLL_S, Params, interval_s

#: With more looks under way than so many no more are begun: should all sites hang, these are the looks of ten seconds.
_MOST: Final = 2_000
_BATCH: Final = 200
#: What is due is asked for so often, seconds.
_TAKE_EVERY_S: Final = 0.25
#: Where nothing is due for longer, the slot is given back; to be called again takes a second.
_SOON_S: Final = 30.0
#: Polls come by so much sooner than at their interval, in part, so that those of one moment spread.
_JITTER: Final = 0.1
#: Of this process: they are there for one run of the polls after the other.
_LINES: Final = Lines()

Due = list[Polled[Params]]


def poll(polls: Polls[Params]) -> None:
    """Look at what is due, and at what will be soon, until the engine ends it."""
    with closing(Round(polls)) as looks:
        while True:
            polls.check()
            due = polls.take(_BATCH) if looks.open <= _MOST else []
            looks.begin(due)
            if looks.open:
                looks.answer(0.0 if len(due) == _BATCH else _TAKE_EVERY_S)
            elif (due_in_s := polls.due_in_s()) is None or due_in_s > _SOON_S:
                return
            else:
                time.sleep(min(due_in_s, _TAKE_EVERY_S))


class Round:
    """Watchers whose sources are looked at. What several want is looked at once."""

    def __init__(self, polls: Polls[Params]) -> None:
        self._polls = polls
        self._looks = Looks()
        self._wanted: dict[Source, Due] = {}

    @property
    def open(self) -> int:
        """Looks that are under way."""
        return self._looks.open

    def begin(self, due: Due) -> None:
        """Look at what is due, unless its hours keep it from looking."""
        new: list[Source] = []
        for each in due:
            closed_s = _closed_s(each)
            if closed_s:
                self._polls.again(each, closed_s, Memory.of(each.facts).facts())
                continue
            try:
                source = origin(each.params.room_id, each.params.url, each.params.options)
            except (InvalidInput, PermanentError) as refused:  # what an operator has forbidden, or taken away, since
                _answer(self._polls, each, refused)
                continue
            if source not in self._wanted:
                new.append(source)
            self._wanted.setdefault(source, []).append(each)
        if new:
            self._looks.begin(new)

    def answer(self, within_s: float) -> None:
        """Answer those whose sources were looked at, for so long."""
        for source, found in self._looks.found(within_s):
            watching = self._wanted.pop(source)
            place_s = _LINES.place_s(source, found, min(map(_interval_s, watching)))
            for each in watching:
                _answer(self._polls, each, found, place_s)

    def close(self) -> None:
        """End what is under way; the engine gives those back that were not answered."""
        self._looks.close()


def _answer(polls: Polls[Params], each: Polled[Params], found: Feed | MediamillError, place_s: float = 0.0) -> None:
    """Wake it, or put it off. place_s: of its site's line."""
    memory = _known(Memory.of(each.facts), found, time.time())
    if isinstance(found, Feed) and memory.wanted is not None:
        polls.wake(each, memory.facts())
        return
    pause_s = memory.pause_s(_interval_s(each)) * random.uniform(1.0 - _JITTER, 1.0)  # noqa: S311
    match found:
        case NotYet():
            after_s = place_s
        case RetryableError() if not isinstance(found, Offline):
            after_s = max(pause_s, place_s, found.after_s or 0.0)
        case _:
            after_s = max(pause_s, place_s)
    polls.again(each, min(after_s, LONGEST_POLL_S), memory.facts())


def _known(memory: Memory, found: Feed | MediamillError, now: float) -> Memory:
    """Return what is known after a look; where our own pace kept us from asking, nobody failed."""
    match found:
        case Feed():
            return memory.saw(found.live, now)
        case Offline():
            return memory.saw_nothing("", now)
        case Missing():  # which is how a plain address is off air; and an account may come back
            return memory.saw_nothing(found.code, now)
        case NotYet():
            return memory
        case Unserved(is_told_again=True):
            return memory.left_alone(found.code)
        case _:
            return memory.failed(found.code, now)


def _interval_s(each: Polled[Params]) -> float:
    return interval_s(each.params.poll_interval, each.wishes)


def _closed_s(each: Polled[Params]) -> float:
    """Return how long it is until the schedule lets it look, seconds; a broadcast goes on meanwhile."""
    schedule = each.params.schedule
    return schedule.opens_in_s(datetime.now(UTC)) if schedule is not None else 0.0
