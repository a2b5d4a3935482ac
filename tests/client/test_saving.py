import hashlib
from pathlib import Path

import pytest

from mediamill.client.answers import JobFile
from mediamill.client.errors import DownloadError
from mediamill.client.saving import Draft


def file(name: str, content: bytes = b"sound") -> JobFile:
    return JobFile(name, len(content), hashlib.sha256(content).hexdigest(), "audio/mpeg", "/x")


def arrive(draft: Draft, content: bytes, status: int = 200, **headers: str) -> Path:
    with draft.open(status, headers) as opened:
        opened.write(content)
    return draft.finish()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc/x",
        "a/../../x",
        "a//x",
        "a/",
        "a\\..\\x",
        "C:x",
        "x\0y",
        "x\ny",
        "x" * 300,
        "\ud800/..",
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DownloadError):
        Draft(tmp_path / "out", file(name))
    assert list(tmp_path.rglob("*")) in ([], [tmp_path / "out"])


def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "parts").symlink_to(tmp_path / "away")
    with pytest.raises(DownloadError):
        Draft(tmp_path / "out", file("parts/1.mp3"))
    assert list((tmp_path / "away").iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"keep")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.mp3").symlink_to(tmp_path / "precious")
    path = arrive(Draft(tmp_path / "out", file("a.mp3")), b"sound")
    assert (path.read_bytes(), path.is_symlink(), (tmp_path / "precious").read_bytes()) == (b"sound", False, b"keep")


def test_a_draft_of_another_content_is_not_gone_on_with(tmp_path: Path) -> None:
    with Draft(tmp_path, file("a.mp3", b"older")).open(200, {}) as opened:
        opened.write(b"old")
    assert "Range" not in Draft(tmp_path, file("a.mp3", b"sound")).headers()
    assert Draft(tmp_path, file("a.mp3", b"older")).headers()["Range"] == "bytes=3-"


def test_a_server_without_ranges_sends_all_of_it_again(tmp_path: Path) -> None:
    draft = Draft(tmp_path, file("a.mp3"))
    with draft.open(200, {}) as opened:
        opened.write(b"sou")
    assert arrive(draft, b"sound", 200).read_bytes() == b"sound"


def test_another_part_than_the_one_asked_for_is_refused(tmp_path: Path) -> None:
    draft = Draft(tmp_path, file("a.mp3"))
    with draft.open(200, {}) as opened:
        opened.write(b"sou")
    with pytest.raises(DownloadError, match="another part"):
        draft.open(206, {"content-range": "bytes 1-4/5"})
    assert arrive(draft, b"nd", 206, **{"content-range": "bytes 3-4/5"}).read_bytes() == b"sound"


def test_too_much_is_not_what_was_announced(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="announced"):
        arrive(Draft(tmp_path, file("a.mp3")), b"sound and more")
    assert list(tmp_path.iterdir()) == []
