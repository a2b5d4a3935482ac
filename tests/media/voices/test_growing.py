from pathlib import Path

from mediamill.media.voices.files.growing import GrowingFile


def test_what_is_appended_is_there_at_once_and_a_correction_is_no_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with GrowingFile(path, b"head") as file:
        file.append(b"one")
        assert path.read_bytes() == b"headone"
        file.correct(1, b"EA")
        file.append(b"two")
        assert file.settled == len(b"headonetwo")
    assert path.read_bytes() == b"hEAdonetwo"
