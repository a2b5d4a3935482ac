import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.core.errors import NotFound, PermanentError
from mediamill.files import clean_name, keys, media_type, safe_name

ANY_TEXT = st.text(st.characters(), max_size=300)
TRICKY = st.lists(
    st.sampled_from(
        ["..", ".", "/", "\\", "a", "é", "e\u0301", "\x00", "\u202e", "\u200d", " ", "C:", "\ud800", ".mp3", "ế" * 40]
    )
).map("".join)


@given(ANY_TEXT | TRICKY)
def test_a_safe_name_stays_below_its_folder(text: str) -> None:
    try:
        name = safe_name(text)
    except PermanentError as error:
        assert error.code == "ARTIFACT_NAME"  # noqa: PT017 - either outcome is right
        return
    assert safe_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 0 < len(name.encode()) <= 200
    assert not name.startswith("/")
    assert not {"", ".", ".."} & set(name.split("/"))
    assert "\\" not in name
    assert name.isprintable() or any(unicodedata.category(c) in {"Cf", "Cn", "Co", "Zs"} for c in name)


@given(ANY_TEXT | TRICKY)
def test_any_text_becomes_a_safe_name_of_one_part(text: str) -> None:
    name = clean_name(text)
    assert safe_name(name) == name
    assert "/" not in name


@pytest.mark.parametrize(
    "name", ["speech.mp3", "a/b/c.txt", "Xin chào, bạn!.srt", "日本語.mp4", ".hidden", "a..b", "x" * 200]
)
def test_ordinary_names_are_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("/etc/passwd", "not relative"),
        ("C:x", "not relative"),
        ("../x", "dots"),
        ("a/../b", "dots"),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("a\\b", "backslash"),
        ("a\nb", "control"),
        ("exe\u202e3pm.", "control"),
        ("a\ud800", "control"),
        (" a", "blank"),
        ("a /b", "blank"),
        ("x" * 201, "200 bytes"),
        ("é" * 101, "200 bytes"),
    ],
)
def test_a_name_that_is_not_safe_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(PermanentError, match=why) as caught:
        safe_name(name)
    caught.value.message.encode("ascii")


def test_one_name_written_in_two_ways_is_one_name() -> None:
    assert safe_name("e\u0301.mp3") == safe_name("é.mp3") == "é.mp3"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("C:\\Users\\me\\My Talk.txt", "My Talk.txt"),
        ("../../etc/passwd", "passwd"),
        ("  two\tblanks\n.md ", "two blanks.md"),
        ("", "file"),
        ("..", "file"),
        ("a/", "file"),
        ("x" * 300 + ".mp4", "x" * 196 + ".mp4"),
        ("ế" * 100, "ế" * 66),
        ("Mr. Long title " + "y" * 300, ("Mr. Long title " + "y" * 300)[:200]),
        (".bashrc", ".bashrc"),
    ],
)
def test_a_title_or_a_browsers_name_is_cleaned(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/speech.MP3", "audio/mpeg"),
        ("captions.srt", "application/x-subrip"),
        ("captions.vtt", "text/vtt"),
        ("cues.json", "application/json"),
        ("speech.aac", "audio/aac"),
        ("speech.m4b", "audio/mp4"),
        ("speech.pcm", "audio/pcm"),
        ("v.mp4", "video/mp4"),
        ("x.tar.gz", "application/octet-stream"),
        ("none", "application/octet-stream"),
        ("http://x", "application/octet-stream"),
    ],
)
def test_media_types_do_not_depend_on_the_machine(name: str, kind: str) -> None:
    assert media_type(name) == kind


@given(ANY_TEXT | TRICKY)
def test_every_step_has_a_key(text: str) -> None:
    assert keys.checked(keys.step(text)).startswith("cache/")


@given(TRICKY)
def test_no_id_leads_out_of_its_folder(text: str) -> None:
    for make in (keys.job, keys.uploads, keys.record):
        try:
            key = make(text)
        except NotFound:
            continue
        assert keys.checked(key) == key
        assert key.split("/")[1] == text
