"""`mediamill doctor` says which programs that fetch are here, and what is wrong with a description."""

from pathlib import Path

import pytest

from mediamill.cli.adapters_here import adapters_here
from mediamill.cli.finding import Finding
from mediamill.media import adapters
from mediamill.settings import load


def findings(data_dir: Path, **environ: str) -> dict[str, Finding]:
    settings = load({"MEDIAMILL_DATA_DIR": str(data_dir), **environ}, None)
    try:
        return {found.what: found for found in adapters_here(settings)}
    finally:
        adapters.use(None)


def test_doctor_says_which_programs_are_here_and_which_are_off(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert found["yt-dlp"].verdict == "ok"
    assert found["yt-dlp"].words.startswith("yt-dlp 20")
    assert found["apple-music"].words == "is off (ENABLE_APPLE_MUSIC)"
    assert {each.verdict for each in found.values()} == {"ok"}


def test_doctor_says_what_is_missing_of_what_is_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = findings(tmp_path, ENABLE_APPLE_MUSIC="yes")["apple-music"]
    assert found.verdict == "bad"
    assert "apple-music-downloader is not installed" in found.words
    assert "ENABLE_APPLE_MUSIC=no" in found.words


def test_doctor_says_what_is_wrong_with_a_description_and_where(tmp_path: Path) -> None:
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / "mine.toml").write_text('name = "mine"\ntitel = "a slip"\n')
    found = findings(tmp_path)["adapters"]
    assert found.verdict == "bad"
    assert "mine.toml" in found.words
    assert "line 2: titel: there is no such field; line 1: title: it is missing" in found.words
