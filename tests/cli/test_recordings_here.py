"""`mediamill doctor` says that the disk of the recordings is away."""

from pathlib import Path

from mediamill.cli.doctor import data_folder
from mediamill.settings import load


def test_doctor_says_that_the_folder_of_recordings_is_not_mounted(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    settings = load({"MEDIAMILL_DATA_DIR": str(tmp_path / "data"), "RECORDINGS_DIR": str(folder)})
    settings.files.root.mkdir(parents=True)
    (found,) = (each for each in data_folder(settings) if each.what == "library")
    assert found.verdict == "ok"
    (settings.files.root / "recordings.apart").write_text(str(folder))  # as of a folder on a disk of its own
    (found,) = (each for each in data_folder(settings) if each.what == "library")
    assert found.verdict == "bad"
    assert "is its disk mounted?" in found.words
