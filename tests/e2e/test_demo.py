"""`mediamill demo` as `make demo` runs it: everything from nothing, into a folder that has an older run's files."""

import csv
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import av
import psutil
import pytest
import soundfile  # type: ignore[import-untyped]

from mediamill.cli import examples as module
from mediamill.cli.examples import examples
from mediamill.services import documents
from mediamill.services.documents.params import Params as Request
from mediamill.services.videos.checks import check
from mediamill.services.videos.params import Params
from mediamill.testing import FakeContext, eventually

FILMS = ("compound-interest.mp4", "hang-doi.mp4")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a name short enough for the socket in it."""
    with tempfile.TemporaryDirectory(prefix="mm-") as path:
        yield Path(path)


def test_the_demo_makes_speech_videos_and_flashcards_and_says_where_they_are(folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    (out / "hang-doi.mp4").write_bytes(b"of an older run")
    words = (sys.executable, "-m", "mediamill.cli", "demo", "--out", str(out))
    environ = {**os.environ, "REDIS_URL": "redis://nowhere.invalid:1", "TMPDIR": str(folder)}
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr

    told = [line.partition("  ") for line in done.stdout.splitlines()]
    assert {Path(path).name for path, _, _ in told} == {name for each in examples() for name in each.results.values()}
    assert all(Path(path).stat().st_size for path, _, _ in told)
    lengths = {Path(path).name: length for path, _, length in told if length}
    assert set(lengths) == {*(f"{name}.mp3" for name in ("english", "vietnamese")), *FILMS, "honey-bees.apkg"}
    assert "min" in lengths["hang-doi.mp4"]
    assert "made in" in lengths["hang-doi.mp4"]
    assert soundfile.info(out / "vietnamese.mp3").duration > 30
    cards = len(list(csv.DictReader((out / "honey-bees.csv").read_text("utf-8-sig").splitlines(keepends=True))))
    assert cards >= 20
    assert lengths["honey-bees.apkg"].startswith(f"{cards} cards, made in")
    assert zipfile.is_zipfile(out / "honey-bees.apkg")
    for name in FILMS:
        with av.open(str(out / name)) as film:
            assert 45 < (film.duration or 0) / av.time_base < 120
            assert len(film.chapters()) == 7
    for stage in (
        "script: reading",
        "voice: sentence",
        "pictures: 1 of 7",
        "composing: scene 1 of 7",
        "vocabulary",
        "stopping",
    ):
        assert stage in done.stderr
    assert not list(folder.glob("mediamill-demo-*"))
    eventually(lambda: not [each for each in psutil.process_iter(["environ"]) if _of(each, folder)], within_s=5)


def _of(process: psutil.Process, folder: Path) -> bool:
    return (process.info["environ"] or {}).get("TMPDIR") == str(folder)


def test_without_a_repository_there_are_texts_to_make_it_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    found = examples()
    assert [each.service for each in found] == ["speech", "speech", "videos", "videos", "documents"]
    for each in found:
        assert (each.file, each.files) == (None, {})
        if each.service == "videos":
            check(Params.model_validate(each.params), {})
        if each.service == "documents":
            made = documents.run(Request.model_validate({**each.params, "audio": False}), FakeContext(tmp_path))
            assert made.data["cards"] >= 8
