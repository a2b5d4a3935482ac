"""What a poll does with what sites answer, and with what we do not ask them: a real engine, a live site."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.engine.mill import Mill
from tests.live import afterwards
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind
from tests.watchers.test_watcher import Watch

from mediamill.engine.polls import LivePolls
from mediamill.media import egress, live
from mediamill.media.live.feed import RateLimited
from mediamill.media.live.looking import Kind as How
from mediamill.media.live.looking import Looker, looker
from mediamill.services.recordings import watchers
from mediamill.services.recordings.watching import polling
from mediamill.settings import EgressSettings, LiveSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations

#: So many looks are gone: the next turn comes later than a poll waits for.
GONE = 120


as_it_was = afterwards.as_it_was


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        egress.use(EgressSettings(destinations(here.address)))
        live.use(LiveSettings(Path(__file__).parents[1] / "live/plugins", here.url))
        yield here


def poll(mill: Mill, path: Path) -> None:
    """Look at what is due."""
    live_polls = LivePolls(watchers, mill.tools.polls, mill.vault, FakeContext(path))
    polling.poll(live_polls)
    live_polls.close(give_back=True)


def use_up(here: Looker, site: LiveSite) -> None:
    """Have as many pages of the site asked for as it bears for the next while."""
    for _ in range(GONE):
        here._hosts.turn(site.address, "", How.PAGE.value.pace, 1_000)


def test_who_is_kept_waiting_by_our_own_pace_has_not_failed(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    use_up(looker(), site)
    waiting = [Watch(mill, url=site.page(name)) for name in ("first", "second")]
    poll(mill, tmp_path)
    for each in waiting:
        assert (each.memory.fails, each.memory.code, each.memory.looked_at) == (0, "", None)
    first_s, second_s = sorted(each.due_in_s for each in waiting)
    assert first_s > 30
    assert second_s - first_s > 0.4, "each has its own time"


def test_an_operator_has_sites_asked_more_seldom(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    live.use(LiveSettings(Path(__file__).parents[1] / "live/plugins", site.url, pace=0.0001))
    waiting = [Watch(mill, url=site.flv(name)) for name in ("one", "two")]
    poll(mill, tmp_path)
    assert sorted(each.memory.looked_at is None for each in waiting) == [False, True]


def test_where_a_site_wants_to_be_left_alone_who_was_not_looked_at_has_not_failed(
    mill: Mill, site: LiveSite, tmp_path: Path
) -> None:
    site.channel("told").refuse(429, Kind.STREAM, retry_after_s=200)
    told = Watch(mill, url=site.flv("told"), poll_interval=120)
    poll(mill, tmp_path)
    assert (told.memory.fails, told.memory.code) == (1, RateLimited.code)
    other = Watch(mill, url=site.flv("other"), poll_interval=120)
    poll(mill, tmp_path)
    assert (other.memory.fails, other.memory.code, other.memory.looked_at) == (0, RateLimited.code, None)
    assert other.due_in_s > 190


def test_what_is_off_the_air_is_looked_at_again_in_its_interval(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    site.channel("page")
    seen = [Watch(mill, url=site.page("page")), Watch(mill, url=site.hls("nobody"))]
    poll(mill, tmp_path)
    assert [each.memory.code for each in seen] == ["", "NOT_FOUND"]
    assert all(50 < each.due_in_s <= 60 and each.memory.looked_at for each in seen)


def test_a_look_that_failed_makes_the_next_one_come_later(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    site.channel("broken").refuse(500, Kind.STREAM)
    broken = Watch(mill, url=site.flv("broken"))
    poll(mill, tmp_path)
    assert (broken.memory.fails, broken.memory.code) == (1, "UPSTREAM")
    assert 100 < broken.due_in_s <= 120


def test_what_two_want_is_asked_for_once(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    channel = site.channel("wanted")
    both = [Watch(mill, url=site.flv("wanted")), Watch(mill, url=site.flv("wanted"), room_id="@wanted")]
    poll(mill, tmp_path)
    asked = channel.asked[Kind.STREAM]
    mill.forward(60)
    poll(mill, tmp_path)
    assert channel.asked[Kind.STREAM] == asked + 1
    assert all(each.due_in_s > 50 for each in both)


def test_a_look_that_hangs_holds_up_nobody_who_is_due_later(mill: Mill, site: LiveSite, tmp_path: Path) -> None:
    stuck = site.channel("stuck")
    stuck.on()
    polls = LivePolls(watchers, mill.tools.polls, mill.vault, FakeContext(tmp_path))
    with stuck.stalled(Kind.PLAYLIST), closing(polling.Round(polls)) as looks:
        Watch(mill, url=site.hls("stuck"))
        looks.begin(polls.take())
        other = Watch(mill, url=site.hls("other"))
        looks.begin(polls.take())
        looks.answer(0.5)
        assert looks.open == 1
        polls.due_in_s()
        assert other.due_in_s > 50
    polls.close(give_back=True)
