"""Real downloads from a site on loopback, by yt-dlp itself, through the guard."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mutagen
import pytest
from tests.site import RETRY_AFTER_S, Site
from tests.sounds import SECONDS, TAGS, sounds

from mediamill import Cancelled, Completed, Later, Network, PermanentError, RetryableError
from mediamill.media import adapters, egress
from mediamill.services.downloads import service
from mediamill.services.downloads.checks import FOLDER
from mediamill.services.downloads.tests.parts import asked, run, seconds
from mediamill.settings import AdapterSettings, EgressSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations

NAME = f"{TAGS['artist']} - {TAGS['title']}"


@pytest.mark.parametrize(
    ("path", "format_", "suffix"),
    [
        ("/audio/tone.mp3", None, "mp3"),
        ("/audio/tone.wav", "m4a", "m4a"),
        ("/audio/tone.flac", "opus", "opus"),
        ("/audio/tone.m4a", "flac", "flac"),
        ("/audio/tone.webm", "original", "webm"),
        ("/page", "original", "mp3"),
        ("/page/og", "m4a", "m4a"),
        ("/hls/ts/index.m3u8", "mp3", "mp3"),
        ("/hls/fmp4/index.m3u8", "original", "mp4"),
        ("/redirect?to=/audio/tone.mp3", "original", "mp3"),
    ],
)
def test_what_is_at_an_address_becomes_a_file_of_the_wanted_kind(
    path: str, format_: str | None, suffix: str, site: Site, tmp_path: Path
) -> None:
    result, ctx = run(tmp_path, url=site(path), format=format_)
    [(name, file)] = result.files.items()
    assert name.endswith(f".{suffix}")
    assert seconds(file) == pytest.approx(SECONDS, abs=0.15)
    [told] = result.data["files"]
    assert (told["name"], told["format"], told["size_bytes"]) == (name, suffix, file.stat().st_size)
    assert result.data["adapter"] == "yt-dlp"
    assert result.data["from_cache"] is False
    assert result.reusable
    assert [each.fraction for each in ctx.progressed] == sorted(each.fraction for each in ctx.progressed)
    assert [path for path in ctx.scratch.rglob("*") if path.is_file()] == []


def test_a_file_that_says_nothing_of_itself_is_completed(site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site("/hls/ts/index.m3u8"), format="mp3", template="{title}")
    [(name, file)] = result.files.items()
    tags = mutagen.File(file)
    assert name == "index.mp3"
    assert str(tags["TIT2"]) == "index"
    assert str(tags["COMM::und"]) == site("/hls/ts/index.m3u8")


def test_the_sites_picture_becomes_the_cover_and_no_file(site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site("/page/og"), format="m4a")
    [file] = result.files.values()
    assert len(mutagen.File(file)["covr"]) == 1
    assert sorted(path.name for path in file.parent.iterdir()) == ["0001.m4a", "files.json"]


def test_tags_are_left_alone_where_they_are_not_wanted(site: Site, tmp_path: Path) -> None:
    result, ctx = run(tmp_path, url=site("/audio/tone.mp3"), format="original", tags=False)
    [(name, file)] = result.files.items()
    assert name == "tone.mp3"
    assert file.read_bytes() == sounds()["tone.mp3"]
    assert [argv[0] for argv in ctx.ran] == ["yt-dlp"]


def test_a_feed_is_as_many_files_and_a_part_of_it_fewer(site: Site, tmp_path: Path) -> None:
    whole, _ = run(tmp_path, url=site("/feed.rss"), format="original", template="{number:02} {title}")
    assert list(whole.files) == [f"0{number} {TAGS['title']}.{suffix}" for number, suffix in enumerate(KINDS, 1)]
    part, _ = run(tmp_path, url=site("/feed.rss"), format="original", playlist="2:3")
    assert [Path(name).suffix for name in part.files] == [".m4a", ".opus"]
    assert part.data["number"] == 2
    assert whole.data["files"][0]["url"] == site("/audio/tone.mp3")


@pytest.mark.parametrize("playlist", ["100:101", "4"])
def test_entries_behind_the_end_of_a_list_are_said_to_be_none(playlist: str, site: Site, tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="the list has none of the entries that are wanted") as failed:
        run(tmp_path, url=site("/feed.rss"), format="original", playlist=playlist)
    assert failed.value.code == "NOT_FOUND"


KINDS = ["mp3", "m4a", "opus"]


def test_a_feed_with_a_hole_is_this_jobs_result_alone(site: Site, tmp_path: Path) -> None:
    for _ in range(2):
        result, ctx = run(tmp_path, url=site("/feed/broken.rss"), format="original")
        assert len(result.files) == 1
        assert (result.data["missing"], result.reusable) == ("NOT_FOUND", False)
        assert "404" in result.data["fault"]
        assert result.data["from_cache"] is False
        assert ctx.made == []


# ---- the cache


def test_what_was_downloaded_once_is_not_downloaded_again(site: Site, tmp_path: Path) -> None:
    first, _ = run(tmp_path, url=site("/page"), format="mp3")
    before = dict(site.asked)
    again, ctx = run(tmp_path, url=site("/page?utm_source=x#top"), format="mp3", template="{title}")
    assert ctx.ran == []
    assert dict(site.asked) == before
    assert again.data["from_cache"] is True
    assert list(again.files.values()) == list(first.files.values())
    assert list(again.files) == [f"{TAGS['title']}.mp3"]


@pytest.mark.parametrize("other", [{"quality": "low"}, {"tags": False}])
def test_another_choice_is_another_file(other: dict[str, object], site: Site, tmp_path: Path) -> None:
    run(tmp_path, url=site("/audio/tone.mp3"), format="mp3")
    result, _ = run(tmp_path, url=site("/audio/tone.mp3"), **{"format": "mp3", **other})
    assert result.data["from_cache"] is False


def test_what_is_too_old_is_downloaded_again(site: Site, tmp_path: Path) -> None:
    run(tmp_path, url=site("/audio/tone.mp3"), format="original")
    again, _ = run(tmp_path, url=site("/audio/tone.mp3"), format="original", max_age_s=0)
    assert again.data["from_cache"] is False
    later, _ = run(tmp_path, url=site("/audio/tone.mp3"), format="original", max_age_s=3_600)
    assert later.data["from_cache"] is True


def test_nobody_gets_by_the_cache_what_anothers_cookies_opened(site: Site, tmp_path: Path) -> None:
    url = site("/members/tone.mp3")
    result, ctx = run(tmp_path, url=url, format="original", cookies=site.cookie_file())
    assert len(result.files) == 1
    assert "open-sesame" not in str((ctx.ran, ctx.logged, result))
    for cookies in (None, "session=a-guess-4712"):
        with pytest.raises(PermanentError) as refused:
            run(tmp_path, url=url, format="original", cookies=cookies)
        assert refused.value.code == "AUTH_REQUIRED"
    again, _ = run(tmp_path, url=url, format="original", cookies=site.cookie_file())
    assert again.data["from_cache"] is True


def test_what_came_through_a_users_proxy_is_not_everybodys(site: Site, tmp_path: Path) -> None:
    egress.use(EgressSettings(destinations("127.0.0.1")))
    try:
        with egress.guard().open(Network()) as proxy:
            result, ctx = run(tmp_path, url=site("/audio/tone.mp3"), format="original", proxy=proxy.url)
            assert proxy.received > len(sounds()["tone.mp3"])
            assert proxy.url not in str((ctx.ran, ctx.logged, result))
            again, _ = run(tmp_path, url=site("/audio/tone.mp3"), format="original", proxy=proxy.url)
            assert again.data["from_cache"] is True
        plain, _ = run(tmp_path, url=site("/audio/tone.mp3"), format="original")
        assert plain.data["from_cache"] is False
    finally:
        egress.use(EgressSettings(destinations(site.address)))


def test_cookies_may_be_a_header(site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site("/members/tone.mp3"), format="original", cookies="session=open-sesame-4711; a=b")
    assert len(result.files) == 1


def test_a_request_for_what_is_not_too_old_is_answered_anew_each_time(site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site("/audio/tone.mp3"), format="original", max_age_s=60)
    assert not result.reusable


# ---- what goes wrong


@pytest.mark.parametrize(
    ("path", "code", "error"),
    [
        ("/status/403/x.mp3", "BLOCKED", RetryableError),
        ("/status/404/x.mp3", "NOT_FOUND", PermanentError),
        ("/status/429/x.mp3", "RATE_LIMITED", RetryableError),
        ("/redirect/private", "BLOCKED", PermanentError),
        ("/redirect/mapped", "BLOCKED", PermanentError),
        ("/hls/live/index.m3u8", "LIVE", PermanentError),
    ],
)
def test_why_nothing_came_is_told_by_its_code(
    path: str, code: str, error: type[PermanentError | RetryableError], site: Site, tmp_path: Path
) -> None:
    with pytest.raises(error) as failed:
        run(tmp_path, url=site(path), format="original")
    assert isinstance(failed.value, PermanentError | RetryableError)
    assert failed.value.code == code
    if code == "RATE_LIMITED":
        assert isinstance(failed.value, RetryableError)
        assert failed.value.after_s == RETRY_AFTER_S
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("path", ["/redirect/file", "/redirect/loop", "/empty.mp3"])
def test_nothing_comes_of_a_site_that_leads_nowhere(path: str, site: Site, tmp_path: Path) -> None:
    with pytest.raises((PermanentError, RetryableError)):
        run(tmp_path, url=site(path), format="original")


@pytest.mark.parametrize(
    "path",
    [
        "/hostile/up.mp3",
        "/hostile/option.mp3",
        "/evil/--exec=touch%20escaped",
        "/evil/..%2f..%2fescaped.mp3",
        "/page/hostile",
    ],
)
def test_no_name_of_a_site_leads_anywhere(path: str, site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site(path), format="original", template="{title} {id}")
    [name] = result.files
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert list(tmp_path.rglob("*escaped*")) == []


def test_a_connection_that_breaks_is_taken_up_again(site: Site, tmp_path: Path) -> None:
    result, _ = run(tmp_path, url=site("/cut/tone.mp3"), format="original")
    [file] = result.files.values()
    assert seconds(file) == pytest.approx(SECONDS, abs=0.15)


def test_a_busy_site_is_waited_for_without_a_program(site: Site, tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path, busy={"127.0.0.1": 3.0})
    with pytest.raises(Later):
        service.run(asked(url=site("/audio/tone.mp3")), ctx)
    assert ctx.ran == []


def test_a_cancelled_job_leaves_nothing(site: Site, tmp_path: Path) -> None:
    for calls in (1, 3, 5):
        ctx = FakeContext(tmp_path, cancel_after=calls)
        with pytest.raises(Cancelled):
            service.run(asked(url=site("/slow/tone.mp3"), format="original"), ctx)
        assert [path for path in tmp_path.rglob("*.mp3") if "scratch" not in str(path)] == []


# ---- limits


@pytest.fixture
def _small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """yt-dlp, but of 1 MiB and with little patience."""
    folder = tmp_path_factory.mktemp("adapters")
    text = (FOLDER / "yt-dlp.toml").read_text("utf-8").replace('"8GiB"', '"1MiB"').replace("idle_s = 60", "idle_s = 2")
    (folder / "yt-dlp.toml").write_text(text, "utf-8")
    adapters.use(AdapterSettings(folder))
    yield
    adapters.use(None)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("path", "code", "error"),
    [
        ("/huge.mp3", "TOO_LARGE", PermanentError),
        ("/endless.mp3", "TOO_LARGE", PermanentError),
        ("/stalls/tone.mp3", "STALLED", RetryableError),
    ],
)
def test_what_is_more_than_may_be_is_ended(
    path: str, code: str, error: type[PermanentError | RetryableError], site: Site, tmp_path: Path
) -> None:
    with pytest.raises(error) as failed:
        run(tmp_path, url=site(path), format="original")
    assert isinstance(failed.value, PermanentError | RetryableError)
    assert failed.value.code == code
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_the_disk_has_no_room_for_is_not_begun(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=400_000))
    ctx = FakeContext(tmp_path)
    with pytest.raises(RetryableError) as full:
        service.run(asked(url=site("/audio/tone.wav"), format="original"), ctx)
    assert full.value.code == "DISK_FULL"
    # What a site sends is not what we take: the guard lets a byte more through than half of what is free.
    assert "more than 200,000 bytes came" in str(full.value.__cause__)
    assert not list(ctx.scratch.rglob("*.wav*"))
    assert len(run(tmp_path, url=site("/audio/tone.mp3"), format="original")[0].files) == 1


@pytest.fixture
def _few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """yt-dlp, but of two files."""
    folder = tmp_path_factory.mktemp("adapters")
    text = (FOLDER / "yt-dlp.toml").read_text("utf-8").replace("most_files = 200", "most_files = 2")
    (folder / "yt-dlp.toml").write_text(text, "utf-8")
    adapters.use(AdapterSettings(folder))
    yield
    adapters.use(None)


@pytest.mark.usefixtures("_few")
def test_too_many_files_are_no_fault_of_the_disks(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=2**30))
    with pytest.raises(PermanentError, match="3 files") as many:
        run(tmp_path, url=site("/feed.rss"), format="original")
    assert many.value.code == "QUOTA"


def test_on_a_disk_without_room_no_program_is_started(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1))
    ctx = FakeContext(tmp_path)
    with pytest.raises(RetryableError) as full:
        service.run(asked(url=site("/audio/tone.mp3"), format="original"), ctx)
    assert (full.value.code, ctx.ran) == ("DISK_FULL", [])


class _Untagged(FakeContext):
    """One whose program of tags takes more than it may."""

    def run(self, *argv: str | Path, **options: Any) -> Completed:  # noqa: ANN401 - as it is
        if argv[0] == "tags":
            raise PermanentError("it took too much memory", code="PROGRAM_MEMORY")
        return super().run(*argv, **options)


def test_a_file_whose_tags_could_not_be_completed_is_this_jobs_alone(site: Site, tmp_path: Path) -> None:
    ctx = _Untagged(tmp_path)
    result = service.run(asked(url=site("/audio/tone.mp3"), format="original"), ctx)
    [file] = result.files.values()
    assert file.read_bytes() == sounds()["tone.mp3"]
    assert (result.data["missing"], result.reusable, ctx.made) == ("TAGS", False, [])
    assert "too much memory" in result.data["fault"]


class _Messy(FakeContext):
    """One whose program of tags makes something else of our list, leaves a draft of its own kind, and fails."""

    def __init__(self, folder: Path, *, listed: bool, error: BaseException) -> None:
        super().__init__(folder)
        self.listed = listed
        self.error = error

    def run(self, *argv: str | Path, cwd: Path | None = None, **options: Any) -> Completed:  # noqa: ANN401 - as it is
        if argv[0] != "tags" or cwd is None:
            return super().run(*argv, cwd=cwd, **options)
        (cwd / "tags.json").unlink()
        if self.listed:
            (cwd / "tags.json").mkdir()
            (cwd / "tags.json" / "more").write_text("of it")
        (cwd / ".0001.mp3").mkdir()
        (cwd / ".link").symlink_to("/nowhere")
        raise self.error


@pytest.mark.parametrize("listed", [True, False])
def test_what_the_program_of_tags_left_is_away_and_hides_no_error(site: Site, tmp_path: Path, *, listed: bool) -> None:
    request = asked(url=site("/audio/tone.mp3"), format="original")
    ctx = _Messy(tmp_path / "first", listed=listed, error=PermanentError("it took too much", code="PROGRAM_MEMORY"))
    result = service.run(request, ctx)
    [file] = result.files.values()
    assert sorted(path.name for path in file.parent.iterdir()) == ["0001.mp3", "files.json"]
    assert "it took too much" in result.data["fault"]
    with pytest.raises(Cancelled):
        service.run(request, _Messy(tmp_path / "second", listed=listed, error=Cancelled()))
