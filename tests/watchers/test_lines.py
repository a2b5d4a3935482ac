"""A site with more watchers than it may be asked: all come round, and nobody is worse off than others."""

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from mediamill.media.live.feed import NotYet, Offline, Source
from mediamill.media.live.hosts import Hosts, Pace
from mediamill.services.recordings.watching.lines import Lines

PACE = Pace(rate_s=2, burst=10)
PATIENCE_S = 5.0
INTERVAL_S = 60.0


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def looked_at(watchers: int, until_s: float) -> dict[Source, list[float]]:
    """Let so many sources of one host be due at once, and then as they are told; return when each had a look."""
    clock, chance = Clock(), Random(8)  # noqa: S311
    hosts, lines = Hosts(clock), Lines(clock)
    due = [(chance.uniform(0, 5), number) for number in range(watchers)]
    sources = [Source(f"https://live.example/{number}") for number in range(watchers)]
    looks: dict[Source, list[float]] = defaultdict(list)
    heapq.heapify(due)
    while due[0][0] < until_s:
        at, number = heapq.heappop(due)
        clock.now = at
        found: Offline | NotYet = Offline()
        try:
            hosts.turn("live.example", "", PACE, PATIENCE_S)
            looks[sources[number]].append(at)
        except NotYet as refused:
            found = refused
        pause_s = INTERVAL_S * chance.uniform(0.9, 1)
        place_s = lines.place_s(sources[number], found, pause_s)
        heapq.heappush(due, (at + (place_s if isinstance(found, NotYet) else max(pause_s, place_s)), number))
    return looks


def gaps(looks: dict[Source, list[float]], after_s: float) -> list[float]:
    return [later - at for times in looks.values() for at, later in pairwise(times) if at > after_s]


def test_who_is_more_than_the_pace_of_a_site_comes_round() -> None:
    watchers, looks_s = 600, 3_600.0
    looks = looked_at(watchers, looks_s)
    round_s = watchers / PACE.rate_s * 1.05
    assert len(looks) == watchers
    assert max(gaps(looks, round_s)) < round_s * 1.1
    assert sum(map(len, looks.values())) > looks_s * PACE.rate_s * 0.9, "no turn is left unused"


def test_who_is_less_is_looked_at_as_it_wishes() -> None:
    assert max(gaps(looked_at(100, 1_800), INTERVAL_S)) <= INTERVAL_S + PATIENCE_S


def test_a_site_and_a_way_to_it_has_a_line_of_its_own() -> None:
    clock = Clock()
    lines = Lines(clock)
    busy, same = Source("https://a.example/1"), Source("https://A.example/2")
    assert lines.place_s(busy, NotYet(100.0, 2.0), 60) == 100
    assert lines.place_s(same, Offline(), 60) == 100 + 2.0 * 1.05
    for other in (Source("https://b.example/1"), Source("https://a.example/1", proxy="http://p:1")):
        assert lines.place_s(other, Offline(), 60) == 0
    clock.now += 50
    assert lines.place_s(busy, Offline(), 60) == 0, "the line is over by then"
    clock.now += 5
    assert lines.place_s(busy, NotYet(5.0, 2.0), 60) > 45, "and it is still there"
