"""Names within an archive: wherever it is unpacked, nothing leaves its folder and nothing is written over."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.files.member_names import member_names


def test_names_that_are_safe_stay_as_they_are() -> None:
    names = ["song.mp3", "Bài hát số 1.mp3", "folder/日本語.txt", ".hidden", "no extension"]
    assert member_names(names) == names


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a.mp3", "a.mp3", "a.mp3"], ["a.mp3", "a (2).mp3", "a (3).mp3"]),
        (["A.mp3", "a.mp3"], ["A.mp3", "a (2).mp3"]),
        (["a.mp3", "a (2).mp3", "a.mp3"], ["a.mp3", "a (2).mp3", "a (3).mp3"]),
        (["x/a", "x/a", "y/a"], ["x/a", "x/a (2)", "y/a"]),
        (["a", "a/b"], ["a (2)", "a/b"]),
        (["a/b/c", "A/B"], ["a/b/c", "A/B (2)"]),
        ([".env", ".env"], [".env", ".env (2)"]),
        (["straße", "STRASSE"], ["straße", "STRASSE (2)"]),
        (["e\u0301.txt", "é.txt"], ["é.txt", "é (2).txt"]),
    ],
)
def test_what_one_file_system_takes_for_the_same_is_numbered(names: list[str], wanted: list[str]) -> None:
    assert member_names(names) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("../../etc/passwd", "file/file/etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Windows\\x", "x"),
        ("a//b", "a/b"),
        ("", "file"),
        ("what is this?.mp3", "what is this_.mp3"),
        ('a: "b" <c>|d*.txt', "a_ _b_ _c__d_.txt"),
        ('the "b" <c>|d*.txt', "the _b_ _c__d_.txt"),
        ("NUL", "_NUL"),
        ("con.txt", "_con.txt"),
        ("end. /...", "end/_"),
        ("line\nbreak\u202egnp.exe", "line breakgnp.exe"),
        ("\ud800.txt", ".txt"),
    ],
)
def test_names_are_made_safe(name: str, wanted: str) -> None:
    assert member_names([name]) == [wanted]


@given(st.lists(st.text(st.characters() | st.sampled_from("/\\.:aA ("), max_size=12), max_size=12))
def test_whatever_they_are_nothing_leaves_its_folder_and_no_two_meet(names: list[str]) -> None:
    found = member_names(names)
    assert len(found) == len(names)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(found)
    folders = {str(folder).casefold() for name in found for folder in PurePosixPath(name).parents} - {"."}
    assert not folders & {name.casefold() for name in found}
    for name in found:
        assert name.encode()
        assert not name.startswith("/")
        assert "\\" not in name
        assert not {"", ".", ".."} & set(name.split("/"))
        assert not PureWindowsPath(name).drive
