# ruff: noqa: RUF001 - phonetic letters look like others
from pathlib import Path

import numpy as np
import pytest
from hibari import dsp  # type: ignore[import-untyped]
from numpy.typing import NDArray

from mediamill.media.voices.engines.hibari import _model, _own_model, _phonemes
from mediamill.media.voices.engines.network import Network
from mediamill.media.voices.engines.noise import noise
from mediamill.media.voices.engines.protobuf import bytes_field
from mediamill.media.voices.engines.rows import uncovered
from mediamill.media.voices.engines.spectrum import sound_of
from mediamill.media.voices.utterance import Span, Utterance

#: What hibari's export calls the tensor between the two last steps.
TURNED = b"/Transpose_58_output_0"


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


@pytest.mark.parametrize("frames", [1, 63, 64, 700])
def test_sound_made_frame_by_frame_is_the_packages_own(frames: int) -> None:
    draw = np.random.default_rng(1)
    parts = [draw.standard_normal((601, frames), dtype=np.float32) - 2 for _ in range(5)]
    pitch_hz = draw.uniform(0, 300, frames).astype(np.float32)
    theirs = dsp.synth(*parts, pitch_hz, _Noise())
    ours = sound_of(np.concatenate(parts).T, pitch_hz)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


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
    assert all(np.array_equal(*pair) for pair in zip(usual, Network(whole).frames(ids, 1.0), strict=True))


def test_what_is_no_model_is_not_cut() -> None:
    assert uncovered(b"") is None
    for broken in (b"\x3f", b"\xff" * 12, b"no model"):
        with pytest.raises(ValueError, match=r"."):
            uncovered(broken)
