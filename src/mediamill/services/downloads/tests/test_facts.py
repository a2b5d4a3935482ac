from pathlib import Path

import pytest

from mediamill.services.downloads import facts


def test_what_is_known_of_files_goes_through_no_link_that_a_program_left(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    ours = tmp_path / "ours"
    ours.write_text("as it was")
    (folder / "files.json").symlink_to(ours)
    with pytest.raises(FileExistsError):
        facts.write([facts.FileFacts("0001.mp3", "Tone")], folder)
    assert ours.read_text() == "as it was"
    (folder / "files.json").unlink()
    facts.write([facts.FileFacts("0001.mp3", "Tone")], folder)
    assert [each.title for each in facts.read(folder)] == ["Tone"]
