"""A picture's cache key changes with all that decides it, and with nothing else."""

import hashlib
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from mediamill.media.pictures import fonts
from mediamill.media.pictures.sheet import Sheet, tools
from mediamill.media.pictures.slide import Frame, Kind, Slide, Theme


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    for name in ("logo", "image"):
        (tmp_path / name).write_bytes(name.encode())
    slide = Slide(Kind.IMAGE, "Ong mật", "- múa", "vi", 2, 7, tmp_path / "image")
    return Sheet(slide, Frame(1280, 720), Theme("light", "#0f766e", "#ffffff", "#111111", tmp_path / "logo"))


def test_it_arrives_as_it_was_sent(sheet: Sheet, tmp_path: Path) -> None:
    bare = Sheet(Slide(Kind.SLIDE, "</script>\u2028\U0001f600"), Frame(720, 720), Theme(), plain=True)
    for sent in (sheet, bare):
        sent.write(tmp_path / "sheet.json")
        assert Sheet.read(tmp_path / "sheet.json") == sent


CHANGES: dict[str, dict[str, Any]] = {
    "slide": {
        "kind": Kind.SLIDE,
        "title": "Ong mật ",
        "content": "- múa.",
        "language": "en",
        "number": 3,
        "of": 6,
        "image": None,
        "above": 0.15,
        "below": 0.0,
    },
    "frame": {"width": 1920, "height": 722},
    "theme": {"name": "dark", "accent": None, "background": "#fffffe", "ink": "#111112", "logo": None},
}


@pytest.mark.parametrize(("part", "field"), [(part, field) for part, changed in CHANGES.items() for field in changed])
def test_another_value_is_another_picture(sheet: Sheet, part: str, field: str) -> None:
    changed = replace(sheet, **{part: replace(getattr(sheet, part), **{field: CHANGES[part][field]})})
    assert changed.key(_digest) != sheet.key(_digest)


def test_no_value_is_forgotten_here(sheet: Sheet) -> None:
    assert {part: [field.name for field in fields(getattr(sheet, part))] for part in CHANGES} == {
        part: list(changed) for part, changed in CHANGES.items()
    }
    assert replace(sheet, plain=True).key(_digest) != sheet.key(_digest)


@pytest.mark.parametrize("name", ["logo", "image"])
def test_other_bytes_are_another_picture_and_another_name_is_not(sheet: Sheet, tmp_path: Path, name: str) -> None:
    before = sheet.key(_digest)
    (tmp_path / name).rename(tmp_path / "renamed")
    moved = (
        replace(sheet, theme=replace(sheet.theme, logo=tmp_path / "renamed"))
        if name == "logo"
        else replace(sheet, slide=replace(sheet.slide, image=tmp_path / "renamed"))
    )
    assert moved.key(_digest) == before
    os.utime(tmp_path / "renamed", (1, 1))
    assert moved.key(_digest) == before
    (tmp_path / "renamed").write_bytes(b"other")
    assert moved.key(_digest) != before


def test_another_font_or_library_is_another_picture(monkeypatch: pytest.MonkeyPatch, sheet: Sheet) -> None:
    before = sheet.key(_digest)
    newer = [replace(family, version="99") for family in fonts.families()]
    tools.cache_clear()
    try:
        assert sheet.key(_digest) == before
        tools.cache_clear()
        monkeypatch.setattr(fonts, "families", lambda: newer)
        assert sheet.key(_digest) != before
    finally:
        tools.cache_clear()
