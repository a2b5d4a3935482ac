import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import mutagen
import pytest
from mutagen.id3 import COMM, TPE1
from tests.sounds import SECONDS, TAGS, sounds

from mediamill.media.tags import program
from mediamill.media.tags.tags import Tags

#: The smallest JPEG that a decoder takes is not needed: nobody looks into it.
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200 + b"\xff\xd9"
SAID = {
    "title": "Gió đêm 🌙",
    "artist": "Ann, Bob",
    "album": "Loop",
    "track": 12,
    "released": "2026-03-04",
    "comment": "https://example.com/x",
}
KINDS = ["tone.mp3", "tone.m4a", "tone.opus", "tone.flac"]


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """Keep what this process does when it is interrupted: the program does not listen."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def completed(folder: Path, capsys: pytest.CaptureFixture[str], *told: dict[str, Any]) -> list[dict[str, Any]]:
    (folder / "list.json").write_text(json.dumps(told))
    assert program.main([str(folder / "list.json")]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def bare(folder: Path, name: str) -> None:
    """Write a sound that says nothing of itself."""
    (folder / name).write_bytes(sounds()[name])
    file: Any = mutagen.File(folder / name)
    file.delete()


@pytest.mark.parametrize("name", KINDS)
def test_a_file_without_tags_gets_all_that_is_said_of_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare(tmp_path, name)
    (tmp_path / "cover.jpg").write_bytes(JPEG)
    [told] = completed(tmp_path, capsys, {"path": name, "cover": "cover.jpg", **SAID})
    assert {key: told[key] for key in SAID} == SAID
    assert told["tagged"] is True
    assert told["seconds"] == pytest.approx(SECONDS, abs=0.1)
    with av.open(str(tmp_path / name)) as sound:  # another reader than the one that wrote them
        stream = next(stream for stream in sound.streams if stream.type == "audio")
        read = {key.lower(): value for key, value in {**sound.metadata, **stream.metadata}.items()}
        pictures = [each for each in sound.streams if each.type == "video"]
    assert (read["title"], read["artist"], read["album"]) == (SAID["title"], SAID["artist"], SAID["album"])
    assert read["track"].partition("/")[0] == "12"
    assert read["date"] == "2026-03-04"
    assert SAID["comment"] in read.values()
    assert len(pictures) == 1


@pytest.mark.parametrize("name", KINDS)
def test_what_a_file_says_of_itself_stays(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(sounds()[name])
    (tmp_path / "a.jpg").write_bytes(JPEG)
    (tmp_path / "b.jpg").write_bytes(JPEG + b"other")
    completed(tmp_path, capsys, {"path": name, "cover": "a.jpg"})
    [told] = completed(tmp_path, capsys, {"path": name, "cover": "b.jpg", **SAID})
    assert (told["title"], told["artist"], told["track"]) == (TAGS["title"], TAGS["artist"], 3)
    assert told["released"] == "2026-01-02"
    assert told["comment"] == SAID["comment"]
    assert JPEG + b"other" not in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", KINDS)
def test_what_a_file_says_at_length_is_not_made_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare(tmp_path, name)
    comment, artists = "a word\nand more " * 100, ["Ann", "Bob"]
    file: Any = mutagen.File(tmp_path / name)
    if name.endswith(".mp3"):
        file.add_tags()
        file.tags.add(COMM(encoding=3, lang="eng", desc="", text=[comment]))
        file.tags.add(COMM(encoding=3, lang="eng", desc="iTunNORM", text=[" 0000"]))
        file.tags.add(TPE1(encoding=3, text=artists))
    else:
        file["\xa9cmt" if name.endswith(".m4a") else "comment"] = [comment]
        file["\xa9ART" if name.endswith(".m4a") else "artist"] = artists
    file.save()
    before = {key: str(value) for key, value in dict(mutagen.File(tmp_path / name)).items()}
    [told] = completed(tmp_path, capsys, {"path": name, **SAID})
    after = {key: str(value) for key, value in dict(mutagen.File(tmp_path / name)).items()}
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 4  # title, album, track, date
    assert (told["artist"], told["comment"][:14]) == ("Ann, Bob", "a word and mor")


def test_sound_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in KINDS:
        bare(tmp_path, name)
        (tmp_path / "cover.jpg").write_bytes(JPEG)
        before = decoded(tmp_path / name)
        completed(tmp_path, capsys, {"path": name, "cover": "cover.jpg", **SAID})
        assert decoded(tmp_path / name) == before


def decoded(path: Path) -> bytes:
    with av.open(str(path)) as sound:
        return b"".join(frame.to_ndarray().tobytes() for frame in sound.decode(audio=0))


def test_a_kind_without_tags_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tone.webm").write_bytes(sounds()["tone.webm"])
    [told] = completed(tmp_path, capsys, {"path": "tone.webm", "title": "x"})
    assert (told["tagged"], told["title"], "fault" in told) == (False, "x", False)
    assert (tmp_path / "tone.webm").read_bytes() == sounds()["tone.webm"]


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac", "opus", "ogg"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 5_000, b"<html>", b"OggS" * 999, b"fLaC" * 999, b"ID3\x04" * 999])
def test_a_broken_file_is_told_and_the_next_one_is_done(
    suffix: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"bad.{suffix}").write_bytes(content)
    bare(tmp_path, "tone.mp3")
    bad, good = completed(tmp_path, capsys, {"path": f"bad.{suffix}", "title": "x"}, {"path": "tone.mp3", **SAID})
    assert bad["tagged"] is False or suffix == "mp3"
    assert good["tagged"] is True


def test_cut_files_of_all_lengths_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in KINDS:
        for length in range(0, 4_000, 131):
            (tmp_path / name).write_bytes(sounds()[name][:length])
            [told] = completed(tmp_path, capsys, {"path": name, **SAID})
            assert told["tagged"] or (told["fault"] and (tmp_path / name).read_bytes() == sounds()[name][:length])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["list.json", *KINDS])


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    shutil.copyfile(Path(__file__), tmp_path / "x.txt")
    bare(tmp_path, "tone.mp3")
    (tmp_path / "list.json").write_text(json.dumps([{"path": "tone.mp3", "title": "x"}]))
    argv = [sys.executable, "-m", "mediamill.media.tags.program", "list.json"]
    told = subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert json.loads(told)["title"] == "x"


def test_what_is_said_is_cut_to_what_is_of_use() -> None:
    told = {"title": "a\n\x00b" + "c" * 600, "artist": 7, "track": -1, "released": None, "unknown": "x"}
    assert Tags.of(told) == Tags(title="a b" + "c" * 497)
    assert Tags.of({"track": True}).track in {1, None}
    assert Tags(title="a").before(Tags(title="b", album="c", track=2)) == Tags(title="a", album="c", track=2)
