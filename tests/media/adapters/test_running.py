"""A described program runs: what is taken of its files, what its failures mean, what its lines become."""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.media.adapters.described import AMDL, built_in, described

from mediamill.core.errors import InvalidInput, Later, PermanentError, RetryableError
from mediamill.media.adapters.fetched import Fetched
from mediamill.media.adapters.probing import version
from mediamill.media.adapters.running import fetch
from mediamill.media.adapters.wanted import Wanted
from mediamill.testing import FakeContext

TOKEN = "a-token-of-somebody-4711"  # noqa: S105 - of nobody


class Bench:
    """One adapter, one context, one folder for what is fetched."""

    def __init__(self, tmp_path: Path) -> None:
        self.ctx = FakeContext(tmp_path / "ctx")
        self.into = tmp_path / "into"
        self.into.mkdir()
        self.told: list[tuple[float, str]] = []
        self.adapter = described()
        self.on_told: Callable[[], object] = lambda: None

    def fetch(self, what: str, **wanted: str) -> Fetched:
        return fetch(
            self.adapter,
            Wanted(f"https://music.example/{what}", **wanted),
            self.ctx,
            self.into,
            self.tell,
        )

    def tell(self, fraction: float, note: str) -> None:
        self.told.append((fraction, note))
        self.on_told()

    @property
    def lines(self) -> list[str]:
        return [str(each.fields["text"]) for each in self.ctx.logged if each.event == "program.line"]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_an_album_is_fetched(bench: Bench) -> None:
    fetched = bench.fetch("album")
    assert [item.path.name for item in fetched.items] == ["0001.m4a", "0002.m4a", "0003.m4a"]
    assert [item.title for item in fetched.items] == ["1. Song 1", "2. Song 2", "3. Song 3"]
    assert not fetched.missing
    for item in fetched.items:
        assert item.path.read_bytes().startswith(b"ID3")
        assert item.thumbnail == item.path.with_suffix(".jpg")
        assert item.thumbnail.read_bytes().startswith(b"\xff\xd8")


def test_progress_goes_by_tracks_and_never_back(bench: Bench) -> None:
    bench.fetch("album")
    fractions = [fraction for fraction, _ in bench.told]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < 0.1
    assert 0.9 < fractions[-1] <= 1
    assert bench.told[-1][1] == "track 3 of 3"


def test_lines_are_logged_and_those_of_progress_are_not(bench: Bench) -> None:
    bench.fetch("album")
    assert any("Completed: 3/3" in line for line in bench.lines)
    assert not any("Track" in line for line in bench.lines)


def test_options_stand_there_when_they_are_wanted(bench: Bench) -> None:
    bench.fetch("album", variant="song")
    assert "arguments --aac --song" in bench.lines
    bench.fetch("album", format="original")
    assert "arguments" in bench.lines


def test_cookies_are_in_a_file_and_nowhere_else(bench: Bench) -> None:
    bench.fetch("album", cookies=f'media-user-token={TOKEN}; other="1"')
    assert any(line.startswith("token ***") for line in bench.lines), bench.lines
    seen = json.dumps([bench.ctx.ran, [entry._asdict() for entry in bench.ctx.logged]], default=str)
    assert TOKEN not in seen
    assert any(line.endswith("mode 600") for line in bench.lines)


def test_nothing_of_the_workplace_stays(bench: Bench) -> None:
    bench.fetch("album", cookies=f"media-user-token={TOKEN}")
    with pytest.raises(PermanentError):
        bench.fetch("refused", cookies=f"media-user-token={TOKEN}")
    assert list(bench.ctx.scratch.iterdir()) == []


def test_a_value_cannot_break_out_of_the_file_it_stands_in(bench: Bench) -> None:
    bench.fetch("album", cookies='media-user-token=a"b\nexit-on-error: false')
    assert any(line.startswith("settings: 3 lines") for line in bench.lines)


@pytest.mark.parametrize(
    ("what", "code"),
    [("refused", "NOT_FOUND"), ("silent", "NO_OUTPUT"), ("404", "NOT_FOUND"), ("odd", "TOOL_EXIT_NONZERO")],
)
def test_failures_that_stay_whatever_the_return_code(bench: Bench, what: str, code: str) -> None:
    with pytest.raises(PermanentError) as raised:
        bench.fetch(what)
    assert raised.value.code == code
    assert raised.value.message.startswith("the album program: ")


def test_failures_that_pass_are_tried_again(bench: Bench) -> None:
    with pytest.raises(RetryableError) as raised:
        bench.fetch("timeout")
    assert raised.value.code == "NETWORK_TIMEOUT"
    with pytest.raises(RetryableError) as raised:
        bench.fetch("wait")
    assert (raised.value.code, raised.value.after_s) == ("RATE_LIMITED", 7.0)


def test_a_rule_with_a_return_code_only_holds_for_that(bench: Bench) -> None:
    rules = [{"returncode": 3, "code": "SKIPPED"}, {"returncode": [1, 2], "match": "gurgle", "code": "USAGE"}]
    bench.adapter = described(errors=rules)
    with pytest.raises(PermanentError) as raised:
        bench.fetch("odd")
    assert raised.value.code == "USAGE"


def test_what_is_there_is_kept_where_the_rest_cannot_be_had(bench: Bench) -> None:
    fetched = bench.fetch("most")
    assert [item.title for item in fetched.items] == ["1. Song 1", "2. Song 2"]
    assert fetched.missing == "NOT_FOUND"


def test_what_was_missing_early_is_not_forgotten(bench: Bench) -> None:
    assert bench.fetch("chatty").missing == "NOT_FOUND"


def test_a_return_code_of_a_part_is_one_of_all_where_no_line_says_otherwise(bench: Bench) -> None:
    bench.adapter = described(success={"returncodes": [1], "partial": [0], "incomplete": "Errors: [1-9]"})
    assert not bench.fetch("album").missing
    assert bench.fetch("most").missing == "NOT_FOUND"
    bench.adapter = described(success={"returncodes": [1], "partial": [0]})
    assert bench.fetch("album").missing == "TOOL_EXIT_NONZERO"


def test_where_the_rest_may_come_later_two_attempts_wait_for_it(bench: Bench) -> None:
    bench.adapter = described(errors=[{"match": "Failed to dl", "code": "RATE_LIMITED"}])
    with pytest.raises(RetryableError):
        bench.fetch("most")
    bench.ctx.attempt = 3
    assert bench.fetch("most").missing == "RATE_LIMITED"


def test_links_pipes_empty_files_and_foreign_suffixes_are_not_taken(bench: Bench) -> None:
    fetched = bench.fetch("links")
    assert [item.title for item in fetched.items] == ["--exec=touch x"]
    assert [path.name for path in bench.into.iterdir()] == ["0001.m4a"]


def test_a_printed_path_counts_only_below_the_folder_for_it(bench: Bench) -> None:
    bench.adapter = described(outputs={"found": "printed", "match": "^saved (?P<path>.+)$", "suffixes": ["m4a"]})
    fetched = bench.fetch("up")
    assert [item.title for item in fetched.items] == ["good"]


def test_more_files_or_bytes_than_the_description_allows_are_refused(bench: Bench) -> None:
    with pytest.raises(PermanentError) as raised:
        bench.fetch("many")
    assert raised.value.code == "QUOTA"
    with pytest.raises(PermanentError) as raised:
        bench.fetch("large")
    assert raised.value.code == "QUOTA"
    with pytest.raises(PermanentError) as raised:
        bench.fetch("file-size")
    assert raised.value.code == "QUOTA"
    assert list(bench.into.iterdir()) == []


def test_a_flood_of_lines_fills_neither_the_log_nor_the_memory(bench: Bench) -> None:
    assert len(bench.fetch("flood").items) == 1
    assert len(bench.lines) < 400
    assert max(map(len, bench.lines)) <= 501
    left_out = sum(int(str(e.fields["lines"])) for e in bench.ctx.logged if e.event == "program.lines_left_out")
    assert left_out + len(bench.lines) == 50_000 + 3


def test_a_program_that_hangs_is_ended(bench: Bench) -> None:
    bench.adapter = described(total_s=1.0, grace_s=0.2)
    with pytest.raises(RetryableError) as raised:
        bench.fetch("hangs")
    assert raised.value.code == "PROGRAM_TIMEOUT"
    assert list(bench.ctx.scratch.iterdir()) == []


def test_a_job_that_is_asked_to_finish_keeps_what_is_whole(bench: Bench) -> None:
    bench.on_told = lambda: setattr(bench.ctx, "stopping", True)
    fetched = bench.fetch("stops")
    assert [item.title for item in fetched.items] == ["1"]
    assert fetched.missing == "CANCELLED"
    bench.ctx.stopping = False
    with pytest.raises(PermanentError) as raised:
        bench.fetch("hangs")
    assert raised.value.code == "CANCELLED"


def test_a_turn_at_the_site_is_taken_first(bench: Bench) -> None:
    bench.fetch("album")
    assert [(turn.name, turn.at_once) for turn in bench.ctx.turns] == [("music.example", 1)]
    bench.ctx.busy = {"music.example": 3.0}
    ran = len(bench.ctx.ran)
    with pytest.raises(Later):
        bench.fetch("album")
    assert len(bench.ctx.ran) == ran


def test_a_host_of_any_length_has_its_turn(bench: Bench) -> None:
    bench.adapter = described(urls=[".*"])
    host = ".".join(["a" * 60] * 3 + ["b" * 60, "example"])
    fetch(bench.adapter, Wanted(f"https://{host}/album"), bench.ctx, bench.into, bench.tell)
    assert bench.ctx.turns[-1].name == host[-200:]


def test_what_the_program_cannot_do_is_refused_with_its_field(bench: Bench) -> None:
    for field in ("format", "variant", "quality", "playlist"):
        with pytest.raises(InvalidInput) as raised:
            bench.fetch("album", **{field: "1"})
        assert raised.value.field == field


@pytest.mark.parametrize("url", ["--exec=x", "file:///etc/passwd", "https://a.example/\n--exec", "https://a b/"])
def test_what_is_no_address_reaches_no_program(bench: Bench, url: str) -> None:
    bench.adapter = described(urls=[".*"])
    with pytest.raises(PermanentError):
        fetch(bench.adapter, Wanted(url), bench.ctx, bench.into, lambda _fraction, _note: None)
    assert bench.ctx.ran == []


def test_messages_have_the_words_of_the_program(bench: Bench) -> None:
    with pytest.raises(PermanentError, match=re.escape("it said: HTTP Error 404: Not Found")):
        bench.fetch("404")


def test_the_description_of_apple_music_fits_a_program_like_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    program = bench.ctx.tmp_path / "bin/apple-music-downloader"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{AMDL.read_text()}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    bench.adapter = built_in("apple-music")
    url = "https://music.apple.com/"
    fetched = fetch(
        bench.adapter, Wanted(f"{url}most?i=1", cookies=f"media-user-token={TOKEN}"), bench.ctx, bench.into, bench.tell
    )
    assert [item.title for item in fetched.items] == ["1. Song 1", "2. Song 2"]
    assert fetched.missing == "TOOL_EXIT_NONZERO"
    assert fetched.items[0].thumbnail is not None
    assert "arguments --aac --song" in bench.lines
    assert any(line.startswith("token ***") for line in bench.lines)
    assert (bench.ctx.turns[-1].name, bench.ctx.turns[-1].at_once) == ("music.apple.com", 1)
    with pytest.raises(PermanentError) as raised:
        fetch(bench.adapter, Wanted(f"{url}refused"), bench.ctx, bench.into, bench.tell)
    assert raised.value.code == "NOT_FOUND"
    assert len(version(bench.adapter)) == 16
