"""What `mediamill doctor` says of WordNet, and how it mends what it found."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.media.lexicon.release import lay

from mediamill.cli import group
from mediamill.cli.finding import Finding
from mediamill.core.errors import PermanentError
from mediamill.media import installed
from mediamill.media.lexicon import wordnet


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the database is to be."""
    monkeypatch.setenv("MEDIAMILL_LEXICON_DIR", str(tmp_path / "words"))
    monkeypatch.setenv("MEDIAMILL_DATA_DIR", str(tmp_path / "data"))
    yield tmp_path / "words"
    installed.use(None)


def lexicon(*options: str) -> dict[str, str]:
    told = CliRunner().invoke(group, ["doctor", "--json", *options]).stdout.splitlines()
    (line,) = (line for line in map(json.loads, told) if line["what"] == "lexicon")
    return {name: str(word) for name, word in line.items()}


def no_luck() -> str:
    raise PermanentError("the disk is full")


def test_what_can_be_mended_is_mended_when_asked_for_and_it_says_what_it_did() -> None:
    found = Finding("lexicon", "note", "there is none", lambda: "it was built")
    assert found.fixed() == Finding("lexicon", "ok", "it was built")


def test_what_cannot_be_mended_stays_as_it_was_and_the_reason_is_told() -> None:
    found = Finding("lexicon", "note", "there is none", no_luck)
    assert found.fixed().verdict == "note"
    assert found.fixed().words == "there is none - it could not be mended: the disk is full"
    assert Finding("data", "bad", "is full").fixed() == Finding("data", "bad", "is full")


def test_doctor_says_what_is_lost_without_wordnet_and_how_to_get_it(folder: Path) -> None:
    found = lexicon()
    assert found["verdict"] == "note"
    assert "meanings" in found["words"]
    assert "doctor --fix" in found["words"]
    assert not folder.exists()


def test_doctor_is_content_when_it_is_there(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    wordnet.build(lay(tmp_path / "release"), folder / wordnet.NAME)
    assert lexicon("--fix") == {"what": "lexicon", "verdict": "ok", "words": f"WordNet is in {folder / wordnet.NAME}"}


def test_doctor_goes_on_where_nothing_can_fetch_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = lexicon("--fix")
    assert found["verdict"] == "note"
    assert "npm" in found["words"]
    assert "apt-get" in found["words"]
    assert not list(folder.glob("*.sqlite"))
