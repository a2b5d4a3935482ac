"""tiktok-live-recorder records, and what it says is understood: a script takes its words and says its words."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.live.film import lost
from tests.live.programs import Programs, programs
from tests.live.recording import Recording
from tests.live.site import LiveSite, live_site

from mediamill import MediamillError
from mediamill.media import live
from mediamill.media.live import tlr
from mediamill.media.live.copier import Ended, Why, Wishes
from mediamill.media.live.feed import Source
from mediamill.media.live.parts import Parts
from mediamill.settings import LiveSettings
from mediamill.testing import FakeContext, eventually

STAND_IN = Path(__file__).parent / "tlr/main.py"


@pytest.fixture(scope="module")
def site() -> Iterator[LiveSite]:
    with live_site() as here:
        yield here


@pytest.fixture
def begun(site: LiveSite, tmp_path: Path) -> Iterator[Programs]:
    root = tmp_path / "tiktok-live-recorder"
    (root / "src/utils").mkdir(parents=True)
    shutil.copyfile(STAND_IN, root / "src/main.py")
    (root / "src/cookies.json").write_text("{}")
    (root / "src/stream.txt").write_text(site.flv("fair"))
    live.use(LiveSettings(tlr_root=root))
    with programs(site, tmp_path) as here:
        yield here
    live.use(None)


def start(begun: Programs, user: str, wishes: Wishes | None = None) -> Recording:
    here = Source(f"https://www.tiktok.com/@{user}/live")
    return begun.start(lambda to, ctx, check: tlr.record(here, to, wishes or Wishes(), ctx, check))


def test_it_records_until_the_live_is_over(site: LiveSite, begun: Programs) -> None:
    """What it would convert is ours already: nobody waits for that."""
    fair = site.channel("fair")
    fair.on()
    here = Source("https://www.tiktok.com/@records/live")
    said: list[FakeContext] = []

    def record(to: Parts, ctx: FakeContext, check: Callable[[], bool]) -> Ended:
        said.append(ctx)
        return tlr.record(here, to, Wishes(), ctx, check)

    made = begun.start(record)
    eventually(lambda: made.written > 10_000)
    assert not made.parts
    fair.off()
    ended = made.ended()
    assert (ended.why, ended.error) == (Why.ENDED, None)
    assert [part.name for part in made.parts] == ["part-00001.flv"]
    assert ended.size_bytes == made.parts[0].size_bytes
    assert len(made.numbers()) > 5
    assert lost(made.numbers()) == 0
    assert "Recording finished" in repr(said[0].logged)
    assert "Converting" not in repr(said[0].logged)


def test_stopping_it_keeps_what_there_is(site: LiveSite, begun: Programs) -> None:
    site.channel("fair").on()
    made = start(begun, "records")
    eventually(lambda: made.written > 5_000)
    made.stop.set()
    assert made.ended().why is Why.STOPPED
    assert made.numbers()


def test_a_crash_in_the_middle_keeps_what_there_is_and_is_told(site: LiveSite, begun: Programs) -> None:
    site.channel("fair").on()
    made = start(begun, "crashes")
    ended = made.ended()
    assert ended.why is Why.LOST
    assert ended.error is not None
    assert ended.error.code == "RECORDER_EXIT_NONZERO"
    assert "Segmentation fault" in ended.error.message
    assert made.numbers()


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("offline", "LIVE_OFFLINE"),
        ("waf", "BLOCKED"),
        ("captcha", "GEO_OR_CAPTCHA"),
        ("private", "AUTH_REQUIRED"),
        ("nobody", "NOT_FOUND"),
    ],
)
def test_its_words_are_told_by_code_though_it_ends_with_0(begun: Programs, user: str, code: str) -> None:
    with pytest.raises(MediamillError) as seen:
        start(begun, user).ended()
    assert seen.value.code == code


def test_one_that_goes_round_and_records_nothing_is_ended(begun: Programs) -> None:
    with pytest.raises(MediamillError) as seen:
        start(begun, "loops", Wishes(outage_s=1)).ended()
    assert seen.value.code == "STALLED"


def test_it_reaches_nothing_but_the_guard(begun: Programs, tmp_path: Path) -> None:
    (tmp_path / "tiktok-live-recorder/src/stream.txt").write_text("http://10.0.0.1/stream.flv")
    with pytest.raises(MediamillError) as seen:
        start(begun, "records").ended()
    assert seen.value.code == "BLOCKED"


def test_cookies_are_beside_the_copy_for_the_run_only_and_in_no_log(begun: Programs, tmp_path: Path) -> None:
    said: list[FakeContext] = []
    source = Source("https://www.tiktok.com/@offline/live", cookies="sessionid_ss=a-secret-of-mine; lang=vi")

    def record(to: Parts, ctx: FakeContext, check: Callable[[], bool]) -> Ended:
        said.append(ctx)
        return tlr.record(source, to, Wishes(), ctx, check)

    with pytest.raises(MediamillError):
        begun.start(record).ended()
    assert "cookies: " in repr(said[0].logged)
    assert "a-secret-of-mine" not in repr(said[0].logged)
    assert (tmp_path / "tiktok-live-recorder/src/cookies.json").read_text() == "{}"
    assert not list(said[0].scratch.rglob("cookies.json"))


def test_without_its_folder_it_is_not_here(tmp_path: Path) -> None:
    live.use(replace(LiveSettings(), tlr_root=tmp_path))
    assert not tlr.is_here()
    assert tlr.found(tmp_path) is None
    live.use(None)


def test_its_commit_is_read_where_git_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "src/utils").mkdir(parents=True)
    shutil.copyfile(STAND_IN, tmp_path / "src/main.py")
    (tmp_path / "src/utils/enums.py").write_text('    VERSION = "7.6.0"\n')
    (tmp_path / ".git/refs/heads").mkdir(parents=True)
    assert tlr.found(tmp_path) == tlr.Found("", "7.6.0")
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git/packed-refs").write_text(f"# pack-refs\n{tlr.COMMIT} refs/heads/main\n")
    assert tlr.found(tmp_path) == tlr.Found(tlr.COMMIT, "7.6.0")
    (tmp_path / ".git/refs/heads/main").write_text("0" * 40 + "\n")
    assert tlr.found(tmp_path) == tlr.Found("0" * 40, "7.6.0")
