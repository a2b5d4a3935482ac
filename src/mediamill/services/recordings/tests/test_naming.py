from typing import Any

import pytest

from mediamill.files.names import safe_name
from mediamill.services.recordings.naming import FIELDS, template, values

#: 2026-11-23 01:13:14 UTC, when it is another hour, and sometimes another day, elsewhere.
BEGAN_AT = 1_795_396_394.0
LIVE: dict[str, Any] = {
    "room_id": "@vtv24news",
    "title": "Trực tiếp: chợ nổi 🛶",
    "site": "www.tiktok.com",
    "quality": "best",
    "began_at": BEGAN_AT,
}


def named(text: str | None = None, suffix: str = ".mp4", **changes: object) -> str:
    return template(text).name(values(**{**LIVE, **changes}), suffix)


def test_the_usual_name_has_channel_day_time_and_title() -> None:
    assert named() == "@vtv24news/2026/11/23/20261123T011314Z_Trực tiếp - chợ nổi 🛶.mp4"
    assert named(title="") == "@vtv24news/2026/11/23/20261123T011314Z.mp4"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{title}", "Trực tiếp - chợ nổi 🛶.mkv"),
        ("{title}.mp4", "Trực tiếp - chợ nổi 🛶.mkv"),
        ("{title}.MKV", "Trực tiếp - chợ nổi 🛶.mkv"),
        ("{site}/{room_id}_{quality}.ts", "www.tiktok.com/@vtv24news_best.mkv"),
    ],
)
def test_which_suffix_a_file_gets_is_not_the_templates_business(text: str, name: str) -> None:
    assert named(text, ".mkv") == name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../../etc/passwd", "20261123T011314Z_etc-passwd.mp4"),
        ("a/../b", "20261123T011314Z_a-b.mp4"),
        ("\u202egnp.exe\x00", "20261123T011314Z_gnp.exe.mp4"),
        ("ấ" * 300, f"20261123T011314Z_{'ấ' * 50}.mp4"),
    ],
)
def test_no_title_leads_out_of_its_folder(title: str, name: str) -> None:
    found = named("{timestamp}_{title}", title=title)
    assert safe_name(found) == found
    assert len(found.encode()) <= 200
    assert "/" not in found
    assert found.startswith(name.removesuffix(".mp4"))


@pytest.mark.parametrize("room_id", ["..", "../..", "/", "\\", ".", "", "-rf", "CON", "x" * 500, "a/b"])
def test_no_channel_leads_out_of_the_folder_of_recordings(room_id: str) -> None:
    found = named(room_id=room_id)
    assert safe_name(found) == found
    assert all(part not in {"", ".", ".."} and len(part.encode()) <= 200 for part in found.split("/"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("../{title}", "none of dots"),
        ("/{title}.mp4", "no empty folder"),
        ("recording.mp4", "called after one of these"),
        (".mp4", "no empty folder"),
        ("{album}", "knows only these"),
        ("{YYYY:04}", "no field of a template has a width"),
        ("a/b/c/d/e/f/g/{title}", "6 folders at most"),
    ],
)
def test_a_template_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        template(text)


def test_every_field_has_a_value() -> None:
    assert set(values(**LIVE)) == set(FIELDS.names)
