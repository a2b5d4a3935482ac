from collections.abc import Iterator
from pathlib import Path

import pytest

from mediamill import InvalidInput, PermanentError
from mediamill.media import cookies

LINE = "example.com\tTRUE\t/\tTRUE\t2147483647\tsession\topen-sesame-4711"
FILE = f"# Netscape HTTP Cookie File\n\n{LINE}\n#HttpOnly_.example.com\tTRUE\t/x\tFALSE\t0\tempty\t\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    kept = tmp_path / "secrets"
    kept.mkdir()
    cookies.use(kept)
    yield kept
    cookies.use(None)


@pytest.mark.parametrize(
    "text", [FILE, LINE, FILE.replace("\n", "\r\n"), "a=b", "a=b; c=d==;", 'q="x y"'.replace(" ", "")]
)
def test_cookies_may_be_sent_as_they_are(text: str) -> None:
    cookies.check(text)
    assert cookies.opened(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Netscape's format"),
        ("/etc/passwd", "Netscape's format"),
        ("../secrets/radio.txt", "Netscape's format"),
        ("radio/../../x", "Netscape's format"),
        (".radio.txt", "Netscape's format"),
        ("-radio", "Netscape's format"),
        ("a=b\r\nX-Other: c=d", "Netscape's format"),
        ('[{"name": "session"}]', "Netscape's format"),
        ("a=b\0", "NUL"),
        ("# Netscape HTTP Cookie File\n#\t", "no cookie in the cookies"),
        (LINE + "\tmore", "line 1 of the cookies has 8 columns"),
        (f"{LINE}\n" + LINE.replace("example.com", "exa mple"), "line 2 of the cookies is no cookie"),
        (LINE.replace("TRUE", "yes"), "line 1 of the cookies is no cookie"),
        (LINE.replace("2147483647", "tomorrow"), "an end that is no time"),
        (LINE.replace("2147483647", "-"), "an end that is no time"),
        (LINE.replace("2147483647", "9" * 400), "an end that is no time"),
        ("a=" + "b" * cookies.LARGEST_BYTES, "more than 262144 characters"),
    ],
)
def test_what_is_no_cookies_is_refused_at_the_door(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        cookies.check(text)
    assert refused.value.field == "cookies"
    assert "sesame" not in refused.value.message


def test_a_name_stands_for_the_operators_file_as_it_is_now(folder: Path) -> None:
    (folder / "radio.txt").write_text(FILE)
    cookies.check("radio.txt")
    assert cookies.opened("radio.txt") == FILE
    (folder / "radio.txt").write_text(LINE)
    assert cookies.opened(" radio.txt\n") == LINE


def test_a_folder_that_links_its_files_within_itself_is_taken(folder: Path) -> None:
    (folder / "..data").mkdir()
    (folder / "..data" / "radio.txt").write_text(FILE)
    (folder / "radio.txt").symlink_to(Path("..data") / "radio.txt")
    assert cookies.opened("radio.txt") == FILE


def test_no_name_leads_out_of_the_folder(folder: Path) -> None:
    outside = folder.parent / "outside.txt"
    outside.write_text(FILE)
    (folder / "link.txt").symlink_to(outside)
    (folder / "sub").mkdir()
    (folder / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "large.txt").write_bytes(b"#" * (cookies.LARGEST_BYTES + 1))
    for name in ("link.txt", "sub", "binary.txt", "large.txt", "none.txt"):
        with pytest.raises(InvalidInput, match="cookie file"):
            cookies.check(name)


def test_what_is_wrong_with_the_file_later_fails_the_job_for_good(folder: Path) -> None:
    # Of `session=open-sesame` nobody knows to which site it belongs: any that a request names would get it.
    for content in ("", "sub/name", "# only a comment\n\t\n", "session=open-sesame", f"{LINE}\0"):
        (folder / "radio.txt").write_text(content)
        with pytest.raises(PermanentError) as missing:
            cookies.opened("radio.txt")
        assert missing.value.code == "COOKIES_MISSING"


def test_a_file_that_names_another_is_not_followed(folder: Path) -> None:
    (folder / "a.txt").write_text("b.txt")
    (folder / "b.txt").write_text(FILE)
    with pytest.raises(PermanentError, match="no cookies in Netscape"):
        cookies.opened("a.txt")


def test_without_a_folder_no_name_is_taken() -> None:
    with pytest.raises(InvalidInput, match="MEDIAMILL_SECRETS_DIR is not set"):
        cookies.check("radio.txt")
