"""Hosts are asked in turn and left alone when they refuse us; proxies take turns and rest, too."""

from dataclasses import dataclass

import pytest

from mediamill import MediamillError
from mediamill.media.live.feed import Blocked, Missing, NotYet, Offline, RateLimited, TimedOut, Unreachable
from mediamill.media.live.hosts import Hosts, Pace
from mediamill.media.live.proxies import Pool
from mediamill.media.live.qualities import Quality, nearest

PACE = Pace(rate_s=2, burst=3)


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(clock: Clock) -> Hosts:
    return Hosts(clock, chance=lambda: 0.0)


def waits(hosts: Hosts, host: str = "a.example", proxy: str = "") -> float:
    """Take a turn with all patience; return what it waits for."""
    return hosts.turn(host, proxy, PACE, 1_000)


def test_an_operator_makes_all_of_it_slower_or_faster() -> None:
    assert PACE.times(0.5) == Pace(1, 1.5)
    assert PACE.times(0.01) == Pace(0.02, 1)


def test_a_burst_goes_at_once_and_what_follows_in_the_pace(hosts: Hosts, clock: Clock) -> None:
    assert [waits(hosts) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert waits(hosts, "b.example") == 0, "another host is another matter"
    clock.now += 60
    assert [waits(hosts) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_turn_that_comes_too_late_is_not_taken(hosts: Hosts) -> None:
    for _ in range(4):
        waits(hosts)
    with pytest.raises(NotYet) as later:
        hosts.turn("a.example", "", PACE, 0.5)
    assert (later.value.after_s, later.value.every_s) == (1.0, 0.5)
    assert waits(hosts) == 1.0, "nobody else waits for it"


def test_a_host_that_refuses_us_is_left_alone_longer_each_time(hosts: Hosts, clock: Clock) -> None:
    for rest_s in (60, 120, 240):
        assert waits(hosts) == 0
        hosts.learn("a.example", "", Blocked("no"))
        hosts.learn("a.example", "", Blocked("no"))  # of a look that was under way
        clock.now += rest_s - 1
        with pytest.raises(Blocked) as rests:
            waits(hosts)
        assert (rests.value.after_s, rests.value.is_told_again) == (1, True)
        clock.now += 1
    assert waits(hosts) == 0
    hosts.learn("a.example", "", Offline())
    assert hosts.rests_s("a.example", "") == 0
    assert waits(hosts) == 0, "who serves us again is as any other"


def test_who_waited_for_a_place_is_told_of_a_rest_that_has_begun(hosts: Hosts, clock: Clock) -> None:
    assert waits(hosts) == 0
    hosts.check("a.example", "")
    hosts.learn("a.example", "", Blocked("no"))
    with pytest.raises(Blocked):
        hosts.check("a.example", "")
    clock.now += 60
    assert waits(hosts) == 0
    hosts.check("a.example", "")


def test_a_few_refusals_may_be_about_what_was_asked_for(hosts: Hosts) -> None:
    for _ in range(2):
        hosts.learn("a.example", "", Blocked("no"), bears=2)
        assert hosts.rests_s("a.example", "") == 0
    hosts.learn("a.example", "", Blocked("no"), bears=2)
    assert hosts.rests_s("a.example", "") == 60
    hosts.learn("b.example", "", RateLimited("slowly"), bears=2)
    assert hosts.rests_s("b.example", "") == 60, "that is about us"


def test_one_look_tries_whether_a_rest_has_helped(hosts: Hosts, clock: Clock) -> None:
    hosts.learn("a.example", "", RateLimited("slowly", after_s=600))
    clock.now += 600
    waits(hosts)
    with pytest.raises(RateLimited):
        waits(hosts)
    clock.now += 31
    assert waits(hosts) == 0, "nobody heard of that look"


def test_a_block_is_of_one_proxy_at_one_host(hosts: Hosts) -> None:
    hosts.learn("a.example", "http://p:1", Blocked("no"))
    assert hosts.rests_s("a.example", "http://p:1") == 60
    assert waits(hosts) == waits(hosts, "b.example", "http://p:1") == 0


def test_a_host_that_does_not_answer_five_times_rests_a_little(hosts: Hosts, clock: Clock) -> None:
    for _ in range(4):
        hosts.learn("a.example", "", TimedOut("silence"))
    assert waits(hosts) == 0
    hosts.learn("a.example", "", Unreachable("silence"))
    with pytest.raises(Unreachable) as rests:
        waits(hosts)
    assert rests.value.after_s == 10
    clock.now += 10
    waits(hosts)
    hosts.learn("a.example", "", Missing("the stream: the server answers 404"))
    assert waits(hosts) == 0


def test_a_proxy_bears_so_many_looks_whatever_their_hosts(hosts: Hosts) -> None:
    found = [hosts.turn(f"{number}.example", "http://p:1", PACE, 1) for number in range(42)]
    assert found[:40] == [0] * 40
    assert found[40:] == pytest.approx([0.05, 0.1])


def test_what_is_known_of_hosts_has_an_end(hosts: Hosts, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mediamill.media.live.hosts._MOST_KNOWN", 100)
    hosts.learn("bad.example", "", Blocked("no"))
    for number in range(1_000):
        clock.now += 1
        waits(hosts, f"{number}.example")
    assert len(hosts._known) <= 101
    assert hosts.rests_s("bad.example", "") == 0
    clock.now -= 1_000
    assert hosts.rests_s("bad.example", "") > 0, "who refused us is not forgotten"


def test_hosts_that_refused_us_long_ago_are_forgotten(
    hosts: Hosts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mediamill.media.live.hosts._MOST_KNOWN", 100)
    clock.now = 100_000
    for number in range(1_000):
        hosts.learn(f"{number}.example", "", Blocked("no"))
        clock.now += 60
    assert len(hosts._known) <= 162, "those of the last hour, and as many as there may be"


# ---- proxies

ONE, TWO, THREE = "http://one:1", "http://two:1", "socks5://three:1"


def test_proxies_take_turns(hosts: Hosts, clock: Clock) -> None:
    pool = Pool((ONE, TWO, THREE), hosts, clock)
    assert [pool.pick("a.example") for _ in range(4)] == [ONE, TWO, THREE, ONE]
    assert Pool((), hosts, clock).pick("a.example") == ""


def test_a_proxy_rests_where_it_was_refused_and_works_elsewhere(hosts: Hosts, clock: Clock) -> None:
    pool = Pool((ONE, TWO), hosts, clock)
    hosts.learn("a.example", ONE, Blocked("no"))
    assert {pool.pick("a.example") for _ in range(4)} == {TWO}
    assert {pool.pick("b.example") for _ in range(4)} == {ONE, TWO}
    hosts.learn("a.example", TWO, Blocked("no"))
    clock.now += 1
    hosts.learn("a.example", TWO, Blocked("no"))
    assert pool.pick("a.example") == ONE, "all rest: the one that rests least"
    clock.now += 60
    assert {pool.pick("a.example") for _ in range(4)} == {ONE, TWO}


@pytest.mark.parametrize("error", [Unreachable("silence"), TimedOut("silence")])
def test_a_proxy_that_leads_nowhere_rests_everywhere(hosts: Hosts, clock: Clock, error: MediamillError) -> None:
    pool = Pool((ONE, TWO), hosts, clock)
    pool.learn(ONE, error)
    pool.learn(ONE, error)
    pool.learn(ONE, None)
    for _ in range(3):
        assert ONE in {pool.pick("a.example") for _ in range(2)}
        pool.learn(ONE, error)
    assert {pool.pick("a.example") for _ in range(4)} == {TWO}
    clock.now += 31
    assert {pool.pick("a.example") for _ in range(2)} == {ONE, TWO}
    pool.learn("http://of-a-user:1", error)


def test_what_was_tried_is_not_tried_again(hosts: Hosts, clock: Clock) -> None:
    pool = Pool((ONE, TWO), hosts, clock)
    assert pool.pick("a.example", but=[ONE]) == TWO
    assert pool.pick("a.example", but=[ONE, TWO]) in {ONE, TWO}


# ---- qualities


@pytest.mark.parametrize(
    ("wished", "chosen"),
    [
        ("best", "1080p60"),
        ("worst", "audio_only"),
        ("720p", "720p"),
        ("720P", "720p"),
        ("900p", "720p"),
        ("2160p", "1080p60"),
        ("144p", "360p"),
        ("audio_only", "audio_only"),
        ("source", "1080p60"),
        ("", "1080p60"),
    ],
)
def test_a_quality_is_the_one_that_comes_nearest(wished: str, chosen: str) -> None:
    found = [Quality("audio_only"), Quality("360p", 360), Quality("720p", 720), Quality("1080p60", 1080)]
    assert nearest(wished, found).name == chosen
