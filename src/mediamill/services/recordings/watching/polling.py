"""One look at hundreds of sources: who is live is woken, the others are put off."""

import random
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Final

from mediamill import InvalidInput, MediamillError, PermanentError, Polled, Polls, RetryableError
from mediamill.media import cookies
from mediamill.media.live.feed import Feed, Missing, Offline, Source
from mediamill.media.live.resolve import look, source_of
from mediamill.services.recordings.watching.memory import Memory
from mediamill.services.recordings.watching.params import LONGEST_POLL_S, Params, interval_s

#: So many batches are looked at beside each other: a slow one does not keep what is due after it waiting.
_BATCHES: Final = 8
_BATCH: Final = 200
#: What is due is asked for so often, seconds.
_TAKE_EVERY_S: Final = 0.25
#: Where nothing is due for longer, the slot is given back; to be called again takes a second.
_SOON_S: Final = 30.0
#: Polls come by so much sooner than at their interval, in part, so that those of one moment spread.
_JITTER: Final = 0.1

Due = list[Polled[Params]]


def poll(polls: Polls[Params]) -> None:
    """Look at what is due, and at what will be soon, until the engine ends it."""
    with ThreadPoolExecutor(_BATCHES, "watchers") as threads:
        looking: set[Future[None]] = set()
        while True:
            polls.check()
            ended, looking = wait(looking, timeout=0)
            for each in ended:
                each.result()
            due = polls.take(_BATCH) if len(looking) < _BATCHES else []
            if due:
                looking.add(threads.submit(_looked, due, polls))
            elif looking:
                wait(looking, timeout=_TAKE_EVERY_S)
            elif (due_in_s := polls.due_in_s()) is None or due_in_s > _SOON_S:
                return
            else:
                time.sleep(min(due_in_s, _TAKE_EVERY_S))


def _looked(due: Due, polls: Polls[Params]) -> None:
    """Look at a batch; of those that want the same, once."""
    wanted: dict[Source, Due] = defaultdict(list)
    for each in due:
        closed_s = _closed_s(each)
        if closed_s:
            polls.again(each, closed_s, Memory.of(each.facts).facts())
            continue
        try:
            wanted[_source(each.params)].append(each)
        except (InvalidInput, PermanentError) as refused:  # what an operator has forbidden, or taken away, since then
            _answer(polls, each, refused)
    for source, found in look(wanted, polls.check):
        for each in wanted[source]:
            _answer(polls, each, found)


def _answer(polls: Polls[Params], each: Polled[Params], found: Feed | MediamillError) -> None:
    memory, now = Memory.of(each.facts), time.time()
    after_s = 0.0
    match found:
        case Feed():
            memory = memory.saw(found.live, now)
            if memory.wanted is not None:
                polls.wake(each, memory.facts())
                return
        case Offline():
            memory = memory.saw_nothing("", now)
        case Missing():  # which is how a plain address is off air; and an account may come back
            memory = memory.saw_nothing(found.code, now)
        case RetryableError():
            memory, after_s = memory.failed(found.code, now), found.after_s or 0.0
        case _:
            memory = memory.failed(found.code, now)
    pause_s = memory.pause_s(interval_s(each.params.poll_interval, each.wishes))
    pause_s = max(pause_s * random.uniform(1.0 - _JITTER, 1.0), after_s)  # noqa: S311
    polls.again(each, min(pause_s, LONGEST_POLL_S), memory.facts())


def _source(params: Params) -> Source:
    options = params.options
    secret = options.cookies.get_secret_value() if options.cookies is not None else ""
    proxy = options.proxy.get_secret_value() if options.proxy is not None else ""
    return source_of(
        room_id=params.room_id,
        url=params.url,
        quality=options.quality or "best",
        cookies=cookies.opened(secret) if secret else None,
        proxy=proxy,
    )


def _closed_s(each: Polled[Params]) -> float:
    """Return how long it is until the schedule lets it look, seconds; a broadcast goes on meanwhile."""
    schedule = each.params.schedule
    return schedule.opens_in_s(datetime.now(UTC)) if schedule is not None else 0.0
