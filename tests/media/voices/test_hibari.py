# ruff: noqa: RUF001 - phonetic letters look like others
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
from hibari import dsp  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.voices.engines.depthwise import in_blocks
from mediamill.media.voices.engines.heard import heard_only
from mediamill.media.voices.engines.hibari import _model, _own_model, _phonemes
from mediamill.media.voices.engines.network import Frames, Network
from mediamill.media.voices.engines.noise import noise
from mediamill.media.voices.engines.protobuf import bytes_field
from mediamill.media.voices.engines.pulses import pulses
from mediamill.media.voices.engines.rows import uncovered
from mediamill.media.voices.engines.spectrum import sound_of
from mediamill.media.voices.utterance import Span, Utterance

#: What hibari's export calls the tensor between the two last steps.
TURNED = b"/Transpose_58_output_0"
#: Convolutions of each channel by itself, each named in several steps.
CONVOLUTIONS_OF_CHANNELS = 18 * 3
#: And what it calls text, pitch and strength of all frames.
INTO_DECODER = b"/Concat_43_output_0"


@pytest.mark.parametrize(
    ("utterance", "phonemes"),
    [
        ((Span("She said no."),), "ʃˌi sˈɛd nˈO."),
        ((Span("We like ("), Span("SQL", "ˈɛs kjuː ˈɛl"), Span("), please.")), "wˌi lˈIk (ˈɛs kju ˈɛl), plˈiz."),
        ((Span("it’s "), Span("Nguyen", "nwɪn"), Span(", here")), "ɪts nwˈɪn, hˈɪɹ"),
        ((Span("one"), Span(" "), Span("two")), "wˈʌn tˈu"),
        ((Span(""),), ""),
    ],
)
def test_the_model_is_given_the_sounds_of_an_utterance(utterance: Utterance, phonemes: str) -> None:
    assert _phonemes(utterance, _model("heart", None, "")) == phonemes


def test_sound_that_was_once_needed_is_not_held_for_ever() -> None:
    options = _model("heart", None, "").sess.session.get_session_options()
    assert options.enable_cpu_mem_arena is False
    assert options.enable_mem_pattern is False
    assert options.intra_op_num_threads == 1


@pytest.mark.parametrize("frames", [1, 3, 4, 5, 63, 64, 700])
def test_sound_made_frame_by_frame_is_the_packages_own(frames: int) -> None:
    draw = np.random.default_rng(1)
    parts = [draw.standard_normal((601, frames), dtype=np.float32) - 2 for _ in range(5)]
    pitch_hz = draw.uniform(0, 300, frames).astype(np.float32)
    theirs = dsp.synth(*parts, pitch_hz, _Noise())
    ours = sound_of(Frames(0, np.concatenate(parts).T, pitch_hz))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("frames", [1, 2, 400])
def test_pulses_are_the_packages_own_bit_by_bit(frames: int) -> None:
    draw = np.random.default_rng(frames)
    for silent in (0.0, 0.3, 1.0):
        pitch_hz = np.where(draw.random(frames) < silent, 0, draw.uniform(30, 400, frames)).astype(np.float32)
        assert np.array_equal(pulses(pitch_hz), dsp.pulses(pitch_hz))


class _Noise:
    """Ours, as hibari asks for it."""

    @staticmethod
    def standard_normal(shape: tuple[int, int], dtype: type) -> NDArray[np.float32]:
        bins, numbers = shape
        return np.ascontiguousarray(noise(0, numbers // 2, bins).T).view(dtype)


def test_a_model_that_ends_otherwise_says_the_same(tmp_path: Path) -> None:
    model = _model("heart", None, "")
    ids = model.ids("həlˈO ðˈɛɹ.")
    usual = Network(_own_model()).frames(ids, 1.0)
    whole = tmp_path / "whole.onnx"
    # A message that is written twice has the fields of both: one step more takes what the last but one gives.
    step = b"".join(bytes_field(number, text) for number, text in ((1, TURNED), (2, b"also"), (4, b"Identity")))
    whole.write_bytes(_own_model().read_bytes() + bytes_field(7, bytes_field(1, step)))
    assert uncovered(whole.read_bytes()) is None
    other = Network(whole).frames(ids, 1.0)
    assert usual.at == other.at
    assert np.array_equal(usual.rows, other.rows)
    assert np.array_equal(usual.pitch_hz, other.pitch_hz)


@pytest.mark.parametrize("change", [uncovered, heard_only, in_blocks])
def test_what_is_no_model_is_not_changed(change: Callable[[bytes], object]) -> None:
    assert not change(b"")
    for broken in (b"\x3f", b"\xff" * 12, b"no model"):
        with pytest.raises(ValueError, match=r"."):
            change(broken)


def test_convolutions_of_single_channels_are_in_blocks_and_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _own_model().read_bytes()
    ids = _model("heart", None, "").ids("həlˈO ðˈɛɹ, ænd ɡˌʊd mˈɔɹnɪŋ tə jˈu.")
    before, after = (_magnitudes(model, ids) for model in (plain, in_blocks(plain)))
    assert after.shape == before.shape
    assert np.abs(after - before).mean() < 0.02 * before.std()
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert in_blocks(plain) is plain
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert in_blocks(plain).count(b"mediamill/depthwise//") >= CONVOLUTIONS_OF_CHANNELS


def _magnitudes(model: bytes, ids: list[int]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    asked = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
    return np.asarray(session.run(["lh"], asked)[0])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The model with all frames: its decoder is no longer known, for somebody else takes what goes into it as well."""
    path = tmp_path_factory.mktemp("model") / "whole.onnx"
    step = b"".join(bytes_field(number, text) for number, text in ((1, INTO_DECODER), (2, b"also"), (4, b"Identity")))
    path.write_bytes(_own_model().read_bytes() + bytes_field(7, bytes_field(1, step)))
    assert heard_only(path.read_bytes()) is None
    return Network(path)


@pytest.mark.parametrize(
    ("phonemes", "speed", "least"),
    [
        ("həlˈO ðˈɛɹ, ænd ɡˌʊd mˈɔɹnɪŋ tə jˈu.", 1.0, 30),
        ("həlˈO ðˈɛɹ, ænd ɡˌʊd mˈɔɹnɪŋ tə jˈu.", 0.6, 45),
        ("stˈɑp", 1.0, 8),
        ("stˈɑp", 1.8, 0),
        ("wˈAt…", 1.0, 8),
    ],
)
def test_only_silence_is_left_out_of_a_sentence(phonemes: str, speed: float, least: int, whole: Network) -> None:
    model = _model("heart", None, "")
    ids = model.ids(phonemes)
    all_, heard = whole.frames(ids, speed), model.sess.frames(ids, speed)
    assert (all_.at, heard.at % 2) == (0, 0)
    assert len(heard.rows) == len(heard.pitch_hz) <= len(all_.rows) - least
    first = heard.at * dsp.HOP
    last = first + len(heard.rows) * dsp.HOP
    before, after = sound_of(all_), sound_of(heard)
    assert max(np.abs(edge).max(initial=0) for edge in (before[:first], before[last:])) < 10 / 32_767
    assert np.sum((after - before[first:last]) ** 2) < np.sum(before**2) / 100


def test_what_is_left_out_changes_nothing_in_the_rest(whole: Network) -> None:
    frames = whole.frames(_model("heart", None, "").ids("həlˈO ðˈɛɹ."), 1.0)
    at = 6
    later = Frames(at, frames.rows[at:], frames.pitch_hz[at:])
    difference = sound_of(frames)[at * dsp.HOP :] - sound_of(later)
    assert np.abs(difference[dsp.N_FFT :]).max() < 1e-6
