"""What a program says is read, and believed only as far as it is harmless."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.media.adapters.described import built_in, described

from mediamill.core.errors import Cancelled, InvalidInput, PermanentError, RetryableError
from mediamill.media.adapters import words
from mediamill.media.adapters.errors import KINDS, failure
from mediamill.media.adapters.jar import Jar
from mediamill.media.adapters.outputs import Findings, collect
from mediamill.media.adapters.parts import Progress
from mediamill.media.adapters.probing import FAILED_S, Answers, Question, version
from mediamill.media.adapters.progress import Meter
from mediamill.media.adapters.transcript import BURST, Transcript
from mediamill.media.adapters.wanted import Entries, Wanted
from mediamill.testing import FakeContext

# ---- entries of a playlist


@pytest.mark.parametrize(
    ("text", "said", "number"),
    [("3", "3", 1), ("1:10", "1:10", 10), ("1-10, 15", "1:10,15", 11), ("5:", "5:104", 100), ("7:7", "7", 1)],
)
def test_entries_are_read(text: str, said: str, number: int) -> None:
    found = Entries.parse(text, 100)
    assert (str(found), found.number) == (said, number)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "2:1", "1:101", "1:60,70:120", "a", "1;2", "1:2:3", "--exec", "1 --exec", "9" * 30, "1," * 60],
)
def test_what_is_no_range_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Entries.parse(text, 100)
    assert raised.value.field == "playlist"


@given(st.text(max_size=40))
def test_no_text_becomes_more_than_numbers(text: str) -> None:
    try:
        found = str(Entries.parse(text, 100))
    except InvalidInput:
        return
    assert set(found) <= set("0123456789:,")


# ---- a request


def test_a_request_is_completed_with_what_comes_first() -> None:
    adapter = built_in("yt-dlp")
    assert adapter.completed(Wanted("https://example.org/")) == Wanted("https://example.org/", "mp3", "best")
    with pytest.raises(InvalidInput, match="no format 'wav'; it has: mp3, m4a, opus, flac, original"):
        adapter.completed(Wanted("https://example.org/", format="wav"))


def test_who_has_no_use_for_cookies_says_so() -> None:
    adapter = described(files=[], argv=["{python}", "{options}", "{url}"])
    with pytest.raises(InvalidInput) as raised:
        adapter.completed(Wanted("https://music.example/a", cookies="a=b"))
    assert raised.value.field == "cookies"
    assert described().takes_cookies
    assert not built_in("apple-music").takes_playlist


# ---- cookies


def test_a_header_becomes_a_file_for_the_host_and_what_is_below_it() -> None:
    jar = Jar.of("a=1; token=x=y; ", "https://www.example.org/watch")
    assert jar.values == {"a": "1", "token": "x=y"}
    assert jar.text.splitlines()[1:] == [
        ".example.org\tTRUE\t/\tTRUE\t0\ta\t1",
        ".example.org\tTRUE\t/\tTRUE\t0\ttoken\tx=y",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_a_host_without_subdomains_gets_its_cookies_alone(host: str) -> None:
    line = Jar.of("a=1", f"http://{host}:8000/").text.splitlines()[1]
    assert line == f"{host.strip('[]')}\tFALSE\t/\tFALSE\t0\ta\t1"


def test_a_cookie_file_stays_as_it_is() -> None:
    text = "#HttpOnly_.example.org\tTRUE\t/\tTRUE\t0\ttoken\tsecret-value\n# a comment\n"
    jar = Jar.of(text, "https://elsewhere.example/")
    assert text in jar.text
    assert jar.values == {"token": "secret-value"}
    assert jar.secrets == ("secret-value",)


# ---- progress


def meter(*rules: dict[str, Any]) -> Meter:
    return Meter([Progress.model_validate(rule) for rule in rules])


def test_bytes_percent_and_tracks_become_one_fraction() -> None:
    seen = meter(
        {"match": r"Track (?P<track>\d+) of (?P<tracks>\d+)"},
        {"match": r"(?P<percent>\d+)%"},
        {
            "prefix": "@",
            "fields": {"done_bytes": "p.done", "total_bytes": "p.total", "speed": "p.speed", "eta_s": "p.eta"},
        },
    )

    def read(line: str) -> tuple[float, str]:
        told = seen.read(line)
        assert told is not None
        return round(told[0], 4), told[1]

    assert seen.read("nothing of it") is None
    assert read("Track 1 of 4") == (0.0, "track 1 of 4")
    assert read("50%") == (round(0.95 / 8, 4), "track 1 of 4")
    assert read("Track 3 of 4") == (round(0.95 / 2, 4), "track 3 of 4")
    told = json.dumps({"p": {"done": 5e6, "total": 1e7, "speed": 2.5e6, "eta": 90}})
    far = round(0.95 * 2.5 / 4, 4)
    assert read(f"@{told}") == (far, "5.0 MB of 10.0 MB, 2.5 MB/s, 2 min left, track 3 of 4")
    assert read("Track 1 of 4") == (far, "track 1 of 4")


@given(st.lists(st.text(max_size=60) | st.recursive(st.none() | st.floats() | st.text(max_size=5), st.lists).map(repr)))
def test_no_line_makes_progress_a_lie(lines: list[str]) -> None:
    seen = meter(
        {"prefix": "@", "fields": {"done_bytes": "d", "total_bytes": "t", "track": "n", "tracks": "m", "stage": "s"}},
        {"match": r"(?P<percent>\S+)%"},
    )
    before = 0.0
    for line in (*lines, '@{"d": 1e400, "t": -1, "n": "x", "m": true}', "@{", "@" + "[" * 5_000, "nan%", "-5%", "1e9%"):
        if (told := seen.read(line)) is not None:
            assert before <= told[0] <= 1
            before = told[0]


# ---- what is said of a file

SAID: dict[str, Any] = {
    "outputs": {
        "found": "json",
        "prefix": "@F ",
        "suffixes": ["mp3"],
        "fields": {
            "path": "filepath",
            "title": ["track", "title"],
            "url": "webpage_url",
            "duration_s": "duration",
            "artist": ["artists", "artist"],
            "track": "track_number",
            "released": ["release_date", "upload_date"],
        },
    }
}


def one(tmp_path: Path, **told: object) -> Any:  # noqa: ANN401 - an Item, compared field by field
    adapter = described(**SAID)
    out, into = tmp_path / "out", tmp_path / "into"
    out.mkdir()
    into.mkdir()
    (out / "a.mp3").write_bytes(b"ID3")
    findings = Findings(adapter.outputs, 10)
    assert findings.read("@F " + json.dumps({"filepath": str(out / "a.mp3"), **told}))
    (item,) = collect(adapter, findings.said, out, into)
    return item


def test_what_is_said_of_a_file_is_taken(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        title="A  title\n",
        artists=["Ann", "Bob"],
        duration=4.5,
        track_number="3/12",
        upload_date="20240517",
        webpage_url="https://example.org/a#part",
    )
    assert (item.title, item.artist, item.duration_s, item.track) == ("A title", "Ann, Bob", 4.5, 3)
    assert (item.released, item.url) == ("2024-05-17", "https://example.org/a")


def test_what_is_said_of_a_file_is_not_believed_beyond_that(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        track="\x00\u202e" + "x" * 10_000,
        title="unused",
        artists=[["a"] * 100] * 100,
        duration="inf",
        track_number=-1,
        release_date=1_716_000_000,
        webpage_url="javascript:alert(1)",
    )
    assert len(item.title) <= 500
    assert item.title.isprintable()
    assert len(item.artist) <= 500
    assert (item.duration_s, item.track, item.released, item.url) == (None, None, "", "")


@pytest.mark.parametrize(
    ("date", "taken"),
    [
        ("2024", "2024"),
        ("2024-05", "2024-05"),
        ("2024-05-17T01:02:03Z", "2024-05-17"),
        ("20241399", ""),
        (True, ""),
        ("?", ""),
    ],
)
def test_dates(tmp_path: Path, date: object, taken: str) -> None:
    assert one(tmp_path, release_date=date).released == taken


@pytest.mark.parametrize(
    "line", ["@F {", "@F []", "@F [1, null]", '@F {"filepath": 3}', "@F " + "[" * 50_000, '@F "x"']
)
def test_no_line_about_files_breaks_anything(tmp_path: Path, line: str) -> None:
    adapter = described(**SAID)
    findings = Findings(adapter.outputs, 10)
    findings.read(line)
    assert collect(adapter, findings.said, tmp_path, tmp_path) == ()


def test_lists_of_paths_are_lists_of_files(tmp_path: Path) -> None:
    adapter = described(outputs={"found": "json", "prefix": "files: ", "suffixes": ["mp3"], "fields": {"path": "."}})
    out, into = tmp_path / "out", tmp_path / "into"
    out.mkdir()
    into.mkdir()
    for name in ("b.mp3", "a.mp3"):
        (out / name).write_bytes(b"ID3")
    findings = Findings(adapter.outputs, 10)
    findings.read('files: ["b.mp3", "a.mp3", "a.mp3", "missing.mp3", "../out/b.mp3"]')
    assert [item.title for item in collect(adapter, findings.said, out, into)] == ["b", "a"]


def test_a_path_may_be_told_from_the_folder_in_which_the_program_runs(tmp_path: Path) -> None:
    adapter = described(outputs={"found": "json", "prefix": "files: ", "suffixes": ["mp3"], "fields": {"path": "."}})
    out, into = tmp_path / "out", tmp_path / "into"
    out.mkdir()
    into.mkdir()
    for path in (out / "a.mp3", out / "b.mp3", tmp_path / "beside.mp3"):
        path.write_bytes(b"ID3")
    findings = Findings(adapter.outputs, 10)
    findings.read('files: ["a.mp3", "out/b.mp3", "./out/a.mp3", "beside.mp3", "../beside.mp3"]')
    assert [item.title for item in collect(adapter, findings.said, out, into)] == ["a", "b"]


# ---- what went wrong


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("ERROR: unable to download: HTTP Error 404: Not Found", "NOT_FOUND"),
        ("Get failed: status code: 410", "NOT_FOUND"),
        ("HTTP Error 403: Forbidden", "BLOCKED"),
        ("ERROR: Sign in to confirm you\u2019re not a bot. Use --cookies", "GEO_OR_CAPTCHA"),
        ("ERROR: The uploader has not made this video available in your country", "GEO_OR_CAPTCHA"),
        ("ERROR: [x] This video is private", "AUTH_REQUIRED"),
        ("error: dial tcp: lookup a.example: no such host", "NETWORK"),
        ("urlopen error timed out", "NETWORK_TIMEOUT"),
        ("ERROR: HTTP Error 502: Bad Gateway", "UPSTREAM"),
        ("OSError: [Errno 28] No space left on device", "DISK_FULL"),
        ("ERROR: Postprocessing: ffprobe and ffmpeg not found", "FFMPEG_MISSING"),
        ("Too many requests", "RATE_LIMITED"),
        ("[info] the song of the 404 not found captcha\nERROR: gurgle", ""),
        ("", ""),
    ],
)
def test_words_have_a_meaning_in_lines_that_tell_of_failures(output: str, code: str) -> None:
    assert words.meaning(output) == code


def test_the_last_word_counts() -> None:
    assert words.meaning("ERROR: HTTP Error 503\nERROR: HTTP Error 404: Not Found") == "NOT_FOUND"
    assert words.last_words("ERROR: cannot open /srv/data/secret/a.mp3\n[done]\n") == "ERROR: cannot open a.mp3"


def test_each_kind_has_the_class_that_says_what_happens_next() -> None:
    for kind in KINDS.values():
        error = failure(kind, "a program", said="x" * 1_000, after_s=1e9)
        assert isinstance(error, RetryableError if kind.retry else PermanentError)
        assert error.code == kind.code
        assert len(error.message) < 500
        if isinstance(error, RetryableError):
            assert error.after_s == 3_600


# ---- the log


def test_a_log_takes_a_burst_and_then_what_time_allows(tmp_path: Path) -> None:
    now = [0.0]
    ctx = FakeContext(tmp_path)
    transcript = Transcript(ctx, lambda: now[0])
    for number in range(1_000):
        transcript.line(f"line {number}")
    assert len(ctx.logged) == BURST
    now[0] = 10.0
    transcript.line("later")
    transcript.end()
    assert ctx.logged[BURST].fields == {"lines": 1_000 - BURST}
    assert ctx.logged[-1].fields == {"text": "later"}


# ---- versions


def test_versions_are_asked_once_per_program_file(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    count = tmp_path / "count"
    program.write_text(f"#!/bin/sh\necho x >> {count}\necho tool 1.2.3\n")
    program.chmod(0o755)
    adapter = described(version={"argv": [str(program), "--version"]})
    assert [version(adapter), version(adapter)] == ["1.2.3", "1.2.3"]
    assert count.read_text() == "x\n"
    program.write_text("#!/bin/sh\necho tool 1.2.4 of another size\n")
    assert version(adapter) == "1.2.4"


def test_a_program_that_does_not_say_its_version_is_not_asked_by_each_attempt(tmp_path: Path) -> None:
    program, count = tmp_path / "tool", tmp_path / "count"
    program.write_text(f"#!/bin/sh\necho x >> {count}\necho none\n")
    program.chmod(0o755)
    adapter = described(version={"argv": [str(program), "--version"]})
    for _ in range(3):
        with pytest.raises(PermanentError, match="does not say its version, but: none") as raised:
            version(adapter)
        assert raised.value.code == "USAGE"
    assert count.read_text() == "x\n"
    now = 0.0
    answers = Answers(now=lambda: now)
    question = Question("it", (str(program),), re.compile(r"\d+"), (str(program), 0, 0))
    for later in (0.0, FAILED_S - 1, FAILED_S + 1, FAILED_S + 2):
        now = later
        with pytest.raises(PermanentError):
            answers.of(question, lambda: None)
    assert count.read_text() == "x\n" * 3


def test_a_cancel_ends_the_question_and_is_no_answer(tmp_path: Path) -> None:
    program, begun = tmp_path / "tool", tmp_path / "begun"
    program.write_text(f"#!/bin/sh\n[ -e {begun} ] && echo 1.2 && exit\ntouch {begun}\nexec sleep 60\n")
    program.chmod(0o755)
    adapter = described(version={"argv": [str(program)], "match": r"\d\.\d"})

    def cancelled() -> None:
        if begun.exists():
            raise Cancelled

    with pytest.raises(Cancelled):
        version(adapter, cancelled)
    assert version(adapter) == "1.2"


def test_a_program_without_a_version_has_one_by_what_is_in_its_file(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_bytes(b"\x7fELF of a kind")
    program.chmod(0o755)
    assert version(described(version={"file": str(program)})) == sha256(program.read_bytes()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": {"argv": ["nobody-has-this-program"]}}, "PROGRAM_MISSING"),
        ({"needs": ["nobody-has-this-program"]}, "PROGRAM_MISSING"),
        ({"argv": ["nobody-has-this-program", "{url}"], "options": []}, "PROGRAM_MISSING"),
        ({"version": {"package": "nobody-has-this-package"}}, "PROGRAM_MISSING"),
        ({"version": {"argv": ["echo", "nothing of the kind"]}}, "USAGE"),
        ({"version": {"argv": ["{url}"]}}, "USAGE"),
    ],
)
def test_what_is_missing_is_said(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(PermanentError) as raised:
        version(described(**changed))
    assert raised.value.code == code


def test_ours_says_its_version() -> None:
    assert version(built_in("yt-dlp")).startswith("20")
