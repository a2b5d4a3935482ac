import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.files.names import safe_name
from mediamill.media.naming import NAME_BYTES, Template, distinct, shown
from mediamill.services.downloads.naming import FIELDS
from mediamill.services.downloads.naming import template as usual

SONG: dict[str, Any] = {
    "title": "Tiếng gió",
    "artist": "Ann",
    "album": "Loopback",
    "track": 3,
    "date": "2026-01-02",
    "year": "2026",
    "id": "x1",
    "source": "generic",
    "number": 7,
}


def named(template: str, suffix: str = ".mp3", **values: str | int | None) -> str:
    return Template.parse(template, FIELDS).name({**SONG, **values}, suffix)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{title}", "Tiếng gió.mp3"),
        ("{artist} - {title}", "Ann - Tiếng gió.mp3"),
        ("{album}/{track:02} {title}", "Loopback/03 Tiếng gió.mp3"),
        ("{number:03}. {title} ({year})", "007. Tiếng gió (2026).mp3"),
        ("{source}_{id}_{date}", "generic_x1_2026-01-02.mp3"),
        ("{{{title}}}", "{Tiếng gió}.mp3"),
    ],
)
def test_a_template_says_how_a_file_is_called(template: str, name: str) -> None:
    assert named(template) == name


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{artist} - {title}", "Tiếng gió.mp3"),
        ("{title} - {artist}", "Tiếng gió.mp3"),
        ("{title} ({artist})", "Tiếng gió.mp3"),
        ("[{artist}] {title}", "Tiếng gió.mp3"),
        ("{artist}/{title}", "Tiếng gió.mp3"),
        ("by {artist}/{title}", "Tiếng gió.mp3"),
        ("{id} - {artist} - {title}", "x1 - Tiếng gió.mp3"),
        ("{id} [{artist}] {title}", "x1 Tiếng gió.mp3"),
        ("{artist}", "Tiếng gió.mp3"),
    ],
)
def test_what_is_not_known_takes_its_marks_with_it(template: str, name: str) -> None:
    assert named(template, artist=None) == name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd.mp3"),
        ("/absolute", "absolute.mp3"),
        ("..\\..\\x", "x.mp3"),
        ("C:\\x", "C - x.mp3"),
        ("Part 3: AC/DC", "Part 3 - AC-DC.mp3"),
        ("Part 3: /audio/x", "Part 3 - audio-x.mp3"),
        ("09:30", "09-30.mp3"),
        ("--exec=touch x", "_--exec=touch x.mp3"),
        ("~root", "_~root.mp3"),
        (".htaccess", "htaccess.mp3"),
        ("NUL", "NUL_.mp3"),
        ("con.txt", "con_.txt.mp3"),
        ("a\x00b\x1b[31m\u202egnp", "ab[31mgnp.mp3"),
        ("tab\tnew\nline\u2028x", "tab new line x.mp3"),
        ('<>"?*|', "_-.mp3"),
        ("ends in dots...", "ends in dots.mp3"),
        ("{artist}", "{artist}.mp3"),
        ("e\u0301te\u0301", "été.mp3"),
        ("👩\u200d🚀", "👩\u200d🚀.mp3"),
        ("...", "x1.mp3"),
    ],
)
def test_no_title_is_more_than_a_name(title: str, name: str) -> None:
    assert named("{title}", title=title, id="x1") == name
    assert safe_name(name) == name


def test_a_file_of_which_nothing_is_known_is_called_something() -> None:
    assert usual(None).name({}, ".mp3") == "download.mp3"
    assert usual(None).name({"title": "?"}, "") == "download"
    assert usual(None).name({"title": "x"}, "./../x") == "x"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "no empty folder"),
        ("music", "called after one of these"),
        ("{title}/music", "called after one of these"),
        ("{__class__}", "knows only these"),
        ("{title.__class__}", "knows only these"),
        ("{title[0]}", "knows only these"),
        ("{0}", "knows only these"),
        ("{}", "knows only these"),
        ("{title!r}", "knows only these"),
        ("{title:>99999}", "have a width"),
        ("{track:{id}}", "have a width"),
        ("{title", "a brace"),
        ("title}", "a brace"),
        ("/{title}", "no empty folder"),
        ("../{title}", "none of dots"),
        ("a//{title}", "no empty folder"),
        ("{title}/", "no empty folder"),
        ("a/b/c/d/{title}", "3 folders at most"),
        ("a\\{title}", "no backslash"),
        ("a\n{title}", "not shown"),
        ("x" * 201, "200 characters at most"),
    ],
)
def test_a_template_that_is_none_is_refused(template: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Template.parse(template, FIELDS)


def test_the_same_name_gets_a_number() -> None:
    names = distinct(["a.mp3", "A.mp3", "a.mp3", "b/a.mp3", "b/a.mp3", "a (2).mp3", "none"])
    assert names == ["a.mp3", "A (2).mp3", "a (3).mp3", "b/a.mp3", "b/a (2).mp3", "a (2) (2).mp3", "none"]


def test_a_long_name_is_cut_and_has_room_for_its_number() -> None:
    long = named("{album}/{title}", album="ấ" * 300, title="ấ" * 300)
    assert long.endswith(".mp3")
    assert NAME_BYTES - 3 <= len(long.encode()) <= NAME_BYTES
    names = distinct(distinct([long] * 20) * 2_000)
    assert all(len(name.encode()) <= NAME_BYTES for name in names)
    assert len(set(names)) == 40_000
    assert all(safe_name(name) == name for name in names)


def test_a_shown_text_is_one_line() -> None:
    assert shown(" a \n b\x07\u202e c ") == "a b c"
    assert shown("x" * 600) == "x" * 500


TEXTS = st.text(max_size=120) | st.text(alphabet="./\\-~ \u0301\u200dCONnul:0", max_size=40)


TEMPLATES = ["{artist} - {title}", "{album}/{id}"]


@given(st.dictionaries(st.sampled_from(FIELDS.names), TEXTS), st.sampled_from(TEMPLATES), TEXTS)
def test_every_name_is_safe(values: dict[str, str], template: str, suffix: str) -> None:
    name = Template.parse(template, FIELDS).name(values, suffix)
    assert safe_name(name) == name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= NAME_BYTES
    assert not name.startswith(("-", "~", "."))
